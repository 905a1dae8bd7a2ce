"""When two graphs are one."""

from __future__ import annotations

from archcheck.graph import Graph, Node


def signature(graph: Graph) -> tuple[object, ...]:
    """A value that is equal for graphs that compute the same in the same order."""
    index = {n.id: i for i, n in enumerate(graph.nodes)}

    def one(node: Node) -> tuple[object, ...]:
        inner = signature(node.inner) if node.inner is not None else None
        return (node.words, tuple(index[a] for a in node.args), node.attrs, node.noop, inner)

    return (*(one(n) for n in graph.nodes), tuple(index[o] for o in graph.outputs))
