"""Instances: what a class, its constructor and the fields of a dataclass make of arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.frontends.static import metaclasses
from archcheck.frontends.static.classes import find_method, is_exception, module_method, payload_type
from archcheck.frontends.static.errors import raised
from archcheck.frontends.static.open_tables import open_up
from archcheck.frontends.static.values import (
    MISSING,
    BoundMethod,
    ClassValue,
    FunctionValue,
    Instance,
    Native,
    Property,
    Unknown,
    Value,
    Wrapped,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def instantiate(vm: Interpreter, cls: ClassValue, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`cls(*args, **kwargs)`."""
    if "?property" in cls.found and args:
        return Property(args[0], of_class=True)
    call = metaclasses.own_method(cls.metaclass, "__call__")
    if isinstance(call, FunctionValue):
        return vm.call(call, [cls, *args], kwargs)
    return made(vm, cls, args, kwargs)


def made(vm: Interpreter, cls: ClassValue, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`type.__call__(cls, *args, **kwargs)`: a new object of the class."""
    members = cls.namespace.get("_members")
    if isinstance(members, list) and args:
        wanted = plain(args[0])
        for member in members:
            if member is wanted or member.attributes["value"] == wanted:
                return member
        if isinstance(wanted, Unknown):
            return Unknown(f"a member of {cls.name}", wanted.key)
        raise raised(ValueError, f"{wanted!r} is not a valid {cls.name}")
    new = find_method(cls, "__new__")
    if isinstance(new, (FunctionValue, Wrapped)):
        function = new.function if isinstance(new, Wrapped) else new
        new_one = vm.call(function, [cls, *args], kwargs)
        if not isinstance(new_one, Instance):
            return new_one
    else:
        new_one = allocate(vm, cls)
    initialize(vm, new_one, args, kwargs)
    return new_one


def allocate(vm: Interpreter, cls: ClassValue) -> Instance:
    """A new object whose constructor has not run."""
    made = Instance(cls)
    kind = payload_type(cls)
    if kind is not None:
        made.payload = kind()
    if module_method(cls):
        vm.serial += 1
        made.serial = vm.serial
        vm.instances.append(made)
    return made


def initialize(vm: Interpreter, made: Instance, args: list[Value], kwargs: dict[str, Value]) -> None:
    """Run the constructor of an object."""
    cls = made.cls
    init = find_method(cls, "__init__")
    if is_exception(cls):
        made.attributes["args"] = tuple(args)
    if cls.fields is not None and (init is MISSING or _field_owner_first(cls)):
        fill_fields(vm, made, cls, args, kwargs)
    elif init is not MISSING:
        vm.call(BoundMethod(init, made), args, kwargs)
    elif made.payload is not None:
        fill_payload(vm, made, args, kwargs)
    elif cls.unknown_base:
        made.attributes["args"] = tuple(args)


def _field_owner_first(cls: ClassValue) -> bool:
    """Whether a dataclass stands before any class with a constructor in the resolution order."""
    for one in cls.mro:
        if isinstance(one, ClassValue):
            if "__init__" in one.namespace:
                return False
            if one.fields is not None:
                return True
    return True


def fill_fields(
    vm: Interpreter, made: Instance, cls: ClassValue, args: list[Value], kwargs: dict[str, Value]
) -> None:
    """The constructor that `dataclass` writes: what it is given for the fields of a class, and `__post_init__`."""
    fields = cls.fields or {}
    given = dict(zip(fields, args, strict=False)) | kwargs
    only = {name: given.pop(name, default) for name, default in cls.init_only.items()}
    for name, default in fields.items():
        if name in given:
            made.attributes[name] = given.pop(name)
        elif isinstance(default, Native) and default.name == "field":
            made.attributes[name] = default.function(vm, [], {})
        elif default is not MISSING:
            made.attributes[name] = default
        else:
            made.attributes[name] = Unknown(f"{name} of {made.cls.name} was not given", name)
    after = find_method(cls, "__post_init__")
    handed_on = isinstance(after, FunctionValue) and after.node.args.kwarg is not None
    if not handed_on:
        made.attributes.update(given)
    if made.payload == ():
        made.payload = tuple(made.attributes.values())
    if after is not MISSING:
        # what is no field goes to one that takes it, as a decorator of the class arranges
        rest = given if handed_on else {}
        vm.call(vm.get(made, "__post_init__"), [], only | rest)


def fill_payload(vm: Interpreter, made: Instance, args: list[Value], kwargs: dict[str, Value]) -> None:
    """The constructor of a builtin base: `dict(pairs)`, `list(items)`."""
    kind = payload_type(made.cls)
    if kind is None:
        return
    nothing = len(args) == 1 and plain(args[0]) is None  # `UserDict(None)`: other containers would raise
    found = vm.call(kind, [] if nothing else args, kwargs)
    if isinstance(found, kind):
        made.payload = found
    elif isinstance(found, Unknown) and isinstance(made.payload, dict):
        open_up(vm, made.payload)
