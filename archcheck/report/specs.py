"""The catalogue and single specs as text and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archcheck.report.gutter import rows
from archcheck.report.lines import WIDTH, Line, Piece, fit, line, wrapped
from archcheck.spec import Spec, print_chain

CATALOGUE_SCHEMA = "archcheck.specs/1"


def catalogue_document(specs: Sequence[Spec]) -> dict[str, Any]:
    """The catalogue as plain data."""
    listed = [
        {"name": spec.name, "title": spec.title, "paper": spec.figure.paper, "label": spec.figure.label}
        for spec in specs
    ]
    return {"schema": CATALOGUE_SCHEMA, "specs": listed}


def catalogue_lines(specs: Sequence[Spec]) -> list[Line]:
    """One line for each spec: name, title, paper."""
    longest = max((len(spec.name) for spec in specs), default=0)
    paper = min(max((len(spec.figure.paper) for spec in specs), default=0), 20)
    room = max(WIDTH - longest - paper - 4, 10)
    return [
        line(
            Piece(fit(spec.name, longest), "bold"),
            "  ",
            fit(spec.title, room),
            "  ",
            Piece(fit(spec.figure.paper, paper), "dim"),
        )
        for spec in specs
    ]


def spec_lines(spec: Spec, *, heading: bool = True) -> list[Line]:
    """One spec drawn, block by block; with a heading also its title, figure, description and file."""
    lines: list[Line] = _heading(spec) if heading else []
    for name, graph in spec.graphs().items():
        lines += [(), line("  ", Piece(name or "block", "bold"))]
        lines += [
            line("    ", Piece(row.gutter, "gutter"), " ", row.label) for row in rows(graph, spec_side=True)
        ]
    for title, chain in _chains(spec):
        lines += [(), line("  ", Piece(title, "bold")), *wrapped(chain, 4)]
    if heading:
        for one in spec.known_deviations:
            lines += [(), *wrapped(f"Known deviation: {one.who}: {one.how}" if one.who else one.how, 2)]
        lines += [(), line("  ", Piece(spec.source, "dim"))]
    return lines


def _heading(spec: Spec) -> list[Line]:
    lines: list[Line] = [line(Piece(spec.name, "bold"), "  ", spec.title)]
    figure = ", ".join(part for part in (spec.figure.label, spec.figure.paper) if part)
    if figure:
        lines.append(line("  ", Piece(figure, "dim")))
    return [*lines, (), *wrapped(spec.description, 2)] if spec.description else lines


def _chains(spec: Spec) -> Iterator[tuple[str, str]]:
    if spec.order is not None:
        yield "order of every sublayer", print_chain(spec.order)
    if spec.model is not None:
        for name, chain in zip(
            spec.model.names or [""] * len(spec.model.chains), spec.model.chains, strict=False
        ):
            yield f"model {name}".strip(), print_chain(chain)
