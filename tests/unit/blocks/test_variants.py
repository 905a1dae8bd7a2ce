"""Equal variants are one; each keeps only the conditions that tell it from the others."""

import pytest

from archcheck.blocks.block import Block
from archcheck.blocks.variants import assigned, described, merged, smallest
from archcheck.spec import load_spec

PRE = "norm -> attention -> add"
POST = "attention -> add -> norm"
NONE = "attention -> norm"


def variant(chain, default=False, name="Layer", path="", **when):
    graph = load_spec(chain).graph()
    return Block(name, name, path, graph, None, None, when=tuple(when.items()), default=default)


def kinds(blocks):
    return [(b.when, b.default) for b in blocks]


def test_a_condition_whose_values_make_no_difference_vanishes():
    found = merged(
        [
            variant(POST, True, bias=True, norm_first=False),
            variant(POST, bias=False, norm_first=False),
            variant(PRE, bias=True, norm_first=True),
            variant(PRE, bias=False, norm_first=True),
        ]
    )
    assert kinds(found) == [((("norm_first", False),), True), ((("norm_first", True),), False)]
    assert all(not b.notes for b in found)


def test_one_variant_has_no_condition():
    found = merged([variant(PRE, True, bias=True), variant(PRE, bias=False)])
    assert kinds(found) == [((), True)]


def test_the_default_stands_first_and_a_merged_variant_is_default_if_one_of_its_parts_is():
    found = merged([variant(PRE, a=1), variant(POST, a=2), variant(PRE, True, a=3)])
    assert kinds(found) == [((("a", 3),), True), ((("a", 2),), False)]
    assert found[0].notes == ("the same when a is 1",)


def test_each_variant_keeps_only_what_tells_it_apart():
    found = merged(
        [
            variant(PRE, True, a=False, b=False),
            variant(POST, a=True, b=False),
            variant(NONE, a=False, b=True),
            variant(POST, a=True, b=True),
        ]
    )
    assert [dict(b.when) for b in found] == [{"a": False, "b": False}, {"a": True}, {"a": False, "b": True}]


def test_a_condition_that_a_variant_never_met_does_not_exclude_it():
    """`b` is asked only where `a` holds: `b=true` alone says nothing about the variant without `a`."""
    found = merged(
        [variant(PRE, True, a=False), variant(POST, a=True, b=False), variant(NONE, a=True, b=True)]
    )
    assert [dict(b.when) for b in found] == [{"a": False}, {"a": True, "b": False}, {"a": True, "b": True}]


def test_a_variant_that_is_met_in_two_ways_says_both():
    found = merged(
        [variant(PRE, True, a=False, b=False), variant(POST, a=True, b=False), variant(POST, a=False, b=True)]
    )
    assert dict(found[1].when) == {"a": True}
    assert found[1].notes == ("the same when b is true",)


def test_a_dropout_makes_a_difference():
    found = merged([variant(PRE, True, p=0), variant("norm -> attention -> dropout -> add", p=1)])
    assert len(found) == 2


def test_blocks_of_other_names_and_places_are_not_merged():
    found = merged([variant(PRE), variant(PRE, name="Other"), variant(PRE, path="layers.0")])
    assert len(found) == 3


def test_a_member_that_only_a_variant_has_stays_with_its_condition():
    found = merged([variant(PRE, path="decoder.0", is_decoder=True)])
    assert kinds(found) == [((("is_decoder", True),), False)]


def test_many_conditions_take_no_time():
    names = [f"flag_{i}" for i in range(40)]
    first = dict.fromkeys(names, False)
    others = [{**first, name: True} for name in names]
    assert smallest([first], others) == first
    assert smallest([others[7]], [first, *others[:7], *others[8:]]) == {"flag_7": True}


@pytest.mark.parametrize(
    ("when", "sentence", "text"),
    [
        ((("norm_first", True),), "norm_first is true", "norm_first=true"),
        ((("layer_idx == 0", False),), "not (layer_idx == 0)", "not (layer_idx == 0)"),
        ((("layer_idx == 0", True), ("config.kind", "rms")), "layer_idx == 0 and config.kind is rms", "layer_idx == 0, config.kind=rms"),
        ((("x", None),), "x is null", "x=null"),
    ],
)  # fmt: skip
def test_conditions_in_words(when, sentence, text):
    assert (described(when), assigned(when)) == (sentence, text)
