"""`yield`: what a generator gives, and the block that runs where a context manager or an iterator yields."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import EnoughError
from archcheck.frontends.static.samples import grew
from archcheck.frontends.static.values import Environment, Lazy, Value

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

MOST_YIELDS = 1_000  # values of a generator that does not end


def run_yield(vm: Interpreter, node: ast.Yield, env: Environment) -> Value:
    """`yield`: its value is kept, or a block runs with it."""
    value = vm.evaluate(node.value, env) if node.value is not None else None
    yields = vm.stack[-1].yields if vm.stack else None
    if vm.stack and vm.stack[-1].block is not None:
        _run_block(vm, value)
    elif yields is not None:
        vm.step()
        yields.append(value)
        grew(vm, yields)
        if len(yields) >= MOST_YIELDS:
            raise EnoughError
    return None


def _run_block(vm: Interpreter, value: Value) -> None:
    """Run the block of a `with` at the `yield` of its context manager, as the code around the `with`."""
    own = vm.stack.pop()
    assert own.block is not None
    try:
        own.block(value)
    finally:
        vm.stack.append(own)


def run_yield_from(vm: Interpreter, node: ast.YieldFrom, env: Environment) -> Value:
    """`yield from`: the same for each member; its value is what the inner generator returns."""
    yields = vm.stack[-1].yields if vm.stack else None
    source = vm.evaluate(node.value, env)
    outer = vm.stack[-1] if vm.stack else None
    if isinstance(source, Lazy) and source.each is not None and outer is not None and outer.block is not None:
        source.held = []
        source.each(lambda value: _run_block(vm, value))
        return source.result
    for value in vm.iterate(source):
        if vm.stack and vm.stack[-1].block is not None:
            _run_block(vm, value)
        elif yields is not None:
            grew(vm, yields)
            yields.append(value)
    return source.result if isinstance(source, Lazy) else None
