"""Findings as text: equal ones together, with the source line, what the figure has, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from archcheck.graph import Span, Unresolved
from archcheck.report.lines import WIDTH, Line, Piece, line, width, wrapped
from archcheck.report.source import quoted

if TYPE_CHECKING:
    from archcheck.rules import Finding

FOLLOW, RIGHT = "To follow the figure:  ", "If the code is right:  "
SHOWN_PLACES = 5
NAMED = re.compile(r"\(([\w.]*\d[\w.]*)\)")  # the module of an operation that a text names


def grouped(findings: Iterable[Finding]) -> list[tuple[Finding, ...]]:
    """The findings of one code about the same operation and with the same advice, together.

    The same in modules whose paths differ by a number (`layers.3.norm`) is the same.
    """
    groups: dict[tuple[str, ...], list[Finding]] = {}
    same: tuple[str, ...]
    for finding in findings:
        what = (_word(finding.expected), _word(finding.found))
        if finding.topic and finding.at is not None and not finding.edits:  # modules that one line builds
            same = (finding.code, finding.label, str(finding.at))
        elif finding.advice and any(what):
            same = (finding.code, NAMED.sub(_any_number, finding.advice), *what)
        else:
            same = (str(id(finding)),)
        groups.setdefault(same, []).append(finding)
    return [tuple(group) for group in groups.values()]


def _any_number(name: re.Match[str]) -> str:
    return re.sub(r"\d+", "#", name[0])


def _word(text: str) -> str:
    return text.split(" ", 1)[0]


def finding_lines(
    group: Sequence[Finding], spec_hint: str = "", file: str = "", other: str = ""
) -> list[Line]:
    """One group of equal findings.

    `spec_hint` is the catalogue spec that the code follows exactly, `file` the file that needs no name,
    `other` the class that stands for the figure, where one does.
    """
    first = group[0]
    style = "mark" if first.severity == "error" else first.severity
    lines = [line(Piece(first.code, style), " ", Piece(first.rule, "bold"), _times(group, file))]
    shown = quoted(first.at or (None if first.edits else first.spec_at), first.label)
    lines += shown
    if not (shown and first.label and first.expected and first.spec_at):
        lines += wrapped(_sentence(first.message), 2)
    if first.expected and first.spec_at is not None and first.edits:
        lines += _expected(first, [one.spec_at for one in group[1:] if one.spec_at])
    for related in first.related:
        place = f" ({_place(related.at, file)})" if related.at else ""
        lines += wrapped(f"{related.message}{place}", 2)
    alike = [name for one in group[1:] for name in NAMED.findall(one.advice)[:1]]
    if not first.edits:
        alike = [one.topic for one in group[1:]]
    if alike := [name for name in dict.fromkeys(alike) if f"({name})" not in first.advice]:
        lines += wrapped(f"The same of {_few(alike)}.", 2)
    return [*lines, *_advice(first, spec_hint, other)]


def again_line(finding: Finding, layer: str, file: str) -> Line:
    """A finding that was told in full of another layer of the same stack."""
    place = f" ({_place(finding.at, file)})" if finding.at is not None else ""
    return line(Piece(finding.code, "mark"), " ", Piece(finding.rule, "bold"), f"{place}: as in {layer}")


def _expected(first: Finding, others: Sequence[Span]) -> list[Line]:
    """What the figure has, and where it says so."""
    assert first.spec_at is not None
    where = f"{short(first.spec_at.file)}:{first.spec_at.line}:{first.spec_at.column}"
    also = [f"{span.line}:{span.column}" for span in others]
    also = [place for place in dict.fromkeys(also) if not where.endswith(f":{place}")]
    more = f" (also {_few(also)})" if also else ""
    # A rule says what the figure has as a noun ("layer_norm on the stream") or as a sentence ("add reads n").
    text = (
        f"In {where}{more}, {first.expected}."
        if " reads " in first.expected
        else f"{where} has {first.expected}{more}."
    )
    return wrapped(text, 2)


def _advice(finding: Finding, spec_hint: str, other: str) -> list[Line]:
    more = f"More: archcheck explain {finding.code}"
    lines: list[Line] = []
    against_spec = bool(finding.edits)
    if finding.advice:
        follow = FOLLOW.replace("the figure", other) if other else FOLLOW
        lines += _labelled(follow, finding.advice) if against_spec else wrapped(finding.advice, 2)
    right = f"--spec {spec_hint}" if spec_hint else _without(finding.otherwise, "If the code is right, ")
    if right and against_spec:
        lines += _labelled(RIGHT, right)
        last = sum(width(piece.text) for piece in lines[-1])
        if last + 8 + len(more) <= WIDTH:
            lines[-1] = (*lines[-1], Piece(" " * 8 + more, "dim"))
            return lines
    return [*lines, line("  ", Piece(more, "dim"))]


def _labelled(label: str, text: str) -> list[Line]:
    """A paragraph behind a label, whose further lines begin where the first one does."""
    first, *rest = wrapped(text, 2 + len(label))
    return [line("  ", Piece(label, "bold"), first[0].text.lstrip()), *rest]


def _times(group: Sequence[Finding], file: str) -> str:
    places = [_place(finding.at, file) for finding in group if finding.at is not None]
    if first_of_spec := [one.spec_at for one in group if one.at is None and one.spec_at and not one.edits]:
        span = first_of_spec[0]
        return f" ({short(span.file)}:{span.line}:{span.column})"
    if len(group) == 1:
        return f" ({places[0]})" if places and not places[0].startswith("line ") else ""
    here = [place.removeprefix("line ") for place in places if place.startswith("line ")]
    if len(here) == len(group):
        lines = "lines" if len(set(here)) > 1 else "line"
        return f" ({len(group)} times: {lines} {_few(here)})"
    return f" ({len(group)} times: {_few(places)})" if places else f" ({len(group)} times)"


def _few(places: Sequence[str]) -> str:
    unique = list(dict.fromkeys(places))
    more = len(unique) - SHOWN_PLACES
    return ", ".join(unique[:SHOWN_PLACES]) + (f" and {more} more" if more > 0 else "")


def _place(span: Span | None, file: str) -> str:
    if span is None:
        return ""
    return f"line {span.line}" if span.file == file else f"{short(span.file)}:{span.line}"


def unseen_lines(unresolved: Iterable[Unresolved]) -> list[Line]:
    """What was not seen, each thing once: an expression may read a value in several places."""
    places = (
        (one.reason, f" ({short(one.span.file)}:{one.span.line})" if one.span else "") for one in unresolved
    )
    texts = dict.fromkeys(f"not seen: {reason}{place}" for reason, place in places)
    return [one for text in texts for one in wrapped(text, 2, hanging=4)]


def short(file: str) -> str:
    """A file's name relative to the current folder where it lies in it, else its last two parts."""
    path = PurePath(file)
    if not path.is_absolute():
        return file
    import os

    relative = os.path.relpath(file)
    return relative if not relative.startswith("..") else str(PurePath(*path.parts[-1:]))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _without(text: str, start: str) -> str:
    rest = text.removeprefix(start)
    return rest[:1].upper() + rest[1:] if rest != text else text
