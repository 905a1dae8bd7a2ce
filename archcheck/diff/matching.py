"""Which nodes of two graphs fit each other, and which operands of two joins."""

from __future__ import annotations

from itertools import islice, permutations
from math import factorial
from typing import TYPE_CHECKING

from archcheck.diff.operands import Operands
from archcheck.diff.words import accepts, replaces

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcheck.diff.side import Side

Places = tuple[int, ...]
Picks = tuple[tuple[int, int], ...]

MOST_WAYS = 720  # of joins whose operands can be matched in more ways only the likely ones are tried
ALIKE = 3  # the likeness of values that are computed by the same words
MOST_ORDERS = 24  # of operands of one shape


class Matching:
    """What can stand for what. `guessed` says that operands were matched by one guess among many ways."""

    def __init__(self, spec: Side, code: Side, judge: Callable[[int, int], float] | None = None) -> None:
        self.spec = spec
        self.code = code
        self.guessed = False
        self._fits: dict[tuple[object, object], int] = {}
        names: dict[object, int] = {}
        self.spec_shape = spec.shapes(names)
        self.code_shape = code.shapes(names)
        self.operands = Operands(spec, code, self, judge)
        self._find_alike()

    def _find_alike(self) -> None:
        """Which steps of one side can be which of the other, moved."""
        groups: tuple[dict[object, list[int]], dict[object, list[int]]] = ({}, {})
        for side, group in zip((self.spec, self.code), groups, strict=True):
            for position, kind in enumerate(side.kind):
                if not side.join[position] and not side.leaf[position]:
                    group.setdefault(kind, []).append(position)
        for wanted in groups[0].values():
            for given in groups[1].values():
                if self.fit(wanted[0], given[0]) == 2:
                    masks = sum(1 << s for s in wanted), sum(1 << c for c in given)
                    for s in wanted:
                        self.spec.alike[s] |= masks[1]
                    for c in given:
                        self.code.alike[c] |= masks[0]

    def code_partners(self) -> list[int]:
        """For each node of the code the mask of the nodes of the spec whose word it has."""
        masks: dict[object, int] = {}
        for kind in set(self.code.kind):
            c = self.code.kind.index(kind)
            masks[kind] = sum(1 << s for s in range(len(self.spec.nodes)) if self.fit(s, c) == 2)
        return [masks[kind] for kind in self.code.kind]

    def fit(self, s: int, c: int) -> int:
        """2 where the code's node has an accepted word, 1 where it can only be a wrong one, else 0."""
        name = (self.spec.kind[s], self.code.kind[c])
        found = self._fits.get(name)
        if found is None:
            left, right = self.spec.nodes[s], self.code.nodes[c]
            if self.spec.leaf[s] != self.code.leaf[c]:
                found = 0
            else:
                found = 2 if accepts(left, right) else 1 if replaces(left, right) else 0
            self._fits[name] = found
        return found

    def assignments(self, s: int, c: int, wanted: tuple[int, ...], given: tuple[int, ...]) -> list[Picks]:
        """Which operand stands for which: pairs of places, sorted by how well the operands fit."""
        if not (self.spec.commutative(s) and self.code.commutative(c)):
            return [tuple((place, place) for place in range(min(len(wanted), len(given))))]
        ways = self._all_ways(wanted, given)
        if ways is None:
            return self._many(wanted, given)
        return sorted(ways, key=lambda picks: (-self.total(picks, wanted, given), picks))

    @staticmethod
    def _all_ways(wanted: Places, given: Places) -> list[Picks] | None:
        """Every way to match the operands; None where there are more than MOST_WAYS.

        Operands that are one value are one operand, whichever place it has.
        """
        swap = len(wanted) > len(given)
        few, many = (given, wanted) if swap else (wanted, given)
        ways: dict[Picks, Picks] = {(): ()}
        for place, value in enumerate(few):
            longer: dict[Picks, Picks] = {}
            for names, picks in ways.items():
                taken = {other for _, other in picks}
                for other, partner in enumerate(many):
                    if other not in taken:
                        name = tuple(sorted((*names, (value, partner))))
                        longer.setdefault(name, (*picks, (place, other)))
            if len(longer) > MOST_WAYS:
                return None
            ways = longer
        turned = (((b, a) for a, b in picks) if swap else picks for picks in ways.values())
        return [tuple(sorted(picks)) for picks in turned]

    def total(self, picks: Picks, wanted: tuple[int, ...], given: tuple[int, ...]) -> int:
        """The likeness of all pairs of one way to match operands."""
        return sum(self.likeness(wanted[i], given[j]) for i, j in picks)

    def likeness(self, s: int, c: int) -> int:
        """How well one operand could stand for another: 3 where all that they are computed from is equal."""
        return ALIKE if self.spec_shape[s] == self.code_shape[c] else self.fit(s, c)

    def _many(self, wanted: Places, given: Places) -> list[Picks]:
        """For joins of many operands: the cheapest assignment, and all others of operands of equal shape."""
        best = tuple(self.operands.assign(wanted, given))
        shapes = [self.spec_shape[value] for value in wanted], [self.code_shape[value] for value in given]
        if sorted(shapes[0]) != sorted(shapes[1]):
            self.guessed = True
            return [best]
        ways: dict[Picks, Picks] = {(): ()}
        for shape in dict.fromkeys(shapes[0]):
            left = [place for place, other in enumerate(shapes[0]) if other == shape]
            right = [place for place, other in enumerate(shapes[1]) if other == shape]
            orders = self._orders([wanted[place] for place in left], [given[place] for place in right])
            longer: dict[Picks, Picks] = {}
            for before in ways.values():
                for order in orders:
                    picks = (*before, *((left[i], right[j]) for i, j in enumerate(order)))
                    values = tuple(sorted((wanted[i], given[j]) for i, j in picks))
                    longer.setdefault(values, picks)
            self.guessed = self.guessed or len(longer) > MOST_ORDERS
            ways = dict(islice(longer.items(), MOST_ORDERS))
        return list(dict.fromkeys((best, *(tuple(sorted(picks)) for picks in ways.values()))))

    def _orders(self, wanted: list[int], given: list[int]) -> list[tuple[int, ...]]:
        """The orders in which operands of one shape may correspond: one where those of a side are the same."""
        size = len(given)
        same = any(
            len({twins[value] for value in values}) == 1
            and all(side.users[v].bit_count() == 1 for v in values)
            for side, twins, values in (
                (self.spec, self.operands.twins[0], wanted),
                (self.code, self.operands.twins[1], given),
            )
        )
        if same:
            return [tuple(range(size))]
        self.guessed = self.guessed or factorial(size) > MOST_ORDERS
        return list(islice(permutations(range(size)), MOST_ORDERS))
