"""The edits are minimal: 200 pairs of the 10,000 that `python -m tests.property.minimal` compares."""

from __future__ import annotations

from tests.property.minimal import SAME, Verdict, compare, pairs, text


def test_no_explanation_is_cheaper_than_the_one_that_is_found() -> None:
    wrong = [one for left, right in pairs(200, seed=1) if not (one := compare(left, right)).agrees]
    assert [(text(one.left), text(one.right), one.found.cost, one.least) for one in wrong] == []


def test_a_dearer_explanation_would_be_noticed() -> None:
    left, right = next(pair for pair in pairs(10, seed=1) if compare(*pair).found.distance)
    verdict = compare(left, right)
    assert not Verdict(left, right, verdict.found, verdict.least - 2 * SAME).agrees
