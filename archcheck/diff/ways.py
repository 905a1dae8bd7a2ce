"""The ways to go on from a state: pair two nodes, bypass one, or let one stand for two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from archcheck.diff.matching import ALIKE, Matching
from archcheck.diff.roles import bits
from archcheck.diff.state import ORPHAN, REWIRE, State, local, settle
from archcheck.diff.words import FREE_TWINS

if TYPE_CHECKING:
    from archcheck.diff.side import Side

MOVE = 1.02
TIE = 0.0005
FEW = 6  # operands of a join each of which is kept in turn where the others are cut off
MANY = 12  # values that may be demanded elsewhere before only some of them are looked at
RESHAPE = 1.5  # on top, where the same sublayer is cut off on both sides

Judge = Callable[[int, int], float]


class Ways:
    """All next states of a state. `judge` prices what two paired nodes contradict: attributes and insides."""

    def __init__(self, spec: Side, code: Side, judge: Judge) -> None:
        self.spec = spec
        self.code = code
        self.judge = judge
        self.matching = Matching(spec, code, judge)
        self.code_partners = self.matching.code_partners()

    def children(self, state: State, *, late: bool) -> Iterator[State]:
        """The next states: first those that may be had for less than one edit, `late` the others."""
        for child in self._options(state, late=late):
            yield settle(child, self.spec, self.code)

    def _options(self, state: State, *, late: bool) -> Iterator[State]:
        s, c = state.top_spec, self._astray(state)
        if c >= 0:
            yield from self._twin_code(state, c, late=late)
            yield from self._leave(state, 1, c, late=late)
            if late and self.code_partners[c] & state.left_spec:
                yield self._promise(state, c)
            return
        if s < 0:
            return
        values = [value for wanted, value, _, _ in state.demands if wanted == s]
        partners = sorted(set(values), key=lambda value: -values.count(value))
        undecided = [value for value in partners if value not in state.code]
        for value in undecided:
            yield from self._pair(state, s, value, near=True, late=late)
        if not late and (len(state.demands) > len(values) or state.promised):
            for value in self._others(state, s, undecided):
                yield from self._pair(state, s, value, near=False, late=late)
        yield from self._twin_spec(state, s, [v for v in partners if v in state.code], late=late)
        for value in undecided:
            if value in state.promised:
                continue
            yield from self._leave(state, 1, value, late=late)
            yield from self._twin_code(state, value, late=late)
        yield from self._leave(state, 0, s, late=late)

    def _others(self, state: State, s: int, near: list[int]) -> list[int]:
        """The values that are demanded elsewhere or promised; of very many only those that are computed alike."""
        others = {v for _, v, _, _ in state.demands if v not in state.code}
        others = (others | set(state.promised)) - set(near)
        if len(others) > MANY:
            self.matching.guessed = True
            if any(self.matching.likeness(s, value) == ALIKE for value in near):
                return sorted(state.promised, reverse=True)
            alike = [value for value in sorted(others) if self.matching.likeness(s, value) == ALIKE]
            return sorted({*state.promised, *alike[:MANY]}, reverse=True)
        return sorted(others, reverse=True)

    def _astray(self, state: State) -> int:
        """The last undecided value of the code that stands only where the spec has decided values, else -1.

        It waits for undecided values that are computed from it: which of its readers are left decides its price.
        """
        spec, code, promised = state.spec, state.code, state.promised
        open_ = {c for s, c, _, _ in state.demands if s not in spec}
        before = 0
        for value in open_:
            before |= self.code.above[value]
        return max(
            (
                c
                for s, c, _, _ in state.demands
                if s in spec and c not in code and c not in promised and not before >> c & 1
            ),
            default=-1,
        )

    def _promise(self, state: State, c: int) -> State:
        """Pay now for the edges that lead to c instead of to decided values, as c will be paired with another."""
        child = state.draft()
        child.promised = tuple(sorted((*state.promised, c)))
        return child

    def _pair(self, state: State, s: int, c: int, *, near: bool, late: bool) -> Iterator[State]:
        fit = self.matching.fit(s, c)
        if fit == 0 or (fit == 1 and not near) or (fit == 1) != late:
            return
        base = state.draft()
        base.spec[s] = c
        base.code[c] = s
        base.done_spec |= 1 << s
        base.done_code |= 1 << c
        if c in base.promised:
            base.promised = tuple(value for value in base.promised if value != c)
        if fit == 2:
            base.cost += self.judge(s, c)
            base.steps = (("pair", s, c, 0, 0),)
        else:
            base.cost += 1.0
            base.steps = (("substitute", s, c, 0, 0),)
        if self.spec.roles.is_core[s]:
            base.cuts = ()
        if not near:
            base.score += 4
        if self.spec.join[s] and self.code.join[c]:
            base.joins = (*base.joins, (s, c))
            yield from self._operands(base, s, c)
            return
        yield self._demand(base, s, c)

    def _demand(self, state: State, s: int, c: int) -> State:
        """Ask for the operands that the spec names of two nodes that are no joins."""
        wanted, given = self.spec.args[s], self.code.args[c]
        for place, operand in enumerate(wanted):
            if place < len(given):
                state.demands = (*state.demands, (operand, given[place], s, c))
            else:
                state.cost += REWIRE
                state.steps = (*state.steps, ("lacks", operand, c, s, c))
        return state

    def _operands(self, base: State, s: int, c: int) -> Iterator[State]:
        """Every way to match the operands of two joins, the likeliest first."""
        for spec_args, spec_passed in self.spec.expansions(s):
            for code_args, code_passed in self.code.expansions(c):
                if bool(spec_passed) and bool(code_passed):
                    continue
                for picks in self.matching.assignments(s, c, spec_args, code_args):
                    child = base.draft()
                    child.parent, child.steps = base.parent, base.steps
                    child.score = base.score
                    self._merge(child, 0, spec_passed)
                    self._merge(child, 1, code_passed)
                    self._match(child, s, c, spec_args, code_args, picks)
                    yield child

    def _merge(self, state: State, which: int, passed: tuple[int, ...]) -> None:
        side = (self.spec, self.code)[which]
        for node in passed[:-1]:
            if side.free(node):
                state.steps = (*state.steps, ("free", which, node, 0, 0))
            else:
                state.cost += 1.0
                state.steps = (*state.steps, (("delete", "insert")[which], node, 0, 0, 0))
        if passed:
            state.steps = (*state.steps, ("merge", which, passed[-1], 0, 0))

    def _match(
        self, state: State, s: int, c: int, wanted: tuple[int, ...], given: tuple[int, ...],
        picks: tuple[tuple[int, int], ...],
    ) -> None:  # fmt: skip
        state.score += len(picks) * 3 - self.matching.total(picks, wanted, given)
        state.demands += tuple((wanted[i], given[j], s, c) for i, j in picks)
        for place in set(range(len(wanted))) - {i for i, _ in picks}:
            self._cut(state, 0, s, self._place(0, s, wanted[place]))
        for place in set(range(len(given))) - {j for _, j in picks}:
            self._cut(state, 1, c, self._place(1, c, given[place]))

    def _place(self, which: int, join: int, operand: int) -> int:
        args = (self.spec, self.code)[which].args[join]
        return args.index(operand) if operand in args else 0

    # -- bypassing ----------------------------------------------------------------------------------

    def _leave(self, state: State, which: int, node: int, *, late: bool) -> Iterator[State]:
        """Read something else instead of this node: for nothing, as an edit, or as half of a move."""
        side = (self.spec, self.code)[which]
        free = side.free(node)
        if not late:
            for target in free:
                child = state.draft()
                child.steps = (("free", which, node, 0, 0),)
                yield self._redirect(child, which, node, target)
        if side.leaf[node]:
            if not late:
                child = state.draft()
                (child.spec, child.code)[which][node] = ORPHAN
                self._decide(child, which, node)
                yield child
        elif side.join[node]:
            if late != self._has_trail(state, which, node):
                yield from self._leave_join(state, which, node)
        elif side.args[node][0] not in free:
            partner = self._partner(state, which, node)
            if late == (partner is None):
                child = state.draft()
                self._drop(child, which, node, partner)
                yield self._redirect(child, which, node, side.args[node][0])

    def _has_trail(self, state: State, which: int, join: int) -> bool:
        """Whether a step behind the join was bypassed, which may go with it."""
        side = (self.spec, self.code)[which]
        return any(item[0] == which and side.args[item[1]][0] == join for item in state.pending)

    def _partner(self, state: State, which: int, node: int) -> tuple[int, int] | None:
        """The bypassed step of the other side that this one is, moved."""
        for item in reversed(state.pending):
            if item[0] != which:
                s, c = (node, item[1]) if which == 0 else (item[1], node)
                if self.matching.fit(s, c) == 2 and local(state, s, c, self.spec, self.code):
                    return item
        return None

    def _redirect(self, state: State, which: int, node: int, target: int) -> State:
        self._decide(state, which, node)
        if which == 0:
            state.demands = tuple((target if s == node else s, c, r, q) for s, c, r, q in state.demands)
            state.skipped[node] = target
        else:
            state.passed[node] = target
        return state

    def _decide(self, state: State, which: int, node: int) -> None:
        if which == 0:
            state.done_spec |= 1 << node
        else:
            state.done_code |= 1 << node

    def _drop(self, state: State, which: int, node: int, partner: tuple[int, int] | None) -> None:
        """Pay for a bypassed step; if the other side dropped the same one nearby, it is a move."""
        if partner is not None:
            s, c = (node, partner[1]) if which == 0 else (partner[1], node)
            state.pending = tuple(other for other in state.pending if other != partner)
            state.cost += MOVE - 1.0 + self.judge(s, c) + (0.01 if self.spec.roles.is_core[s] else 0.0)
            state.steps = (*state.steps, ("move", s, c, 0, 0))
            return
        state.cost += 1.0 + self._tie(which, node)
        state.pending = (*state.pending, (which, node))
        state.steps = (*state.steps, (("delete", "insert")[which], node, 0, 0, 0))

    def _tie(self, which: int, node: int) -> float:
        """Of two equal steps the one that is read first is there, and the later one is missing or extra."""
        size = len((self.spec, self.code)[which].nodes)
        return TIE * (size - node) / size

    def _leave_join(self, state: State, which: int, join: int) -> Iterator[State]:
        side = (self.spec, self.code)[which]
        for kept, target in self._kept(which, join):
            child = state.draft()
            for place in range(len(side.args[join])):
                if place != kept:
                    self._cut(child, which, join, place, whole=True)
            if len(side.args[join]) == 1:
                child.cost += 1.0
                child.steps = ((("delete", "insert")[which], join, 0, 0, 0),)
            yield self._redirect(child, which, join, target)

    def _kept(self, which: int, join: int) -> list[tuple[int, int]]:
        """The operands that may be what is left of a join, with their places; of many that are twins only one is."""
        side = (self.spec, self.code)[which]
        args = side.args[join]
        found: dict[object, tuple[int, int]] = {}
        for place, operand in enumerate(args):
            own = len(args) > FEW and side.users[operand] == 1 << join and not side.read >> operand & 1
            found.setdefault(
                ("twin", self.matching.operands.twins[which][operand]) if own else operand, (place, operand)
            )
        return list(found.values())

    def _cut(self, state: State, which: int, join: int, place: int, *, whole: bool = False) -> None:
        """Take an operand away from a join, with all that only it needs: one edit for each sublayer."""
        side = (self.spec, self.code)[which]
        lost = side.lost(join, place)
        cores = side.cores(lost)
        boxes = sum(side.family[core] == "sublayer" for core in cores)
        joins = sum(side.join[core_or_not] for core_or_not in bits(lost)) if cores else 0
        units = max(1, boxes, joins + 1 if not boxes and joins else 1, (len(cores) + 3) // 4)
        state.cost += units + 0.002 * min(lost.bit_count(), 40) + self._tie(which, join)
        state.steps = (*state.steps, ("cut", which, join, place, int(whole)))
        if cores:
            self._reshape(state, which, cores)
            state.cuts = (*state.cuts, (which, lost))
            if whole:
                self._absorb(state, which, join, lost)

    def _reshape(self, state: State, which: int, cores: list[int]) -> None:
        other = (self.code, self.spec)[which]
        for side, mask in state.cuts:
            if side != which:
                for core in other.cores(mask):
                    pairs = [(own, core) if which == 0 else (core, own) for own in cores]
                    if any(self.matching.fit(*pair) == 2 for pair in pairs):
                        state.cost += RESHAPE
                        return

    def _absorb(self, state: State, which: int, join: int, lost: int) -> None:
        """A norm (or activation) behind the add goes with its sublayer: Post-LN, ResNet."""
        side = (self.spec, self.code)[which]
        inside = {side.family[position] for position in bits(lost)}
        allowed = {"norm"} - inside if "sublayer" in inside else {"activation"} & inside
        for item in state.pending:
            if item[0] == which and side.args[item[1]][0] == join and side.family[item[1]] in allowed:
                state.pending = tuple(other for other in state.pending if other != item)
                state.cost -= 1.0
                state.steps = (*state.steps, ("absorb", which, item[1], join, 0))
                return

    # -- one node for two ---------------------------------------------------------------------------

    def _twin_spec(self, state: State, s: int, partners: list[int], *, late: bool) -> Iterator[State]:
        if late == (self.spec.family[s] in FREE_TWINS):
            return
        for c in partners:
            alike = not self.spec.leaf[s] and not self.spec.join[s] and self.matching.fit(s, c) == 2
            if not alike or state.code[c] in (s, ORPHAN):
                continue
            child = state.draft()
            child.spec[s] = c
            self._decide(child, 0, s)
            child.cost += self.judge(s, c) + (0.0 if self.spec.family[s] in FREE_TWINS else 1.0)
            child.steps = (("merged", s, c, state.code[c], 0),)
            yield self._demand(child, s, c)

    def _twin_code(self, state: State, c: int, *, late: bool) -> Iterator[State]:
        if self.code.leaf[c] or self.code.join[c] or late == (self.code.family[c] in FREE_TWINS):
            return
        wanted = sorted({s for s, value, _, _ in state.demands if value == c and s in state.spec})
        for s in wanted:
            if self.spec.leaf[s] or state.spec[s] == ORPHAN or self.matching.fit(s, c) != 2:
                continue
            child = state.draft()
            child.code[c] = s
            self._decide(child, 1, c)
            child.cost += self.judge(s, c) + (0.0 if self.code.family[c] in FREE_TWINS else 1.0)
            child.steps = (("split", s, c, state.spec[s], 0),)
            yield self._demand(child, s, c)
