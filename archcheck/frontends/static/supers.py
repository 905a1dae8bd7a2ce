"""`super()`: what the classes behind one in the resolution order hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archcheck.frontends.static import module_methods, native_methods
from archcheck.frontends.static.classes import module_method
from archcheck.frontends.static.errors import raised
from archcheck.frontends.static.instances import allocate, fill_fields, fill_payload
from archcheck.frontends.static.metaclasses import of_metaclass
from archcheck.frontends.static.values import (
    MISSING,
    ClassValue,
    FunctionValue,
    Instance,
    Native,
    Partial,
    Property,
    Super,
    Unknown,
    Value,
    Wrapped,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

OBJECT_METHODS = frozenset(
    {
        "__init__",
        "__setattr__",
        "__getattribute__",
        "__init_subclass__",
        "__post_init__",
        "__enter__",
        "__exit__",
    }
)


OF_OBJECTS = frozenset({"__setattr__", "__getattribute__"})  # no container has its own


def _call_module(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    from archcheck.frontends.static.calling import run_module

    return run_module(vm, args, kwargs)


MODULE_CALL = Native("__call__", _call_module)  # what every module's class inherits


def of_native_base(_vm: Interpreter, kind: type, name: str) -> Value:
    """`dict.__init__(self, …)` written as `Base.method(self, …)`."""

    def run(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if args and isinstance(args[0], Instance):
            if name == "__init__" and issubclass(kind, BaseException):
                args[0].attributes["args"] = tuple(args[1:])
                return None
            if name == "__init__":
                return fill_payload(vm, args[0], args[1:], kwargs)
            if args[0].payload is not None:
                return vm.call(native_methods.get(vm, args[0].payload, name), args[1:], kwargs)
        return None

    return Native(name, run)


def of_super(vm: Interpreter, value: Super, name: str) -> Value:
    """`super().name`. Raises AttributeError in the code that is read."""
    if (own := of_metaclass(value, name)) is not MISSING:
        return own
    receiver = value.receiver
    cls = receiver.cls if isinstance(receiver, Instance) else receiver
    if not isinstance(cls, ClassValue):
        return Unknown(f"super().{name} of a value that is no object")
    rest = _behind(cls, value.after)
    if _of_unknown_base(value.after, rest, name):
        return Unknown(f"super().{name}: the source of {value.after.unknown_base} was not found")
    for one in rest:
        if isinstance(one, ClassValue):
            if name == "__init__" and one.fields is not None and name not in one.namespace:
                return Native(name, _constructor_of_fields(receiver, one))
            if name in one.namespace:
                return _inherited(vm, one.namespace[name], name, receiver, cls)
        elif hasattr(one, name) and isinstance(receiver, Instance) and name not in OF_OBJECTS:
            return Partial(of_native_base(vm, one, name), (receiver,), {})
    if name == "__new__":
        return Native("__new__", lambda vm, args, _kwargs: allocate(vm, args[0]))
    if name in OBJECT_METHODS:
        return Native(name, lambda vm, args, _kwargs: _default(vm, receiver, name, args))
    if module_method(cls) and (method := _of_modules(receiver, name)) is not None:
        return method
    if cls.unknown_base:
        return Unknown(f"super().{name}: the source of {cls.unknown_base} was not found")
    raise raised(AttributeError, f"'super' object has no attribute {name!r}")


def _of_modules(receiver: Value, name: str) -> Value:
    """What the base of all modules has under this name; None for nothing."""
    if name == "__call__":
        return Partial(MODULE_CALL, (receiver,), {})
    if name == "__getattr__" and isinstance(receiver, Instance):
        return Native(name, lambda vm, args, _kwargs: without_hooks(vm, receiver, str(plain(args[0]))))
    method = module_methods.METHODS.get(name)
    return None if method is None else Partial(method, (receiver,), {})


def _constructor_of_fields(receiver: Value, cls: ClassValue) -> Callable[..., Value]:
    """The constructor that `dataclass` gives to a class, for an object of a class derived from it."""

    def run(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if isinstance(receiver, Instance):
            fill_fields(vm, receiver, cls, args, kwargs)
        return None

    return run


def _inherited(vm: Interpreter, found: Value, name: str, receiver: Value, cls: ClassValue) -> Value:
    """What a base holds under a name, bound to the receiver."""
    if isinstance(found, Property):
        return vm.call(found.getter, [receiver])
    if isinstance(found, Wrapped):
        return found.function if found.kind == "staticmethod" else Partial(found.function, (cls,), {})
    is_function = isinstance(found, (FunctionValue, Native))
    return Partial(found, (receiver,), {}) if is_function and name != "__new__" else found


def _behind(cls: ClassValue, after: ClassValue) -> tuple[Value, ...]:
    """The classes behind one in a resolution order."""
    places = [i for i, c in enumerate(cls.mro) if c is after]
    return cls.mro[places[0] + 1 :] if places else ()


def _of_unknown_base(after: ClassValue, classes: tuple[Value, ...], name: str) -> bool:
    """Whether only a base that was not found, or every module, has a method of this name."""
    if not after.unknown_base or name in OBJECT_METHODS:
        return False
    first = next((c for c in classes if isinstance(c, ClassValue) and name in c.namespace), None)
    return first is None or (first.module.framework and first.name == "Module")


def _default(vm: Interpreter, receiver: Value, name: str, args: list[Value]) -> Value:
    """What `object` does under this name."""
    if name == "__setattr__" and len(args) == 2 and isinstance(receiver, Instance):
        receiver.attributes[str(plain(args[0]))] = args[1]
    if name == "__getattribute__" and args:
        return without_hooks(vm, receiver, str(plain(args[0])))
    return None


def without_hooks(vm: Interpreter, receiver: Value, name: str) -> Value:
    """What `object.__getattribute__` finds: it asks neither `__getattr__` nor a `__getattribute__` of the class."""
    key = (id(receiver), name)
    outer = key in vm.in_progress
    vm.in_progress.add(key)
    try:
        return vm.get(receiver, name)
    finally:
        if not outer:
            vm.in_progress.discard(key)
