"""The layers of a stack, compared one by one: equal answers are one, and what the other layers differ in is said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from archcheck.blocks.layers import listed
from archcheck.graph import Span
from archcheck.results import MATCH, MISMATCH, Result
from archcheck.rules import Finding

SHOWN = 4  # so many kinds of other layers are named

Told = tuple[str, str, str, str, Span | None, Span | None]


def together(results: Sequence[Result]) -> list[Result]:
    """The results, those of layers with the same answer as one; the first of a stack says how others differ."""
    families: dict[object, dict[object, list[Result]]] = {}
    for result in results:
        family, same = (
            (id(result), id(result)) if result.layers is None else (_family(result), _answer(result))
        )
        families.setdefault(family, {}).setdefault(same, []).append(result)
    found: list[Result] = []
    for groups in families.values():
        found += _with_differences([_as_one(group) for group in groups.values()])
    return found


def told(finding: Finding, result: Result) -> Told:
    """What a finding says, without the name of the layer that it speaks of."""
    texts = (finding.message, finding.expected, finding.found)
    return (finding.code, *(_of_any_layer(text, result) for text in texts), finding.at, finding.spec_at)  # type: ignore[return-value]


def _of_any_layer(text: str, result: Result) -> str:
    if result.layers is None:
        return text
    holder, dot, number = result.layers.paths[0].rpartition(".")
    numbered = (
        dot and number.isdecimal()
    )  # an attribute of that number, too: `layer_3` is the layer `layer.3`
    own = rf"{re.escape(holder)}[._]?{number}" if numbered else re.escape(result.layers.paths[0])
    return re.sub(rf"(?<![\w.]){own}\.", "", text)


def _family(result: Result) -> tuple[object, ...]:
    assert result.layers is not None
    return (result.layers.file, result.layers.owner, result.spec, result.when)


def _answer(result: Result) -> tuple[object, ...]:
    """What must be equal for two layers to have one answer."""
    findings = tuple(told(finding, result) for finding in result.findings)
    own = result.layers.text() if result.layers is not None else ""
    notes = tuple(note for note in result.notes if note != own)
    return (
        result.verdict, result.engine, result.span, result.distance, result.suppressed, result.default,
        result.variants, findings, notes,
    )  # fmt: skip


def _as_one(group: Sequence[Result]) -> Result:
    first = group[0]
    if len(group) == 1 or first.layers is None:
        return first
    layers = first.layers.with_equal(one.layers for one in group[1:] if one.layers is not None)
    notes = tuple(note for note in first.notes if note != first.layers.text())
    return replace(first, layers=layers, notes=(*notes, layers.text()))


def _with_differences(results: Sequence[Result]) -> list[Result]:
    """The results of one stack; that of most layers with a note on the others."""
    if len(results) == 1:
        return list(results)
    most = max(results, key=lambda one: len(one.layers.paths) if one.layers else 0)
    others = [one for one in results if one is not most]
    notes = [_difference(one, most) for one in others[:SHOWN]]
    if len(others) > SHOWN:
        notes.append(f"{len(others) - SHOWN} more kinds of layers differ")
    return [replace(one, notes=(*one.notes, *notes)) if one is most else one for one in results]


def _difference(other: Result, most: Result) -> str:
    """`layers.7 differs: …`: in its verdict, in what is found there alone, or in what is not found there."""
    assert other.layers is not None
    paths = other.layers.paths
    head = f"{listed(paths)} differ{'s' * (len(paths) == 1)}: "
    if other.verdict == MATCH:
        return f"{head}matches {other.spec}"
    if other.verdict != MISMATCH:
        return f"{head}{other.verdict}"
    known = {told(finding, most) for finding in most.findings}
    new = [finding for finding in other.findings if told(finding, other) not in known]
    if new:
        more = f" (and {len(new) - 1} more)" if len(new) > 1 else ""
        return f"{head}{_of_any_layer(new[0].message, other)}{more}"
    here = {told(finding, other) for finding in other.findings}
    gone = [finding for finding in most.findings if told(finding, most) not in here]
    places = ", ".join(f"{one.code} (line {one.at.line})" if one.at else one.code for one in gone)
    return f"{head}no {places}" if places else f"{head}{other.distance} differences from {other.spec}"
