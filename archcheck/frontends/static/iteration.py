"""What a loop runs over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.frontends.static.calls_recorded import Call
from archcheck.frontends.static.errors import GaveUpError, NeedsInputError, Raised, raised
from archcheck.frontends.static.indexes import MOST_ROUNDS, UNROLLED
from archcheck.frontends.static.samples import taken_apart
from archcheck.frontends.static.tensors import part_of
from archcheck.frontends.static.values import (
    MISSING,
    SIZE,
    Instance,
    Lazy,
    Repeated,
    Setting,
    Sizes,
    Tensor,
    Unknown,
    Value,
    cases,
    is_constant,
    plain,
)
from archcheck.frontends.targets.tables import lookup

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

MOST_MEMBERS = 100_000
MOST_SLICES = 16  # a tensor that is taken apart into more stands for a row


def members(vm: Interpreter, value: Value) -> Sequence[Value]:
    """The members of an iterable. One whose length is unknown has two, which stand for all.

    Raises TypeError in the code that is read where the value cannot be iterated.
    """
    found = run_over(vm, value)
    taken_apart(vm, found)
    return found.members if isinstance(found, Repeated) else found


def run_over(vm: Interpreter, value: Value) -> Sequence[Value] | Repeated:
    """The members of an iterable, for one who keeps in mind that a few may stand for many.

    Raises TypeError in the code that is read where the value cannot be iterated.
    """
    if isinstance(value, Setting) and value.value is None and value.kind == "input":
        raise NeedsInputError(value.key)
    if type(value) is Lazy:
        value = value.take()
    value = plain(value)
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, (set, frozenset)):  # Python's order is by chance, the answer is not
        return sorted(value, key=repr) if all(map(is_constant, value)) else list(value)
    if isinstance(value, (dict, str, bytes)):
        return list(value)
    if isinstance(value, range):
        if len(value) > MOST_MEMBERS:
            raise GaveUpError(f"a sequence of {len(value):,} members")
        return value
    if isinstance(value, Repeated):
        return value
    if isinstance(value, Sizes):
        return [SIZE, SIZE]
    if isinstance(value, Unknown):
        key = f"{value.key}[0]" if value.key else ""
        return [replace(value, key=key), replace(value, key=key.replace("[0]", "[1]"))]
    if isinstance(value, Tensor):
        return [part_of(vm, value, i) for i in range(parts(value) or vm.wanted or 2)]
    if isinstance(value, Instance):
        return _object(vm, value)
    if (listed := cases(value)) is not None:
        return list(listed)
    raise raised(TypeError, f"{type(value).__name__} is not iterable")


def parts(value: Tensor) -> int:
    """How many results a call has, or how long the first dimension is; 0 where that is not known."""
    found = divided(value)
    if found or not value.shape or not isinstance(value.shape[0], int):
        return found
    numbers = len(value.shape) == 1  # a schedule, of which each layer takes a number
    return value.shape[0] if value.shape[0] <= (MOST_ROUNDS if numbers else UNROLLED) else 0


def divided(value: Tensor) -> int:
    """Into how many results the call that made a value divides a tensor, 0 where that is not said."""
    call = value.call
    if call is None or call.op != "call" or "item" in call.meta:
        return 0
    entry = lookup(str(call.meta["qualified"]))
    if entry is not None and entry.word == "unbind":
        return _slices(call)
    if entry is None or entry.word not in ("chunk", "split"):
        return 0
    counted = dict(entry.attrs).get("parts", "")  # the parameter that says into how many
    named = call.kwargs.get(counted, next(iter(call.kwargs.values()), None))
    given = call.args[1] if len(call.args) > 1 else named
    if isinstance(given, tuple) and entry.word == "split":
        return len(given) + (counted == "indices_or_sections")  # numpy is told the places between the parts
    return given if isinstance(given, int) and counted else 0


def _slices(call: Call) -> int:
    """How long the dimension is that `unbind` takes apart, 0 where that is not known."""
    of = call.args[0] if call.args else None
    shape = of.meta.get("shape", ()) if isinstance(of, Call) else ()
    dim = call.args[1] if len(call.args) > 1 else next(iter(call.kwargs.values()), 0)
    known = isinstance(dim, int) and -len(shape) <= dim < len(shape) and shape[dim] <= MOST_SLICES
    return shape[dim] if known else 0


def stands_for_more(value: Value) -> bool:
    """Whether the members of an iterable stand for more: those of a shape, or of a tensor of unknown size, do."""
    if isinstance(value, Unknown):
        return value.number
    return isinstance(value, Repeated) or (isinstance(value, Tensor) and not parts(value))


def _until_it_stops(vm: Interpreter, value: Instance) -> list[Value]:
    found: list[Value] = []
    while len(found) < MOST_MEMBERS:
        try:
            found.append(vm.call(vm.get(value, "__next__")))
        except Raised as error:
            if "StopIteration" not in error.names:
                raise
            return found
    raise GaveUpError(f"an iterator with more than {MOST_MEMBERS:,} members")


def _object(vm: Interpreter, value: Instance) -> Sequence[Value] | Repeated:
    from archcheck.frontends.static.classes import find_method

    method = find_method(value.cls, "__iter__")
    if method is not MISSING:
        other = vm.call(vm.get(value, "__iter__"))
        if other is not value:
            found = run_over(vm, other)
            return found if isinstance(found, Repeated) else list(found)
    if value.payload is not None:
        return run_over(vm, value.payload)
    cases = value.attributes.get("_fields_order")
    if isinstance(cases, list):
        return cases
    if find_method(value.cls, "__next__") is not MISSING:
        return _until_it_stops(vm, value)
    if (
        find_method(value.cls, "__getitem__") is not MISSING
        and find_method(value.cls, "__len__") is not MISSING
    ):
        size = plain(vm.call(vm.get(value, "__len__")))
        if isinstance(size, int):
            return [vm.call(vm.get(value, "__getitem__"), [i]) for i in range(min(size, MOST_MEMBERS))]
    raise raised(TypeError, f"{value.cls.name} is not iterable")
