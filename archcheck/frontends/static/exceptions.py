"""Exceptions of the code that is read: how they are raised, which `except` handles them, what they end."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.assignment import put_name
from archcheck.frontends.static.errors import GaveUpError, LeftError, Raised, raised
from archcheck.frontends.static.values import ClassValue, Environment, Instance, Value

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def unwind(vm: Interpreter, depth: int, scopes: int) -> None:
    """Leave the calls and the scopes that an exception has ended."""
    del vm.stack[depth:]
    while len(vm.recorder.scopes) > scopes:
        vm.recorder.close()


def run_raise(vm: Interpreter, node: ast.Raise, env: Environment) -> Any:
    """Run a `raise`."""
    if node.exc is None:
        raise vm.handling[-1] if vm.handling else raised(RuntimeError, "no exception to raise again")
    value = vm.evaluate(node.exc, env)
    vm.at(node)
    if isinstance(value, (type, ClassValue)):
        value = vm.call(value)
    if isinstance(value, Instance):
        value.attributes["__cause__"] = vm.evaluate(node.cause, env) if node.cause is not None else None
    raise exception(value)


def exception(value: Value) -> Raised:
    """The Python exception that carries an exception of the code that is read."""
    if isinstance(value, Raised):
        return value
    if isinstance(value, Instance):
        names = tuple(c.name if isinstance(c, ClassValue) else c.__name__ for c in value.cls.mro)
        args = value.attributes.get("args", ())
        return Raised(names, str(args[0]) if args and isinstance(args[0], str) else "", value)
    return Raised(("Exception",), getattr(value, "reason", ""), value)


def run_try(vm: Interpreter, node: ast.Try, env: Environment) -> Any:
    """Run a `try`, its `finally` whichever way it ends."""
    try:
        signal = _guarded(vm, node, env)
    except (Raised, GaveUpError, LeftError):
        late = vm.execute(node.finalbody, env)
        if late is not None:
            return late
        raise
    late = vm.execute(node.finalbody, env)
    return signal if late is None else late


def _guarded(vm: Interpreter, node: ast.Try, env: Environment) -> Any:
    vm.guarded += 1
    depth, scopes = len(vm.stack), len(vm.recorder.scopes)
    try:
        signal = vm.execute(node.body, env)
    except Raised as error:
        vm.guarded -= 1
        unwind(vm, depth, scopes)
        for handler in node.handlers:
            if handler.type is not None and not _handles(vm, handler.type, error, env):
                continue
            if handler.name:
                put_name(handler.name, error.value if error.value is not None else error, env)
            vm.handling.append(error)
            try:
                return vm.execute(handler.body, env)
            finally:
                vm.handling.pop()
        raise
    except BaseException:
        vm.guarded -= 1
        raise
    vm.guarded -= 1
    if signal is None and node.orelse:
        return vm.execute(node.orelse, env)
    return signal


def _handles(vm: Interpreter, kinds: ast.expr, error: Raised, env: Environment) -> bool:
    try:
        found = vm.evaluate(kinds, env)
    except Raised:
        return False
    for kind in found if isinstance(found, tuple) else (found,):
        name = kind.name if isinstance(kind, ClassValue) else getattr(kind, "__name__", "")
        if name in error.names or name in ("Exception", "BaseException"):
            return True
    return False
