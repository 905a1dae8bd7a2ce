"""The text report of `describe`: notation, the drawn flow with line numbers, and what was not seen."""

from __future__ import annotations

from collections.abc import Sequence

from archcheck.blocks.variants import assigned
from archcheck.failures import no_class
from archcheck.report.findings import finding_lines, grouped, short, unseen_lines
from archcheck.report.gutter import FORK, OP, Row, rows
from archcheck.report.lines import WIDTH, Line, Piece, counted, fit, line, width, wrapped
from archcheck.report.variants import grouped_views, table_lines
from archcheck.results import BlockView, DescribeReport

MOST_ROWS = 200


def describe_lines(report: DescribeReport) -> list[Line]:
    """The whole report."""
    lines: list[Line] = []
    for variants in grouped_views(report.blocks):
        lines += [*variants_lines(variants, drawing=True), ()]
    for group in grouped(report.errors):
        lines += [*finding_lines(group), ()]
    for one in report.not_checked:
        lines += wrapped(f"Not described: {one.name}: {one.reason}", 0, hanging=2)
    if not (report.blocks or report.errors or report.not_checked):
        lines += wrapped(f"Nothing to describe: {no_class(report.target)}.", 0, hanging=2)
    count = len(grouped_views(report.blocks))
    return [*lines, line(f"{counted(count, 'block')}, engine {report.engine}.")]


def variants_lines(variants: Sequence[BlockView], *, drawing: bool = False) -> list[Line]:
    """A block with all its variants: a table of them, and the default as the only one that is drawn."""
    first = next((one for one in variants if one.default), variants[0])
    if len(variants) == 1:
        return block_lines(first, drawing=drawing)
    head = line(*_head(first), f"{len(variants)} variants")
    return [head, *table_lines(variants), *_body(first, drawing=drawing)]


def block_lines(block: BlockView, *, drawing: bool = False) -> list[Line]:
    """One block: place, name and family, its chains, and the findings that need no spec."""
    family = Piece(block.family or "no family of the catalogue", "match" if block.family else "dim")
    head = [*_head(block), family]
    if block.when:
        head += ["  with ", assigned(block.when)]
    lines = [line(*head)]
    for chain in (part for part in block.notation.split("; ") if part):
        lines += wrapped(chain, 2, hanging=4)
    if not block.notation:
        lines += wrapped("more than one stream; the drawing shows all", 2)
    return [*lines, *_body(block, drawing=drawing)]


def _head(block: BlockView) -> list[Piece | str]:
    """Place and name."""
    place = f"{short(block.span.file)}:{block.span.line}" if block.span else ""
    return [Piece(place, "bold"), "  ", block.name, "  "] if place else [block.name, "  "]


def _body(block: BlockView, *, drawing: bool) -> list[Line]:
    """The drawing, what was not seen, and the findings that need no spec."""
    lines: list[Line] = []
    if drawing or not block.notation:
        lines += [(), *_drawing(block)]
    lines += unseen_lines(block.unresolved)
    file = block.span.file if block.span else ""
    for group in grouped(block.findings):
        lines += [(), *finding_lines(group, file=file)]
    return lines


def _drawing(block: BlockView) -> list[Line]:
    drawn = rows(block.graph)
    cut = len(drawn) - MOST_ROWS
    drawn = drawn[:MOST_ROWS]
    gutter = max((len(row.gutter) for row in drawn), default=0)
    number = max((len(_number(row)) for row in drawn), default=0)
    room = WIDTH - 2 - gutter - 1 - number - 3
    names = max((width(row.node.name) for row in drawn if row.kind == OP), default=0)
    op = min(max((width(row.label) for row in drawn), default=0), max(room - names - 2, room // 2))
    lines = [
        line(
            "  ",
            Piece(fit(row.gutter, gutter), "gutter"),
            " ",
            fit(row.label, op),
            "  ",
            Piece(
                fit(row.node.name if row.kind == OP else "", min(names, room - op - 2), keep_end=True), "dim"
            ),
            "  ",
            Piece(_number(row).rjust(number), "dim"),
        )
        for row in drawn
    ]
    return [*lines, line(f"  .. and {cut} more rows")] if cut > 0 else lines


def _number(row: Row) -> str:
    return str(row.node.span.line) if row.node.span and row.kind != FORK else ""
