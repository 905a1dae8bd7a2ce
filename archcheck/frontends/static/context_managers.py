"""`with`: what context managers do before and after a body, and which exceptions they end."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.assignment import bind
from archcheck.frontends.static.builtin_types import type_of
from archcheck.frontends.static.errors import LeftError, Raised
from archcheck.frontends.static.exceptions import unwind
from archcheck.frontends.static.values import Environment, Instance, Lazy, Managed, Value

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def run_with(vm: Interpreter, node: ast.With | ast.AsyncWith, env: Environment) -> Any:
    """Run a `with`."""
    return _within(vm, node.items, node.body, env)


def _within(vm: Interpreter, items: list[ast.withitem], body: Sequence[ast.stmt], env: Environment) -> Any:
    """Run a body inside of context managers, the first one outermost."""
    if not items:
        return vm.execute(body, env)
    item, *rest = items
    manager = vm.evaluate(item.context_expr, env)
    if isinstance(manager, Managed):
        return _managed(vm, manager, item, rest, body, env)
    value: Value = manager
    if isinstance(manager, Instance):
        value = vm.call(vm.get(manager, "__enter__"))
    elif isinstance(manager, Lazy):  # of a function whose decorator is not known
        value = next(iter(vm.iterate(manager)), manager)
    if item.optional_vars is not None:
        bind(vm, item.optional_vars, value, env)
    if not isinstance(manager, Instance):
        return _within(vm, rest, body, env)
    depth, scopes = len(vm.stack), len(vm.recorder.scopes)
    try:
        signal = _within(vm, rest, body, env)
    except Raised as error:
        if not _swallows(vm, manager, error):
            raise
        unwind(vm, depth, scopes)
        return None
    except LeftError:
        vm.call(vm.get(manager, "__exit__"), [None, None, None])
        raise
    vm.call(vm.get(manager, "__exit__"), [None, None, None])
    return signal


def _managed(
    vm: Interpreter,
    manager: Managed,
    item: ast.withitem,
    rest: list[ast.withitem],
    body: Sequence[ast.stmt],
    env: Environment,
) -> Any:
    """A `with` of a function under `contextlib.contextmanager`: the body runs where that yields."""
    from archcheck.frontends.static.calling import run_block

    signals: list[Any] = []

    def block(value: Value) -> None:
        if item.optional_vars is not None:
            bind(vm, item.optional_vars, value, env)
        signals.append(_within(vm, rest, body, env))

    run_block(vm, manager, block)
    return signals[0] if signals else None  # none: the function ended an exception of the body


def _swallows(vm: Interpreter, manager: Instance, error: Raised) -> bool:
    """Whether a context manager ends an exception: its `__exit__` says so."""
    return vm.truth(vm.call(vm.get(manager, "__exit__"), [type_of(error), error, None]))
