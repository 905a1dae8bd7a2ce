"""Why a block does not match: what does correspond, what else was tried, and which catalogue specs are near."""

from __future__ import annotations

from archcheck.report.findings import short
from archcheck.report.lines import Line, Piece, counted, line, wrapped
from archcheck.results import Nearest, Pair, Result

FOUND = "found nothing nearer"


def nearest_line(result: Result) -> list[Line]:
    """`This is pre_ln with 1 difference: …`, where a catalogue spec is nearer than the one that was asked for."""
    near = next((one for one in result.nearest if one.spec != result.spec), None)
    if near is None or near.distance == 0 or near.distance >= result.distance or not near.difference:
        return []
    return [(), *wrapped(f"This is {near.spec} with {_differences(near)}.", 2, hanging=4)]


def why_lines(result: Result) -> list[Line]:
    """The best alignment, and each alternative with the reason why it failed."""
    if result.why is None:
        return []
    said = "" if result.optimal else " (at most: it was not proved that there is no nearer explanation)"
    lines: list[Line] = [
        (),
        line("  ", Piece("Why:", "bold"), f" {counted(result.distance, 'difference')}{said}"),
    ]
    lines += wrapped(f"{len(result.why.pairs)} operations stand for each other:", 4)
    for pair in result.why.pairs:
        lines += wrapped(_pair(pair), 6, hanging=8)
    if result.why.tried or result.nearest:
        lines += wrapped("What else was tried:", 4)
    for one in result.why.tried:
        if one.distance is None:
            lines += wrapped(f"{one.reading}: {FOUND}", 6, hanging=8)
            continue
        place = f" (line {one.at.line})" if one.at else ""
        first = f"; the first: {one.difference}{place}" if one.difference else ""
        lines += wrapped(f"{one.reading}: {counted(one.distance, 'difference')}{first}", 6, hanging=8)
    for near in result.nearest:
        if near.spec != result.spec:
            lines += wrapped(f"--spec {near.spec}: {_differences(near)}", 6, hanging=8)
    return lines


def _pair(pair: Pair) -> str:
    left = f"{short(pair.spec_at.file)}:{pair.spec_at.line} " if pair.spec_at else ""
    right = f"line {pair.at.line} " if pair.at else ""
    return f"{left}{pair.expected} = {right}{pair.found}"


def _differences(near: Nearest) -> str:
    least = "" if near.optimal else "at most "
    if not near.distance:
        return "matches"
    first = ": " if near.distance == 1 else "; the first: "
    return f"{least}{counted(near.distance, 'difference')}{first}{near.difference}"
