"""The lower bound never promises more than what any explanation really costs: searched for along random ones."""

from __future__ import annotations

import random
from collections.abc import Iterator

from archcheck.diff import align
from archcheck.diff.compare import _Comparison, _start
from archcheck.diff.normalize import normalize_pair
from archcheck.diff.search import Search
from archcheck.diff.side import Side
from archcheck.diff.state import State, settle
from archcheck.graph import Graph
from tests.property import chains, proved
from tests.property.architectures import Seeded
from tests.property.minimal import pairs, text
from tests.property.openings import opened
from tests.property.proved import graph_of, large, mutated

TOLERANCE = 1e-6


def too_high(spec: Graph, code: Graph, draw: random.Random, walks: int) -> Iterator[str]:
    """Where the bound of a state is more than one of its explanations costs from there on."""
    left, right = (Side(graph) for graph in normalize_pair(spec, code, strict=False, ignore=()))
    comparison = _Comparison(False, (), 500)
    search = Search(left, right, lambda s, c: comparison._judge(left.nodes[s], right.nodes[c], 0), 500)
    start = settle(_start(left, right), left, right)
    guided = [search._one_guided(start, lenient=lenient) for lenient in (False, True)]
    for end in (*guided, *(_walk(search, start, draw) for _ in range(walks))):
        if _decides_twice(end):
            continue
        state = end
        while state is not None and not end.promised:
            promised = state.cost + search.bound(state, left, right)
            if promised > end.cost + TOLERANCE:
                yield f"{promised:.3f} > {end.cost:.3f} at {state.top_spec}, {state.top_code}: {end.trail()}"
            state = state.parent


def _decides_twice(end: State) -> bool:
    """Whether it is no explanation: behind a step that stands for two, what was decided before was asked for again."""
    seen: set[tuple[int, int]] = set()
    for kind, one, other, _, whole in end.trail():
        decided: list[tuple[int, int]] = []
        if kind in ("pair", "substitute"):
            decided = [(0, one), (1, other)]
        elif kind in ("merged", "delete"):
            decided = [(0, one)]
        elif kind in ("split", "insert"):
            decided = [(1, other if kind == "split" else one)]
        elif kind == "free" or (kind == "cut" and whole):
            decided = [(one, other)]
        if kind != "cut" and not seen.isdisjoint(decided):
            return True
        seen.update(decided)
    return False


def _walk(search: Search, start: State, draw: random.Random) -> State:
    """A random explanation, mostly by cheap steps."""
    state = start
    while state.demands:
        ways = [child for late in (False, True) for child in search.ways.children(state, late=late)]
        ways = [child for child in ways if not child.promised or child.demands] or ways
        ways.sort(key=lambda child: child.cost)
        state = ways[min(int(draw.expovariate(1.2)), len(ways) - 1)]
    return state


def test_small_graphs() -> None:
    draw = random.Random(1)
    for left, right in pairs(150, seed=11):
        wrong = list(too_high(left, right, draw, 6))
        assert not wrong, (text(left), text(right), wrong[:3])


def test_blocks_with_mutations() -> None:
    draw = random.Random(2)
    for number in range(12):
        whole = large((5, number), 10, 40)
        mutant = mutated(whole, 1 + number % 4, number) or large((6, number), 10, 40)
        wrong = list(too_high(graph_of(whole), graph_of(mutant), draw, 6))
        assert not wrong, (whole.text(), mutant.text(), wrong[:3])


def test_specs_that_leave_something_open() -> None:
    draw = random.Random(3)
    for number in range(12):
        whole = large((7, number), 10, 40)
        spec = next(iter(opened(whole, Seeded((8, number))).graphs().values()))
        mutant = mutated(whole, number % 4, number) or whole
        wrong = list(too_high(spec, graph_of(mutant), draw, 6))
        assert not wrong, (whole.text(), mutant.text(), wrong[:3])


def test_rows_of_residual_units() -> None:
    draw = random.Random(4)
    for _ in range(60):
        one, other = chains.pair(draw, 2, 5)
        wrong = list(too_high(chains.graph(one), chains.graph(other), draw, 4))
        assert not wrong, (one, other, wrong[:3])


def test_norms_on_the_other_side_of_every_add_are_proved() -> None:
    pre = ["layer_norm -> self_attention -> dropout -> add", "layer_norm -> feed_forward -> dropout -> add"]
    post = ["self_attention -> dropout -> add -> layer_norm", "feed_forward -> dropout -> add -> layer_norm"]
    found = align(chains.graph(pre * 6), chains.graph(post * 6))
    assert (found.distance, found.optimal) == (12, True)


def test_eight_differences_in_a_large_block_are_proved() -> None:
    _, (spec, code) = proved.pairs(2, 8, seed=1)
    found = align(spec, code)
    assert (found.distance, found.optimal) == (8, True)
