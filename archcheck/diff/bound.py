"""What is still to be paid, at least: words that one side has more often than the other.

One edit changes at most one word on each side, except that cutting off an operand takes many at once. A cut
with cores makes the sides unequal in cores, which costs a second edit where they were equal. So the bound is
the number of words without a counterpart, divided by what an edit can explain at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from math import ceil
from typing import TYPE_CHECKING

from archcheck.diff.segments import Segments
from archcheck.diff.words import FLAT, FREE_TWINS, accepts

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcheck.diff.matching import Matching
    from archcheck.diff.side import Side
    from archcheck.diff.state import State

LARGE = 400


class Bound:
    """The lower bound for one pair of graphs."""

    def __init__(
        self, spec: Side, code: Side, matching: Matching, judge: Callable[[int, int], float]
    ) -> None:
        self.rows: list[tuple[int, int, int]] = []  # (0 spec | 1 code, counted nodes, counterparts)
        self.boxes: list[tuple[int, int, int]] = []
        self.useful = max(len(spec.nodes), len(code.nodes)) <= LARGE
        if not self.useful:
            return
        self._count(spec, code)
        cores = [side.roles.is_core for side in (spec, code)]
        self.cores = [sum(1 << p for p, core in enumerate(flags) if core) for flags in cores]
        counted = [0, 0]
        for which, members, _ in self.rows:
            counted[which] |= members
        self.reach = _reach((spec, code), counted)
        self._made = partial(Segments, spec, code, matching, judge)

    @cached_property
    def segments(self) -> Segments:
        """The bound by places, made when it is asked for: most searches end before."""
        return self._made()

    def _count(self, spec: Side, code: Side) -> None:
        optional = {spec.index[name] for o in spec.graph.options for name in o.nodes if name in spec.index}
        self.optional = sum(1 << position for position in optional)
        groups: dict[tuple[int, tuple[str, ...]], list[int]] = {}
        for which, side in ((0, spec), (1, code)):
            for position, node in enumerate(side.nodes):
                free = side.family[position] in FREE_TWINS or node.words[0] in FLAT or node.noop
                if node.args and not free and not (which == 0 and position in optional):
                    groups.setdefault((which, node.words), []).append(position)
        for (which, _), members in groups.items():
            own, other = ((spec, code), (code, spec))[which]
            sample = own.nodes[members[0]]
            partners = 0
            for position, node in enumerate(other.nodes):
                if node.args and (accepts(sample, node) if which == 0 else accepts(node, sample)):
                    partners |= 1 << position
            row = (which, sum(1 << m for m in members), partners)
            self.rows.append(row)
            if own.family[members[0]] == "sublayer":
                self.boxes.append(row)

    def __call__(self, state: State, spec: Side, code: Side, *, places: bool = True) -> float:
        """The least that any way on from this state costs; without `places` as far as the words tell."""
        if not self.useful or not state.demands:
            return 0.0
        must = _running(state, spec, 0), _running(state, code, 1)
        counted = self._counted(state, spec, code, must)
        return max(counted, self.segments(state, must)) if places else counted

    def _counted(self, state: State, spec: Side, code: Side, must: tuple[int, int]) -> float:
        """What the words demand, wherever they stand."""
        sides = (spec, code)
        left = [state.left_spec, state.left_code]
        for which, node in state.pending:
            left[which] |= 1 << node
        missing = self._missing(self.rows, must, left)
        refund = sum(sides[w].join[sides[w].args[node][0]] for w, node in state.pending)
        branches = float(max(0, self._branches(state, spec, code) - refund))
        if missing == 0:
            return branches
        return max(branches, self._by_words(state, missing, must, left, refund=refund))

    def _by_words(
        self, state: State, missing: int, must: tuple[int, int], left: list[int], *, refund: int
    ) -> float:
        """What the missing words cost, if each edit explains as many of them as any can."""
        apart = self._apart(state, must)
        gain, rate = self.reach.gain, self.reach.rate
        if apart == 0:
            return max(0.0, ceil(missing / rate - 1e-9) - refund)
        least = max(1, ceil(self._missing(self.boxes, must, left) / self.reach.boxes - 1e-9))
        if apart is not None:
            cuts = min(apart, -(-missing // gain)) if gain > rate else 0
            least = max(least, ceil(cuts + max(0, missing - cuts * gain) / rate - 1e-9))
        return float(min(missing, least) - refund)

    def _branches(self, state: State, spec: Side, code: Side) -> int:
        """How many demands are for branches that cannot be equal: each needs an edit of its own.

        What only one demand leads to is decided by the demands that follow from it. If its words have no
        counterparts behind the other value, one of these pays: for a node, or for the edge to another branch. A
        bypassed node can still be half of a move into any one branch.
        """
        if len(state.demands) < 2:
            return 0
        most = 0
        pending = [sum(which == w for w, _ in state.pending) for which in (0, 1)]
        decided = (state.spec, state.code)
        for which, side, other in ((0, spec, code), (1, code, spec)):
            done = (state.done_spec, state.done_code)[which]
            ends = [demand[which] for demand in state.demands]
            behind = {value: _open(side, value, done) for value in ends if value not in decided[which]}
            once = twice = 0
            for mask in behind.values():
                twice |= once & mask
                once |= mask
            open_ = (state.left_spec, state.left_code)[1 - which]
            rows = [row for row in self.rows if row[0] == which]
            unequal = 0
            for demand in state.demands:
                value, across = demand[which], demand[1 - which]
                if value not in behind or ends.count(value) > 1:
                    continue
                own = behind[value] & ~twice
                there = (other.roles.above[across] | 1 << across) & open_
                unequal += any(
                    (members & own).bit_count() > (partners & there).bit_count()
                    for _, members, partners in rows
                )
            most = max(most, unequal - pending[1 - which])
        return most

    def _missing(self, rows: list[tuple[int, int, int]], must: tuple[int, int], left: list[int]) -> int:
        lack = [0, 0]
        for which, members, partners in rows:
            count = (members & must[which]).bit_count() - (partners & left[1 - which]).bit_count()
            if count > 0:
                lack[which] += count
        return max(lack)

    def _apart(self, state: State, must: tuple[int, int]) -> int | None:
        """How many cores one side has more left, at most; None where optional ones leave it open.

        Bypassed ones that may turn out moved are still there, or are not.
        """
        if state.left_spec & self.optional & self.cores[0]:
            return None
        count = [(must[which] & self.cores[which]).bit_count() for which in (0, 1)]
        pending = [0, 0]
        for which, node in state.pending:
            pending[which] += self.cores[which] >> node & 1
        return max(count[0] + pending[0] - count[1], count[1] + pending[1] - count[0])


def _running(state: State, side: Side, which: int) -> int:
    """Nodes that will be decided in any case: those that running values lead to."""
    mask = 0
    decided = state.spec if which == 0 else state.code
    done = state.done_spec if which == 0 else state.done_code
    for demand in state.demands:
        value = demand[which]
        if value not in decided:
            mask |= _open(side, value, done)
    return mask


def _open(side: Side, value: int, done: int) -> int:
    """The undecided nodes that a value leads to, not through decided ones: nobody may ask behind those."""
    above = side.roles.above[value] | 1 << value
    if not above & done:
        return above
    found, todo = 0, [value]
    while todo:
        node = todo.pop()
        if not (found | done) >> node & 1:
            found |= 1 << node
            todo += side.roles.parents[node]
    return found


@dataclass(frozen=True, slots=True)
class _Reach:
    """What one unit of cost explains at most: counted words in one cut, words where the cores of both sides
    must stay equal, and boxes.
    """

    gain: int
    rate: float
    boxes: float


def _reach(sides: tuple[Side, Side], counted: list[int]) -> _Reach:
    """The most that cutting off an operand explains.

    A cut that takes cores has to be made good on the other side: by at least the part of an edit that takes as
    many cores. The norm behind a join may go with the sublayer. Cuts at several joins can together lose what
    each of them alone would not, so what counts is all that an operand is computed from and the others are not.
    """
    gain, plain, boxes, most_cores = 1, 1.0, 1.0, 1
    cuts: list[tuple[int, int]] = []
    for side, mask in zip(sides, counted, strict=True):
        for join, place in (
            (j, p) for j, is_join in enumerate(side.join) if is_join for p in range(len(side.args[j]))
        ):
            lost = side.may_lose(join, place)
            cores = side.cores(lost)
            words = ((lost | 1 << join) & mask).bit_count()
            if not cores:
                plain = max(plain, float(words))
                continue
            here = sum(side.family[core] == "sublayer" for core in cores)
            units = max(1, here) if lost == side.lost(join, place) else 1
            words += bool(side.users[join] & mask)
            boxes = max(boxes, here / units)
            most_cores = max(most_cores, -(-len(cores) // units))
            gain = max(gain, words)
            cuts.append((words, units))
    rate = max((words / units for words, units in cuts), default=1.0) / (1 + 1 / most_cores)
    return _Reach(gain, max(1.0, plain, rate), boxes)
