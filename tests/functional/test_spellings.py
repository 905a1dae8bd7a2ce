"""One Pre-LN block in many spellings: equal blocks are equal, and one other edge is another block."""

from __future__ import annotations

import pytest
from fixture_files import Fixture, fixtures, found, results

OK = fixtures("ok_", folder="spellings")
BAD = fixtures("bad_", folder="spellings")


@pytest.mark.parametrize("fixture", OK, ids=lambda one: one.path.stem)
def test_a_spelling_of_the_block_is_the_block(fixture: Fixture) -> None:
    [result] = results(fixture)
    assert (result.verdict, result.distance, result.findings) == ("match", 0, ())
    assert result.coverage.unresolved == 0
    assert result.coverage.compared >= 6  # two norms, two sublayers, two sums


@pytest.mark.parametrize("fixture", BAD, ids=lambda one: one.path.stem)
def test_the_same_operations_with_another_edge_are_another_block(fixture: Fixture) -> None:
    [result] = results(fixture)
    assert result.verdict == "mismatch"
    assert result.distance == sum(fixture.wanted.values())
    assert found(fixture) == fixture.wanted


def test_a_late_skip_is_named_as_one() -> None:
    late = [one for one in BAD if {code for code, _ in one.wanted} == {"AC203"}]
    assert len(late) >= 10
    for fixture in late:
        [result] = results(fixture)
        assert {one.code for one in result.findings} == {"AC203"}


def test_there_are_many_spellings() -> None:
    assert len(OK) >= 40
    assert len(BAD) >= 15
