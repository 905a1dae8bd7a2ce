"""Long loops that compute with numbers alone: what one gave is what it gives again for the same numbers.

Constructors that fill tables of relative positions run through all pairs of positions, the same for each layer.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

from archcheck.frontends.static.values import Environment, Value
from archcheck.syntax import walk

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

LONG = 2_000  # steps of a loop that is worth keeping
MOST_KEPT = 200  # loops of a library
LARGEST = 50_000  # members of all values that a loop reads or leaves
WIDEST, DEEPEST = 8, 2  # tuples inside of tuples that are looked into

FUNCTIONS = frozenset(
    "abs len min max int float range round sum tuple enumerate zip sorted divmod pow bool".split()
)
METHODS = frozenset({"append", "extend", "add"})
PLAIN = (
    ast.For, ast.Assign, ast.AugAssign, ast.Expr, ast.If, ast.Name, ast.Constant, ast.Tuple, ast.List, ast.Subscript,
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Attribute, ast.Continue, ast.Pass,
    ast.Slice,
)  # fmt: skip
NUMBERS = frozenset({bool, int, float, str, type(None)})
HOLDERS = (list, dict, set)


class Effect(NamedTuple):
    """What a loop does to one name: the value, and whether it changed the object that stood there."""

    name: str
    value: Value
    in_place: bool


class Names(NamedTuple):
    """The names that a loop reads, those that it may bind or change, and the builtins that it calls."""

    read: frozenset[str]
    changed: frozenset[str]
    called: frozenset[str]


def key_of(vm: Interpreter, node: ast.For | ast.AsyncFor, env: Environment) -> tuple[Any, ...] | None:
    """What the results of a loop depend on; None where it may depend on more, or is looked at for other reasons."""
    if vm.recorder.recording or vm.growing or vm.known_loop or env.outer_names or env.is_class:
        return None
    names = _names(node)
    if names is None or not _builtin(names.called, env):
        return None
    held = [
        (name, env.variables[name]) for name in sorted(names.read | names.changed) if name in env.variables
    ]
    if not names.read <= names.changed | {name for name, _ in held}:
        return None  # of another scope
    holders = [id(value) for _, value in held if isinstance(value, HOLDERS)]
    if len(set(holders)) < len(holders) or sum(len(v) for _, v in held if isinstance(v, HOLDERS)) > LARGEST:
        return None
    frozen = [(name, _frozen(value)) for name, value in held]
    if any(value is None for _, value in frozen):
        return None
    return env.module.path, node.lineno, node.col_offset, tuple(frozen)


def effects(node: ast.For | ast.AsyncFor, env: Environment, before: dict[str, Value]) -> list[Effect] | None:
    """What a loop has done to the names of its function, None where it cannot be done again."""
    names = _names(node)
    assert names is not None
    found: list[Effect] = []
    for name in sorted(names.changed):
        if name in env.variables:
            value = env.variables[name]
            if _frozen(value) is None:
                return None
            found.append(
                Effect(name, _copied(value), value is before.get(name) and isinstance(value, HOLDERS))
            )
    holders = [id(env.variables[e.name]) for e in found if isinstance(e.value, HOLDERS)]
    return found if len(set(holders)) == len(holders) else None


def apply(env: Environment, done: list[Effect]) -> None:
    """Do to the names of a function what the loop would do."""
    for effect in done:
        holder = env.variables.get(effect.name)
        if not effect.in_place:
            env.variables[effect.name] = _copied(effect.value)
        elif isinstance(holder, list):
            holder[:] = effect.value
        elif isinstance(holder, (dict, set)):
            holder.clear()
            holder.update(effect.value)


def _copied(value: Value) -> Value:
    return type(value)(value) if isinstance(value, HOLDERS) else value


def _frozen(value: Value) -> tuple[Any, ...] | None:
    """A value that is equal for equal numbers, texts and containers of such; None for all else."""
    kind = type(value)
    if kind in NUMBERS:
        return kind, value
    if kind is range:
        return kind, value.start, value.stop, value.step
    if isinstance(value, (*HOLDERS, tuple)) and len(value) > LARGEST:
        return None
    if kind is dict:
        parts = [*map(_of_constants, value), *map(_of_constants, value.values())]
    elif kind in (list, tuple, set):
        parts = [_of_constants(one) for one in (sorted(value, key=repr) if kind is set else value)]
    else:
        return None
    return None if any(part is None for part in parts) else (kind, *parts)


def _of_constants(value: Value, depth: int = 1) -> tuple[Any, ...] | None:
    """The same of what cannot change: a constant, or a tuple of such."""
    kind = type(value)
    if kind in NUMBERS:
        return kind, value
    if kind is not tuple or len(value) > WIDEST or depth > DEEPEST:
        return None
    parts = [_of_constants(one, depth + 1) for one in value]
    return None if any(part is None for part in parts) else (kind, *parts)


def _names(node: ast.For | ast.AsyncFor) -> Names | None:
    """What a loop reads, changes and calls, None where it holds more than numbers and containers."""
    if not hasattr(node, "plain_names"):
        node.plain_names = _looked_through(node)  # type: ignore[union-attr]
    found: Names | None = node.plain_names  # type: ignore[union-attr]
    return found


def _looked_through(node: ast.For | ast.AsyncFor) -> Names | None:
    read, changed, called = set(), set(), set()
    functions: set[int] = set()
    for part in walk(node):
        if not isinstance(part, PLAIN) or (isinstance(part, ast.For) and part.orelse):
            return None
        if isinstance(part, ast.Call):
            if part.keywords:
                return None
            if isinstance(part.func, ast.Name) and part.func.id in FUNCTIONS:
                called.add(part.func.id)
            elif (
                isinstance(part.func, ast.Attribute)
                and part.func.attr in METHODS
                and isinstance(part.func.value, ast.Name)
            ):
                changed.add(part.func.value.id)
                read.add(part.func.value.id)
            else:
                return None
            functions.add(id(part.func))
        elif isinstance(part, ast.Attribute) and id(part) not in functions:
            return None
        elif isinstance(part, ast.Subscript) and not isinstance(part.ctx, ast.Load):
            if not isinstance(part.value, ast.Name):
                return None
            changed.add(part.value.id)
        elif isinstance(part, ast.Name) and id(part) not in functions:
            (read if isinstance(part.ctx, ast.Load) else changed).add(part.id)
            if not isinstance(part.ctx, (ast.Load, ast.Store)):
                return None
    return Names(frozenset(read), frozenset(changed), frozenset(called))


def _builtin(names: frozenset[str], env: Environment) -> bool:
    """Whether these names stand for builtins here."""
    scope: Environment | None = env
    while scope is not None:
        if not names.isdisjoint(scope.variables):
            return False
        scope = scope.parent
    return not any(env.module.binds(name) for name in names) and not env.module.stars
