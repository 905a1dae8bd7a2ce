"""Both graphs as rows of residual units, and what is about to be paid between any two places of them.

A unit ends where everything that comes later passes through one value: mostly at the add of a residual. Two
rows of units are aligned as two texts are, by their edit distance, where a unit counts as many edits as it has
operations without a counterpart. That is an estimate, not a bound: it guides the search of large graphs.

Source: Ukkonen, "Algorithms for approximate string matching" (1985), for the band around the diagonal.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from archcheck.diff.words import FREE_TWINS

if TYPE_CHECKING:
    from archcheck.diff.matching import Matching
    from archcheck.diff.side import Side
    from archcheck.diff.state import State

BAND = 24  # units by which the two rows may be out of step, beyond the difference of their lengths
FAR = 1e9
HOPE, LENIENT_HOPE = 0.3, 0.9  # where a bypassed step may turn out to have moved
SPREAD = 0.5  # for each further pair of units in which a state still has demands


def unit_ends(side: Side) -> list[int]:
    """The values through which everything later passes and at which a unit ends, in order."""
    reach, ends = -1, []
    last = [users.bit_length() - 1 for users in side.users]
    for option_exit, entries in side.exits.items():
        for entry in entries:
            last[entry] = max(last[entry], option_exit)
    for position, leaf in enumerate(side.leaf):
        if leaf:
            continue
        if reach <= position and (side.join[position] or side.read >> position & 1):
            ends.append(position)
        reach = max(reach, last[position])
    return ends


class Guide:
    """An estimate of what is still to be paid, from the edit distance of the rows of units before two places.

    `lenient` takes operations that stand elsewhere for moved ones, which may be had for less.
    """

    def __init__(self, spec: Side, code: Side, matching: Matching, *, lenient: bool = False) -> None:
        self.spec_ends, self.code_ends = unit_ends(spec), unit_ends(code)
        self.matching = matching
        optional = {
            spec.index[name] for option in spec.graph.options for name in option.nodes if name in spec.index
        }
        self.optional = optional
        self.left = [_members(spec, a, b) for a, b in _spans(self.spec_ends)]
        self.right = [_members(code, a, b) for a, b in _spans(self.code_ends)]
        self.must = [sum(p not in optional and not spec.nodes[p].noop for p in unit) for unit in self.left]
        self._names: dict[object, int] = {}
        self._left_names = tuple(self._name(spec, unit, optional) for unit in self.left)
        self._right_names = tuple(self._name(code, unit, frozenset()) for unit in self.right)
        self._prices: dict[tuple[tuple[int, ...], tuple[int, ...]], float] = {}
        self._known: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {}
        self.lenient = lenient
        self.wanted: dict[object, list[int]] = {}
        self.given: dict[object, list[int]] = {}
        self._count(spec, code)
        self.slope = len(self.right) / max(1, len(self.left))
        self.reach = BAND + abs(len(self.left) - len(self.right))
        self.rows = self._table()

    def _name(self, side: Side, unit: list[int], optional: set[int] | frozenset[int]) -> int:
        name = (len(optional) > 0, tuple((side.kind[p], p in optional) for p in unit))
        return self._names.setdefault(name, len(self._names))

    def _table(self) -> list[dict[int, float]]:
        """The edit distance of every two beginnings of the rows that lie in the band."""
        many = len(self.right)
        row = {j: float(j) for j in range(min(many, self.reach) + 1)}
        rows = [row]
        earlier: dict[int, float] = {}
        before: dict[int, float] = {}
        for i in range(1, len(self.left) + 1):
            middle = int(i * self.slope)
            earlier, before, row = (before if i > 1 else {}), row, {}
            gone = 1.0 if self.must[i - 1] else 0.0
            for j in range(max(0, middle - self.reach), min(many, middle + self.reach) + 1):
                best = before.get(j, FAR) + gone
                if j:
                    best = min(best, row.get(j - 1, FAR) + 1.0)
                    across = before.get(j - 1, FAR)
                    if across < best:
                        best = min(best, across + self._price(i - 1, j - 1))
                    # Where a residual is missing on one side, two units of the other are one.
                    if earlier.get(j - 1, FAR) + 1.0 < best:
                        best = min(best, earlier[j - 1] + 1.0 + self._price(i - 1, j - 1, wide=0))
                    if before.get(j - 2, FAR) + 1.0 < best:
                        best = min(best, before[j - 2] + 1.0 + self._price(i - 1, j - 1, wide=1))
                row[j] = best
            rows.append(row)
        return rows

    def _price(self, i: int, j: int, wide: int = 2) -> float:
        """The operations of two units that have no counterpart in the other; `wide` takes in the one before."""
        two = wide == 0, wide == 1
        name = (self._left_names[i - two[0] : i + 1], self._right_names[j - two[1] : j + 1])
        if name not in self._prices:
            wanted = [p for unit in self.left[i - two[0] : i + 1] for p in unit]
            given = [p for unit in self.right[j - two[1] : j + 1] for p in unit]
            self._prices[name] = self._apart(wanted, given)
        return self._prices[name]

    def _apart(self, wanted: list[int], given: list[int]) -> float:
        free = list(given)
        missing = 0
        for s in sorted(wanted, key=lambda p: p in self.optional):
            partner = next((c for c in free if self.matching.fit(s, c) == 2), None)
            if partner is not None:
                free.remove(partner)
            elif s not in self.optional:
                missing += 1
        return float(max(missing, len(free)))

    def __call__(self, state: State) -> float:
        """What the demands of a state will cost, by the units before them and what stands between."""
        most, places = 0.0, set()
        for s, c, _, _ in state.demands:
            if (s, c) not in self._known:
                self._known[s, c] = self._estimate(s, c)
            price, place = self._known[s, c]
            places.add(place)
            most = max(most, price)
        hope = (LENIENT_HOPE if self.lenient else HOPE) if state.pending else 0.0
        return most + SPREAD * max(0, len(places) - 1) - hope

    def _estimate(self, s: int, c: int) -> tuple[float, tuple[int, int]]:
        """The edit distance before two values, less where both have the same operations, only elsewhere; and
        the units in which they stand.
        """
        i, j = bisect_right(self.spec_ends, s), bisect_right(self.code_ends, c)
        wanted = [p for p in self.left[i] if p <= s] if i < len(self.left) else []
        given = [p for p in self.right[j] if p <= c] if j < len(self.right) else []
        units = self.rows[i].get(j, FAR) + self._apart(wanted, given)
        if i and j:  # a step may have moved from one unit to the next
            both = [*self.left[i - 1], *wanted], [*self.right[j - 1], *given]
            units = min(units, self.rows[i - 1].get(j - 1, FAR) + self._apart(*both))
        return (min(units, self._lacking(s, c)) if self.lenient else units), (i, j)

    def _lacking(self, s: int, c: int) -> float:
        """The operations before two values without a counterpart, wherever they stand."""
        missing = sum(
            max(0, bisect_right(places, s) - sum(bisect_right(self.given[k], c) for k in partners))
            for places, partners in self.wanted_rows
        )
        extra = sum(
            max(0, bisect_right(places, c) - sum(bisect_right(self.wanted[k], s) for k in partners))
            for places, partners in self.given_rows
        )
        return float(max(missing, extra))

    def _count(self, spec: Side, code: Side) -> None:
        """The places of each kind of operation, and the kinds of the other side that may stand for it."""
        required: dict[object, list[int]] = {}
        for p in (p for unit in self.left for p in unit):
            self.wanted.setdefault(spec.kind[p], []).append(p)
            if p not in self.optional:
                required.setdefault(spec.kind[p], []).append(p)
        for p in (p for unit in self.right for p in unit):
            self.given.setdefault(code.kind[p], []).append(p)
        fits = {
            (s, c)
            for s, left in self.wanted.items()
            for c, right in self.given.items()
            if self.matching.fit(left[0], right[0]) == 2
        }
        self.wanted_rows = [(at, [c for c in self.given if (s, c) in fits]) for s, at in required.items()]
        self.given_rows = [(at, [s for s in self.wanted if (s, c) in fits]) for c, at in self.given.items()]


def _spans(ends: list[int]) -> list[tuple[int, int]]:
    return list(zip([-1, *ends], ends, strict=False))


def _members(side: Side, after: int, until: int) -> list[int]:
    """The operations of a unit that count: no sources, no joins, nothing that may be had for nothing."""
    return [
        p
        for p in range(after + 1, until + 1)
        if not side.leaf[p]
        and not side.join[p]
        and side.family[p] not in FREE_TWINS
        and not side.nodes[p].noop
    ]
