"""Where the segments of one graph stand in another: as they are, but for a step, or without their end.

A graph is cut into *segments* at the joins through which everything later passes; the last one ends at the output.
docs/design/diff.md, "The lower bound", says what each is worth.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from archcheck.diff.roles import bits
from archcheck.diff.shapes import HOLE, Shapes
from archcheck.diff.units import unit_ends

if TYPE_CHECKING:
    from archcheck.diff.side import Side

HALF = 0.51  # of a move
ANYWHERE = -2  # the place of a segment that is one step, without that step
INFINITE = float("inf")


class Price(NamedTuple):
    """What a segment costs that stands in the other graph as it is, or but for a step.

    `gone` is the price where the segment before is cut off, and a norm at the start goes with it.
    """

    plain: float
    gone: float

    def with_extra_step(self) -> Price:
        """The price where the other graph has a step within, which may have moved; only for a price of nothing."""
        return Price(*(HALF if price == 0.0 else INFINITE for price in self))


class Match(NamedTuple):
    """Where a segment stands in the other graph: its last node there, and the value that it starts from."""

    end: int
    start: int
    price: Price
    cut: bool  # the segment is cut off with its sublayer, and this is the operand of its end that is kept


class Standing:
    """The segments of one side, by number, and where they stand on the other."""

    def __init__(self, own: Side, other: Side, shapes: Shapes) -> None:
        self.own, self.other, self.shapes = own, other, shapes
        self.ends = ends_of(own)
        self.usable = self._usable()
        self.breaks = [self._break(i) for i in range(len(self.ends))]
        self.absorbs = [self._absorbs(i) for i in range(len(self.ends))]
        self.matches = self._matches()

    def start(self, i: int) -> int:
        """The value from which a segment starts, -1 for the sources."""
        return self.ends[i - 1] if i else -1

    def members(self, i: int) -> list[int]:
        """The nodes of a segment, without sources."""
        first = self.ends[i - 1] + 1 if i else 0
        return [p for p in range(first, self.ends[i] + 1) if not self.own.leaf[p]]

    def _usable(self) -> list[bool]:
        """Not those with steps that may be left out, nor those whose sources a later segment reads, too."""
        own, usable = self.own, []
        later: set[int] = set()
        index = own.index
        for i in range(len(self.ends) - 1, -1, -1):
            members = self.members(i)
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
        for join in self.members(i):
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

    def _matches(self) -> list[list[Match]]:
        """For each segment all places of the other graph where it stands, as it is or but for a step."""
        roots: dict[int, list[tuple[int, Price, bool, bool]]] = {}
        own, shapes = self.own, self.shapes
        sources = shapes.sources(self.other)
        for i in range(len(self.ends)):
            if not self.usable[i]:
                continue
            members, start = self.members(i), self.start(i)
            prices = self._prices(i, members)
            inside = [(operand, self.loses_cores(i, operand)) for operand in self._inside(i)]
            for first in (HOLE, *sources) if i else (HOLE,):  # what comes before may all be missing
                closed = first != HOLE or i == 0
                for steps, price in prices.items():
                    numbers = shapes.of(own, members, (start, first), steps)
                    roots.setdefault(numbers[self.ends[i]], []).append((i, price, closed, False))
                    if 0.0 in price:
                        kept = Price(*(1.0 if whole == 0.0 else INFINITE for whole in price))
                        for operand, cut in inside:
                            roots.setdefault(numbers[operand], []).append((i, kept, closed, cut))
        full = {root for root, rows in roots.items() if any(0.0 in price for _, price, _, _ in rows)}
        found: list[list[Match]] = [[] for _ in self.ends]
        for start, end, shape, changed in shapes.places(self.other, set(roots), full):
            for i, price, closed, cut in roots[shape]:
                if (start < 0) == closed and (not changed or 0.0 in price):
                    place = -1 if self.other.leaf[end] else end  # sources are there, whatever was reached
                    found[i].append(Match(place, start, price.with_extra_step() if changed else price, cut))
        for i, price, _, cut in roots.get(HOLE, []):
            found[i].append(Match(ANYWHERE, ANYWHERE, price, cut))
        return found

    def _prices(self, i: int, members: list[int]) -> dict[frozenset[int], Price]:
        """Which steps of a segment may be missing where it stands, and what it costs then."""
        movable = [p for p in members if self.own.alike[p] and not self.own.join[p]]
        prices = {frozenset[int](): Price(0.0, INFINITE)}
        prices.update((frozenset((p,)), Price(HALF, INFINITE)) for p in movable)
        for gone in self.absorbs[i]:
            alone = frozenset((gone,))
            prices.update((alone | {p}, Price(INFINITE, HALF)) for p in movable if p != gone)
            prices[alone] = Price(HALF if gone in movable else INFINITE, 0.0)
        return prices

    def operands(self, i: int) -> list[int]:
        """The values that may be read instead of a segment's end."""
        return list(
            dict.fromkeys(self._seen(operand) for operand in self.shapes.read(self.own, self.ends[i]))
        )

    def _inside(self, i: int) -> list[int]:
        """Those among them that the segment computes."""
        start = self.start(i)
        return [p for p in self.operands(i) if p != start and not self.own.leaf[p]]

    def loses_cores(self, i: int, kept: int) -> bool:
        """Whether a sublayer goes where the end of a segment is left out and this operand of it is read."""
        own, end = self.own, self.ends[i]
        lost = [place for place, other in enumerate(own.args[end]) if self._seen(other) != kept]
        return any(own.cores(own.lost(end, place)) for place in lost)

    def _seen(self, position: int) -> int:
        """The value itself, behind steps that are not seen."""
        while not self.own.leaf[position] and self.shapes.hidden(self.own, position):
            position = self.own.args[position][0]
        return position


def ends_of(side: Side) -> list[int]:
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
