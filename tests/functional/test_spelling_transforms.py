"""Fixtures rewritten by libcst transforms that change no computation: verdicts and findings must not change.

The tests take a sample; `PYTHONPATH=. python tests/functional/spellings.py` runs all fixtures.
"""

from __future__ import annotations

from itertools import chain, islice

import pytest
from fixture_files import KINDS, fixtures
from spelling_transforms import TRANSFORMS, Transform
from spellings import LEAST, Pair, differing, pairs, shuffled

# So many of the fixtures that a transform rewrites are checked here; fewer fail the test.
SAMPLE, TRACED = 12, 2
RARE = {"InlineMethod": 8, "InPlaceAdd": 8}


def sample(transform: Transform, size: int) -> list[Pair]:
    return list(islice(pairs(transform, shuffled()), size))


def _name(transform: Transform) -> str:
    return transform.__name__


@pytest.mark.parametrize("transform", TRANSFORMS, ids=_name)
def test_another_spelling_has_the_same_answer(transform: Transform) -> None:
    size = RARE.get(transform.__name__, SAMPLE)
    found = sample(transform, size)
    assert len(found) == size
    assert not differing(found)


def test_the_trace_agrees_on_a_sample() -> None:
    pytest.importorskip("torch")
    kept = [
        one for one in shuffled() if one.path.parent.name in ("pre_ln", "post_ln", "attributes", "spellings")
    ]
    found = list(chain.from_iterable(islice(pairs(one, kept), TRACED) for one in TRANSFORMS))
    assert len(found) > TRACED * (len(TRANSFORMS) - 1)
    assert not differing(found, "trace")


def test_a_norm_by_function_in_a_module_that_is_used_twice_is_one_norm() -> None:
    """The norm then carries the name of the module that the attention has, too."""
    [functional] = [one for one in TRANSFORMS if one.__name__ == "FunctionalForModule"]
    found = list(pairs(functional, fixtures(*KINDS, folder="xlnet_two_stream")))
    assert len(found) > 1
    assert not differing(found)


def test_each_transform_has_a_floor() -> None:
    assert set(LEAST) == {one.__name__ for one in TRANSFORMS}


def test_a_transform_that_does_change_the_computation_is_noticed() -> None:
    """The same comparison with a rewriting that is not neutral: a guard for the guard."""

    def normed_skip(source: str) -> tuple[str, int]:
        changed = source.replace("x = x + self.", "x = self.norm1(x) + self.")
        return changed, int(changed != source)

    found = sample(normed_skip, 3)
    assert len(differing(found)) == len(found) == 3
