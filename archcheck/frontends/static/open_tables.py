"""Dictionaries of which the source does not tell all: what a file holds, what `**` of it passes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.frontends.static.values import MISSING, Instance, Unknown, Value, plain

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

NAMELESS = "what was put into a dictionary is not known"


def open_up(vm: Interpreter, table: dict[Value, Value], name: str = "") -> None:
    """From now on a key that this dictionary (or the attributes of an object) lacks may be there all the same."""
    if _rest(vm, table) is None:
        vm.library.factories[id(table)] = (table, Unknown(NAMELESS, name))


def is_open(vm: Interpreter, value: Value) -> bool:
    """Whether a mapping may hold more than is known; one of which nothing is known does."""
    value = plain(value)
    if isinstance(value, Instance) and isinstance(value.payload, dict):
        value = value.payload
    return isinstance(value, Unknown) or (isinstance(value, dict) and _rest(vm, value) is not None)


def beyond(vm: Interpreter, table: dict[Value, Value], key: Value, default: Value = MISSING) -> Value:
    """What an open dictionary holds under a key that it lacks, MISSING for any other dictionary."""
    from archcheck.frontends.static.attributes import configured

    rest = _rest(vm, table)
    if rest is None:
        return MISSING
    if rest.key and isinstance(key, str):
        return configured(vm, f"{rest.key}.{key}", default, rest.reason)
    return Unknown(rest.reason)


def _rest(vm: Interpreter, table: dict[Value, Value]) -> Unknown | None:
    made, rest = vm.library.factories.get(id(table), (None, None))
    if made is table and isinstance(rest, Unknown):
        return rest
    return next((Unknown(NAMELESS) for key in table if isinstance(key, Unknown)), None)
