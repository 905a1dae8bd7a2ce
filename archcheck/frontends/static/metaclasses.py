"""Metaclasses whose source is found: what they do when a class is made, and when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.values import (
    MISSING,
    ClassValue,
    FunctionValue,
    Native,
    Super,
    Value,
    Wrapped,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

MAKING = "?making"  # under which a metaclass holds the class that it is making


def own_method(metaclass: ClassValue | None, name: str, after: ClassValue | None = None) -> Value:
    """The method of a metaclass, or of one behind another in its resolution order, that its source defines."""
    order = [one for one in metaclass.mro if isinstance(one, ClassValue)] if metaclass is not None else []
    if after is not None:
        order = order[order.index(after) + 1 :]
    found = next((one.namespace[name] for one in order if name in one.namespace), MISSING)
    return found.function if isinstance(found, Wrapped) else found


def made_by(vm: Interpreter, cls: ClassValue, keywords: dict[str, Value]) -> bool:
    """Run `__new__` and `__init__` of a class's metaclass, if it has such; whether all that they do was seen."""
    metaclass = cls.metaclass
    if metaclass is None or own_method(metaclass, "__prepare__") is not MISSING:
        return metaclass is None
    given = [cls.name, cls.bases, cls.namespace]
    try:
        new = own_method(metaclass, "__new__")
        if isinstance(new, FunctionValue):
            outer = metaclass.found.get(MAKING)
            metaclass.found[MAKING] = cls
            try:
                made = vm.call(new, [metaclass, *given], keywords)
            finally:
                metaclass.found[MAKING] = outer
            if made is not cls:
                return False
        init = own_method(metaclass, "__init__")
        if isinstance(init, FunctionValue):
            vm.call(init, [cls, *given], keywords)
    except Raised as error:
        vm.note(f"the metaclass of {cls.name} raises {error.name}")
        return False
    return all(isinstance(one, FunctionValue) or one is MISSING for one in (new, init))


def of_metaclass(value: Super, name: str) -> Value:
    """`super().name` in a method of a metaclass; MISSING where this is no metaclass."""
    receiver = value.receiver
    if not isinstance(receiver, ClassValue):
        return MISSING
    if name == "__new__" and type in receiver.mro and value.after in receiver.mro:
        further = own_method(receiver, name, value.after)
        return further if further is not MISSING else Native(name, _new)
    metaclass = receiver.metaclass
    if metaclass is None or value.after not in metaclass.mro:
        return MISSING
    further = own_method(metaclass, name, value.after)
    if isinstance(further, FunctionValue):
        return Native(name, lambda vm, args, kwargs: vm.call(further, [receiver, *args], kwargs))
    if name == "__call__":
        return Native(name, lambda vm, args, kwargs: _called(vm, receiver, args, kwargs))
    return Native(name, lambda _vm, _args, _kwargs: None) if name == "__init__" else MISSING


def _called(vm: Interpreter, cls: ClassValue, args: list[Value], kwargs: dict[str, Value]) -> Value:
    from archcheck.frontends.static.instances import made

    return made(vm, cls, args, kwargs)


def _new(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """`type.__new__(metaclass, name, bases, namespace)`: the class that is being made, with what it is given."""
    metaclass = args[0] if args else None
    cls = metaclass.found.get(MAKING) if isinstance(metaclass, ClassValue) else None
    if not isinstance(cls, ClassValue) or len(args) < 4 or args[1] != cls.name or args[2] != cls.bases:
        return MISSING
    if args[3] is not cls.namespace and isinstance(args[3], dict):
        held = dict(args[3])
        cls.namespace.clear()
        cls.namespace.update(held)
    return cls
