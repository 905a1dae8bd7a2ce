"""The text report of `mutate`: what a spec would not notice, and the words that would make it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from archcheck.report.findings import finding_lines, short
from archcheck.report.lines import Line, Piece, counted, line, wrapped
from archcheck.report.text import left_out_lines, spec_name
from archcheck.results import MATCH

if TYPE_CHECKING:
    from archcheck.mutate import Strength, StrengthReport, Survivor


def strength_lines(report: StrengthReport) -> list[Line]:
    """The whole report."""
    lines: list[Line] = []
    for block in report.blocks:
        lines += [*block_lines(block), ()]
    for finding in report.errors:
        lines += [*finding_lines((finding,)), ()]
    return [*lines, *left_out_lines(report.not_checked), _summary(report)]


def block_lines(block: Strength) -> list[Line]:
    """One block: its headline, what is not noticed, grouped by advice, and the counts of all kinds."""
    result = block.result
    place = f"{short(result.span.file)}:{result.span.line}" if result.span else result.target
    head: list[Piece | str] = [Piece(place, "bold"), "  ", result.name, "  "]
    if result.verdict != MATCH:
        said = f"is no match of {spec_name(result)} ({result.verdict}), so it cannot be mutated; see archcheck check"
        return [line(*head, Piece(result.verdict.upper(), result.verdict)), *wrapped(said, 2)]
    noticed = block.count - len(block.survivors)
    lines = [line(*head, f"{spec_name(result)} notices {noticed} of {block.count} mutations")]
    if block.survivors:
        lines += [(), line("  not noticed:")]
    for advice, group in _by_advice(block.survivors).items():
        places = Counter(_what(one) for one in group)
        for text, number in places.items():
            more = f" ({number} times)" if number > 1 else ""
            lines += wrapped(f"- {text}{more}{_lines(group, text)}", 4, hanging=6)
        lines += wrapped(advice, 8, hanging=10)
    missed = Counter(one.mutation for one in block.survivors)
    counts = ", ".join(f"{name} {number - missed[name]} of {number}" for name, number in block.tried)
    return [*lines, (), *wrapped(f"noticed: {counts}", 2, hanging=4)]


def _by_advice(survivors: tuple[Survivor, ...]) -> dict[str, list[Survivor]]:
    groups: dict[str, list[Survivor]] = {}
    for one in survivors:
        groups.setdefault(one.advice, []).append(one)
    return groups


def _what(one: Survivor) -> str:
    inside = f", inside {' of '.join(reversed(one.within))}" if one.within else ""
    return one.what + inside


def _lines(group: list[Survivor], text: str) -> str:
    numbers = sorted({one.at.line for one in group if one.at is not None and _what(one) == text})
    if not numbers:
        return ""
    return f", line{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"


def _summary(report: StrengthReport) -> Line:
    tried = sum(block.count for block in report.blocks)
    missed = sum(len(block.survivors) for block in report.blocks)
    blocks = len(report.blocks)
    return line(f"{counted(blocks, 'block')}: {tried - missed} of {tried} mutations noticed, {missed} not.")
