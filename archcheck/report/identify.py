"""The text report of `identify`: what each block is, and what it is near to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.blocks.variants import assigned
from archcheck.failures import no_class
from archcheck.likely import load
from archcheck.report.findings import finding_lines, short, unseen_lines
from archcheck.report.lines import Line, Piece, counted, line, wrapped
from archcheck.report.text import left_out_lines

if TYPE_CHECKING:
    from archcheck.identity import IdentifyReport, Identity


def identify_lines(report: IdentifyReport) -> list[Line]:
    """The whole report."""
    lines: list[Line] = []
    for block in report.blocks:
        lines += [*block_lines(block), ()]
    for finding in report.errors:
        lines += [*finding_lines((finding,)), ()]
    known = sum(bool(block.matches) for block in report.blocks)
    unknown = len(report.blocks) - known
    said = f"{counted(len(report.blocks), 'block')}: {known} in the catalogue, {unknown} not; engine {report.engine}."
    if not (report.blocks or report.errors or report.not_checked):
        lines += wrapped(f"Nothing to identify: {no_class(report.target)}.", 0, hanging=2)
    return [*lines, *left_out_lines(report.not_checked), line(said)]


def block_lines(block: Identity) -> list[Line]:
    """One block: its place, the specs that it matches, and the nearest others with their first difference."""
    place = f"{short(block.span.file)}:{block.span.line}  " if block.span else ""
    head: list[Piece | str] = [Piece(place, "bold"), block.name]
    if block.when:
        head += ["  with ", assigned(block.when)]
    lines = [line(*head)]
    for position, name in enumerate(block.matches):
        lines += wrapped(f"{'is  ' if not position else 'also'}  {named(name)}", 2, hanging=8)
    if not block.matches and not block.unresolved:
        lines += wrapped("is    no architecture of the catalogue", 2, hanging=8)
    for near in block.nearest:
        most = "" if near.optimal else "at most "
        text = f"near  {near.spec}, {most}{counted(near.distance, 'difference')}"
        lines += wrapped(f"{text}: {near.difference}" if near.difference else text, 2, hanging=8)
    lines += unseen_lines(block.unresolved)
    for text in block.notes:
        lines += wrapped(text, 2, hanging=4)
    return lines


def named(name: str) -> str:
    """A catalogue spec with its title and where its figure is."""
    spec, _ = load(name)
    source = ", ".join(part for part in (spec.figure.paper, spec.figure.label) if part)
    title = f": {spec.title}" if spec.title else ""
    return f"{name}{title}" + (f" ({source})" if source else "")
