"""Statements."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.assignment import augmented, bind, put_name
from archcheck.frontends.static.classes import find_method
from archcheck.frontends.static.context_managers import run_with
from archcheck.frontends.static.errors import NONE_TAKEN_APART, Raised, raised
from archcheck.frontends.static.exceptions import run_raise, run_try
from archcheck.frontends.static.folding import FoldedCoroutine, FoldedFunction
from archcheck.frontends.static.imports import run_import, run_import_from
from archcheck.frontends.static.loops import run_for, run_while
from archcheck.frontends.static.matching import matches
from archcheck.frontends.static.modules import names_bound
from archcheck.frontends.static.signals import BREAK, CONTINUE, Return
from archcheck.frontends.static.values import (
    ClassValue,
    Environment,
    FunctionValue,
    Instance,
    Property,
    Tensor,
    Unknown,
    Value,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def execute(vm: Interpreter, body: Sequence[ast.stmt], env: Environment) -> Any:
    """Run statements: None at the end, else `Return`, BREAK or CONTINUE."""
    for statement in body:
        vm.step()
        signal = RUNNERS[type(statement)](vm, statement, env)
        if signal is not None:
            return signal
    return None


def _expression(vm: Interpreter, node: ast.Expr, env: Environment) -> Any:
    if vm.stack:
        vm.stack[-1].statement = node.value
    if not isinstance(node.value, ast.Constant):
        vm.evaluate(node.value, env)


def _assign(vm: Interpreter, node: ast.Assign, env: Environment) -> Any:
    target = node.targets[0]
    before = vm.wanted
    vm.wanted = len(target.elts) if isinstance(target, (ast.Tuple, ast.List)) else 0
    try:
        value = vm.evaluate(node.value, env)
    finally:
        vm.wanted = before
    if value is None and vm.recorder.recording and isinstance(node.value, ast.Name):
        _unpacked_none(node.value.id, target)
    for target in node.targets:
        bind(vm, target, value, env)


def _unpacked_none(name: str, target: ast.expr) -> None:
    """Raise what Python does where None is taken apart, with the name that the run may give a value to."""
    if isinstance(target, (ast.Tuple, ast.List)):
        raise raised(TypeError, f"{NONE_TAKEN_APART} {name}")


def _annotated(vm: Interpreter, node: ast.AnnAssign, env: Environment) -> Any:
    if node.value is not None:
        bind(vm, node.target, vm.evaluate(node.value, env), env)


def _augmented(vm: Interpreter, node: ast.AugAssign, env: Environment) -> Any:
    augmented(vm, node, env)


def _return(vm: Interpreter, node: ast.Return, env: Environment) -> Any:
    return Return(vm.evaluate(node.value, env) if node.value is not None else None)


def _if(vm: Interpreter, node: ast.If, env: Environment) -> Any:
    if getattr(node.test, "id", getattr(node.test, "attr", "")) == "TYPE_CHECKING":
        return _for_checkers(vm, node, env)
    blind = vm.decisions.blind
    test = vm.evaluate(node.test, env)
    if not _settled(test) or vm.decisions.blind > blind:
        if _only_raises(node.body):
            return execute(vm, node.orelse, env) if node.orelse else None
        if node.orelse and _only_raises(node.orelse):
            return execute(vm, node.body, env)
    return execute(vm, node.body if vm.truth(test, node.test) else node.orelse, env)


def _for_checkers(vm: Interpreter, node: ast.If, env: Environment) -> Any:
    """What stands under `if TYPE_CHECKING` is only read; a name that both ways bind is that of the way that runs."""
    if not names_bound(node.body) & names_bound(node.orelse):
        return execute(vm, node.body, env)
    with suppress(Raised):  # nobody runs it
        execute(vm, node.body, env)
    return execute(vm, node.orelse, env)


def _settled(test: Value) -> bool:
    """Whether a condition's value is known, so that a branch that raises is really taken."""
    return not isinstance(test, (Unknown, Tensor)) and not (hasattr(test, "known") and not test.known)


def _only_raises(body: Sequence[ast.stmt]) -> bool:
    """Whether a branch only complains: what the code asks for is given."""
    return bool(body) and isinstance(body[-1], ast.Raise) and len(body) <= 3


def _function(vm: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef, env: Environment) -> Any:
    from archcheck.frontends.static.calling import define

    put_name(node.name, define(vm, node, env), env)


def _class(vm: Interpreter, node: ast.ClassDef, env: Environment) -> Any:
    from archcheck.frontends.static.classes import define

    put_name(node.name, define(vm, node, env), env)


def _import(vm: Interpreter, node: ast.Import, env: Environment) -> Any:
    run_import(vm, node, env)


def _import_from(vm: Interpreter, node: ast.ImportFrom, env: Environment) -> Any:
    run_import_from(vm, node, env)


def _assert(vm: Interpreter, node: ast.Assert, env: Environment) -> Any:
    """What a program asserts holds, unless a `try` waits for it; the expression is evaluated for what it binds."""
    if vm.guarded:
        test = vm.evaluate(node.test, env)
        if _settled(test) and not vm.truth(test, node.test):
            raise raised(AssertionError)
        return
    for part in ast.walk(node.test):
        if isinstance(part, ast.NamedExpr):
            vm.evaluate(node.test, env)
            break


def _delete(vm: Interpreter, node: ast.Delete, env: Environment) -> Any:
    for target in node.targets:
        if isinstance(target, ast.Name):
            env.variables.pop(target.id, None)
        elif isinstance(target, ast.Attribute):
            holder = vm.evaluate(target.value, env)
            if isinstance(holder, Instance):
                hook = find_method(holder.cls, "__delattr__")
                if isinstance(hook, FunctionValue) and not hook.module.stub:
                    vm.call(vm.get(holder, "__delattr__"), [target.attr])
                    continue
                found = find_method(holder.cls, target.attr)
                if isinstance(found, Property) and found.deleter is not None:
                    vm.call(found.deleter, [holder])
                holder.attributes.pop(target.attr, None)
            elif isinstance(holder, ClassValue):
                holder.namespace.pop(target.attr, None)
                holder.kept.pop(target.attr, None)
                holder.found.pop(target.attr, None)
        elif isinstance(target, ast.Subscript):
            holder, index = vm.evaluate(target.value, env), plain(vm.evaluate(target.slice, env))
            if isinstance(holder, Instance):
                vm.call(vm.get(holder, "__delitem__"), [index])
            elif isinstance(holder, (dict, list)) and isinstance(index, (int, str, slice)):
                try:
                    del holder[index]  # type: ignore[arg-type]
                except (LookupError, TypeError):
                    raise raised(KeyError, str(index)) from None


def _outer(vm: Interpreter, node: ast.Global | ast.Nonlocal, env: Environment) -> Any:
    kind = "global" if isinstance(node, ast.Global) else "nonlocal"
    if kind == "global":  # what the module binds them to comes before what is assigned here
        for name in node.names:
            vm.read_global(env.module, name)
    env.outer_names = (env.outer_names or {}) | dict.fromkeys(node.names, kind)


def _match(vm: Interpreter, node: ast.Match, env: Environment) -> Any:
    subject = vm.evaluate(node.subject, env)
    for case in node.cases:
        if matches(vm, case.pattern, subject, env) and (
            case.guard is None or vm.truth(vm.evaluate(case.guard, env), case.guard)
        ):
            return execute(vm, case.body, env)
    return None


def _nothing(_vm: Interpreter, _node: ast.stmt, _env: Environment) -> Any:
    return None


def _break(_vm: Interpreter, _node: ast.stmt, _env: Environment) -> Any:
    return BREAK


def _continue(_vm: Interpreter, _node: ast.stmt, _env: Environment) -> Any:
    return CONTINUE


RUNNERS: dict[type, Callable[..., Any]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.If: _if,
    ast.For: run_for,
    ast.AsyncFor: run_for,
    ast.While: run_while,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    FoldedFunction: _function,
    FoldedCoroutine: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.With: run_with,
    ast.AsyncWith: run_with,
    ast.Raise: run_raise,
    ast.Try: run_try,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Global: _outer,
    ast.Nonlocal: _outer,
    ast.Match: _match,
    ast.Pass: _nothing,
    ast.Break: _break,
    ast.Continue: _continue,
}
for _name in ("TryStar", "TypeAlias"):  # of later Python versions
    if hasattr(ast, _name):
        RUNNERS[getattr(ast, _name)] = run_try if _name == "TryStar" else _nothing
