"""Results for the reports to draw: both sides written in the notation."""

from __future__ import annotations

from dataclasses import replace

from archcheck.diff import align
from archcheck.graph import Graph, Span
from archcheck.results import MATCH, MISMATCH, Coverage, Result
from archcheck.rules import findings
from archcheck.spec import load_spec


def code_graph(chain: str, file: str = "model.py", first_line: int = 20) -> Graph:
    """A chain as if it were code: no options, module names, a line for each operation."""
    graph = load_spec(chain).graph()
    names = {node.id: f"c_{node.id}" for node in graph.nodes}
    nodes = tuple(
        replace(
            node,
            id=names[node.id],
            args=tuple(names[arg] for arg in node.args),
            name=f"layer.{node.op}_{place}" if node.args else "x",
            span=Span(file, first_line + place, 5, first_line + place, 12),
        )
        for place, node in enumerate(graph.nodes)
    )
    inputs, outputs = (tuple(names[key] for key in keys) for keys in (graph.inputs, graph.outputs))
    return Graph(nodes, inputs, outputs)


def compared(spec: str, code: str, file: str = "model.py") -> Result:
    """The result of a chain of code against a spec."""
    loaded = load_spec(spec)
    expected, found = loaded.graph(), code_graph(code, file)
    alignment = align(expected, found)
    return Result(
        f"{file}::Layer",
        "Layer",
        loaded.name,
        "trace",
        MISMATCH if alignment.edits else MATCH,
        span=Span(file, 12),
        spec_file=loaded.source,
        distance=alignment.distance,
        alignment=alignment,
        expected=expected,
        found=found,
        findings=findings(alignment, expected, found, ()),
        coverage=Coverage(len(tuple(found.operations())), len(tuple(found.operations())), 0, 1),
    )
