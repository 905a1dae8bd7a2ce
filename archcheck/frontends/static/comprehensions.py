"""Comprehensions and generator expressions: their members, and for which others those stand."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.assignment import bind
from archcheck.frontends.static.iteration import stands_for_more
from archcheck.frontends.static.limits import light
from archcheck.frontends.static.samples import is_sample
from archcheck.frontends.static.values import (
    MISSING,
    Activation,
    Environment,
    Lazy,
    Repeated,
    Unknown,
    Value,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def generator_expression(vm: Interpreter, node: ast.GeneratorExp, env: Environment) -> Value:
    """A generator: only its first iterable is evaluated now."""
    first = vm.evaluate(node.generators[0].iter, env)
    if vm.growing:  # what a round of a sample leaves behind is looked at round by round
        return _comprehension(vm, node, env, first)
    place = vm.stack[-1] if vm.stack else None

    def make() -> Value:
        if place is None or (vm.stack and vm.stack[-1] is place):
            return _comprehension(vm, node, env, first)
        vm.enter(Activation(place.file, len(vm.recorder.scopes), place.hidden, node))
        try:
            return _comprehension(vm, node, env, first)
        finally:
            vm.stack.pop()

    return Lazy(make)


def _comprehension(
    vm: Interpreter, node: Any, env: Environment, first: Value = MISSING
) -> list[Value] | Repeated:
    """The members of a comprehension; of unknown length where its `first` iterable is."""
    found: list[Value] = []
    inner = Environment({}, env, env.module, None, None, owner=env.owner)
    lengths: list[int] = []

    def run(index: int) -> None:
        if index == len(node.generators):
            if isinstance(node, ast.DictComp):
                key = plain(vm.evaluate(node.key, inner))
                found.append((key, vm.evaluate(node.value, inner)))
            else:
                found.append(vm.evaluate(node.elt, inner))
            return
        part = node.generators[index]
        given = index == 0 and first is not MISSING
        source = first if given else vm.evaluate(part.iter, env if index == 0 else inner)
        several = vm.run_over(source) if index == 0 else vm.iterate(source)
        members = several.members if isinstance(several, Repeated) else several
        if index == 0 and (isinstance(several, Repeated) or stands_for_more(plain(source))):
            lengths.append(getattr(several, "length", 0))
        for member in members:
            vm.step()
            bind(vm, part.target, member, inner)
            if all(vm.truth(vm.evaluate(test, inner), test) for test in part.ifs):
                run(index + 1)

    run(0)
    if not lengths:
        return found
    made = Repeated(found, lengths[0])
    if made.length and not is_sample(made):  # some were left out, or there are several for each
        vm.apart = True
    return made


def list_comprehension(vm: Interpreter, node: ast.ListComp, env: Environment) -> Value:
    """A list from a comprehension."""
    return _comprehension(vm, node, env)


def set_comprehension(vm: Interpreter, node: ast.SetComp, env: Environment) -> Value:
    """A set from a comprehension."""
    found = _comprehension(vm, node, env)
    try:
        return {light(plain(v)) for v in vm.iterate(found)}
    except TypeError:
        return Unknown("a set of values that are not known")


def dict_comprehension(vm: Interpreter, node: ast.DictComp, env: Environment) -> Value:
    """A dictionary from a comprehension."""
    try:
        return {light(plain(key)): value for key, value in vm.iterate(_comprehension(vm, node, env))}
    except TypeError:
        return Unknown("a dictionary with keys that are not known")
