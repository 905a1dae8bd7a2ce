"""What is still to be paid at least, by places: stretches of one graph that the other one does not have.

A graph is cut into *segments* at the joins through which everything later passes. Every edit is charged to one
segment of the own side: a step that is missing, wrong or cut off to the segment that holds it, an edge or an extra
step to that of its reader (of several readers the last one; the others then pay by the cuts between, which must be
missing, too). A segment to which nothing is charged stands in the other graph as it is, and those of several such
segments stand there one above the other. So the least that a row of segments costs is found by going through it once,
with the place in the other graph that was reached: `least[i][p]`, for the first i segments and the first p nodes.

A move is one edit and a missing step here and an extra step there: half an edit for a segment that is equal but for one
such step. See docs/design/diff.md, "The lower bound".
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from archcheck.diff.roles import bits
from archcheck.diff.shapes import HOLE, Shapes, labels
from archcheck.diff.units import unit_ends

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcheck.diff.matching import Matching
    from archcheck.diff.side import Side
    from archcheck.diff.state import State

HALF = 0.51  # of a move
# How a segment stands in the other graph: as it is; but for one step, which may have moved; but for a norm at its
# start, which may go with the sublayer before; but for such a norm that may have moved, too.
WHOLE, MOVED, ABSORBED, EITHER = range(4)
ANYWHERE = -2  # the place of a segment that is one step, without that step
INFINITE = float("inf")


@dataclass(frozen=True, slots=True)
class _Match:
    """Where a segment stands in the other graph: its last node there, and the value that it starts from."""

    end: int
    start: int
    kind: int


class Segments:
    """The bound for one pair of graphs, from both sides."""

    def __init__(
        self, spec: Side, code: Side, matching: Matching, judge: Callable[[int, int], float] | None
    ) -> None:
        self.rows: list[tuple[int, _Row]] = []
        if len(spec.outputs) != 1 or len(code.outputs) != 1:
            return
        found = labels(spec, code, matching, judge)
        if found is None:
            return
        grouped = any(len(option.nodes) > 1 for option in spec.graph.options)
        self.rows.append((0, _Row(spec, code, found)))
        if not grouped:
            self.rows.append((1, _Row(code, spec, found.turned())))

    def __call__(self, state: State, must: tuple[int, int]) -> float:
        """The least that any way on from this state costs; `must` are the nodes that it will decide in any case."""
        most = 0.0
        tops = state.top_spec, state.top_code
        for which, row in self.rows:
            most = max(most, row.least_of(must[which], tops[which], tops[1 - which]))
        if most and state.pending:
            sides = self.rows[0][1].own, self.rows[0][1].other
            most -= sum(_refund(sides[which], node, state, which) for which, node in state.pending)
        return max(0.0, most)


def _refund(side: Side, node: int, state: State, which: int) -> float:
    """What a bypassed step can still save: half of a move, or all of it where it goes with the join before it."""
    before = side.args[node][0]
    decided = (state.done_spec, state.done_code)[which] >> before & 1
    return 1.0 if side.join[before] and not decided else HALF


class _Row:
    """The segments of one side, and where they stand on the other."""

    def __init__(self, own: Side, other: Side, shapes: Shapes) -> None:
        self.own, self.other, self.shapes = own, other, shapes
        self.ends = _ends(own)
        self.inner = [True] * len(other.nodes)  # whether a node lies between two places that all passes
        for end in unit_ends(other):
            self.inner[end] = False
        self.usable = self._usable()
        self.breaks = [self._break(i) for i in range(len(self.ends))]
        self.absorbs = [self._absorbs(i) for i in range(len(self.ends))]
        self.matches = self._matches()
        self.least = self._table()

    def _members(self, i: int) -> list[int]:
        first = self.ends[i - 1] + 1 if i else 0
        return [p for p in range(first, self.ends[i] + 1) if not self.own.leaf[p]]

    def _usable(self) -> list[bool]:
        """Not those with steps that may be left out, nor those whose sources a later segment reads, too."""
        own, usable = self.own, []
        later: set[int] = set()
        index = own.index
        for i in range(len(self.ends) - 1, -1, -1):
            members = self._members(i)
            read = {a for p in members for a in self.shapes.read(own, p) if own.leaf[a]}
            usable.append(not read & later)
            later |= read
        usable.reverse()
        for option in own.graph.options:
            if len(option.nodes) > 1:
                for name in (*option.nodes, option.exit):
                    if name in index and not own.leaf[index[name]]:
                        usable[bisect_right(self.ends, index[name] - 1)] = False
        return usable

    def _break(self, i: int) -> float:
        """The least for which everything before a segment can be cut off within it."""
        if i == 0:
            return INFINITE
        own, start = self.own, self.ends[i - 1]
        if not own.above[self.ends[i]] >> start & 1 or not own.roles.above[self.ends[i]] >> start & 1:
            return 0.0
        least = INFINITE
        for join in self._members(i):
            if own.join[join]:
                for place in range(len(own.args[join])):
                    if own.may_lose(join, place) >> start & 1:
                        lost = own.lost(join, place)
                        boxes = sum(own.family[core] == "sublayer" for core in own.cores(lost))
                        least = min(least, float(max(1, boxes)) if lost >> start & 1 else 1.0)
        return least

    def _absorbs(self, i: int) -> list[int]:
        """The norms and activations at a segment's start that may go with the sublayer before it."""
        own, readers = self.own, self.own.users[self.ends[i - 1]] if i else 0
        return [p for p in bits(readers) if not own.join[p] and own.family[p] in ("norm", "activation")]

    def _matches(self) -> list[list[_Match]]:
        """For each segment all places of the other graph where it stands, as it is or but for one step."""
        roots: dict[int, list[tuple[int, int, bool]]] = {}
        own, shapes = self.own, self.shapes
        sources = shapes.sources(self.other)
        for i in range(len(self.ends)):
            if not self.usable[i]:
                continue
            members, start = self._members(i), self.ends[i - 1] if i else -1
            kinds = {-1: WHOLE, **{p: kind for p in members if (kind := self._kind(i, p))}}
            for first in (HOLE, *sources) if i else (HOLE,):  # what comes before may all be missing
                for step, kind in kinds.items():
                    root = shapes.of(own, members, (start, first), step)[self.ends[i]]
                    roots.setdefault(root, []).append((i, kind, first != HOLE or i == 0))
        whole = {root for root, rows in roots.items() if any(kind == WHOLE for _, kind, _ in rows)}
        found: list[list[_Match]] = [[] for _ in self.ends]
        for start, end, shape, changed in shapes.places(self.other, set(roots), whole):
            for i, kind, closed in roots[shape]:
                if (start < 0) == closed and not (changed and kind):
                    place = -1 if self.other.leaf[end] else end  # sources are there, whatever was reached
                    found[i].append(_Match(place, start, MOVED if changed else kind))
        for i, kind, _ in roots.get(HOLE, []):
            found[i].append(_Match(ANYWHERE, ANYWHERE, kind))
        return found

    def _kind(self, i: int, step: int) -> int:
        """What a segment is without one of its steps; WHOLE where that step cannot be told from another edit."""
        moved = MOVED if self.own.alike[step] and not self.own.join[step] else WHOLE
        return moved + (ABSORBED if step in self.absorbs[i] else 0)

    def _table(self) -> list[list[float]]:
        """least[i][p + 1]: of the first i segments, with all of the other side up to the position p."""
        size = len(self.other.nodes)
        table = [[0.0] * (size + 1)]
        before = [0.0] * (size + 1)  # the same where the segment after has a changed edge: it may lead back
        cut = before  # two segments before, of which the last one was cut off
        for i in range(len(self.ends)):
            last, last_before, last_cut = table[-1], before, cut
            stop = self.breaks[i]
            if not self.usable[i]:
                before = [min(price, stop) for price in last_before]
                cut = [1.0 + price for price in last_before]
                table.append(before)
                continue
            dirty = [1.0 + price for price in last_before]
            if self.absorbs[i]:
                dirty = [min(a, HALF + b) for a, b in zip(dirty, last_cut, strict=True)]
            here, anywhere = [INFINITE] * (size + 1), INFINITE
            now = [min(price, stop) for price in dirty]
            free = now
            for match in self.matches[i]:
                if match.end == ANYWHERE:
                    now = list(map(min, now, _prices(match.kind, last, last_cut)))
                    free = list(map(min, free, _prices(match.kind, last_before, last_cut)))
                    continue
                start = match.start + 1
                price = _prices(match.kind, last[start : start + 1], last_cut[start : start + 1])[0]
                here[match.end + 1] = min(here[match.end + 1], price)
                if match.end >= 0 and self.inner[match.end]:
                    anywhere = min(anywhere, price)
            now = list(map(min, now, accumulate(here, min)))
            free = [min(a, b, anywhere) for a, b in zip(now, free, strict=True)]
            table.append(now)
            before, cut = free, [1.0 + price for price in last_before]
        return table

    def least_of(self, must: int, top: int, reached: int) -> float:
        """What the segments cost that are still to come, of nodes that will be decided in any case.

        `top` is the last undecided value of this side, `reached` that of the other.
        """
        i = bisect_right(self.ends, top)
        while i and not must >> self.ends[i - 1] & 1:
            i -= 1
        if i == 0:
            return 0.0
        least = self.least[i][reached + 1]
        if top != self.ends[i - 1] and i < len(self.breaks):
            least = min(least, self.breaks[i])
        return least


def _prices(kind: int, last: list[float], cut: list[float]) -> list[float]:
    """What a segment and those before it cost, where it stands as it is or but for a step."""
    if kind == WHOLE:
        return last
    moved = [HALF + price for price in last] if kind & MOVED else cut
    return list(map(min, moved, cut)) if kind & ABSORBED else moved


def _ends(side: Side) -> list[int]:
    """The joins at which segments end, and the output."""
    merged = {
        passed[-1]
        for join in range(len(side.nodes))
        if side.join[join]
        for _, passed in side.expansions(join)
        if passed
    }
    ends = [end for end in unit_ends(side) if side.join[end] and end not in merged]
    output = side.outputs[0]
    if not side.leaf[output] and (not ends or ends[-1] != output):
        ends.append(output)
    return ends
