"""A state of the search: which values still have to correspond, and the few facts that later steps need.

The search walks both graphs backwards from their outputs. A *demand* says that the value `s` of the spec
and the value `c` of the code stand in the same operand of two nodes that are paired. What has been decided
about nodes that no demand can reach any more is forgotten, so that states reached in several ways are one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from archcheck.diff.side import END, START, Side
from archcheck.diff.words import accepts

Demand = tuple[int, int, int, int]  # spec value, code value, spec reader, code reader (-1: the output)
Step = tuple[str, int, int, int, int]

REWIRE = 1.01
ORPHAN = -7


@dataclass(slots=True)
class State:
    """One partial alignment. `spec` and `code` hold what paired nodes were paired with."""

    cost: float
    demands: tuple[Demand, ...]
    spec: dict[int, int] = field(default_factory=dict)
    code: dict[int, int] = field(default_factory=dict)
    passed: dict[int, int] = field(default_factory=dict)  # bypassed code nodes -> what to read instead
    skipped: dict[int, int] = field(default_factory=dict)  # the same for spec nodes that may come up again
    pending: tuple[tuple[int, int], ...] = ()  # (0 spec | 1 code, node) bypassed, not yet half of a move
    joins: tuple[tuple[int, int], ...] = ()  # recent pairs of joins
    promised: tuple[int, ...] = ()  # code nodes, read elsewhere than in the figure, that will be paired
    cuts: tuple[tuple[int, int], ...] = ()  # (0 spec | 1 code, mask) cut off since the last paired core
    parent: State | None = None
    steps: tuple[Step, ...] = ()
    score: int = 0
    top_spec: int = -1  # the last undecided value of each side, -1 where there is none
    top_code: int = -1
    done_spec: int = 0  # masks of the nodes that were decided
    done_code: int = 0
    left_spec: int = 0  # masks of the undecided nodes that matter to the undecided values
    left_code: int = 0
    bound: float = 0.0  # what is still to be paid, at least
    beaten: bool = False  # another state goes on as this one does, and is never dearer

    def draft(self) -> State:
        """A copy to change, whose parent is this state."""
        return State(
            self.cost,
            self.demands,
            dict(self.spec),
            dict(self.code),
            dict(self.passed),
            dict(self.skipped),
            self.pending,
            self.joins,
            self.promised,
            self.cuts,
            self,
            done_spec=self.done_spec,
            done_code=self.done_code,
        )

    def trail(self) -> list[Step]:
        """All steps that led here, in order."""
        found: list[tuple[Step, ...]] = []
        state: State | None = self
        while state is not None:
            found.append(state.steps)
            state = state.parent
        return [step for steps in reversed(found) for step in steps]

    def remaining(self) -> int:
        """How many nodes may still have to be decided."""
        return self.left_spec.bit_count() + self.left_code.bit_count()

    def key(self) -> tuple[object, ...]:
        """What decides how a state can go on, apart from what it could still save or has still to fear."""
        spec, code = self.spec, self.code
        return (
            tuple(sorted((s, c, spec.get(s, -9), code.get(c, -9)) for s, c, _, _ in self.demands)),
            tuple(sorted(spec.items())),
            tuple(sorted(code.items())),
            tuple(sorted(self.passed.items())),
            tuple(sorted(self.skipped.items())),
            self.promised,
        )

    def beats(self, other: State) -> bool:
        """Whether no way on from the other state, of the same key, ends cheaper than the same way from this one.

        A bypassed step can save at most what it cost, a pair of joins can only make a move possible, and what
        was cut off can only make a later cut dearer.
        """
        saved = len(set(other.pending).difference(self.pending)) if other.pending else 0
        return (
            self.cost + saved <= other.cost + 1e-9
            and set(other.joins).issubset(self.joins)
            and set(self.cuts).issubset(other.cuts)
        )


def is_new(state: State, others: list[State]) -> bool:
    """Whether no other state beats this one; those that it beats are taken off the list."""
    if any(other.beats(state) for other in others):
        return False
    kept = [other for other in others if not state.beats(other)]
    if len(kept) != len(others):
        for other in others:
            other.beaten = other.beaten or all(other is not one for one in kept)
        others[:] = kept
    others.append(state)
    return True


def settle(state: State, spec: Side, code: Side) -> State:
    """Answer the demands whose two ends are decided, and forget what cannot matter any more."""
    kept: list[Demand] = []
    passed, done_spec, done_code = state.passed, state.spec, state.code
    top_spec = top_code = -1
    left_spec = left_code = again = again_code = 0
    for asked, given, spec_reader, code_reader in state.demands:
        wanted, value = _end(state.skipped, asked), _end(passed, given)
        if spec.table[wanted] and code.table[value] and accepts(spec.nodes[wanted], code.nodes[value]):
            continue  # position tables and parameters are kinds: which one it is has no meaning
        left, right = done_spec.get(wanted), done_code.get(value)
        if left is not None and right is not None:
            if left != value and right != wanted:
                state.cost += REWIRE
                state.steps += (("rewire", wanted, value, spec_reader, code_reader),)
            continue
        if left is not None and value in state.promised:
            state.cost += REWIRE
            state.steps += (("rewire", wanted, value, spec_reader, code_reader),)
            continue
        kept.append((wanted, value, spec_reader, code_reader))
        if left is None:
            top_spec = max(top_spec, wanted)
            left_spec |= spec.above[wanted]
        else:
            again |= spec.above[wanted]  # it may stand for two nodes of the code: its operands come up again
        if right is None:
            top_code = max(top_code, value)
            left_code |= code.above[value]
        else:
            again_code |= code.above[value]
    for value in state.promised:
        top_code = max(top_code, value)
        left_code |= code.above[value]
    state.demands = tuple(kept)
    state.top_spec, state.top_code = top_spec, top_code
    state.left_spec, state.left_code = left_spec & ~state.done_spec, left_code & ~state.done_code
    _forget(state, spec, code, again, again_code)
    return state


def _forget(state: State, spec: Side, code: Side, again: int, again_code: int) -> None:
    values = {demand[1] for demand in state.demands}
    fixed, users, left = code.fixed, code.users, state.left_code
    for c in state.code:  # the node may stand for two of the spec as long as readers of it are left
        if users[c] & left and code.alike[c] & state.left_spec:
            again_code |= code.above[c]
    if state.skipped:
        state.skipped = {s: _end(state.skipped, to) for s, to in state.skipped.items() if again >> s & 1}
    if state.passed:
        state.passed = {
            c: _end(state.passed, to)
            for c, to in state.passed.items()
            if users[c] & left or again_code >> c & 1
        }
        values.update(state.passed.values())
    state.spec = {s: c for s, c in state.spec.items() if again >> s & 1 or s in spec.fixed}
    state.code = {
        c: s
        for c, s in state.code.items()
        if c in values or users[c] & left or again_code >> c & 1 or c in fixed
    }
    open_code = left
    for value in state.promised:  # it will be paired
        open_code &= ~(1 << value)
    if state.joins:
        state.joins = tuple(
            (s, c)
            for s, c in state.joins
            if spec.members.get(s, 0) & state.left_spec or code.members.get(c, 0) & open_code
        )
    if state.pending:
        state.pending = tuple(item for item in state.pending if _may_move(state, item, spec, code, open_code))


def _end(passed: dict[int, int], value: int) -> int:
    """The value that is read in the end."""
    while value in passed:
        value = passed[value]
    return value


def _may_move(state: State, item: tuple[int, int], spec: Side, code: Side, open_code: int) -> bool:
    """Whether some node of the other side, still undecided, could be where this one went."""
    which, node = item
    if which == 0:
        own, other, top_own, left = spec, code, state.top_spec, open_code
        partner = dict(state.joins)
    else:
        own, other, top_own, left = code, spec, state.top_code, state.left_spec
        partner = {c: s for s, c in state.joins}
    before = own.args[node][0]
    if own.join[before] and not (state.done_spec, state.done_code)[which] >> before & 1:
        return True  # it may go with the sublayer before it
    left &= own.alike[node]
    for unit in own.units[node]:
        if unit in partner or unit in (START, END):
            if other.members.get(partner.get(unit, unit), 0) & left:
                return True
        elif unit <= top_own and left:
            return True
    return False


def local(state: State, spec_node: int, code_node: int, spec: Side, code: Side) -> bool:
    """Whether two nodes belong to the same residual unit, so that one may be the other, moved."""
    units = code.units[code_node]
    partner = dict(state.joins)
    return any(partner.get(unit, unit if unit < 0 else None) in units for unit in spec.units[spec_node])
