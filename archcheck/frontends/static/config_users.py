"""Of which class a configuration is by the code that hands it on, where the class that takes it does not tell."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from archcheck.frontends.static.builders import FARTHEST, builder_of, calls_of, given, handing_on
from archcheck.frontends.static.classes import find_method
from archcheck.frontends.static.config_classes import (
    CONFIG_NAMES,
    config_class,
    fields,
    read_of_configs,
)
from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.function_parts import parameters
from archcheck.frontends.static.values import ClassValue, FunctionValue, Instance, Value

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

Make = Callable[[ClassValue, str], Value]


def as_built(
    vm: Interpreter, found: ClassValue | None, owner: ClassValue, make: Make, steps: int = FARTHEST
) -> ClassValue | None:
    """The configuration class that `owner` wants, if it is handed one that has more of what it reads than `found`."""
    read = read_of_configs(owner)
    lacks = len(read - fields(found)) if found is not None else len(read) + 1
    if lacks and steps:
        for builder, given in _builders(vm, owner):
            other = _handed_on(vm, builder, given, make, steps - 1)
            if other is not None and len(read - fields(other)) < lacks:
                found, lacks = other, len(read - fields(other))
    return found


def handed(
    vm: Interpreter, owner: ClassValue, of: FunctionValue, name: str, steps: int = FARTHEST
) -> ClassValue | None:
    """The configuration class of an argument without an annotation: that of the parameter which a builder hands on."""
    for made in calls_of(owner):
        argument = given(made.call, of, name)
        found = handing_on(vm, owner, made, argument.id) if isinstance(argument, ast.Name) else None
        if not isinstance(argument, ast.Name) or found is None:
            continue
        builder, init = found
        config = config_class(vm, argument.id, parameters(init)[argument.id], builder.module, builder)
        if config is None and steps:
            config = handed(vm, builder, init, argument.id, steps - 1)
        if config is not None:
            return config
    return None


def _builders(vm: Interpreter, owner: ClassValue) -> Iterator[tuple[ClassValue, ast.expr]]:
    """The classes of the module that make an object of this class, and the configuration that they give it."""
    for made in calls_of(owner):
        arguments = [*made.call.args, *(keyword.value for keyword in made.call.keywords)]
        config = next((one for one in arguments if _path(one)), None)
        builder = builder_of(vm, owner, made) if config is not None else None
        if config is not None and builder is not None:
            yield builder, config


def _path(node: ast.expr) -> list[str]:
    """The names of `config.vision.encoder` or `self.config.vision`, from the configuration on; else none."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return []
    names = names if node.id == "self" else [node.id, *names]
    return names if names and names[0] in CONFIG_NAMES else []


def _handed_on(
    vm: Interpreter, builder: ClassValue, given: ast.expr, make: Make, steps: int
) -> ClassValue | None:
    """The class of what a class hands on of its own configuration."""
    name, *parts = _path(given)
    init = find_method(builder, "__init__")
    annotation = parameters(init).get(name) if isinstance(init, FunctionValue) else None
    own = config_class(vm, name, annotation, builder.module, builder)
    own = as_built(vm, own, builder, make, steps)
    if own is None:
        return None
    value = make(own, name) if parts else own
    for part in parts:
        try:
            value = vm.get(value, part)
        except Raised:
            return None
    return value.cls if isinstance(value, Instance) else value if isinstance(value, ClassValue) else None
