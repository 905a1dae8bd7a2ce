"""Taking several values out of one: `a, b = value`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import NeedsInputError, raised
from archcheck.frontends.static.tensors import part_of
from archcheck.frontends.static.values import (
    SEVERAL,
    Repeated,
    Setting,
    Tensor,
    Unknown,
    Value,
    number,
    plain,
)
from archcheck.frontends.static.views import short

MOST_PIECES = 64

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def unpack(vm: Interpreter, value: Value, count: int, star: int | None = None) -> list[Value]:
    """As many values as the pattern asks for. Raises ValueError in the code that is read where they are too few."""
    if isinstance(value, Setting) and value.value is None and value.kind == "input":
        raise NeedsInputError(value.key)
    value = plain(value)
    if isinstance(value, Unknown):
        wanted = count if star is None else max(count - 1, 0)
        return [replace(value, key=f"{value.key}[{i}]" if value.key else "") for i in range(wanted)]
    if isinstance(value, Tensor):
        wanted = count if star is None else max(_pieces(value) or count, 1)
        return [part_of(vm, value, index) for index in range(wanted)]
    if isinstance(value, Repeated) and star is None and len(value.members) != count and value.members:
        return [value.members[min(i, len(value.members) - 1)] for i in range(count)]
    members = _filled(list(vm.iterate(value)), count)
    if (star is None and len(members) != count) or (star is not None and len(members) < count - 1):
        raise raised(ValueError, f"{len(members)} values to unpack, {count} expected")
    return members


def _pieces(value: Tensor) -> int:
    """Into how many parts the call that made a value divides a tensor, 0 where that is not said."""
    call = value.call
    if call is None or short(str(call.meta.get("qualified", ""))) not in ("chunk", "split"):
        return 0
    said: object = call.args[1] if len(call.args) > 1 else next(iter(call.kwargs.values()), None)
    if isinstance(said, (tuple, list)):
        return len(said)
    counted = short(str(call.meta["qualified"])) == "chunk"
    return said if counted and isinstance(said, int) and 0 < said <= MOST_PIECES else 0


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
