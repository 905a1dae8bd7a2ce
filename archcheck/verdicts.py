"""One answer for all variants of a block: that of the defaults, beside which the others are named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.blocks.variants import described, settings
from archcheck.failures import answer_finding, disagreement
from archcheck.judge import judge
from archcheck.nearest import family_of
from archcheck.results import ERROR, MATCH, MISMATCH, UNRESOLVED, OtherVariant, Result
from archcheck.suppression import suppressed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcheck.blocks.agreement import Parting
    from archcheck.blocks.block import Block
    from archcheck.spec import Spec


def judge_variants(
    variants: Sequence[Block], spec: Spec, target: str, *, count_all: bool = False
) -> list[Result]:
    """The results for all variants of one block: one, that of the defaults, or with `count_all` one for each.

    Where a condition has no default, several variants are defaults: they must all match, or none.
    """
    judged = [(v, suppressed(judge(v, spec, target))) for v in variants if v.default or count_all]
    counted = [replace(r, coverage=replace(r.coverage, variants=len(variants))) for _, r in judged]
    if count_all or not judged:
        return counted
    chosen = _chosen(counted, spec)
    if len(variants) == 1:
        return [chosen]
    known = {id(v): r.verdict for v, r in judged}
    others = [
        OtherVariant(
            v.when, v.default, known.get(id(v)) or judge(v, spec, target, near=False).verdict, family_of(v)
        )
        for v in variants
    ]
    return [replace(chosen, variants=tuple(others))]


def _chosen(results: Sequence[Result], spec: Spec) -> Result:
    """The one answer where several variants are defaults."""
    matching = [r for r in results if r.verdict == MATCH]
    if len(matching) in (0, len(results)):
        order = (ERROR, UNRESOLVED, MISMATCH, MATCH)
        return min(results, key=lambda r: order.index(r.verdict))
    return _undecided(results, matching, spec)


def _undecided(results: Sequence[Result], matching: Sequence[Result], spec: Spec) -> Result:
    """Unresolved: some of the variants between which no default chooses match, others do not."""
    other = next(r for r in results if r.verdict != MATCH)
    met = "; or ".join(described(r.when) for r in matching)
    message = f"{spec.name} is met when {met}; it is not when {described(other.when)}, and no default decides"
    advice = "say which it is: " + " or ".join(settings(r.when) for r in (*matching, other))
    finding = answer_finding("AC908", message, advice, at=other.span)
    first = matching[0]
    return replace(first, verdict=UNRESOLVED, when=(), findings=(finding,), nearest=())


def apart(result: Result, parting: Parting) -> Result:
    """The result of a block that two engines read differently: it is no proof any more."""
    verdict = UNRESOLVED if result.verdict in (MATCH, MISMATCH) else result.verdict
    finding = disagreement(parting, result.name)
    return replace(result, verdict=verdict, engine="both", findings=(finding, *result.findings))
