"""The boxes that a spec writes out: `linear -> gelu -> linear` is a feed-forward, as it is in code."""

from __future__ import annotations

from dataclasses import replace

from archcheck.graph import Graph, Node, Option
from archcheck.lift.feed_forward import feed_forward
from archcheck.lift.work import Work


def boxed(graph: Graph) -> Graph:
    """The graph of a spec with its written-out feed-forwards as boxes, opened: their insides are compared."""
    work = Work(graph)
    before = set(work.nodes)
    feed_forward(work)
    if set(work.nodes) == before:
        return graph
    nodes, left = [], [o for o in graph.options if all(k in work.nodes for k in (*o.nodes, o.entry, o.exit))]
    for node in work.nodes.values():
        if node.inner is not None and node.id in graph and node.words != graph[node.id].words:
            nodes.append(_box(node, graph))
            whole = {n.id for n in node.inner.operations()}
            left += [Option((node.id,), o.entry, o.exit) for o in graph.options if set(o.nodes) == whole]
        else:
            nodes.append(node)
    return replace(graph, nodes=tuple(nodes), options=tuple(left))


def _box(node: Node, graph: Graph) -> Node:
    """The new box where its last step stands, with the optional steps that lie inside it."""
    assert node.inner is not None
    inside = node.inner.by_id
    options: list[Option] = [
        o for o in graph.options if all(k in inside for k in (*o.nodes, o.entry, o.exit))
    ]
    return replace(node, span=graph[node.id].span, inner=replace(node.inner, options=tuple(options)))
