"""Which operand of a wide join stands for which: the cheapest assignment, by what lies behind each operand.

Every way to match the operands of two joins can be tried where they have few. Twelve operands have half a
thousand million ways; there each pair of operands gets a price, the edit distance of what only these two are
computed from, and the cheapest assignment is found at once. Prices are estimates (moves and edges between branches
are not in them), so the assignment is a good guess and no proof.

Sources: Kuhn, "The Hungarian method for the assignment problem" (1955), in the form of Jonker and Volgenant (1987)
with shortest augmenting paths; Zhang and Shasha, "Simple fast algorithms for the editing distance between trees"
(1989), for the recurrence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from archcheck.diff.roles import bits

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcheck.diff.matching import Matching
    from archcheck.diff.side import Side

MOST_CELLS = 40_000  # branches whose lengths multiply to more are compared by their words alone
ELSEWHERE = 1.01  # an operand that is another value, computed for other readers, too
INFINITE = float("inf")


class Operands:
    """The prices of letting operands of two joins stand for each other."""

    def __init__(
        self, spec: Side, code: Side, matching: Matching, judge: Callable[[int, int], float] | None
    ) -> None:
        self.sides = (spec, code)
        self.matching = matching
        self.judge = judge
        self._prices: dict[tuple[int, int, int, int], float] = {}
        self._pairs: dict[tuple[object, ...], float] = {}

    @cached_property
    def twins(self) -> tuple[list[int], list[int]]:
        """For both sides a number for each value; within a side equal ones are computed in the same way."""
        names: dict[object, int] = {}
        return self.sides[0].twins(names), self.sides[1].twins(names)

    def assign(self, wanted: tuple[int, ...], given: tuple[int, ...]) -> list[tuple[int, int]]:
        """The cheapest pairs of places; operands that are left over are cut off."""
        own = [
            [self._own(which, args, p) for p in range(len(args))] for which, args in ((0, wanted), (1, given))
        ]
        cuts = [[1.0 + 0.002 * mask.bit_count() for mask in masks] for masks in own]
        size = max(len(wanted), len(given))
        prices = [[0.0] * size for _ in range(size)]
        for i in range(size):
            for j in range(size):
                if i >= len(wanted):
                    prices[i][j] = cuts[1][j]
                elif j >= len(given):
                    prices[i][j] = cuts[0][i]
                else:
                    near = 1e-6 * abs(i - j)  # of equal operands those in the same place
                    prices[i][j] = near + self._price(wanted[i], given[j], own[0][i], own[1][j])
        chosen = cheapest_assignment(prices)
        return [(i, j) for i, j in enumerate(chosen) if i < len(wanted) and j < len(given)]

    def _own(self, which: int, args: tuple[int, ...], place: int) -> int:
        """What this operand is computed from, and no other operand (a mask)."""
        above = self.sides[which].roles.above
        mask = above[args[place]] | 1 << args[place]
        for other, value in enumerate(args):
            if other != place:
                mask &= ~(above[value] | 1 << value)
        return mask & ~sum(1 << p for p in bits(mask) if self.sides[which].leaf[p])

    def _price(self, s: int, c: int, own_spec: int, own_code: int) -> float:
        if not own_spec >> s & 1 and not own_code >> c & 1:
            same = self.matching.spec_shape[s] == self.matching.code_shape[c]
            return 0.0 if same else ELSEWHERE
        name = (self.twins[0][s], self.twins[1][c], own_spec.bit_count(), own_code.bit_count())
        if name not in self._prices:
            self._prices[name] = self._distance(s, c, own_spec, own_code)
        return self._prices[name]

    def _distance(self, s: int, c: int, own_spec: int, own_code: int) -> float:
        """The edit distance of two branches, each down to what others are computed from, too."""
        left, right = list(bits(own_spec)), list(bits(own_code))
        if len(left) * len(right) > MOST_CELLS:
            return self._by_words(left, right)
        gone = self._gone(0, left), self._gone(1, right)
        table: dict[tuple[int, int], float] = {}

        def at(a: int, b: int) -> float:
            if a in gone[0] and b in gone[1]:
                return table[a, b]
            return gone[0].get(a, 0.0) + gone[1].get(b, 0.0)

        for a in left:
            rests = self.sides[0].args[a]
            less = 0.0 if self.sides[0].free(a) else 1.0
            for b in right:
                others = self.sides[1].args[b]
                more = 0.0 if self.sides[1].free(b) else 1.0
                best = min(less + at(rest, b) for rest in rests)
                best = min(best, *(more + at(a, other) for other in others))
                pair = self._pair(a, b)
                if pair < best:
                    best = min(best, pair + self._below(a, b, [[at(x, y) for y in others] for x in rests]))
                table[a, b] = best
        return at(s, c)

    def _gone(self, which: int, branch: Sequence[int]) -> dict[int, float]:
        """What it costs to leave out everything from each node of a branch on."""
        side = self.sides[which]
        found: dict[int, float] = {}
        for node in branch:
            own = 0.0 if side.free(node) else 1.0
            found[node] = own + min(found.get(arg, 0.0) for arg in side.args[node])
        return found

    def _pair(self, a: int, b: int) -> float:
        """The price of two nodes alone: what contradicts in them, a wrong word, or no pair."""
        spec, code = self.sides[0].nodes[a], self.sides[1].nodes[b]
        name = (spec.words, spec.attrs, id(spec.inner), code.words, code.attrs, id(code.inner))
        if name not in self._pairs:
            fit = self.matching.fit(a, b)
            if fit == 2:
                self._pairs[name] = self.judge(a, b) if self.judge is not None else 0.0
            else:
                self._pairs[name] = 1.0 if fit == 1 else INFINITE
        return self._pairs[name]

    def _below(self, a: int, b: int, prices: list[list[float]]) -> float:
        """The price of the operands of a pair."""
        rows, columns = len(prices), len(prices[0])
        apart = float(abs(rows - columns))
        few = min(rows, columns)
        straight = sum(prices[i][i] for i in range(few)) + apart
        joins = self.sides[0].join[a] and self.sides[1].join[b]
        if few < 2 or not (joins and self.sides[0].commutative(a) and self.sides[1].commutative(b)):
            return straight
        size = max(rows, columns)
        square = [
            [prices[i][j] if i < rows and j < columns else 1.0 for j in range(size)] for i in range(size)
        ]
        return sum(square[i][j] for i, j in enumerate(cheapest_assignment(square)))

    def _by_words(self, left: Sequence[int], right: Sequence[int]) -> float:
        """How many nodes have no counterpart of the same kind, wherever it stands."""
        words = Counter(self.sides[0].kind[p] for p in left), Counter(self.sides[1].kind[p] for p in right)
        return float(max((words[0] - words[1]).total(), (words[1] - words[0]).total()))


def cheapest_assignment(prices: Sequence[Sequence[float]]) -> list[int]:
    """The column of each row in the cheapest assignment of a square matrix; of equal ones always the same.

    >>> cheapest_assignment([[4, 1, 3], [2, 0, 5], [3, 2, 2]])
    [1, 0, 2]
    """
    size = len(prices)
    row_of = [-1] * (size + 1)  # the last column is where each augmenting path starts
    of_row, of_column = [0.0] * size, [0.0] * (size + 1)
    for start in range(size):
        row_of[size] = start
        column = size
        least, before = [INFINITE] * size, [size] * size
        visited = [False] * (size + 1)
        while row_of[column] >= 0:
            visited[column] = True
            row, nearest, step = row_of[column], size, INFINITE
            for other in range(size):
                if visited[other]:
                    continue
                price = prices[row][other] - of_row[row] - of_column[other]
                if price < least[other]:
                    least[other], before[other] = price, column
                if least[other] < step:
                    step, nearest = least[other], other
            for other in range(size + 1):
                if visited[other]:
                    of_row[row_of[other]] += step
                    of_column[other] -= step
                elif other < size:
                    least[other] -= step
            column = nearest
        while column != size:
            row_of[column] = row_of[before[column]]
            column = before[column]
        row_of[size] = -1
    found = [0] * size
    for column in range(size):
        found[row_of[column]] = column
    return found
