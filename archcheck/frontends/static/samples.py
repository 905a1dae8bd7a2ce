"""Members that stand for a long list (`indexes.py`): who may read them, and what a loop over them leaves behind.

Whatever takes the members as they are (a star, a list that grows with each round, a text) loses how many there are
and which ones they stand for. Then the target is read again with all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from archcheck.frontends.static.indexes import Index, few, picked
from archcheck.frontends.static.values import Repeated, Unknown, Value, plain

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def is_sample(value: Value) -> bool:
    """Whether the members of an iterable are the first two and the last of a longer one."""
    return isinstance(value, Repeated) and len(value.members) == len(few(value.length)) < value.length


def places(value: Repeated) -> list[int]:
    """The numbers of the members in the list that they stand for."""
    return few(value.length) if is_sample(value) else list(range(len(value.members)))


def taken_apart(vm: Interpreter, value: Value) -> None:
    """Note that the members of an iterable are used as if they were all."""
    if is_sample(value):
        vm.apart = True


def numbered(value: Repeated) -> list[tuple[Value, Value]]:
    """The members with their numbers."""
    numbers = few(value.length)
    seen = tuple(numbers)
    return [(Index.of(n, seen), m) for n, m in zip(numbers, value.members, strict=True)]


def member_at(vm: Interpreter, value: Repeated, wanted: int) -> Value:
    """The member with this number; another one stands for it until all are there. Raises IndexError outside."""
    place = wanted + value.length if wanted < 0 else wanted
    if not 0 <= place < value.length:
        raise IndexError
    numbers = few(value.length)
    if place not in numbers:
        vm.apart = True
        return value.members[-1]
    return value.members[numbers.index(place)]


def part_of_sample(vm: Interpreter, value: Repeated, wanted: slice) -> Repeated:
    """A slice: the whole, backwards, too, or else a part of which nobody knows which members it has."""
    chosen = range(value.length)[wanted]
    if len(chosen) != value.length:
        vm.apart = True
        return Repeated(value.members[wanted], 0)
    return Repeated(value.members[:: 1 if chosen.step > 0 else -1], value.length)


def put_at(vm: Interpreter, value: Repeated, wanted: int, new: Value) -> None:
    """Replace a member of a sample."""
    numbers = few(value.length)
    place = wanted + value.length if wanted < 0 else wanted
    if place in numbers:
        value.members[numbers.index(place)] = new
    else:
        vm.apart = True


def beside(vm: Interpreter, rows: Sequence[Sequence[Value] | Repeated]) -> list[Sequence[Value]]:
    """Rows whose members are read together; of a full row beside a sample those at the sample's numbers."""
    lengths = {row.length for row in rows if isinstance(row, Repeated) and is_sample(row)}
    if len(lengths) > 1:
        vm.apart = True
    numbers = few(min(lengths, default=0))
    found: list[Sequence[Value]] = []
    for row in rows:
        members = row.members if isinstance(row, Repeated) else row
        if lengths and not isinstance(row, Repeated):
            if len(members) > numbers[-1]:
                picked(vm, Index.of(0, tuple(numbers)), list(members))
                members = [members[n] for n in numbers]
            elif not all(isinstance(m, Unknown) for m in members):
                vm.apart = True
        found.append(members)
    return found


class Growth:
    """What the rounds of a loop over a sample change outside of themselves."""

    def __init__(self, env: object) -> None:
        self.env = env  # in which the loop runs
        self._rounds: list[set[object]] = []
        self._kept: dict[int, object] = {}  # else another object might get the number of one that is gone

    def begin(self) -> None:
        """The next round."""
        self._rounds.append(set())

    def note(self, holder: object) -> None:
        """A round adds to this."""
        if self._rounds:
            self._rounds[-1].add(id(holder))
            self._kept[id(holder)] = holder

    def __bool__(self) -> bool:
        """Whether two rounds added to the same: then it would be longer, had all been run."""
        seen: set[object] = set()
        for one in self._rounds:
            if seen & one:
                return True
            seen |= one
        return False


@contextmanager
def watched(vm: Interpreter, value: Value, env: object) -> Iterator[Growth | None]:
    """A loop over an iterable: where it is a sample and its rounds add to something, all rounds count."""
    if not is_sample(plain(value)):
        yield None
        return
    growth = Growth(env)
    vm.growing.append(growth)
    try:
        yield growth
    finally:
        vm.growing.pop()
        vm.apart = vm.apart or bool(growth)


def grew(vm: Interpreter, holder: object) -> None:
    """Note that something got another member, or another attribute."""
    for growth in vm.growing:
        growth.note(holder)


def counted(vm: Interpreter, statement: object, env: object, value: Value) -> None:
    """Note that a statement such as `start += length` has run; what it made."""
    if isinstance(plain(value), (bool, int, float, str, tuple)):
        for growth in vm.growing:
            if growth.env is env:  # else it may be a variable that each round has for itself
                growth.note(statement)
