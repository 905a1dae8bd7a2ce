"""Taking several values out of one: `a, b = value`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import NeedsInputError, raised
from archcheck.frontends.static.iteration import divided
from archcheck.frontends.static.tensors import part_of
from archcheck.frontends.static.values import (
    SEVERAL,
    SIZE,
    Repeated,
    Setting,
    Sizes,
    Tensor,
    Unknown,
    Value,
    number,
    plain,
)

MOST_PIECES = 64

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def unpack(vm: Interpreter, value: Value, count: int, star: int | None = None) -> list[Value]:
    """As many values as the pattern asks for. Raises ValueError in the code that is read where they are too few."""
    if isinstance(value, Setting) and value.value is None and value.kind == "input":
        raise NeedsInputError(value.key)
    value = plain(value)
    if isinstance(value, Unknown):
        return [_piece(value, i, star) for i in range(count)]
    if isinstance(value, Tensor):
        pieces = 0 if star is None else divided(value)
        wanted = pieces if 0 < pieces <= MOST_PIECES else max(count, int(star is not None))
        return [part_of(vm, value, index) for index in range(wanted)]
    if isinstance(value, Repeated) and star is None and len(value.members) != count and value.members:
        return [value.members[min(i, len(value.members) - 1)] for i in range(count)]
    members = _filled(list(vm.iterate(value)), count)
    if (star is None and len(members) != count) or (star is not None and len(members) < count - 1):
        raise raised(ValueError, f"{len(members)} values to unpack, {count} expected")
    return members


def _piece(value: Unknown, place: int, star: int | None) -> Value:
    """One of the values that something unknown has; what a star takes may be any number of them."""
    if place == star:
        return replace(value, reason=SEVERAL, key="")
    if isinstance(value, Sizes):
        return value.channels if place == 1 and (star is None or star > 1) else SIZE
    return replace(value, key=f"{value.key}[{place}]" if value.key else "")


def _filled(members: list[Value], count: int) -> list[Value]:
    """The members, with as many in place of one that stands for any number (`*x.shape`) as the pattern needs.

    A star in the pattern takes one.
    """
    places = [i for i, m in enumerate(members) if isinstance(m, Unknown) and m.reason == SEVERAL]
    if len(places) != 1 or len(members) - 1 > count:
        return members
    (place,) = places
    missing: list[Value] = [number("a size") for _ in range(count - len(members) + 1)]
    return [*members[:place], *missing, *members[place + 1 :]]
