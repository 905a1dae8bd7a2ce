"""Assignment to names, attributes, items and patterns of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import raised
from archcheck.frontends.static.operators import in_place
from archcheck.frontends.static.samples import counted
from archcheck.frontends.static.subscripts import item, put_item
from archcheck.frontends.static.unpacking import unpack
from archcheck.frontends.static.values import Environment, Value

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def bind(vm: Interpreter, target: ast.expr, value: Value, env: Environment) -> None:
    """Assign a value to a target."""
    if isinstance(target, ast.Name):
        put_name(target.id, value, env)
    elif isinstance(target, ast.Attribute):
        vm.set(vm.evaluate(target.value, env), target.attr, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _pattern(vm, target.elts, value, env)
    elif isinstance(target, ast.Subscript):
        holder = vm.evaluate(target.value, env)
        index = vm.evaluate(target.slice, env)
        vm.at(target)
        put_item(vm, holder, index, value)
    elif isinstance(target, ast.Starred):
        bind(vm, target.value, list(vm.iterate(value)), env)
    else:
        raise raised(SyntaxError, "cannot assign to this expression")


def put_name(name: str, value: Value, env: Environment) -> None:
    """Bind a name where the code at this place binds it."""
    outer = env.outer_names.get(name) if env.outer_names else None
    if outer == "global":
        env.module.namespace[name] = value
        env.module.touched[name] = None
        return
    if outer == "nonlocal":
        scope = env.parent
        while scope is not None:
            if not scope.is_class and name in scope.variables:
                scope.variables[name] = value
                return
            scope = scope.parent
    env.variables[name] = value


def _pattern(vm: Interpreter, targets: list[ast.expr], value: Value, env: Environment) -> None:
    star = next((i for i, t in enumerate(targets) if isinstance(t, ast.Starred)), None)
    values = unpack(vm, value, len(targets), star)
    if star is None:
        for target, one in zip(targets, values, strict=True):
            bind(vm, target, one, env)
        return
    behind = len(targets) - star - 1
    middle = values[star : len(values) - behind]
    for target, one in zip(targets[:star], values[:star], strict=True):
        bind(vm, target, one, env)
    starred = targets[star]
    assert isinstance(starred, ast.Starred)
    bind(vm, starred.value, list(middle), env)
    for target, one in zip(targets[star + 1 :], values[len(values) - behind :], strict=True):
        bind(vm, target, one, env)


def augmented(vm: Interpreter, node: ast.AugAssign, env: Environment) -> None:
    """`target op= value`: tensors and lists change in place, and so do all other names for them."""
    target = node.target
    if isinstance(target, ast.Name):
        old = vm.evaluate(ast.copy_location(ast.Name(target.id, ast.Load()), target), env)
        value = vm.evaluate(node.value, env)
        vm.at(node)
        made = in_place(vm, type(node.op), old, value)
        counted(vm, node, env, made)
        put_name(target.id, made, env)
    elif isinstance(target, ast.Attribute):
        holder = vm.evaluate(target.value, env)
        value = vm.evaluate(node.value, env)
        vm.at(node)
        vm.set(holder, target.attr, in_place(vm, type(node.op), vm.get(holder, target.attr), value))
    elif isinstance(target, ast.Subscript):
        holder = vm.evaluate(target.value, env)
        index = vm.evaluate(target.slice, env)
        value = vm.evaluate(node.value, env)
        vm.at(node)
        put_item(vm, holder, index, in_place(vm, type(node.op), item(vm, holder, index), value))
