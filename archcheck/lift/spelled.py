"""The boxes that a spec writes out: `linear -> gelu -> linear` is a feed-forward, as it is in code."""

from __future__ import annotations

from dataclasses import replace

from archcheck.graph import Graph, Node, Option
from archcheck.lift.feed_forward import feed_forward
from archcheck.lift.work import Work


def readings(graph: Graph) -> tuple[Graph, ...]:
    """What a spec's graph may say, the most likely first: of how many dimensions its convolutions are it does not say.

    Along a sequence their kernels are 1 where nothing else is said, and a network of them is a feed-forward; in an
    image it is none.
    """
    found: list[Graph] = []
    for sequences in (None, False, True) if any(n.words[0] == "conv" for n in graph.nodes) else (None,):
        reading = boxed(graph, sequences)
        if all(reading.nodes != one.nodes for one in found):
            found.append(reading)
    return tuple(found)


def boxed(graph: Graph, sequences: bool | None = None) -> Graph:
    """The graph of a spec with its written-out feed-forwards as boxes, opened: their insides are compared.

    `sequences` says whether convolutions run along a sequence; None: those whose kernel is one number do.
    """
    work = Work(graph)
    work.sequences = sequences
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
