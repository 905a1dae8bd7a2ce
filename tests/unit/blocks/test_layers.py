"""Which layers of a stack are equal, in words."""

from __future__ import annotations

import pytest

from archcheck.blocks.layers import Layers, Stack, listed


def layers(numbers: list[int], *stacks: Stack) -> Layers:
    return Layers(
        "m.py", "Model", tuple(f"layers.{n}" for n in numbers), stacks or (Stack("layers", 32, 32),)
    )


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([3], "layers.3"),
        ([3, 4], "layers.3 and layers.4"),
        ([0, 1, 2, 3], "layers.0 to layers.3"),
        ([0, 1, 2, 8, 9, 10, 11], "layers.0 to layers.2 and layers.8 to layers.11"),
        ([0, 5, 6, 7], "layers.0 and layers.5 to layers.7"),
        ([0, 2, 4, 6], "layers.0, layers.2 to layers.6 in steps of 2"),
        (
            [0, 1, 3, 7, 15, 16, 20],
            "layers.0, layers.1, layers.3, layers.7, layers.15 and more",
        ),
    ],
)
def test_rows_of_numbers_are_told_as_rows(numbers: list[int], said: str) -> None:
    assert listed([f"layers.{n}" for n in numbers]) == said


def test_names_and_different_lists_are_no_row() -> None:
    assert listed(["first", "second", "third"]) == "first, second and third"
    assert listed(["a.0", "a.1", "b.2", "b.3"]) == "a.0, a.1, b.2 and b.3"


def test_names_that_end_with_a_number_are_rows_too() -> None:
    whole = layers([]).with_equal([Layers("m.py", "Model", (f"layer_{n}",), ()) for n in (10, 9, 11, 0)])
    assert listed(whole.paths) == "layer_0 and layer_9 to layer_11"


def test_all_some_and_one() -> None:
    assert layers(list(range(32))).text() == "the same in all 32 layers: layers.0 to layers.31"
    some = [n for n in range(32) if n != 7]
    assert (
        layers(some).text() == "the same in 31 of 32 layers: layers.0 to layers.6 and layers.8 to layers.31"
    )
    assert layers([7]).text() == "layers.7 alone, of 32 layers"
    assert layers([0], Stack("layers", 1, 1)).text() == ""


def test_what_was_not_read_is_not_claimed() -> None:
    short, unknown = Stack("layers", 3, 32), Stack("layers", 2, 0)
    assert layers([0, 1, 2], short).text() == "the same in the 3 layers that were read, of 32"
    assert layers([0, 1], unknown).text() == "the same in the 2 layers that were read, of an unknown number"
    assert layers([0], short).text() == "the same in 1 of the 3 layers that were read, of 32: layers.0"
    assert layers([0], unknown).text() == (
        "the same in 1 of the 2 layers that were read, of an unknown number: layers.0"
    )


def test_equal_layers_come_together_in_the_order_of_their_numbers() -> None:
    whole = layers([10]).with_equal([layers([2]), layers([9])])
    assert whole.paths == ("layers.2", "layers.9", "layers.10")
    assert (whole.read, whole.length) == (32, 32)
    two = layers([0]).with_equal([Layers("m.py", "Model", ("more.0",), (Stack("more", 4, 4),))])
    assert (two.paths, two.read, two.length) == (("layers.0", "more.0"), 36, 36)
