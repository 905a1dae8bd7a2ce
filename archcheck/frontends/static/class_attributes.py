"""Reading attributes of classes: what their bodies, bases and metaclasses hold."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from archcheck.frontends.static import module_methods
from archcheck.frontends.static.classes import find_method, module_method
from archcheck.frontends.static.errors import raised
from archcheck.frontends.static.instances import allocate
from archcheck.frontends.static.supers import MODULE_CALL, of_native_base
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
    cases,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def describes(found: Value) -> bool:
    """Whether this is a descriptor that the source defines."""
    return isinstance(found, Instance) and find_method(found.cls, "__get__") is not MISSING


OF_OBJECT: dict[str, Callable[..., Value]] = {
    "__init__": lambda _vm, _args, _kwargs: None,
    "__new__": lambda vm, args, _kwargs: allocate(vm, args[0]),
}


def _held_by_class(vm: Interpreter, value: ClassValue, found: Value) -> Value:
    """What a name of a class is when the class is asked for it."""
    if isinstance(found, Wrapped):
        return BoundMethod(found.function, value) if found.kind == "classmethod" else found.function
    if isinstance(found, Property) and found.of_class:
        return vm.call(found.getter, [value])
    return vm.call(vm.get(found, "__get__"), [None, value]) if describes(found) else found


def of_class(vm: Interpreter, value: ClassValue, name: str) -> Value:
    """`cls.name`. Raises AttributeError in the code that is read."""
    found = find_method(value, name)
    if found is not MISSING:
        return _held_by_class(vm, value, found)
    facts = {
        "__name__": value.name, "__qualname__": value.name, "__module__": value.module.name,
        "__bases__": value.bases, "__mro__": (*value.mro, object),
        "__dict__": value.namespace, "__doc__": text_of(value),
    }  # fmt: skip
    if name in facts:
        return facts[name]
    if name == "__dataclass_fields__" and value.fields is not None:
        return dict(value.fields)
    if name == "__members__" and (listed := cases(value)) is not None:
        return {m.attributes["name"]: m for m in listed}
    if name in OF_OBJECT:
        return Native(name, OF_OBJECT[name])
    native = module_methods.METHODS.get(name) if module_method(value) else None
    if native is not None:
        return native
    if name == "__call__" and module_method(value):
        return MODULE_CALL
    found = _of_metaclass(vm, value, name)
    if found is not MISSING:
        return found
    for one in value.mro:
        if isinstance(one, type) and hasattr(one, name):
            return of_native_base(vm, one, name)
    if value.unknown_base:
        return Unknown(f"{value.name}.{name}: the source of {value.unknown_base} was not found")
    raise raised(AttributeError, f"class {value.name} has no attribute {name!r}")


def _of_metaclass(vm: Interpreter, value: ClassValue, name: str) -> Value:
    """What a class finds in its metaclass, MISSING if nothing."""
    found = find_method(value.metaclass, name) if value.metaclass is not None else MISSING
    if isinstance(found, Property):
        return vm.call(found.getter, [value])
    return BoundMethod(found, value) if isinstance(found, FunctionValue) else found


def text_of(value: ClassValue | FunctionValue) -> str | None:
    """The docstring of a class or function."""
    return None if isinstance(value.node, ast.Lambda) else ast.get_docstring(value.node, clean=False)
