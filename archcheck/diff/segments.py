"""What is still to be paid at least, by places: stretches of one graph that the other one does not have.

A graph is cut into *segments* at the joins through which everything later passes. Every edit is charged to one
segment of the own side: a step that is missing, wrong or cut off to the segment that holds it, an edge or an extra
step to that of its reader (of several readers the last one; the others then pay by the cuts between, which must be
missing, too). A segment to which nothing is charged stands in the other graph as it is, and those of several such
segments stand there one above the other. So the least that a row of segments costs is found by going through it once,
with the place in the other graph for which their end stands (`Row.table`).

A move is one edit and a missing step here and an extra step there: half an edit for a segment that is equal but for one
such step. See docs/design/diff.md, "The lower bound".
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from archcheck.diff.shapes import Shapes, labels
from archcheck.diff.standing import ANYWHERE, HALF, INFINITE, Standing, ends_of
from archcheck.diff.units import unit_ends

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcheck.diff.matching import Matching
    from archcheck.diff.side import Side
    from archcheck.diff.state import State


WIDEST = 32  # operands of a join; of more, finding what stands where takes longer than it is worth


class _Costs(NamedTuple):
    """What the first segments cost at least; each has a price for each place of the other graph, sources first."""

    at: list[float]  # the end of the last segment stands for the value at this place
    upto: list[float]  # for a value up to this place
    behind: list[float]  # the same where the segment after has a changed edge: it may lead back
    cut: list[float]  # as `at`, and the last segment is cut off
    cut_behind: list[float]


class Segments:
    """The bound for one pair of graphs, from both sides."""

    def __init__(
        self, spec: Side, code: Side, matching: Matching, judge: Callable[[int, int], float] | None
    ) -> None:
        self.rows: list[tuple[int, Row]] = []
        if len(spec.outputs) != 1 or len(code.outputs) != 1:
            return
        if any(len(operands) > WIDEST for side in (spec, code) for operands in side.args):
            return
        found = labels(spec, code, matching, judge)
        if found is None:
            return
        grouped = any(len(option.nodes) > 1 for option in spec.graph.options)
        self.rows.append((0, Row(spec, code, found, matching.fit)))
        if not grouped:
            self.rows.append((1, Row(code, spec, found.turned(), lambda c, s: matching.fit(s, c))))

    def __call__(self, state: State, must: tuple[int, int]) -> float:
        """The least that any way on from this state costs; `must` are the nodes that it will decide in any case."""
        most = 0.0
        tops = state.top_spec, state.top_code
        for which, row in self.rows:
            top, reached = tops[which], tops[1 - which]
            wanted = {demand[1 - which] for demand in state.demands if demand[which] == top}
            last = row.last(must[which], top)
            if last and which == 0 and any(value < reached for value in state.passed):
                most = max(most, row.least_beside(last, top, reached, wanted, state))
            elif last:
                most = max(most, row.least_of(last, top, reached, wanted))
        if most and state.pending:
            sides = self.rows[0][1].own, self.rows[0][1].other
            most -= sum(_refund(sides[which], node, state, which) for which, node in state.pending)
        return max(0.0, most)


def _refund(side: Side, node: int, state: State, which: int) -> float:
    """What a bypassed step can still save: half of a move, or all of it where it goes with the join before it."""
    before = side.args[node][0]
    decided = (state.done_spec, state.done_code)[which] >> before & 1
    return 1.0 if side.join[before] and not decided else HALF


class Row(Standing):
    """The segments of one side, and where they stand on the other."""

    def __init__(self, own: Side, other: Side, shapes: Shapes, fit: Callable[[int, int], int]) -> None:
        super().__init__(own, other, shapes)
        self.fit = fit
        self._fitting: dict[object, list[bool]] = {}
        self._arrivals: dict[int, list[float]] = {}
        self.passages = frozenset(end for end in ends_of(other) if other.join[end])
        self.inner = [True] * len(other.nodes)  # whether a node lies between two places that all passes
        for end in unit_ends(other):
            self.inner[end] = False
        self.table = self._table()

    def _table(self) -> list[_Costs]:
        """What the first i segments cost at least, by where they end in the other graph."""
        size = len(self.other.nodes) + 1
        nothing = [0.0] * size
        table = [_Costs([0.0] + [INFINITE] * (size - 1), nothing, nothing, nothing, nothing)]
        for i in range(len(self.ends)):
            last, stop = table[-1], self.breaks[i]
            changed = [1.0 + price for price in last.behind]
            if self.usable[i]:
                table.append(self._row(i, last, changed))
            else:
                now = [min(price, stop) for price in last.behind]
                table.append(_Costs(now, now, now, changed, changed))
        return table

    def _row(self, i: int, last: _Costs, changed: list[float]) -> _Costs:
        """The next row of the table, for a segment that counts; `changed` is its price with any edit."""
        at, cut = self._with_one_edit(i, last), self._cut(i, last)
        behind = [min(price, self.breaks[i]) for price in changed]
        anywhere = INFINITE
        reads = self._reads(i)
        from_last, from_cut = self._reached(last.at, reads), self._reached(last.cut, reads)
        for match in self.matches[i]:
            plain, gone = match.price
            if match.end == ANYWHERE:
                here = [min(plain + a, gone + b) for a, b in zip(last.at, last.cut, strict=True)]
                at = list(map(min, at, here))
                cut = list(map(min, cut, here)) if match.cut else cut
                before = [min(plain + a, gone + b) for a, b in zip(last.behind, last.cut_behind, strict=True)]
                behind = list(map(min, behind, before))
                continue
            start, end = match.start + 1, match.end + 1
            price = min(plain + from_last[start], gone + from_cut[start])
            at[end] = min(at[end], price)
            if match.cut:
                cut[end] = min(cut[end], price)
            if match.end >= 0 and self.inner[match.end]:
                anywhere = min(anywhere, price)
        upto = list(accumulate(at, min))
        behind = [min(a, b, anywhere) for a, b in zip(upto, behind, strict=True)]
        return _Costs(at, upto, behind, cut, changed)

    def _with_one_edit(self, i: int, last: _Costs) -> list[float]:
        """What a segment costs that has an edit, by the place for which its end then stands.

        If it has only one (or halves of moves), its end still is a join, or that join is left out and the rest as it
        was; half of a move more may change that. The joins between its two ends in the other graph are edits, too.
        """
        end, stop, leap = self.ends[i], self.breaks[i], self._leap(i)
        stands = self._partners(i) if self.own.join[end] else [True] * len(last.at)
        found = [
            min(stop, 1.0 + (near if own else near + HALF), leap + far + (0.0 if own or leap > 1.0 else HALF))
            for near, far, own in zip(self._near(last.at), last.behind, stands, strict=True)
        ]
        return self._kept(i, last, found, self.operands(i))

    def _near(self, at: list[float]) -> list[float]:
        """The price of the cheapest place before each one with no join of all between them."""
        found, within = at[:], INFINITE
        for place in range(1, len(at)):
            within = min(within, at[place])
            found[place] = min(within, at[0])
            if place - 1 in self.passages:
                within = at[place]
        return found

    def _leap(self, i: int) -> float:
        """What it costs at least that a segment has an edit, and joins of the other graph between its ends.

        Those joins are extra. Where a segment starts with what its end reads, they stand before all of it, so that edit
        is another one: a segment as it is behind them is not asked about here.
        """
        own, end, start = self.own, self.ends[i], self.start(i)
        if own.join[end] and start in self.operands(i):
            return 2.0
        return 1.0

    def _cut(self, i: int, last: _Costs) -> list[float]:
        """What it costs to have a segment cut off with its sublayer, by the place for which its end then stands.

        Where the cut is its only edit, its end is as the kept operand was: `matches` has those that the segment
        computes.
        """
        kept = [operand for operand in self.operands(i) if self.loses_cores(i, operand)]
        return self._kept(i, last, [1.0 + HALF + price for price in last.behind], kept)

    def _kept(self, i: int, last: _Costs, found: list[float], kept: list[int]) -> list[float]:
        """The prices found, or those of a segment whose end is left out for its start or for a source among `kept`."""
        start = self.start(i)
        for operand in kept:
            if operand == start:
                found = [min(a, 1.0 + b) for a, b in zip(found, last.at, strict=True)]
            elif self.own.leaf[operand]:
                found[0] = min(found[0], 1.0 + last.behind[0])
        return found

    def _partners(self, i: int) -> list[bool]:
        """The places of the other graph for which the end of a segment may stand; sources are one place."""
        end = self.ends[i]
        kind = self.own.kind[end]
        if kind not in self._fitting:
            fits = [self.fit(end, place) > 0 for place in range(len(self.other.nodes))]
            self._fitting[kind] = [False, *fits]
        return self._fitting[kind]

    def _reached(self, at: list[float], reads: int) -> list[float]:
        """The price of reading each value so often, where `at` says what the value before costs at a place.

        The steps between are extra: each is half of a move at least, and each join an edit, or each reading is one.
        """
        found = at[:]
        # the cheapest place behind the last join, before it, and before the one before that
        within, before, far = at[0], INFINITE, INFINITE
        leap = min(reads, 2)
        for place in range(1, len(at)):
            position = place - 1
            if position in self.passages:
                within, before, far = INFINITE, within, min(far, before)
            step = at[place]
            if self.shapes.hidden(self.other, position):
                step = min(step, found[self._place(self.other.args[position][0])])
            found[place] = min(step, within + HALF, before + 1.0, far + leap, at[0] + HALF)
            within = min(within, at[place])
        return found

    def _reads(self, i: int) -> int:
        """How often a segment reads the value that it starts from."""
        start = self.start(i)
        return sum(self.shapes.read(self.own, p).count(start) for p in self.members(i))

    def last(self, must: int, top: int) -> int:
        """How many segments are still to come whole, of nodes that will be decided in any case.

        `top` is the last undecided value of this side.
        """
        i = bisect_right(self.ends, top)
        while i and not must >> self.ends[i - 1] & 1:
            i -= 1
        return i

    def least_of(self, i: int, top: int, reached: int, wanted: set[int]) -> float:
        """What the first segments cost, if the other side is undecided up to `reached`.

        `wanted` are the values of the other side that must be what `top` stands for.
        """
        least = self.table[i].upto[reached + 1]
        if top == self.ends[i - 1]:
            return self._arrived(i, least, wanted)
        return min(least, self.breaks[i]) if i < len(self.breaks) else least

    def least_beside(self, i: int, top: int, reached: int, wanted: set[int], state: State) -> float:
        """The same where steps of the code before `reached` were left out: who passes them has paid."""
        lowest = min(state.passed)
        costs, done = self.table[i], state.done_code
        open_ = [p for p in range(lowest, reached + 1) if not done >> p & 1]
        high = min((costs.at[p + 1] - self._paid(p, lowest, state) for p in open_), default=INFINITE)
        low = costs.upto[lowest]
        if top == self.ends[i - 1]:
            near = {value for value in wanted if value < lowest}
            low = self._arrived(i, low, near)
            low += HALF if any(p in wanted and not self.shapes.hidden(self.other, p) for p in open_) else 0.0
            high += 1.0 if near else 0.0
        elif i < len(self.breaks):
            low = min(low, self.breaks[i])
        return min(low, high)

    def _paid(self, value: int, lowest: int, state: State) -> float:
        """What of the prices up to a value was paid: those of the steps behind it that were left out."""
        seen, todo, joins, steps = {value}, [value], 0, 0
        while todo:
            for operand in self.other.args[todo.pop()]:
                gone = operand in state.passed
                if operand < lowest or operand in seen or (state.done_code >> operand & 1 and not gone):
                    continue
                seen.add(operand)
                todo.append(operand)
                joins += gone and operand in self.passages
                steps += gone and operand not in self.passages
        ends = sum(self.other.join[p] for p in seen) + 1
        return joins + HALF * min(steps, 2 * ends)

    def _place(self, value: int) -> int:
        """Where prices of the other side have a value: sources are one place, whatever was reached."""
        return 0 if self.other.leaf[value] else value + 1

    def _arrived(self, i: int, least: float, wanted: set[int]) -> float:
        """The price with what lies between an end and all values that are wanted there, or a changed edge."""
        return max([least, *(min(least + 1.0, self._arrival(i)[self._place(v)]) for v in wanted)])

    def _arrival(self, i: int) -> list[float]:
        """What the first segments cost by the value that is read in place of their end."""
        if i not in self._arrivals:
            self._arrivals[i] = self._reached(self.table[i].at, 1)
        return self._arrivals[i]
