"""One level of both graphs, made comparable: what the language calls equal becomes identical.

Per level: families that only count where the spec names them leave the code, ignored families leave
both sides, sums and products become flat, steps that commute get one order, a scale by 1 goes away,
and so does what nobody reads.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.diff.words import FLAT, same_literal
from archcheck.graph import Graph, Node, Option
from archcheck.vocabulary import COMMUTING, ON_DEMAND, family, is_a

if TYPE_CHECKING:
    from collections.abc import Callable


def families(graph: Graph) -> frozenset[str]:
    """The families of the words that stand on this level of a graph."""
    return frozenset(family(word) for node in graph.nodes for word in node.words)


def normalize_pair(
    spec: Graph,
    code: Graph,
    *,
    strict: bool,
    ignore: tuple[str, ...],
    everywhere: frozenset[str] = frozenset(),
) -> tuple[Graph, Graph]:
    """Both graphs of one level in the form that the search compares.

    `everywhere` names families that count on every level, also where the spec does not name them.
    """
    unnamed = frozenset() if strict else ON_DEMAND - families(spec) - everywhere

    def drop_code(node: Node) -> bool:
        return family(node.words[0]) in unnamed or _ignored(node, ignore) or (not strict and _is_unit(node))

    def drop_spec(node: Node) -> bool:
        return _ignored(node, ignore) or (not strict and _is_unit(node))

    return tidy(spec, drop_spec, commute=not strict), tidy(code, drop_code, commute=not strict)


def tidy(graph: Graph, drop: Callable[[Node], bool], *, commute: bool = True) -> Graph:
    """The graph without the nodes to drop and without dead ones, flat, with commuting steps in order."""
    graph = _bypass(graph, drop)
    graph = _flatten(_live(graph))
    return _sort_runs(graph) if commute else graph


def _ignored(node: Node, ignore: tuple[str, ...]) -> bool:
    return any(is_a(word, name) for name in ignore for word in node.words) and bool(node.args)


def _is_unit(node: Node) -> bool:
    """A product with the number 1."""
    value = node.attr("value")
    return node.words == ("scale",) and value is not None and same_literal(1.0, value)


def _rebuild(graph: Graph, nodes: list[Node], rename: Callable[[str], str]) -> Graph:
    """The graph with other nodes; references go through `rename`."""
    kept = {node.id for node in nodes}
    options = tuple(
        Option(tuple(n for n in o.nodes if n in kept), rename(o.entry), rename(o.exit)) for o in graph.options
    )
    return Graph(
        nodes=tuple(replace(node, args=tuple(map(rename, node.args))) for node in nodes),
        inputs=tuple(i for i in graph.inputs if i in kept),
        outputs=tuple(map(rename, graph.outputs)),
        options=tuple(o for o in options if o.nodes and o.exit in kept and o.entry != o.exit),
        unresolved=graph.unresolved,
        names={key: rename(value) for key, value in graph.names.items()},
    )


def _bypass(graph: Graph, drop: Callable[[Node], bool]) -> Graph:
    target: dict[str, str] = {}
    nodes = []
    for node in graph.nodes:
        if node.args and drop(node):
            target[node.id] = target.get(node.args[0], node.args[0])
        else:
            nodes.append(node)
    if not target:
        return graph
    return _rebuild(graph, nodes, lambda key: target.get(key, key))


def _live(graph: Graph) -> Graph:
    wanted = set(graph.outputs) | set(graph.inputs) | {o.entry for o in graph.options}
    for node in reversed(graph.nodes):
        if node.id in wanted:
            wanted.update(node.args)
    if len(wanted) == len(graph.nodes):
        return graph
    nodes = [node for node in graph.nodes if node.id in wanted]
    names = {key: value for key, value in graph.names.items() if value in wanted}
    return _rebuild(replace(graph, names=names), nodes, lambda key: key)


def _flatten(graph: Graph) -> Graph:
    """Merge each sum into the sum that alone reads it; products likewise."""
    pinned = set(graph.outputs) | {end for o in graph.options for end in (o.entry, o.exit)}
    merged: dict[str, tuple[str, ...]] = {}
    nodes = []
    for node in graph.nodes:
        args = tuple(inner for arg in node.args for inner in merged.get(arg, (arg,)))
        flat = replace(node, args=args) if args != node.args else node
        users = graph.users[node.id]
        if (
            node.words[0] in FLAT
            and len(node.words) == 1
            and len(users) == 1
            and node.id not in pinned
            and graph[users[0]].words == node.words
        ):
            merged[node.id] = args
        else:
            nodes.append(flat)
    if not merged:
        return graph
    names = {key: value for key, value in graph.names.items() if value not in merged}
    return _rebuild(replace(graph, names=names), nodes, lambda key: key)


def _rank(node: Node) -> int | None:
    """The place of a commuting step in the order in which such steps are written."""
    if len(node.args) != 1:
        return None
    for position, word in enumerate(COMMUTING):
        if all(is_a(w, word) for w in node.words):
            return position
    return None


def _runs(graph: Graph) -> list[list[Node]]:
    """Maximal chains of commuting steps, each read only by the next."""
    single = {o.exit for o in graph.options if len(o.nodes) == 1}
    grouped = {end for o in graph.options if len(o.nodes) > 1 for end in (o.entry, o.exit)}
    runs: dict[str, list[Node]] = {}
    for node in graph.nodes:
        if _rank(node) is None:
            continue
        before = node.args[0]
        entries = {o.entry for o in graph.options if o.exit != node.id}
        linked = (
            before in runs
            and len(graph.users[before]) == 1
            and before not in graph.outputs
            and before not in grouped
            and before not in entries
            and (node.id in single or not _enters(graph, before, node.id))
        )
        run = runs.pop(before) if linked else []
        runs[node.id] = [*run, node]
    return [run for run in runs.values() if len(run) > 1]


def _enters(graph: Graph, before: str, node: str) -> bool:
    """Whether an option begins between the two."""
    return any(node in option.nodes and before not in option.nodes for option in graph.options)


def _sort_runs(graph: Graph) -> Graph:
    """Give every run of commuting steps the order of the vocabulary."""
    replaced: dict[str, Node] = {}
    last: dict[str, str] = {}
    entries: dict[str, str] = {}
    for run in _runs(graph):
        ordered = sorted(run, key=lambda node: (_rank(node), node.op))
        if ordered == run:
            continue
        value = run[0].args[0]
        for slot, node in zip(run, ordered, strict=True):
            replaced[slot.id] = replace(node, args=(value,))
            entries[node.id] = value
            value = node.id
        last[run[-1].id] = value
    if not replaced:
        return graph
    inside = set(entries)

    def outward(key: str) -> str:
        return last.get(key, key)

    nodes = []
    for node in graph.nodes:
        new = replaced.get(node.id, node)
        if new.id in inside:
            first = new.args[0]
            nodes.append(new if first in inside else replace(new, args=(outward(first),)))
        else:
            nodes.append(replace(new, args=tuple(map(outward, new.args))))
    options = []
    for option in graph.options:
        if len(option.nodes) == 1 and option.exit in inside:
            entry = entries[option.exit]
            options.append(replace(option, entry=entry if entry in inside else outward(entry)))
        else:
            options.append(replace(option, entry=outward(option.entry), exit=outward(option.exit)))
    return replace(
        graph,
        nodes=tuple(nodes),
        outputs=tuple(map(outward, graph.outputs)),
        options=tuple(options),
        names={key: outward(value) for key, value in graph.names.items()},
    )
