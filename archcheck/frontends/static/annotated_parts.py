"""Parts that a constructor is given, where nobody gives them: `def __init__(self, attention: Attention)`."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from archcheck.frontends.static.classes import find_method, has_forward, module_method
from archcheck.frontends.static.config_classes import names_in
from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.modules import SourceModule
from archcheck.frontends.static.values import ClassValue, Environment, FunctionValue, Value

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

DEEPEST = 3  # parts of parts that nobody gives


def annotated_part(
    vm: Interpreter, name: str, annotation: ast.expr | None, module: SourceModule,
    make: Callable[[Interpreter, ClassValue, SourceModule], Value],
) -> Value:  # fmt: skip
    """A module of the class with which a required argument is annotated; None if it says no class that can be made."""
    cls = _part_class(vm, annotation, module)
    if cls is None or vm.parts_within >= DEEPEST:
        return None
    vm.parts_within += 1
    try:
        made = make(vm, cls, cls.module)
    except Raised as error:
        vm.note(f"{cls.name}() for the argument {name} raises {error.name}: {error.message}"[:200])
        return None
    finally:
        vm.parts_within -= 1
    vm.note(f"the argument {name} is taken to be a {cls.name}, as its annotation says")
    return made


def _part_class(vm: Interpreter, annotation: ast.expr | None, module: SourceModule) -> ClassValue | None:
    """The class of modules that an annotation names, and no other one beside it, if that class says what it computes.

    A container of the framework says nothing: what would be in it is given with it.
    """
    found = []
    for name in names_in(annotation):
        try:
            value = vm.evaluate(name, Environment({}, None, module))
        except Raised:
            continue
        if isinstance(value, ClassValue) and module_method(value):
            found.append(value)
    return found[0] if len(found) == 1 and has_forward(found[0]) and not _is_container(found[0]) else None


def _is_container(cls: ClassValue) -> bool:
    init = find_method(cls, "__init__")
    return isinstance(init, FunctionValue) and init.module.framework and init.node.args.vararg is not None
