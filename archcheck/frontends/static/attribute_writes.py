"""Setting attributes: hooks and properties of objects, classes, modules of source, functions and tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.frontends.static.classes import derive, find_method
from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.function_parts import REWRITING, rewrite
from archcheck.frontends.static.modules import SourceModule
from archcheck.frontends.static.samples import grew
from archcheck.frontends.static.tensors import overwrite
from archcheck.frontends.static.values import (
    MISSING,
    BoundMethod,
    ClassValue,
    Dotted,
    FunctionValue,
    Instance,
    Native,
    Property,
    Tensor,
    Value,
    is_constant,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

WRITTEN_FIRST = -1_000_000  # reads of what this call of forward wrote itself


def _writes_constructor(cls: ClassValue) -> bool:
    return any(getattr(statement, "name", "") == "__init__" for statement in cls.node.body)


def _assign_to_function(function: FunctionValue, name: str, new: Value) -> None:
    if name in REWRITING:
        rewrite(function, name, new)
    else:
        function.attributes[name] = new


def _assign_to_object(vm: Interpreter, value: Instance, name: str, new: Value) -> None:
    found = find_method(value.cls, name)
    if isinstance(found, Property):
        if found.setter is not None:
            vm.call(found.setter, [value, new])
            return
        if not isinstance(found.getter, Native):
            return
    if isinstance(found, Instance) and find_method(found.cls, "__set__") is not MISSING:
        vm.call(vm.get(found, "__set__"), [value, new])
        return
    hook = find_method(value.cls, "__setattr__")
    if isinstance(hook, FunctionValue) and not hook.module.stub:
        try:
            vm.call(BoundMethod(hook, value), [name, new])
        except Raised:
            value.attributes[name] = new
        return
    if isinstance(hook, Native) and value.payload is not None:  # `__setattr__ = dict.__setitem__`
        vm.call(BoundMethod(hook, value), [name, new])
        return
    if name == "__dict__" and not value.serial:  # `self.__dict__ = self`: members that are attributes, too
        held = new.payload if isinstance(new, Instance) else plain(new)
        if isinstance(held, dict):
            value.attributes = held
            return
    if name == "__class__" and isinstance(new, ClassValue):
        value.cls = new
        return
    if vm.recorder.recording and value.serial:
        _note_change(vm, value, name, new)
    if name not in value.attributes:
        grew(vm, value)
    value.attributes[name] = new


def _note_change(vm: Interpreter, module: Instance, name: str, new: Value) -> None:
    """Note what forward reads and then leaves otherwise: its next call may compute something else."""
    looks = vm.looks.get((module.serial, name), 0)
    if not looks:
        vm.looks[module.serial, name] = WRITTEN_FIRST
    old, new = plain(module.attributes.get(name)), plain(new)
    counts = type(old) is int and type(new) is int and looks < 2  # `self.calls += 1`
    changed = isinstance(new, Tensor) or (is_constant(new) and not (is_constant(old) and old == new))
    if looks > 0 and changed and not counts:
        vm.note(
            f"{module.cls.name} changes its {name}, which it has read: only the first call of forward was read"
        )


def assign(vm: Interpreter, value: Value, name: str, new: Value) -> None:
    """`value.name = new`."""
    vm.writes += 1
    value = plain(value)
    if isinstance(value, Instance):
        _assign_to_object(vm, value, name, new)
    elif isinstance(value, ClassValue):
        if name == "__init__" and value.fields is not None and not _writes_constructor(value):
            return  # a wrapper around the constructor that a dataclass generates
        if name == "__bases__" and isinstance(new, tuple):
            derive(value, new)
            value.found = {k: v for k, v in value.found.items() if k == "?property"}
            return
        value.namespace[name] = new
        value.found.pop(name, None)
        value.module.touched[value.name] = value
    elif isinstance(value, SourceModule):
        value.namespace[name] = new
        value.touched[name] = None
    elif isinstance(value, Dotted):
        vm.library.patched[f"{value.name}.{name}"] = new
    elif isinstance(value, FunctionValue):
        _assign_to_function(value, name, new)
    elif isinstance(value, Tensor):
        vm.marked.setdefault(name, {})[id(value)] = (value, new)
        if name == "data" and isinstance(new, Tensor):
            overwrite(vm, value, new)
