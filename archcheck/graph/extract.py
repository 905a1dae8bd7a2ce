"""Cuts the operations of one module call out of a raw graph, as a graph of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archcheck.graph.types import Frame, Graph, Node, Scope
from archcheck.vocabulary import PLUMBING


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
    inside = {n.id for n in members}
    outer: dict[str, None] = {}
    for node in members:
        outer.update(dict.fromkeys(a for a in node.args if a not in inside))
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
    outputs = [
        n.id for n in members if n.id in graph.outputs or any(u not in inside for u in graph.users[n.id])
    ]
    return Graph(
        nodes=(*sources, *(_local(n, scope) for n in members)),
        inputs=tuple(inputs),
        outputs=tuple(_main_first(graph, outputs)),
        unresolved=tuple(u for u in graph.unresolved if u.value in inside),
    )


def is_mask(nodes: Mapping[str, Node], key: str) -> bool:
    """Whether a value only says yes or no: a comparison that was moved or cast, or an input that is called a mask.

    An input by which a stream is multiplied as it is may be a gate, too: only its name tells.
    """
    node = nodes[key]
    while node.words[0] in PLUMBING and node.args:
        node = nodes[node.args[0]]
    named = node.words[0] == "input" and "mask" in node.name.lower().split("_")
    return named or node.words[0] == "compare" or node.attr("mask") is True


def _local(node: Node, scope: Scope) -> Node:
    depth = node.scopes.index(scope)
    frames = tuple(Frame(f.span, f.depth - depth) for f in node.frames if f.depth > depth)
    return replace(node, scopes=node.scopes[depth:], frames=frames)


def _main_first(graph: Graph, outputs: list[str]) -> list[str]:
    """The output that the graph's first output depends on stands first; else the last one made."""
    if len(outputs) < 2:
        return outputs
    alive = [o for o in outputs if o in graph.behind_first]
    main = (alive or outputs)[-1]
    return [main, *(o for o in outputs if o != main)]
