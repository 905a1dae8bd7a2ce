"""The search for the cheapest explanation: A* over states, a beam where the budget runs out.

Costs are edits (1 each) plus small amounts that decide ties: a move 1.02, a changed edge 1.01. So distance
comes first, then, among equal distances, the more telling edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from archcheck.diff.bound import LARGE, Bound
from archcheck.diff.guided import Guided
from archcheck.diff.state import State, Step, is_new, settle
from archcheck.diff.ways import TIE, Judge, Ways

if TYPE_CHECKING:
    from archcheck.diff.side import Side

BUDGET = 3000
QUICK = 500  # with no larger budget a second opinion is too dear
BRIEF = 800  # for graphs of which most states cannot be looked at
PROVED, PROOF = 80, 60000  # up to so many nodes a side, so many states are looked at for a proof
BEAM = 16
FEW = 32  # so many states are looked at without the bound by places, which costs more to make than they do
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
        small = max(len(spec.nodes), len(code.nodes)) <= PROVED
        if small and budget == BUDGET:
            budget = PROOF
        elif size > 2 * LARGE:
            budget = min(budget, BRIEF) if size <= 3 * LARGE else 0
        self.budget = budget
        self.limit = limit
        self.bound = Bound(spec, code, self.ways.matching, judge)
        self.expanded = 0

    def run(self, start: State) -> Solution | None:
        """The cheapest way from the outputs to a state without demands; None beyond the limit."""
        start = settle(start, self.spec, self.code)
        best = None if self.limit != INFINITE else self._guided(start)
        if best is not None and best.cost == 0:
            return Solution(tuple(best.trail()), 0.0, True, self.expanded)
        if best is not None and self.budget == 0:
            return Solution(tuple(best.trail()), best.cost, self._is_least(best, start), self.expanded)
        most = self.limit if best is None else best.cost + 1e-4
        found, ended = self._best_first(start, most)
        if found is None and ended:
            found = best  # nothing is cheaper
        if found is not None:
            sure = not self.ways.matching.guessed or self._is_least(found, start)
            return Solution(tuple(found.trail()), found.cost, sure, self.expanded)
        if best is None:
            return None
        if self.budget > QUICK:
            best = min(best, self._beam(start), key=lambda state: round(state.cost, 5))
        return Solution(tuple(best.trail()), best.cost, self._is_least(best, start), self.expanded)

    def _is_least(self, found: State, start: State) -> bool:
        """Whether it costs what the bound of the start demands, up to the ties between equal steps."""
        least = self.bound(start, self.spec, self.code)
        return found.cost <= least * (1 + TIE) + 1e-9

    def _guided(self, start: State) -> State:
        """A good explanation, soon: it is all that large graphs get, and a limit for the search of small ones."""
        found = self._one_guided(start, lenient=False)
        if found.cost > 0 and not 0 < self.budget <= QUICK and (self.budget or self._may_have_moved(found)):
            found = min(found, self._one_guided(start, lenient=True), key=lambda state: round(state.cost, 5))
        return found

    def _may_have_moved(self, found: State) -> bool:
        """Whether some step that is missing may be one that is extra, moved, or an edge leads elsewhere."""
        missing, extra = 0, 0
        for kind, one, *_ in found.trail():
            if kind == "rewire":
                return True
            missing |= self.spec.alike[one] if kind == "delete" else 0
            extra |= 1 << one if kind == "insert" else 0
        return bool(missing & extra)

    def _one_guided(self, start: State, *, lenient: bool) -> State:
        guided = Guided(self.spec, self.code, self.ways, lenient=lenient)
        found = guided.run(start)
        self.expanded += guided.expanded
        return found if found is not None else self._beam(start)

    def _best_first(self, start: State, most: float) -> tuple[State | None, bool]:
        """The cheapest way, if it costs no more than `most`, and whether the search came to its end."""
        heap: list[tuple[float, int, int, int, bool, State]] = []
        seen: dict[tuple[object, ...], list[State]] = {start.key(): [start]}
        start.bound = 0.0
        heappush(heap, (0.0, 0, 0, 0, False, start))
        count, budget = 0, self.budget
        while heap:
            _, left, score, _, late, state = heappop(heap)
            if state.beaten:
                continue
            if not state.demands:
                if state.promised:
                    continue
                return state, True
            self.expanded += 1
            budget -= 1
            if budget < 0:
                return None, False
            if not late:
                count += 1
                price = round(state.cost + max(1.0, state.bound), 5)
                if price <= most:
                    heappush(heap, (price, left, score, count, True, state))
            for child in self.ways.children(state, late=late):
                if not is_new(child, seen.setdefault(child.key(), [])):
                    continue
                if child.cost > most:
                    continue
                child.bound = self.bound(child, self.spec, self.code, places=self.expanded > FEW)
                price = round(child.cost + child.bound, 5)
                if price <= most:
                    count += 1
                    heappush(heap, (price, child.remaining(), child.score, count, False, child))
        return None, True

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
