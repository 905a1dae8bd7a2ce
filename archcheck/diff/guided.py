"""The search of graphs that are too large for a proof: best first by an estimate, never going far back.

Whenever the best states have left a stretch of the graphs behind, all but a few of the others are given up.
Where no progress is made, depth counts more and more. So it always ends, in time linear in the size of the
graphs, and mostly finds the cheapest explanation; that it did is not proved.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush, nsmallest
from typing import TYPE_CHECKING

from archcheck.diff.state import is_new
from archcheck.diff.units import Guide

if TYPE_CHECKING:
    from archcheck.diff.side import Side
    from archcheck.diff.state import State
    from archcheck.diff.ways import Ways

STRETCH = 24  # decided nodes after which the others are given up
KEPT = 32
PATIENCE = 200  # states without progress after which depth begins to count
HASTE = 0.02
DRIFT = 0.9  # how much of what each node has cost beyond the estimate so far is expected of the others
LATE = 0.5  # before the ways on that cost an edit are looked at; half of what they cost may come back

Entry = tuple[float, int, int, int, bool, "State"]


class Guided:
    """One search. `expanded` counts the states that it has looked at."""

    def __init__(self, spec: Side, code: Side, ways: Ways, *, lenient: bool = False) -> None:
        self.ways = ways
        self.guide = Guide(spec, code, ways.matching, lenient=lenient)
        self.expanded = 0
        self.count = 0
        self.haste = 0.0

    def run(self, start: State) -> State | None:
        """An explanation, as the state that has no demands left; None if no state that was kept led to one."""
        start.bound = self.guide(start)
        heap: list[Entry] = [self._entry(start, late=False)]
        seen: dict[tuple[object, ...], list[State]] = {}
        deepest, since = start.remaining(), 0
        whole, expected = deepest, start.bound
        while heap:
            _, left, _, _, late, state = heappop(heap)
            if state.beaten:
                continue
            if not state.demands:
                return state
            self.expanded += 1
            since += 1
            if left <= deepest - STRETCH:
                deepest, since = left, 0
                grown = state.cost + state.bound - expected
                self.haste = max(0.0, DRIFT * grown / (whole - left))
                heap = self._few(heap)
                seen = {}
            elif since >= PATIENCE:
                since, self.haste = 0, max(HASTE, 2 * self.haste)
                heap = self._few(heap)
                seen = {}  # what was given up must not stand in the way of others
            if not late:
                heappush(heap, self._entry(state, late=True))
            for child in self.ways.children(state, late=late):
                if child.promised:
                    continue  # it might find nobody to keep its promise
                if is_new(child, seen.setdefault(child.key(), [])):
                    child.bound = self.guide(child)
                    heappush(heap, self._entry(child, late=False))
        return None

    def _entry(self, state: State, *, late: bool) -> Entry:
        left = state.remaining()
        price = state.cost + state.bound + self.haste * left + (LATE if late else 0.0)
        self.count += 1
        return round(price, 4), left, -state.score, self.count, late, state

    def _few(self, heap: list[Entry]) -> list[Entry]:
        """The best entries, with prices as they are now."""
        alive = (entry for entry in heap if not entry[-1].beaten)
        fresh = [self._entry(entry[-1], late=entry[-2]) for entry in nsmallest(4 * KEPT, alive)]
        kept = nsmallest(KEPT, fresh)
        heapify(kept)
        return kept
