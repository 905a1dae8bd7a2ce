"""The search for the cheapest explanation: A* over states, a beam where the budget runs out.

Costs are edits (1 each) plus small amounts that decide ties: a move 1.02, a changed edge 1.01. So distance
comes first, then, among equal distances, the more telling edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from archcheck.diff.bound import LARGE, Bound
from archcheck.diff.state import State, Step, settle
from archcheck.diff.ways import Judge, Ways

if TYPE_CHECKING:
    from archcheck.diff.side import Side

BUDGET = 3000
BEAM = 16
INFINITE = float("inf")


@dataclass(frozen=True, slots=True)
class Solution:
    """The steps of the cheapest explanation that was found."""

    steps: tuple[Step, ...]
    cost: float
    optimal: bool
    expanded: int


class Search:
    """One search. It ends with the best explanation that costs no more than `limit`."""

    def __init__(
        self, spec: Side, code: Side, judge: Judge, budget: int = BUDGET, limit: float = INFINITE
    ) -> None:
        self.spec = spec
        self.code = code
        self.ways = Ways(spec, code, judge)
        size = len(spec.nodes) + len(code.nodes)
        self.budget = max(budget if size <= 2 * LARGE else 0, size)
        self.limit = limit
        self.bound = Bound(spec, code)
        self.expanded = 0

    def run(self, start: State) -> Solution | None:
        """The cheapest way from the outputs to a state without demands; None beyond the limit."""
        start = settle(start, self.spec, self.code)
        found = self._best_first(start)
        if found is not None:
            sure = not self.ways.matching.guessed or found.cost == 0
            return Solution(tuple(found.trail()), found.cost, sure, self.expanded)
        if self.limit != INFINITE:
            return None
        found = self._beam(start)
        return Solution(tuple(found.trail()), found.cost, False, self.expanded)

    def _best_first(self, start: State) -> State | None:
        heap: list[tuple[float, int, int, int, bool, State]] = []
        seen: dict[tuple[object, ...], list[State]] = {start.key(): [start]}
        heappush(heap, (0.0, 0, 0, 0, False, start))
        count = 0
        while heap:
            _, left, score, _, late, state = heappop(heap)
            if state.beaten:
                continue
            if not state.demands:
                if state.promised:
                    continue
                return state
            self.expanded += 1
            if self.expanded > self.budget:
                return None
            if not late:
                count += 1
                price = round(state.cost + max(1.0, state.bound), 5)
                if price <= self.limit:
                    heappush(heap, (price, left, score, count, True, state))
            for child in self.ways.children(state, late=late):
                if not _is_new(child, seen.setdefault(child.key(), [])):
                    continue
                child.bound = self.bound(child, self.spec, self.code)
                price = round(child.cost + child.bound, 5)
                if price <= self.limit:
                    count += 1
                    heappush(heap, (price, child.remaining(), child.score, count, False, child))
        return None

    def _beam(self, start: State) -> State:
        levels: dict[int, list[State]] = {start.remaining(): [start]}
        best: State | None = None
        width = max(3, min(BEAM, 4000 // (len(self.spec.nodes) + len(self.code.nodes))))
        while levels:
            left = max(levels)
            states = sorted(levels.pop(left), key=lambda s: (round(s.cost, 5), s.score))
            seen: set[tuple[object, ...]] = set()
            for state in states:
                if len(seen) >= width or (best is not None and state.cost >= best.cost):
                    break
                if not state.demands:
                    best = state
                    continue
                name = state.key()
                if name in seen:
                    continue
                seen.add(name)
                self.expanded += 1
                for late in (False, True):
                    for child in self.ways.children(state, late=late):
                        if child.promised:
                            continue  # it might find nobody to keep its promise
                        levels.setdefault(child.remaining(), []).append(child)
        assert best is not None, "everything can be bypassed down to the inputs"
        return best


def _is_new(state: State, others: list[State]) -> bool:
    """Whether no other state beats this one; those that it beats are taken off the list."""
    if any(other.beats(state) for other in others):
        return False
    kept = [other for other in others if not state.beats(other)]
    if len(kept) != len(others):
        for other in others:
            other.beaten = other.beaten or all(other is not one for one in kept)
        others[:] = kept
    others.append(state)
    return True
