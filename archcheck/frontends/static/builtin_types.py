"""Calls of the builtin types: `int(x)`, `list(x)`, `dict(…)`, `range(n)`, `type(x)`."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import NeedsInputError, Raised, raised
from archcheck.frontends.static.indexes import rounds
from archcheck.frontends.static.limits import light
from archcheck.frontends.static.open_tables import is_open, open_up
from archcheck.frontends.static.texts import printable, written
from archcheck.frontends.static.values import (
    ABSTRACT,
    ClassValue,
    Dotted,
    Instance,
    Repeated,
    Setting,
    Tensor,
    Unknown,
    Value,
    is_constant,
    made_of,
    number,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def call_type(vm: Interpreter, kind: type, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`int(x)`, `list(x)`, `ValueError("…")` and the like."""
    if issubclass(kind, BaseException):
        text = plain(args[0]) if args else ""
        error = raised(kind, text if isinstance(text, str) else "")
        error.value = error
        return error
    first = args[0] if args else None
    if isinstance(first, Setting) and first.value is None and first.kind == "input":
        raise NeedsInputError(first.key)
    if kind in (list, tuple, set, frozenset):
        return _collection(vm, kind, args)
    if kind is dict:
        return _dictionary(vm, args, kwargs)
    if kind is bool:
        return (
            vm.truth(first)
            if args and not isinstance(first, (Unknown, Tensor))
            else (first if args else False)
        )
    if kind is object:
        return Unknown("a plain object")
    if kind is type and len(args) == 1:
        return type_of(first)
    if kind is type and len(args) == 3:
        from archcheck.frontends.static.classes import made_by_type

        return made_by_type(vm, *map(plain, args))
    if kind in (int, float, str) and args and is_constant(plain(first)) and isinstance(first, Setting):
        return Setting(_convert(kind, [first.value]), first.key, first.kind)
    values = [plain(a) for a in args]
    if kind is range:
        return _range(vm, args, values)
    if kind is str and len(values) == 1 and not isinstance(values[0], (Unknown, Tensor, bytes)):
        return written(vm, values[0])
    if any(type(v) in ABSTRACT for v in values):
        if isinstance(values[0], Instance) and values[0].payload is not None:
            return _convert(kind, [values[0].payload, *values[1:]])
        # A slice of numbers that are not known shows a part of the whole, as the same bounds in brackets do.
        return slice(*values) if kind is slice else _of_unknown(kind, values)
    return _convert(kind, values, kwargs)


def _of_unknown(kind: type, values: list[Value]) -> Unknown:
    """A number or a text of what is not known; a number that a tensor holds stays a part of that one."""
    first = values[0]
    reason = f"{kind.__name__}() of a value that is not known"
    if isinstance(first, Unknown) and first.key:
        return number(reason, first.key)
    made = made_of(reason, values)
    if made.hides and kind in (int, float):
        made.held = first if isinstance(first, Tensor) else getattr(first, "held", None)
    return made


def type_of(value: Value) -> Value:
    """`type(value)`."""
    if isinstance(value, Instance):
        return value.cls
    if isinstance(value, Raised):
        kind = getattr(builtins, value.name, None)
        return (
            value.value.cls
            if isinstance(value.value, Instance)
            else kind or Unknown("the class of an exception")
        )
    if isinstance(value, ClassValue):
        return value.metaclass or type
    return Dotted("torch.Tensor") if isinstance(value, Tensor) else type(plain(value))


def _convert(kind: type, values: list[Value], kwargs: dict[str, Value] | None = None) -> Value:
    if kind not in (int, float, str, complex, bytes, slice, bool):
        return Unknown(f"a {kind.__name__}")
    if not all(printable(v) for v in values):
        return number(f"{kind.__name__}() of an object")
    try:
        return kind(*values, **(kwargs or {}))
    except (TypeError, ValueError, OverflowError) as error:
        raise raised(type(error), str(error)) from None


def _collection(vm: Interpreter, kind: type, args: list[Value]) -> Value:
    """`list(x)`, `tuple(x)`, `set(x)`. Numbers of which nobody knows how many there are (a shape) stay that."""
    first = plain(args[0]) if args else ()
    if isinstance(first, Repeated):
        return args[0]
    if isinstance(first, Unknown) and first.number and not first.key:
        return number(f"a {kind.__name__} of numbers that are not known")
    found = vm.run_over(args[0]) if args else []
    if isinstance(found, Repeated):
        return found
    members = list(found)
    if kind is list:
        return members
    if kind is tuple:
        return tuple(members)
    try:
        return kind(light(plain(m)) for m in members)
    except TypeError:
        return Unknown("a set of values that are not known")


def _dictionary(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    found: dict[Value, Value] = {}
    if args:
        first = plain(args[0])
        if isinstance(first, Instance):
            first = first.payload if isinstance(first.payload, dict) else first.attributes
        if isinstance(first, dict):
            found.update(first)
        elif isinstance(first, Unknown) and not kwargs:
            return first
        elif isinstance(first, Unknown):
            pass
        else:
            for pair in vm.iterate(first):
                members = list(vm.iterate(pair))
                if len(members) == 2 and not isinstance(plain(members[0]), Unknown):
                    found[plain(members[0])] = members[1]
    found.update(kwargs)
    if args and is_open(vm, args[0]):
        open_up(vm, found)
    return found


def _range(vm: Interpreter, args: list[Value], values: list[Value]) -> Value:
    """A range; one whose length a configuration decides stands for many rounds."""
    if any(not isinstance(v, int) for v in values):
        return Repeated([0, 1])
    made = range(*values)
    members = rounds(made, (isinstance(a, Setting) for a in args), vm.all_rounds)
    vm.shortened = vm.shortened or members is not None
    return made if members is None else Repeated(members, len(made))
