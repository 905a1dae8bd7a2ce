"""Numbers of the rounds that stand for a long loop, and whether the rounds that were left out could differ.

A loop over a range whose length a configuration decides is run for its first two rounds and its last. That is all
there is to see, unless a number of the loop decides something in a round that was left out (`i == 7`, `i % 3`, a list
with another entry there). Then the target is read again with all rounds.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from archcheck.frontends.static.values import ClassValue, Instance, Value, is_constant, plain

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

UNROLLED = 4  # a loop over so many numbers of a configuration, or fewer, runs through all of them
MOST_ROUNDS = 512  # of a loop whose rounds may differ

LINEAR = (ast.Add, ast.Sub, ast.Mult)
EQUALITY = (ast.Eq, ast.NotEq)


class Index(int):
    """The number of a round; `seen` are the numbers of all rounds that are run."""

    seen: tuple[int, ...]

    @classmethod
    def of(cls, value: int, seen: tuple[int, ...]) -> Index:
        """The number of one of these rounds."""
        made = cls(value)
        made.seen = seen
        return made


def few(length: int) -> list[int]:
    """The numbers that stand for a long range: the first two and the last."""
    return list(range(length)) if length <= UNROLLED else [0, 1, length - 1]


def sample(numbers: range) -> list[Value]:
    """The numbers of a long range that stand for all."""
    seen = tuple(numbers[i] for i in few(len(numbers)))
    return [Index.of(number, seen) for number in seen]


def computed(vm: Interpreter, kind: type, left: Value, right: Value, made: Value) -> Value:
    """What an operator made of a round's number: one again where it is a linear function of it."""
    index, other = (left, right) if isinstance(left, Index) else (right, left)
    if not isinstance(index, Index) or not isinstance(made, int):
        return made  # a rate such as `0.1 * i`
    if kind in LINEAR and isinstance(other, int) and not isinstance(other, Index):
        first = index is left
        seen = tuple(_applied(kind, k, other) if first else _applied(kind, other, k) for k in index.seen)
        return Index.of(made, seen)
    if not (kind is ast.Mod and index is left and other == 2):  # the first two rounds are one of each
        vm.apart = True
    return made


def _applied(kind: type, left: int, right: int) -> int:
    if kind is ast.Mult:
        return left * right
    return left + right if kind is ast.Add else left - right


def compared(vm: Interpreter, kind: type, left: Value, right: Value) -> None:
    """Note a comparison that a round that is left out may decide differently from all that are run.

    An order cannot: what holds for the second and the last round holds between them, and else both cases are seen.
    """
    index, other = (left, right) if isinstance(left, Index) else (right, left)
    if not isinstance(index, Index) or kind not in EQUALITY:
        return
    if isinstance(other, Index) or (isinstance(other, int) and _left_out(index, other)):
        vm.apart = True


def held(vm: Interpreter, index: Value, collection: Collection[Value]) -> None:
    """Note a test of membership of a round's number that a round that is left out may decide differently."""
    if not isinstance(index, Index) or isinstance(collection, str):
        return
    if any(isinstance(m, int) and _left_out(index, m) for m in collection):
        vm.apart = True


def picked(vm: Interpreter, index: Value, collection: Value) -> None:
    """Note an entry at a round's number, where entries at those that are left out are unlike all that are seen."""
    if not isinstance(index, Index) or not isinstance(collection, (list, tuple, dict)):
        return
    places = range(len(collection)) if not isinstance(collection, dict) else list(collection)
    entries = {place: plain(collection[place]) for place in places}
    rates = [e for e in entries.values() if isinstance(e, (int, float)) and not isinstance(e, bool)]
    if len(rates) == len(entries) and rates in (sorted(rates), sorted(rates, reverse=True)):
        return  # a schedule: of two neighbours in the order none lies apart
    seen = [_kind(entries[k]) for k in index.seen if k in entries]
    if any(_left_out(index, k) and _kind(e) not in seen for k, e in entries.items() if isinstance(k, int)):
        vm.apart = True


def _left_out(index: Index, number: int) -> bool:
    return number not in index.seen and min(index.seen) < number < max(index.seen)


def _kind(value: Value) -> object:
    """Equal for entries that decide the same."""
    if is_constant(value):
        return type(value), value
    if isinstance(value, (list, tuple)):
        return tuple(map(_kind, value))
    return (
        id(value.cls) if isinstance(value, Instance) else id(value) if isinstance(value, ClassValue) else "?"
    )


def rounds(numbers: range, configured: Iterable[bool], all_of_them: bool) -> list[Value] | None:
    """The members that stand for a range, None where it is run as it is."""
    if len(numbers) <= UNROLLED or not any(configured) or (all_of_them and len(numbers) <= MOST_ROUNDS):
        return None
    return sample(numbers)
