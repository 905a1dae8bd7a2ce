"""The examples of the pages as graphs, so that they can be run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.graph import Graph, Node, Scope

if TYPE_CHECKING:
    from archcheck.rules.base import Example


def example_graphs(example: Example) -> tuple[Graph, Graph]:
    """The graph of the figure (empty where the example has none) and that of the code."""
    spec = read(example.spec) if example.spec else Graph()
    return spec, as_code(read(example.code))


def read(text: str) -> Graph:
    """The graph of a block in the notation, or of a spec's YAML body where the text has keys."""
    from archcheck.spec import expand_block, parse_block, read_text

    if ": " not in text and ":\n" not in text:
        return expand_block(parse_block(text))
    [graph] = read_text(f"archcheck: 1\nname: example\n{text}").graphs().values()
    return graph


def as_code(graph: Graph) -> Graph:
    """A spec's graph as if code had computed it: each box a module, `shared` boxes one module."""
    modules: dict[str, tuple[int, int]] = {}
    nodes: list[Node] = []
    for number, node in enumerate(graph.nodes):
        if not node.args:
            nodes.append(node)
            continue
        label = node.attr("shared")
        path = f"{node.words[0]}_{number}" if label is None else str(label)
        instance, calls = modules.get(path, (len(modules), 0))
        modules[path] = (instance, calls + 1)
        attrs = tuple(pair for pair in node.attrs if pair[0] != "shared")
        scopes = (Scope("", "Block", -1), Scope(path, f"Module.{node.words[0]}", instance, calls))
        inner = as_code(node.inner) if node.inner is not None else None
        nodes.append(replace(node, name=path, scopes=scopes, attrs=attrs, inner=inner, weights=(path,)))
    return replace(graph, nodes=tuple(nodes))
