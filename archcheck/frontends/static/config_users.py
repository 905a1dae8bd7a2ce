"""Of which class a configuration is by the code that hands it on, where the class that takes it does not tell."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from archcheck.frontends.static.classes import find_method
from archcheck.frontends.static.config_classes import (
    CONFIG_NAMES,
    config_class,
    fields,
    read_of_configs,
    told_of,
)
from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.values import ClassValue, FunctionValue, Instance, Value

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

FARTHEST = 3  # classes that hand a configuration on to each other
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
    spec = of.node.args
    places = {argument.arg: place for place, argument in enumerate([*spec.posonlyargs, *spec.args][1:])}
    for builder, call in _calls(vm, owner):
        named = [keyword.value for keyword in call.keywords if keyword.arg == name]
        place = places.get(name, len(call.args))
        given = [*named, *call.args[place : place + 1]][:1]
        init = find_method(builder, "__init__")
        if not (given and isinstance(given[0], ast.Name) and isinstance(init, FunctionValue)):
            continue
        own = {argument.arg: argument.annotation for argument in init.node.args.args[1:]}
        if given[0].id in own:
            found = config_class(vm, given[0].id, own[given[0].id], builder.module, builder)
            if found is None and steps:
                found = handed(vm, builder, init, given[0].id, steps - 1)
            if found is not None:
                return found
    return None


def _builders(vm: Interpreter, owner: ClassValue) -> Iterator[tuple[ClassValue, ast.expr]]:
    """The classes of the module that make an object of this class, and the configuration that they give it."""
    for builder, call in _calls(vm, owner):
        given = [arg for arg in (*call.args, *(k.value for k in call.keywords)) if _path(arg)]
        if given:
            yield builder, given[0]


def _calls(vm: Interpreter, owner: ClassValue) -> Iterator[tuple[ClassValue, ast.Call]]:
    """The other classes of the module that make an object of this class, and the calls by which they do."""
    tree = owner.module.tree
    for statement in tree.body if tree is not None else ():
        if not isinstance(statement, ast.ClassDef) or statement.name == owner.name:
            continue
        for node in told_of(statement).calls:
            if isinstance(node.func, ast.Name) and node.func.id == owner.name:
                builder = vm.find_name(owner.module, statement.name)
                if isinstance(builder, ClassValue):
                    yield builder, node


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
    arguments = init.node.args.args if isinstance(init, FunctionValue) else []
    annotation = next((a.annotation for a in arguments if a.arg == name), None)
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
