"""A state of the search: which values still have to correspond, and the few facts that later steps need.

The search walks both graphs backwards from their outputs. A *demand* says that the value `s` of the spec
and the value `c` of the code stand in the same operand of two nodes that are paired. What has been decided
about nodes that no demand can reach any more is forgotten, so that states reached in several ways are one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from archcheck.diff.side import END, START, Side

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
    pending: tuple[tuple[int, int], ...] = ()  # (0 spec | 1 code, node) bypassed, not yet half of a move
    joins: tuple[tuple[int, int], ...] = ()  # recent pairs of joins
    cuts: tuple[tuple[int, int], ...] = ()  # (0 spec | 1 code, mask) cut off since the last paired core
    parent: State | None = None
    steps: tuple[Step, ...] = ()
    score: int = 0

    def draft(self) -> State:
        """A copy to change, whose parent is this state."""
        return State(
            self.cost, self.demands, dict(self.spec), dict(self.code), dict(self.passed), self.pending,
            self.joins, self.cuts, self,
        )  # fmt: skip

    def trail(self) -> list[Step]:
        """All steps that led here, in order."""
        found: list[tuple[Step, ...]] = []
        state: State | None = self
        while state is not None:
            found.append(state.steps)
            state = state.parent
        return [step for steps in reversed(found) for step in steps]


def settle(state: State, spec: Side, code: Side) -> State:
    """Answer the demands whose two ends are decided, and forget what cannot matter any more."""
    kept: list[Demand] = []
    steps: list[Step] = []
    for wanted, given, spec_reader, code_reader in state.demands:
        value = given
        while value in state.passed:
            value = state.passed[value]
        left, right = state.spec.get(wanted), state.code.get(value)
        if left is None or right is None:
            kept.append((wanted, value, spec_reader, code_reader))
        elif left != value and right != wanted:
            state.cost += REWIRE
            steps.append(("rewire", wanted, value, spec_reader, code_reader))
    state.demands = tuple(kept)
    state.steps += tuple(steps)
    _forget(state, spec, code)
    return state


def frontier(state: State) -> tuple[int, int]:
    """The last undecided value of each side, -1 where there is none."""
    top_spec = top_code = -1
    for wanted, value, _, _ in state.demands:
        if wanted > top_spec and wanted not in state.spec:
            top_spec = wanted
        if value > top_code and value not in state.code:
            top_code = value
    return top_spec, top_code


def _forget(state: State, spec: Side, code: Side) -> None:
    ends = {wanted for wanted, _, _, _ in state.demands}
    values = {value for _, value, _, _ in state.demands}
    reachable = 0
    for value in values:
        if value not in state.code:
            reachable |= code.above[value]
    for node in [n for n in state.spec if n not in ends and n not in spec.fixed]:
        del state.spec[node]
    for node in [n for n in state.code if n not in values and n not in code.fixed]:
        if not code.users[node] & reachable:
            del state.code[node]
    for node in [n for n in state.passed if not code.users[n] & reachable]:
        del state.passed[node]
    top_spec, top_code = frontier(state)
    state.joins = tuple(
        (s, c)
        for s, c in state.joins
        if spec.lowest.get(s, s) <= top_spec or code.lowest.get(c, c) <= top_code
    )
    if state.pending:
        state.pending = tuple(item for item in state.pending if _may_move(state, item, spec, code, top_spec, top_code))


def _may_move(state: State, item: tuple[int, int], spec: Side, code: Side, top_spec: int, top_code: int) -> bool:
    """Whether some node of the other side, still undecided, could be where this one went."""
    which, node = item
    own, other = (spec, code) if which == 0 else (code, spec)
    top_own, top_other = (top_spec, top_code) if which == 0 else (top_code, top_spec)
    partner = {pair[which]: pair[1 - which] for pair in state.joins}
    for unit in own.units[node]:
        if unit in (START, END):
            if unit in other.lowest and other.lowest[unit] <= top_other:
                return True
        elif unit in partner:
            lowest = other.lowest.get(partner[unit])
            if lowest is not None and lowest <= top_other:
                return True
        elif unit <= top_own:
            return True
    return False


def local(state: State, spec_node: int, code_node: int, spec: Side, code: Side) -> bool:
    """Whether two nodes belong to the same residual unit, so that one may be the other, moved."""
    units = code.units[code_node]
    partner = dict(state.joins)
    return any(partner.get(unit, unit if unit < 0 else None) in units for unit in spec.units[spec_node])


def key(state: State) -> tuple[object, ...]:
    """What decides how a state can go on: states with equal keys are interchangeable."""
    spec, code = state.spec, state.code
    return (
        tuple(sorted((s, c, spec.get(s, -9), code.get(c, -9)) for s, c, _, _ in state.demands)),
        tuple(sorted(code.items())),
        tuple(sorted(state.passed.items())),
        state.pending,
        state.joins,
        state.cuts,
    )


def remaining(state: State, spec: Side, code: Side) -> int:
    """How many nodes may still have to be decided."""
    left = right = 0
    for s, c, _, _ in state.demands:
        if s not in state.spec:
            left |= spec.above[s]
        if c not in state.code:
            right |= code.above[c]
    return left.bit_count() + right.bit_count()
