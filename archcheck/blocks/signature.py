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
