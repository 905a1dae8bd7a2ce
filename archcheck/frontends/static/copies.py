"""Deep copies of plain data: one configuration object serves many runs."""

from __future__ import annotations

from archcheck.frontends.static.values import (
    ClassValue,
    Dotted,
    FunctionValue,
    Instance,
    Native,
    Unknown,
    Value,
    is_constant,
)


def copied(value: Value, known: dict[int, Value]) -> Value:
    """A deep copy of plain data and objects; classes and functions stay the same.

    Raises:
        TypeError: when it holds a tensor or something else of one run.
    """
    if is_constant(value) or isinstance(value, (ClassValue, FunctionValue, Native, Dotted, Unknown)):
        return value
    if id(value) in known:
        return known[id(value)]
    if isinstance(value, tuple):
        return tuple(copied(held, known) for held in value)
    if isinstance(value, list):
        known[id(value)] = found = []
        found += [copied(held, known) for held in value]
        return found
    if isinstance(value, dict):
        names: dict[Value, Value] = {}
        known[id(value)] = names
        names.update((key, copied(held, known)) for key, held in value.items())
        return names
    if isinstance(value, Instance) and not value.serial and not value.hooks:
        if "_members" in value.cls.namespace:  # a member of an enumeration is one object
            return value
        known[id(value)] = made = Instance(value.cls, origin=value.origin)
        made.payload = copied(value.payload, known)
        made.attributes.update((name, copied(held, known)) for name, held in value.attributes.items())
        return made
    raise TypeError(type(value).__name__)
