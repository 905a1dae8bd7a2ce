"""Builtin functions that are given iterables: their members in pairs, in turn, in order, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import raised
from archcheck.frontends.static.indexes import sample
from archcheck.frontends.static.iteration import stands_for_more
from archcheck.frontends.static.limits import spend
from archcheck.frontends.static.native_methods import in_order
from archcheck.frontends.static.samples import beside, is_sample
from archcheck.frontends.static.values import SHAPE, Lazy, Native, Repeated, Unknown, Value, plain

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def _repeated(values: list[Value]) -> Repeated | None:
    for value in map(plain, values):
        if isinstance(value, Repeated):
            return value
        if isinstance(value, Unknown) and value.number:  # a shape: nobody knows how many sizes it has
            return Repeated([], 0)
    return None


def _in_turn(vm: Interpreter, source: Lazy, width: int) -> Value:
    """`zip(it, it)`: the members of one iterator in groups."""
    members = list(vm.iterate(source))
    return [tuple(members[i : i + width]) for i in range(0, len(members) - width + 1, width)]


def _zip(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    if len(args) > 1 and all(a is args[0] for a in args) and isinstance(args[0], Lazy):
        return _in_turn(vm, args[0], len(args))
    iterated = [vm.run_over(a) for a in args]
    rows = [list(row) for row in beside(vm, iterated)]
    known = [len(r) for a, r in zip(args, rows, strict=True) if not isinstance(plain(a), Unknown)]
    size = min(known or map(len, rows), default=0)
    spend(vm, size * len(rows))
    rows = [r if len(r) >= size else [*r, *r[-1:] * (size - len(r))] for r in rows]
    found = [tuple(r[i] for r in rows) for i in range(size)]
    samples = [one for one in iterated if isinstance(one, Repeated) and is_sample(one)]
    repeated = samples[0] if samples else _repeated(args)
    return Repeated(list(found), repeated.length) if repeated is not None else found


def _enumerate(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    start = plain(kwargs.get("start", args[1] if len(args) > 1 else 0))
    start = start if isinstance(start, int) else 0
    members = vm.run_over(args[0])
    if not isinstance(members, Repeated):
        found = list(zip(range(start, start + len(members)), members, strict=True))
        return Repeated(list(found)) if stands_for_more(plain(args[0])) else found
    counted: list[Value] = list(range(start, start + len(members.members)))
    if is_sample(members):
        counted = sample(range(start, start + members.length))
    return Repeated(list(zip(counted, members.members, strict=True)), members.length)


def _reversed(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    members = vm.run_over(args[0])
    if isinstance(members, Repeated):
        return Repeated(members.members[::-1], members.length)
    return list(reversed(list(members)))


def _sorted(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return in_order(vm, args[0], kwargs)


def _map(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    if args[0] in (int, float, str) and len(args) == 2 and isinstance(plain(args[1]), Unknown):
        return args[1]

    def make() -> Value:
        rows = _zip(vm, args[1:], {})
        if isinstance(rows, Repeated):
            return Repeated([vm.call(args[0], list(row)) for row in rows.members], rows.length)
        return [vm.call(args[0], list(row)) for row in rows]

    return make() if vm.growing else Lazy(make)


def _filter(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    test = args[0]

    def make() -> Value:
        return [m for m in vm.iterate(args[1]) if vm.truth(vm.call(test, [m]) if test is not None else m)]

    return make() if vm.growing else Lazy(make)


def _next(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    found = args[0].left() if isinstance(args[0], Lazy) else vm.run_over(args[0])
    members = found.members if isinstance(found, Repeated) else found
    if len(members):
        if isinstance(found, list) and isinstance(args[0], (list, Lazy)):
            return found.pop(0)
        return members[0]
    if len(args) > 1:
        return args[1]
    raise raised(StopIteration)


def _iter(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    if isinstance(args[0], Lazy):
        return args[0]
    members = vm.run_over(args[0])
    return members if isinstance(members, Repeated) else Lazy(lambda: list(members))


def _seen(vm: Interpreter, value: Value) -> Sequence[Value]:
    """The members that are there: what holds for them holds for those that they stand for."""
    found = vm.run_over(value)
    return found.members if isinstance(found, Repeated) else found


def _any(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return any(vm.truth(m) for m in _seen(vm, args[0]))


def _all(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    if plain(args[0]) is SHAPE:  # an empty tensor is no architecture
        return True
    return all(vm.truth(m) for m in _seen(vm, args[0]))


ITERATORS: dict[str, Value] = {
    name: Native(name, function)
    for name, function in (
        ("zip", _zip), ("enumerate", _enumerate), ("reversed", _reversed), ("sorted", _sorted), ("map", _map),
        ("filter", _filter), ("next", _next), ("iter", _iter), ("any", _any), ("all", _all),
    )
}  # fmt: skip
