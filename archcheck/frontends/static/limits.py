"""How much a run may build: what is read may be written to exhaust whoever reads it.

Time and small objects are looked at now and then (`Budget.check`); whatever one step may make large, a text, a
container, an integer, a comparison of nested values, is measured where it is made.
"""

from __future__ import annotations

import ast
import re
import sys
import time
from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import GaveUpError
from archcheck.frontends.static.values import Instance, Repeated, Value

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

LARGEST = 1_000_000  # members or signs of one value
MOST_BUILT = 20_000_000  # members and signs that one run builds
MOST_BITS = 100_000  # of an integer
HEAVIEST = 100_000  # values inside values, where all of them are looked at
LONG = 64  # members of a display that are counted
WIDEST = 4  # digits of a width in a format
MOST_OBJECTS = 3_000_000  # of a library: its syntax trees and values; 40 to 190 bytes each
ROOM = 1_250_000  # of them that a file finds free, else it begins with a new library
EVERY = 0.02  # seconds between two looks at the clock
RARELY = 50  # times what counting the objects took, before they are counted again: it grows with them

MOST_OPENING = 20.0  # seconds for the sources that a library opens; more counts as the code's own

SIZED = frozenset({str, bytes, bytearray, list, tuple, dict, set, frozenset})
NESTED = frozenset({list, tuple, dict, set, frozenset})

_NESTED_FIELD = re.compile(r"\{[^{}]*:[^{}]*\{")
_WIDE = re.compile(rf"\d{{{WIDEST + 1},}}")


class Clock:
    """What this thread computed: a busy machine does not change an answer.

    The sources of installed packages that a file leads to are opened once, whatever it computes: a file's own time
    does not pay for them.
    """

    def __init__(self) -> None:
        self._free = 0.0

    def __call__(self) -> float:
        """The seconds that count."""
        return time.thread_time() - self._free

    def without(self, start: float, most: float) -> float:
        """Take out what passed since `start`, at most so much; returns how much it was."""
        taken = max(0.0, min(self() - start, most))
        self._free += taken
        return taken


clock = Clock()


class Budget:
    """The time and the objects that are left."""

    def __init__(self, deadline: float, ceiling: int) -> None:
        self.deadline, self.ceiling = deadline, ceiling
        self._next = self._count = 0.0

    def check(self) -> None:
        """Raises GaveUpError where the time is over or there are too many objects."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + EVERY
        if clock() > self.deadline:
            raise GaveUpError("it did not end in the given time")
        if now < self._count:
            return
        objects = sys.getallocatedblocks()
        self._count = now + RARELY * (time.monotonic() - now)
        if objects > self.ceiling:
            raise GaveUpError(f"it builds more than {MOST_OBJECTS:,} objects")


def ceiling() -> int:
    """The number of objects up to which a library may grow from now on."""
    return sys.getallocatedblocks() + MOST_OBJECTS


def nearly_full(ceiling: int) -> bool:
    """Whether a library has grown so large that the next file should begin anew."""
    return sys.getallocatedblocks() > ceiling - ROOM


def built(vm: Interpreter, value: Value) -> Value:
    """A value that one step made. Raises GaveUpError where it, or all of them together, are too large."""
    kind = type(value)
    if kind in SIZED:
        spend(vm, len(value))
    return value


def spend(vm: Interpreter, members: int) -> None:
    """Before so many members or signs are built. Raises GaveUpError where they are too many."""
    vm.built += members
    if members > LARGEST or vm.built > MOST_BUILT:
        raise GaveUpError(f"it builds a value of more than {LARGEST:,} members, or many large ones")


def light(value: Value) -> Value:
    """A value all of whose parts are to be compared, hashed or written out.

    Raises GaveUpError where that takes too long: containers that hold each other twice double with every level.
    """
    if type(value) not in NESTED:
        return value
    todo: list[Value] = [value]
    weight = 0
    while todo:
        one = todo.pop()
        weight += 1
        if weight > HEAVIEST:
            raise GaveUpError(f"values are nested in more than {HEAVIEST:,} places")
        if isinstance(one, dict):
            todo.extend(one.values())
            todo.extend(one)
        elif isinstance(one, (list, tuple, set, frozenset)):
            todo.extend(one)
        elif isinstance(one, Repeated):
            todo.extend(one.members)
        elif isinstance(one, Instance) and one.payload is not None:
            todo.append(one.payload)
    return value


def too_wide(form: str, values: tuple[Value, ...] = ()) -> bool:
    """Whether a format asks for a width of thousands of signs, itself or by a value.

    >>> too_wide("%1000000d"), too_wide("{:>8}")
    (True, False)
    """
    if _WIDE.search(form):
        return True
    by_value = "*" in form or _NESTED_FIELD.search(form) is not None
    return by_value and any(isinstance(v, int) and abs(v) >= 10**WIDEST for v in values)


def result_bits(kind: type, left: float, right: float) -> int:
    """How many bits the result of an operator may have."""
    if kind is ast.Pow:
        return max(_bits(left), 1) * int(min(MOST_BITS, abs(right))) if abs(left) > 1 else 0
    if kind is ast.LShift:
        return _bits(left) + int(min(MOST_BITS, abs(right)))
    return _bits(left) + _bits(right)


def _bits(value: float) -> int:
    return value.bit_length() if isinstance(value, int) else 0
