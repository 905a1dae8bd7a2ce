"""Large blocks: long ones are compared along their units, wide ones end, and hash seeds change nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from archcheck.diff import align
from archcheck.diff.guided import Guided
from archcheck.diff.state import State
from archcheck.diff.ways import Ways
from archcheck.graph import Graph, Node

SUBLAYERS = ("self_attention", "feed_forward")


def tall(units: int, *, broken: tuple[int, ...] = (), post: bool = False) -> Graph:
    """A Pre-LN block of so many sublayers; the broken ones have neither norm nor dropout."""
    nodes = [Node("x", ("input",), name="x")]

    def step(word: str, *args: str) -> str:
        nodes.append(Node(f"n{len(nodes)}", (word,), args))
        return nodes[-1].id

    value = "x"
    for unit in range(units):
        here = value
        if unit not in broken and not post:
            here = step("layer_norm", here)
        here = step(SUBLAYERS[unit % 2], here)
        if unit not in broken:
            here = step("dropout", here)
        value = step("add", value, here)
        if post:
            value = step("layer_norm", value)
    return Graph(tuple(nodes), ("x",), (value,))


def wide(branches: int, length: int) -> Graph:
    """A sum of equal branches."""
    nodes = [Node("x", ("input",), name="x")]
    ends = []
    for branch in range(branches):
        value = "x"
        for place in range(length):
            nodes.append(Node(f"b{branch}_{place}", ("linear",), (value,)))
            value = nodes[-1].id
        ends.append(value)
    nodes.append(Node("sum", ("add",), tuple(ends)))
    return Graph(tuple(nodes), ("x",), ("sum",))


@pytest.mark.parametrize("units", [100, 400])
def test_a_long_block_that_matches_is_proved(units: int) -> None:
    found = align(tall(units), tall(units))
    assert (found.distance, found.optimal) == (0, True)


def test_the_differences_of_a_long_block_are_those_that_it_has() -> None:
    broken = (3, 77, 78, 250)
    found = align(tall(300), tall(300, broken=broken))
    assert Counter(edit.kind for edit in found.edits) == {"delete": 2 * len(broken)}
    assert not found.optimal  # nobody proved that nothing is cheaper


def test_every_norm_of_a_long_block_moves_across_its_own_add() -> None:
    found = align(tall(30), tall(30, post=True))
    assert Counter(edit.kind for edit in found.edits) == {"move": 30}


def test_what_is_looked_at_grows_with_the_length_and_no_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []
    run = Guided.run

    def counted(self: Guided, start: object) -> object:
        found = run(self, start)  # type: ignore[arg-type]
        looked_at.append(self.expanded)
        return found

    monkeypatch.setattr(Guided, "run", counted)
    for units in (250, 1000):
        align(tall(units), tall(units, broken=tuple(range(5, units, 50))))
    assert looked_at[1] <= 1.1 * 4 * looked_at[0]


def test_equal_branches_of_a_wide_sum_are_not_tried_in_every_order() -> None:
    found = align(wide(12, 10), wide(12, 10))
    assert (found.distance, found.optimal) == (0, True)
    found = align(wide(12, 3), wide(11, 3))
    assert found.distance == 1
    assert not found.optimal  # one way to match the operands was taken, of very many


def test_one_branch_of_very_many_that_differs_is_one_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = wide(250, 2)
    nodes = [replace(node, words=("conv",)) if node.id == "b80_1" else node for node in graph.nodes]
    children: list[int] = []
    ways = Ways.children

    def counted(self: Ways, state: State, *, late: bool) -> Iterator[State]:
        for child in ways(self, state, late=late):
            children.append(1)
            yield child

    monkeypatch.setattr(Ways, "children", counted)
    found = align(graph, Graph(tuple(nodes), graph.inputs, graph.outputs))
    assert (found.distance, [edit.kind for edit in found.edits]) == (1, ["substitute"])
    assert len(children) < 20 * len(graph.nodes)  # not each branch as each other


PROGRAM = """
from tests.unit.diff.test_scale import tall, wide
from archcheck.diff import align
for left, right in ((tall(12), tall(12, broken=(2, 5))), (tall(12), tall(12, post=True)), (wide(7, 2), wide(6, 2))):
    found = align(left, right)
    print(found.edits, found.pairs, found.cost)
"""


def test_hash_seeds_change_nothing() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "1", "12345")
    }  # fmt: skip
    assert len(said) == 1
    assert next(iter(said)).count("\n") == 3
