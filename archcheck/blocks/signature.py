"""When two graphs are one."""

from __future__ import annotations

from archcheck.graph import Graph, Node


def signature(graph: Graph) -> tuple[object, ...]:
    """A value that is equal for graphs that compute the same in the same order."""
    index = {n.id: i for i, n in enumerate(graph.nodes)}
    first: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}  # the first node with these parameters
    for i, node in enumerate(graph.nodes):
        if node.weights:
            first.setdefault((node.words, node.weights), i)

    def one(node: Node) -> tuple[object, ...]:
        inner = signature(node.inner) if node.inner is not None else None
        alike = first[node.words, node.weights] if node.weights else index[node.id]
        return (node.words, tuple(index[a] for a in node.args), node.attrs, node.noop, inner, alike)

    return (*(one(n) for n in graph.nodes), tuple(index[o] for o in graph.outputs))


def raw_signature(graph: Graph, path: str) -> tuple[object, ...]:
    """A value that is equal for the raw graphs of two modules that were recorded alike; `path` is the module's."""
    index = {n.id: i for i, n in enumerate(graph.nodes)}
    rows = tuple(
        (
            n.words,
            tuple(index[a] for a in n.args),
            n.attrs,
            n.operands,
            n.noop,
            n.shape,
            tuple((s.path.removeprefix(path), s.cls, s.call) for s in n.scopes),
        )
        for n in graph.nodes
    )
    ends = tuple(index[i] for i in graph.inputs), tuple(index[o] for o in graph.outputs)
    return (*rows, *ends, tuple((index.get(u.value), u.reason) for u in graph.unresolved))
