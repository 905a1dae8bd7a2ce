"""A class whose parts nobody gives, as a function of its module builds it: `Layer(dim, attend)` in `make_model()`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.modules import SourceModule
from archcheck.frontends.static.values import ClassValue, FunctionValue, Instance
from archcheck.syntax import walk

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

MOST_MAKERS = 2
NOT_GIVEN = "is not given)"  # how the reason ends where an argument of a constructor is missing


def makers(vm: Interpreter, cls: ClassValue, module: SourceModule) -> Iterator[FunctionValue]:
    """The functions of a module that build an object of this class and that need no arguments, the first few."""
    found = 0
    for node in module.tree.body if module.tree is not None else ():
        if isinstance(node, ast.FunctionDef) and _needs_nothing(node) and _calls(node, cls.name):
            maker = vm.find_name(module, node.name)
            if isinstance(maker, FunctionValue) and found < MOST_MAKERS:
                found += 1
                yield maker


def made_by(vm: Interpreter, maker: FunctionValue, cls: ClassValue) -> Instance | None:
    """The first object of a class that a function builds."""
    before = len(vm.instances)
    try:
        vm.call(maker, [], {})
    except Raised as error:
        vm.note(f"{maker.name}() raises {error.name}: {error.message}"[:200])
    made = next((one for one in vm.instances[before:] if one.cls is cls), None)
    if made is not None:
        vm.note(f"{cls.name} is described as {maker.name}() builds it")
    return made


def _needs_nothing(node: ast.FunctionDef) -> bool:
    spec = node.args
    required = len(spec.posonlyargs) + len(spec.args) - len(spec.defaults)
    return not required and None not in spec.kw_defaults


def _calls(node: ast.FunctionDef, name: str) -> bool:
    calls = (one.func for one in walk(node) if isinstance(one, ast.Call))
    return any(isinstance(func, ast.Name) and func.id == name for func in calls)
