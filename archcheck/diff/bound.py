"""What is still to be paid, at least: words that one side has more often than the other.

One edit changes at most one word on each side, except that cutting off a whole sublayer takes many at once.
A cut takes a core away, and where both sides have equally many cores that costs a second edit. So the bound
is the number of words without a counterpart, but no more than the cheapest cuts could cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.diff.words import FLAT, FREE_TWINS, accepts

if TYPE_CHECKING:
    from archcheck.diff.side import Side
    from archcheck.diff.state import State

LARGE = 400


class Bound:
    """The lower bound for one pair of graphs."""

    def __init__(self, spec: Side, code: Side) -> None:
        self.rows: list[tuple[int, int, int]] = []  # (0 spec | 1 code, counted nodes, counterparts)
        self.boxes: list[tuple[int, int, int]] = []
        self.useful = max(len(spec.nodes), len(code.nodes)) <= LARGE
        if not self.useful:
            return
        self._count(spec, code)
        cores = [side.roles.is_core for side in (spec, code)]
        self.cores = [sum(1 << p for p, core in enumerate(flags) if core) for flags in cores]
        self.most = 1 if _loses_more(spec) or _loses_more(code) else 2

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

    def __call__(self, state: State, spec: Side, code: Side) -> float:
        """The least that any way on from this state costs."""
        if not self.useful or not state.demands:
            return 0.0
        sides = (spec, code)
        must = _running(state, spec, 0), _running(state, code, 1)
        left = [state.left_spec, state.left_code]
        for which, node in state.pending:
            left[which] |= 1 << node
        missing = self._missing(self.rows, must, left)
        if missing == 0:
            return 0.0
        refund = any(sides[w].join[sides[w].args[node][0]] for w, node in state.pending)
        if self._balanced(state, must):
            return float(min(missing, self.most - refund))
        return float(min(missing, max(1, self._missing(self.boxes, must, left)) - refund))

    def _missing(self, rows: list[tuple[int, int, int]], must: tuple[int, int], left: list[int]) -> int:
        lack = [0, 0]
        for which, members, partners in rows:
            count = (members & must[which]).bit_count() - (partners & left[1 - which]).bit_count()
            if count > 0:
                lack[which] += count
        return max(lack)

    def _balanced(self, state: State, must: tuple[int, int]) -> bool:
        """Whether both sides have equally many cores left, so that cutting one off is not the end of it."""
        if state.left_spec & self.optional & self.cores[0]:
            return False
        count = [(must[which] & self.cores[which]).bit_count() for which in (0, 1)]
        for which, node in state.pending:
            count[which] += self.cores[which] >> node & 1
        return count[0] == count[1]


def _running(state: State, side: Side, which: int) -> int:
    """Nodes that will be decided in any case: those that running values lead to."""
    mask = 0
    decided = state.spec if which == 0 else state.code
    for demand in state.demands:
        value = demand[which]
        if value not in decided:
            mask |= side.roles.above[value] | 1 << value
    return mask & ~(state.done_spec if which == 0 else state.done_code)


def _loses_more(side: Side) -> bool:
    """Whether some join can lose several steps at once without losing a core."""
    for join, is_join in enumerate(side.join):
        for place in range(len(side.args[join]) if is_join else 0):
            lost = side.lost(join, place)
            if lost.bit_count() > 1 and not side.cores(lost):
                return True
    return False
