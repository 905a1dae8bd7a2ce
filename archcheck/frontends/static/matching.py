"""Patterns of `match` statements."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from archcheck.frontends.static.assignment import put_name
from archcheck.frontends.static.comparisons import compare
from archcheck.frontends.static.kinds import instance_of
from archcheck.frontends.static.values import Environment, Instance, Value, plain

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def matches(vm: Interpreter, pattern: ast.pattern, subject: Value, env: Environment) -> bool:
    """Whether a value fits a pattern; binds the pattern's names."""
    if isinstance(pattern, ast.MatchValue):
        other = vm.evaluate(pattern.value, env)
        return vm.truth(compare(vm, ast.Eq, subject, other, pattern.value), pattern.value)
    if isinstance(pattern, ast.MatchSingleton):
        return plain(subject) is pattern.value
    if isinstance(pattern, ast.MatchOr):
        return any(matches(vm, p, subject, env) for p in pattern.patterns)
    if isinstance(pattern, ast.MatchAs):
        if pattern.pattern is not None and not matches(vm, pattern.pattern, subject, env):
            return False
        if pattern.name:
            put_name(pattern.name, subject, env)
        return True
    if isinstance(pattern, ast.MatchSequence):
        return _sequence(vm, pattern, plain(subject), env)
    if isinstance(pattern, ast.MatchMapping):
        value = plain(subject)
        keys = [vm.evaluate(k, env) for k in pattern.keys]
        if not isinstance(value, dict) or any(k not in value for k in keys):
            return False
        if not all(matches(vm, p, value[k], env) for k, p in zip(keys, pattern.patterns, strict=True)):
            return False
        if pattern.rest:
            put_name(pattern.rest, {k: v for k, v in value.items() if k not in keys}, env)
        return True
    if isinstance(pattern, ast.MatchClass):
        return _class(vm, pattern, subject, env)
    return False


def _sequence(vm: Interpreter, pattern: ast.MatchSequence, value: Value, env: Environment) -> bool:
    if not isinstance(value, (list, tuple)):
        return False
    star = next((i for i, p in enumerate(pattern.patterns) if isinstance(p, ast.MatchStar)), None)
    if star is None:
        return len(value) == len(pattern.patterns) and all(
            matches(vm, p, v, env) for p, v in zip(pattern.patterns, value, strict=True)
        )
    behind = len(pattern.patterns) - star - 1
    if len(value) < star + behind:
        return False
    starred = pattern.patterns[star]
    if isinstance(starred, ast.MatchStar) and starred.name:
        put_name(starred.name, list(value[star : len(value) - behind]), env)
    front = zip(pattern.patterns[:star], value[:star], strict=True)
    back = zip(pattern.patterns[star + 1 :], value[len(value) - behind :], strict=True)
    return all(matches(vm, p, v, env) for p, v in (*front, *back))


def _class(vm: Interpreter, pattern: ast.MatchClass, subject: Value, env: Environment) -> bool:
    cls = vm.evaluate(pattern.cls, env)
    if not vm.truth(instance_of(vm, subject, cls), pattern.cls):
        return False
    if len(pattern.patterns) == 1 and isinstance(cls, type) and not isinstance(plain(subject), Instance):
        return matches(vm, pattern.patterns[0], subject, env)
    names = list(pattern.kwd_attrs)
    parts = list(pattern.kwd_patterns)
    if pattern.patterns:
        positions = vm.get(cls, "__match_args__")
        names += list(positions)[: len(pattern.patterns)]
        parts += pattern.patterns
    return all(matches(vm, p, vm.get(subject, n), env) for n, p in zip(names, parts, strict=False))
