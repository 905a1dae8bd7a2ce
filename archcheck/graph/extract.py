"""Cuts the operations of one module call out of a raw graph, as a graph of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from archcheck.graph.types import Frame, Graph, Node, Scope, Unresolved
from archcheck.vocabulary import PLUMBING

MASKS = frozenset({"mask", "masks", "padding", "paddings"})  # in the names of inputs


def calls(graph: Graph) -> dict[Scope, list[Node]]:
    """The operations below each module call, in the order in which the calls were entered."""
    found: dict[Scope, list[Node]] = {}
    for node in graph.nodes:
        for scope in node.scopes:
            found.setdefault(scope, []).append(node)
    return found


def extract(graph: Graph, scope: Scope, members: list[Node] | None = None) -> Graph:
    """The raw graph of one module call.

    Its inputs are the values that it reads from outside, in the order in which it reads them; its
    outputs the values that are read outside. Scopes and frames are counted from the call.
    """
    members = calls(graph).get(scope, []) if members is None else members
    outline = outlined(graph, members)
    seen: dict[int, Frame] = {}  # nodes share their frames
    return Graph(
        nodes=(*outline.sources, *(_local(n, scope, seen) for n in members)),
        inputs=outline.inputs,
        outputs=outline.outputs,
        unresolved=outline.unresolved,
    )


class Outline(NamedTuple):
    """What the graph of some operations reads and gives, before the operations themselves are cut out."""

    sources: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    unresolved: tuple[Unresolved, ...]


def outlined(graph: Graph, members: Sequence[Node]) -> Outline:
    """The sources, inputs and outputs of the graph that `extract` makes of these operations."""
    inside = {n.id for n in members}
    outer = dict.fromkeys(a for node in members for a in node.args if a not in inside)
    sources, inputs = [], []
    for key in outer:
        node = graph[key]
        if node.is_source and node.words[0] != "input":
            sources.append(node)
        else:
            name = node.name if node.is_source else ""
            attrs = (("mask", True),) if is_mask(graph.by_id, key) else ()
            sources.append(Node(id=key, words=("input",), name=name, shape=node.shape, attrs=attrs))
            inputs.append(key)
    last = set(graph.outputs)
    outputs = [n.id for n in members if n.id in last or any(u not in inside for u in graph.users[n.id])]
    unresolved = tuple(u for u in graph.unresolved if u.value in inside)
    return Outline(tuple(sources), tuple(inputs), tuple(_main_first(graph, outputs)), unresolved)


def is_mask(nodes: Mapping[str, Node], key: str) -> bool:
    """Whether a value only says yes or no: a comparison that was moved or cast, or an input that is called a mask.

    An input by which a stream is multiplied as it is may be a gate, too: only its name tells. `1 - padding` is a mask.
    """
    node = nodes[key]
    while node.args and (node.words[0] in PLUMBING or _is_rest(nodes, node)):
        node = nodes[node.args[0 if node.words[0] in PLUMBING else -1]]
    named = node.words[0] == "input" and not MASKS.isdisjoint(node.name.lower().split("_"))
    return named or node.words[0] == "compare" or node.attr("mask") is True


def _is_rest(nodes: Mapping[str, Node], node: Node) -> bool:
    """Whether a node is `1 - x`, x its last operand."""
    if node.words[0] != "subtract":
        return False
    if len(node.args) == 1:
        return node.attr("reflected") is True and node.attr("value") in (1, 1.0)
    return nodes[node.args[0]].words[0] == "constant" and nodes[node.args[0]].attr("value") in (1, 1.0)


def _local(node: Node, scope: Scope, seen: dict[int, Frame]) -> Node:
    depth = node.scopes.index(scope)
    frames = []
    for frame in node.frames:
        if frame.depth > depth:
            local = seen.get(id(frame))
            if local is None:
                local = seen[id(frame)] = Frame(frame.span, frame.depth - depth)
            frames.append(local)
    return node.changed(scopes=node.scopes[depth:], frames=tuple(frames))


def _main_first(graph: Graph, outputs: list[str]) -> list[str]:
    """The output that the graph's first output depends on stands first; else the last one made."""
    if len(outputs) < 2:
        return outputs
    alive = [o for o in outputs if o in graph.behind_first]
    main = (alive or outputs)[-1]
    return [main, *(o for o in outputs if o != main)]
