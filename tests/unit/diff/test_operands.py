"""Sums of many branches: which operand stands for which, at a price that counts what lies behind it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import permutations

import pytest

from archcheck.diff import align
from archcheck.diff.matching import Matching
from archcheck.diff.operands import cheapest_assignment
from archcheck.diff.side import Side
from archcheck.graph import Graph, Node

WORDS = ("linear", "layer_norm", "conv", "gelu", "token_mixing")


def total(branches: list[list[str]], order: list[int] | None = None) -> Graph:
    """The sum of some chains of words, its operands in the given order."""
    nodes = [Node("x", ("input",), name="x")]
    ends = []
    for number, words in enumerate(branches):
        value = "x"
        for place, word in enumerate(words):
            nodes.append(Node(f"b{number}_{place}", (word,), (value,)))
            value = nodes[-1].id
        ends.append(value)
    args = tuple(ends[place] for place in order or range(len(ends)))
    return Graph((*nodes, Node("sum", ("add",), args)), ("x",), ("sum",))


def equal(branches: int, length: int) -> list[list[str]]:
    return [["linear"] * length for _ in range(branches)]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
def test_no_assignment_is_cheaper(size: int) -> None:
    draw = random.Random(size)
    for _ in range(100):
        prices = [[draw.choice((0.0, 0.5, 1.0, 2.0, 7.0)) for _ in range(size)] for _ in range(size)]
        chosen = cheapest_assignment(prices)
        assert sorted(chosen) == list(range(size))
        least = min(
            sum(row[p] for row, p in zip(prices, order, strict=True)) for order in permutations(range(size))
        )
        assert sum(row[p] for row, p in zip(prices, chosen, strict=True)) == pytest.approx(least)


@pytest.mark.parametrize("length", [3, 40])
def test_a_change_in_one_of_twelve_equal_branches_is_found_there(length: int) -> None:
    """An operation that no other can stand for: one edit takes it out, one puts the other in."""
    branches = equal(12, length)
    branches[5][length // 2] = "relu"
    found = align(total(equal(12, length)), total(branches))
    assert Counter(edit.kind for edit in found.edits) == {"delete": 1, "insert": 1}
    touched = {name.split("_")[0] for edit in found.edits for name in (*edit.expected, *edit.found)}
    assert len({name for name in touched if name != "sum"}) <= 2


@pytest.mark.parametrize("seed", range(25))
def test_as_many_edits_as_changes_in_whatever_order_the_branches_stand(seed: int) -> None:
    draw = random.Random(seed)
    count = draw.randint(7, 14)
    branches = [[draw.choice(WORDS) for _ in range(draw.randint(1, 6))] for _ in range(count)]
    other = [list(words) for words in branches]
    changes = draw.randint(1, 3)
    for number in draw.sample(range(count), changes):
        place = draw.randrange(len(other[number]))
        if draw.random() < 0.5 and len(other[number]) > 1:
            del other[number][place]
        else:
            other[number].insert(place, draw.choice(WORDS))
    order = list(range(count))
    draw.shuffle(order)
    found = align(total(branches), total(other, order))
    assert found.distance <= changes
    again = align(total(branches), total(other, order))
    assert (again.edits, again.pairs) == (found.edits, found.pairs)


def test_a_missing_branch_is_the_one_that_has_no_counterpart() -> None:
    branches = [["linear"] * n for n in range(1, 11)]
    found = align(total(branches), total(branches[:3] + branches[4:]))
    (edit,) = found.edits
    assert "b3_0" in edit.expected


def test_a_guess_is_proved_where_the_words_alone_demand_as_much() -> None:
    branches = equal(12, 3)
    branches[7][1] = "conv"  # a wrong operation, one edit
    found = align(total(equal(12, 3)), total(branches))
    assert (found.distance, found.optimal) == (1, True)
    branches[7][1] = (
        "relu"  # two edits, though one word is missing on each side: nothing says that one is not enough
    )
    found = align(total(equal(12, 3)), total(branches))
    assert (found.distance, found.optimal) == (2, False)


def test_attributes_tell_branches_apart() -> None:
    def parts(kernels: list[int]) -> Graph:
        graph = total([["conv", "relu"] for _ in kernels])
        at = {f"b{n}_0": kernel for n, kernel in enumerate(kernels)}
        nodes = [replace(n, attrs=(("kernel", at[n.id]),)) if n.id in at else n for n in graph.nodes]
        return replace(graph, nodes=tuple(nodes))

    kernels = list(range(1, 10))
    assert align(parts(kernels), parts(kernels[::-1])).distance == 0


def test_insides_tell_branches_apart() -> None:
    """Boxes that the spec opens, all of one kind: only their insides say which is which."""

    def boxes(inner: list[str]) -> Graph:
        graph = total([["feed_forward"] for _ in inner])
        nodes = [
            replace(n, inner=total([[inner[int(n.id[1])]]])) if n.id.startswith("b") else n
            for n in graph.nodes
        ]
        return replace(graph, nodes=tuple(nodes))

    inner = ["relu", "gelu", "silu", "tanh", "sigmoid", "relu6", "softmax", "layer_norm"]
    assert align(boxes(inner), boxes(inner[::-1])).distance == 0
    changed = [*inner[:3], "batch_norm", *inner[4:]]
    assert align(boxes(inner), boxes(changed[::-1])).distance == 1


def test_branches_too_long_for_a_table_are_compared_by_their_words() -> None:
    left, right = equal(8, 300), equal(8, 300)
    left[2][:5], right[6][:5] = ["conv"] * 5, ["conv"] * 5
    sides = Side(total(left)), Side(total(right))
    matching = Matching(*sides)
    args = [side.args[-1] for side in sides]
    picks = dict(matching.operands.assign(args[0], args[1]))
    assert picks[2] == 6


SEQUENCES = [
    # what nobody can ask any more is not owed: the branch of a join that was bypassed already
    (
        "n1=scale(x); n2=add(n1,x); n3=scale(n2); n4=add(n3,n1); n5=mul(n4,n1); n6=add(n5,n2)",
        "n1=self_attention(x); n2=mul(n1,x); n3=scale(n2); n4=add(n3,n2); n5=dropout(n4); n6=add(n5,n2); "
        "n7=self_attention(n6)",
        5.0086,
    ),
    # a norm goes with the sublayer before it although the skip reads the sum, too
    (
        "n1=linear(x); n4=add(n1,x,n1,x)",
        "n2=feed_forward(x); n3=add(n2,x); n4=layer_norm(n3); n5=feed_forward(n4); n7=add(n5,n3,n5)",
        3.0028,
    ),
]


def graph_of(text: str) -> Graph:
    nodes = [Node("x", ("input",), name="x")]
    for part in text.split("; "):
        name, call = part.split("=")
        word, args = call.rstrip(")").split("(")
        nodes.append(Node(name, (word,), tuple(args.split(","))))
    return Graph(tuple(nodes), ("x",), (nodes[-1].id,))


@pytest.mark.parametrize(("left", "right", "cost"), SEQUENCES)
def test_explanations_that_were_once_overlooked(left: str, right: str, cost: float) -> None:
    from tests.property.minimal import compare

    verdict = compare(graph_of(left), graph_of(right))
    assert verdict.agrees
    assert verdict.found.cost == pytest.approx(cost, abs=1e-4)


def test_of_equal_branches_one_is_what_is_left_of_a_sum() -> None:
    """Which of forty twins stays where the sum is bypassed makes no difference; each of six others may."""
    from archcheck.diff.ways import Ways

    wide = Side(total([*equal(40, 2), ["conv"]]))
    ways = Ways(wide, Side(total([["linear"]])), lambda _s, _c: 0.0)
    assert [place for place, _ in ways._kept(0, wide.index["sum"])] == [0, 40]
    few = Side(total(equal(6, 2)))
    ways = Ways(few, Side(total([["linear"]])), lambda _s, _c: 0.0)
    assert len(ways._kept(0, few.index["sum"])) == 6


def test_a_block_that_is_much_larger_is_near_to_no_spec_of_the_catalogue() -> None:
    from archcheck.likely import likely

    assert likely(total([["layer_norm", "linear"]]))[1]
    assert likely(total([["layer_norm", "linear"]] * 200)) == ([], [])
