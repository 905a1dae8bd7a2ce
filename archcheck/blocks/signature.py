"""When two graphs are one."""

from __future__ import annotations

from collections.abc import Sequence

from archcheck.graph import Graph, Node, Scope
from archcheck.graph.extract import Outline


def signature(graph: Graph) -> tuple[object, ...]:
    """A value that is equal for graphs that compute the same in the same order."""
    read = {a for n in graph.nodes for a in n.args} | set(graph.outputs)
    nodes = [
        n for n in graph.nodes if n.id in read or n.words[0] != "input"
    ]  # what nobody reads decides nothing
    index = {n.id: i for i, n in enumerate(nodes)}
    first: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}  # the first node with these parameters
    for i, node in enumerate(nodes):
        if node.weights:
            first.setdefault((node.words, node.weights), i)

    def one(node: Node) -> tuple[object, ...]:
        inner = signature(node.inner) if node.inner is not None else None
        alike = first[node.words, node.weights] if node.weights else index[node.id]
        return (node.words, tuple(index[a] for a in node.args), node.attrs, node.noop, inner, alike)

    return (*(one(n) for n in nodes), tuple(index[o] for o in graph.outputs))


def raw_signature(outline: Outline, members: Sequence[Node], scope: Scope) -> tuple[object, ...]:
    """A value that is equal for the raw graphs of two module calls that were recorded alike."""
    index = {n.id: i for i, n in enumerate((*outline.sources, *members))}
    path = scope.path
    rows = tuple(
        (
            n.words,
            tuple(index[a] for a in n.args),
            n.attrs,
            n.operands,
            n.noop,
            n.shape,
            tuple((s.path.removeprefix(path), s.cls, s.call) for s in n.scopes[n.scopes.index(scope) :]),
        )
        for n in members
    )
    sources = tuple((n.words, n.attrs, n.shape) for n in outline.sources)
    ends = tuple(index[i] for i in outline.inputs), tuple(index[o] for o in outline.outputs)
    return (*sources, *rows, *ends, tuple((index.get(u.value), u.reason) for u in outline.unresolved))
