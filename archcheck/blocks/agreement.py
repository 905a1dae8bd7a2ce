"""Whether two engines read one block alike, and if not, the first place where their graphs part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from archcheck.graph import Graph, Literal, Node
from archcheck.graph.walk import upstream
from archcheck.vocabulary import ON_DEMAND, is_a

DEPENDING = ("attention", "moe", "ssm", "recurrent")  # boxes whose inside depends on what forward is given
UNORDERED = frozenset({"add", "mul"})


@dataclass(frozen=True, slots=True)
class Parting:
    """The first operation of each graph that the other does not have; None where it has nothing more.

    `detail` says what differs where both have the operation.
    """

    left: Node | None
    right: Node | None
    detail: str = ""


def parting(left: Graph, right: Graph) -> Parting | None:
    """Where two canonical graphs part, walking both from the inputs; None where they compute the same.

    The order of independent operations and of the operands of a sum or product has no meaning. Attributes
    count where both graphs tell them, sizes apart: a trace builds small modules. A dropout that one of the
    graphs knows to do nothing may be absent from the other. The inside of an attention is not compared. A
    further result counts where both graphs know by its shape whether it is a stream.
    """
    left, right = _same_results(*_whole_lists(left, right))
    first = _parting(left, right)
    if first is None or not (_idle(left) or _idle(right)):
        return first
    return _parting(_without_idle(left, _idle(right)), _without_idle(right, _idle(left)))


def _whole_lists(left: Graph, right: Graph) -> tuple[Graph, Graph]:
    """Both graphs with the members of a list that forward is given as that list, where one of them has it whole.

    How many there are depends on what forward was given; the source does not tell.
    """
    inputs = [[graph[key] for key in graph.inputs] for graph in (left, right)]
    names = {n.name for one in inputs for n in one} & {_list_of(n) for one in inputs for n in one} - {""}
    return (_whole(left, names), _whole(right, names)) if names else (left, right)


def _whole(graph: Graph, lists: set[str]) -> Graph:
    first: dict[str, str] = {}
    alias = {}
    for key in graph.inputs:
        name = _list_of(graph[key]) or graph[key].name
        if name in lists:
            alias[key] = first.setdefault(name, key)
    nodes = tuple(_of_list(n, alias) for n in graph.nodes if alias.get(n.id, n.id) == n.id)
    return Graph(nodes, tuple(k for k in graph.inputs if alias.get(k, k) == k), graph.outputs)


def _of_list(node: Node, alias: Mapping[str, str]) -> Node:
    """A list as one input, or an operation that reads it once, however many of its members it reads."""
    if node.id in alias:
        return replace(node, name=_list_of(node) or node.name)
    if set(node.args) & set(alias):
        return replace(node, args=tuple(dict.fromkeys(alias.get(a, a) for a in node.args)), operands=())
    return node


def _list_of(node: Node) -> str:
    """The name of the argument whose member an input is, "" if it is an argument itself."""
    name, _, place = node.name.rpartition(".")
    return name if place.isdigit() else ""


def _same_results(left: Graph, right: Graph) -> tuple[Graph, Graph]:
    """Both graphs with the further results that both have, where one of them does not tell which are streams."""
    if len(left.outputs) == len(right.outputs) or (_tells_shapes(left) and _tells_shapes(right)):
        return left, right
    table: dict[object, int] = {}
    keys = _keys(left, table), _keys(right, table)
    both = {keys[0][key] for key in left.outputs} & {keys[1][key] for key in right.outputs}
    return _giving(left, keys[0], both), _giving(right, keys[1], both)


def _giving(graph: Graph, keys: Mapping[str, int], wanted: set[int]) -> Graph:
    """What a graph computes for its first result and those of these numbers."""
    outputs = (*graph.outputs[:1], *(key for key in graph.outputs[1:] if keys[key] in wanted))
    needed = {*upstream(graph.by_id, outputs), *graph.inputs}
    return replace(graph, nodes=tuple(n for n in graph.nodes if n.id in needed), outputs=outputs)


def _parting(left: Graph, right: Graph) -> Parting | None:
    table: dict[object, int] = {}
    keys = _keys(left, table), _keys(right, table)
    unmatched = _first_without(left, keys[0], keys[1]), _first_without(right, keys[1], keys[0])
    if unmatched != (None, None):
        return _deeper(*unmatched)
    for one, other in zip(left.outputs, right.outputs, strict=False):
        if keys[0][one] != keys[1][other]:
            return Parting(left[one], right[other], "the result")
    if len(left.outputs) != len(right.outputs) and _tells_shapes(left) and _tells_shapes(right):
        return Parting(None, None, f"{len(left.outputs)} results and {len(right.outputs)}")
    return _attributes(left, right, keys)


def _tells_shapes(graph: Graph) -> bool:
    """Whether the shapes of results are known, by which further ones count as streams (`lift.finish.outputs`)."""
    return any(graph[key].shape is not None for key in graph.outputs)


def _deeper(left: Node | None, right: Node | None) -> Parting:
    """The place inside of a box, where both graphs have the box and it is only its inside that differs."""
    if (
        left is None
        or right is None
        or left.words != right.words
        or left.inner is None
        or right.inner is None
    ):
        return Parting(left, right)
    inside = _parting(_by_position(left.inner), _by_position(right.inner))
    if inside is None:
        return Parting(left, right, "what they read")
    detail = f"inside {left.op}" + (f", {inside.detail}" if inside.detail else "")
    return Parting(inside.left, inside.right, detail)


def _keys(graph: Graph, table: dict[object, int]) -> dict[str, int]:
    """A number for each value that is equal where the same is computed from the same."""
    inputs = [key for key in graph.inputs if graph.users[key]]
    found: dict[str, int] = {}
    for node in graph.nodes:
        name: object
        if node.words[0] == "input":
            name = ("input", node.name or inputs.index(node.id) if node.id in inputs else node.id)
        else:
            args = [found[arg] for arg in node.args]
            inside = _inside(node.inner, table) if node.inner is not None and _is_compared(node) else None
            name = (node.words, tuple(sorted(args) if node.words[0] in UNORDERED else args), inside)
        found[node.id] = table.setdefault(name, len(table))
    return found


def _is_compared(node: Node) -> bool:
    """Whether the inside of a box counts. That of an attention does not: how masks, caches and tables of angles
    reach it depends on the arguments that forward was given. Nor does that of experts and of mixers with a
    state: which experts run depends on the tokens, and how often a scan goes round on their number.
    """
    return not any(is_a(node.words[0], word) for word in DEPENDING)


def _inside(graph: Graph, table: dict[object, int]) -> tuple[int, ...]:
    """The results of a box's inside."""
    keys = _keys(_by_position(graph), table)
    return tuple(keys[output] for output in graph.outputs)


def _by_position(graph: Graph) -> Graph:
    """The graph with its inputs named by position: names of values end at a box."""
    places = {key: f"#{position}" for position, key in enumerate(graph.inputs)}
    nodes = tuple(replace(n, name=places[n.id]) if n.id in places else n for n in graph.nodes)
    return Graph(nodes, graph.inputs, graph.outputs)


def _first_without(graph: Graph, own: Mapping[str, int], other: Mapping[str, int]) -> Node | None:
    """The first operation that has no counterpart in the other graph."""
    left = Counter(other.values())
    for node in graph.operations():
        if not left[own[node.id]]:
            return node
        left[own[node.id]] -= 1
    return None


def _attributes(left: Graph, right: Graph, keys: tuple[dict[str, int], dict[str, int]]) -> Parting | None:
    """The first operation with an attribute that both graphs tell, and tell differently."""
    counterparts: dict[int, list[Node]] = {}
    for node in right.operations():
        counterparts.setdefault(keys[1][node.id], []).append(node)
    for node in left.operations():
        other = counterparts[keys[0][node.id]].pop(0)
        for name, mine, theirs in _told(node, other):
            if mine != theirs:
                return Parting(node, other, f"{name} is {mine} and {theirs}")
    return None


def _told(left: Node, right: Node) -> Iterator[tuple[str, Literal, Literal]]:
    told = dict(right.attrs)
    for name, value in left.attrs:
        if any(_untold(name, one) for one in (value, told.get(name))):
            continue
        if name in told and not (_is_size(value) and _is_size(told[name])):
            yield name, value, told[name]


def _is_size(value: Literal) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _untold(name: str, value: Literal) -> bool:
    """Whether the source does not tell an attribute: it is `?`, or a kernel without a size."""
    parts = value if isinstance(value, tuple) else (value,)
    return "?" in parts or (name == "kernel" and 0 in parts)


def _idle(graph: Graph) -> bool:
    """Whether some noise of the graph, or of the inside of its boxes, is known to do nothing."""
    return any(
        (n.noop and n.words[0] in ON_DEMAND) or (n.inner is not None and _idle(n.inner)) for n in graph.nodes
    )


def _without_idle(graph: Graph, unknown: bool) -> Graph:
    """The graph without what does nothing, and with `unknown` without noise of unknown rate."""
    gone = {
        n.id: n.args[0]
        for n in graph.nodes
        if n.args and (n.noop or (unknown and n.words[0] in ON_DEMAND and n.attr("p") is None))
    }

    def follow(key: str) -> str:
        while key in gone:
            key = gone[key]
        return key

    nodes = tuple(
        replace(
            n,
            args=tuple(map(follow, n.args)),
            inner=None if n.inner is None else _without_idle(n.inner, unknown),
        )
        for n in graph.nodes
        if n.id not in gone
    )
    return Graph(nodes, graph.inputs, tuple(map(follow, graph.outputs)))
