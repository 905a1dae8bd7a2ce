"""Methods of builtin containers, texts and numbers."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.errors import raised
from archcheck.frontends.static.limits import SIZED, light, spend, too_wide
from archcheck.frontends.static.open_tables import beyond, is_open, open_up
from archcheck.frontends.static.registries import enrolled
from archcheck.frontends.static.samples import grew
from archcheck.frontends.static.values import (
    MISSING,
    ClassValue,
    Instance,
    Native,
    Unknown,
    Value,
    is_constant,
    number,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

ALLOWED: dict[type, frozenset[str]] = {
    dict: frozenset(
        [
            "get",
            "items",
            "keys",
            "values",
            "pop",
            "update",
            "setdefault",
            "copy",
            "clear",
            "popitem",
            "fromkeys",
            "move_to_end",
        ]
    ),
    list: frozenset(
        ["append", "extend", "insert", "pop", "remove", "index", "count", "copy", "clear", "reverse", "sort"]
    ),
    tuple: frozenset({"index", "count"}),
    set: frozenset(
        [
            "add",
            "discard",
            "remove",
            "update",
            "union",
            "intersection",
            "difference",
            *("difference_update", "intersection_update", "symmetric_difference_update"),
            "issubset",
            "issuperset",
            "isdisjoint",
            "symmetric_difference",
            "copy",
            "pop",
            "clear",
        ]
    ),
    frozenset: frozenset(
        [
            "union",
            "intersection",
            "difference",
            "issubset",
            "issuperset",
            "isdisjoint",
            "symmetric_difference",
            "copy",
        ]
    ),
    str: frozenset(
        [
            *("swapcase", "zfill", "center", "ljust", "rjust", "expandtabs", "isupper", "isspace", "istitle"),
            *("isascii", "isdecimal", "isprintable", "removeprefix", "removesuffix"),
            *("isalnum", "isnumeric", "rfind", "rindex", "translate", "maketrans"),
            "lower",
            "upper",
            "strip",
            "lstrip",
            "rstrip",
            "split",
            "rsplit",
            "join",
            "startswith",
            "endswith",
            "replace",
            "format",
            "title",
            "capitalize",
            "find",
            "index",
            "count",
            "isdigit",
            "isalpha",
            "isidentifier",
            "partition",
            "rpartition",
            "removeprefix",
            "removesuffix",
            "splitlines",
            "encode",
            "islower",
            "isupper",
            "casefold",
        ]
    ),
    int: frozenset({"bit_length", "bit_count", "is_integer", "as_integer_ratio", "conjugate"}),
    float: frozenset({"is_integer", "as_integer_ratio", "conjugate", "hex"}),
    bytes: frozenset(
        {"decode", "hex", "startswith", "endswith", "find", "count", "upper", "lower", "strip", "split"}
    ),
}
FACTS = frozenset({"real", "imag", "numerator", "denominator"})  # of numbers

# Methods that are given iterables.
WITH_MEMBERS = frozenset(
    {"extend", "update", "union", "intersection", "difference", "difference_update", "intersection_update",
     "symmetric_difference", "symmetric_difference_update", "issubset", "issuperset", "isdisjoint"}
)  # fmt: skip


def get(vm: Interpreter, value: Value, name: str) -> Value:
    """A method of a builtin value. Raises AttributeError in the code that is read where there is none."""
    kind = type(value)
    if isinstance(value, type):
        return _of_type(value, name)
    for one in kind.__mro__:
        if one in ALLOWED and name in ALLOWED[one]:
            return Native(name, lambda vm, args, kwargs: _run(vm, value, name, args, kwargs))
    if kind in (bool, int, float, complex) and name in FACTS and hasattr(value, name):
        return getattr(value, name)
    if kind in (int, float) and name in (
        "dtype",
        "shape",
        "device",
    ):  # a number that a framework takes for a tensor
        return () if name == "shape" else number(f"the {name} of a number")
    if name == "__class__":
        return kind
    if kind is list and name in ("send", "throw", "close"):
        return Unknown(f"{name}() of a generator is not followed")
    if name == "__len__" and hasattr(value, "__len__"):
        return Native(name, lambda _vm, _args, _kwargs: len(value))
    if kind is slice and name in ("start", "stop", "step"):
        return getattr(value, name)
    if kind is range and name in ("start", "stop", "step"):
        return getattr(value, name)
    if name.startswith("__") and name.endswith("__") and kind in (dict, list, tuple, str, set):
        return Native(name, lambda vm, args, kwargs: _special(vm, value, name, args))
    if hasattr(kind, name):
        return Unknown(f"{kind.__name__}.{name}() is not followed")
    raise raised(AttributeError, f"{kind.__name__!r} object has no attribute {name!r}")


def _special(vm: Interpreter, value: Value, name: str, args: list[Value]) -> Value:
    """`payload.__getitem__(key)` and the like, as subclasses of dict and list call them."""
    from archcheck.frontends.static.subscripts import item, put_item

    if name == "__getitem__":
        return item(vm, value, args[0])
    if name == "__setitem__":
        return put_item(vm, value, args[0], args[1])
    if name == "__contains__":
        return plain(args[0]) in value
    if name == "__iter__":
        return list(value)
    return Unknown(f"{name} of a builtin")


def _of_type(value: type, name: str) -> Value:
    if name in ("__name__", "__qualname__"):
        return value.__name__
    if name == "__module__":
        return value.__module__
    if value is dict and name == "fromkeys":
        return Native(name, lambda vm, args, _kwargs: dict.fromkeys(vm.iterate(args[0]), *args[1:]))
    if name in ALLOWED.get(value, frozenset()):
        return Native(name, lambda vm, args, kwargs: vm.call(vm.get(args[0], name), args[1:], kwargs))
    if value is dict and name in ("__getitem__", "__setitem__", "__contains__"):
        return Native(name, lambda vm, args, _kwargs: _special(vm, _held(args[0]), name, args[1:]))
    if name in ("__init__", "__setattr__"):
        return Native(name, lambda _vm, args, _kwargs: _set_plainly(args) if name == "__setattr__" else None)
    if name == "__new__":
        from archcheck.frontends.static.instances import allocate

        return Native(name, lambda vm, args, _kwargs: allocate(vm, args[0]))
    return Unknown(f"{value.__name__}.{name}")


def _held(value: Value) -> Value:
    """The builtin container itself, also of an object of a class that derives from it."""
    value = plain(value)
    return value.payload if isinstance(value, Instance) else value


def _set_plainly(args: list[Value]) -> None:
    if len(args) == 3 and isinstance(args[0], Instance):
        args[0].attributes[str(plain(args[1]))] = args[2]
    elif len(args) == 3 and isinstance(args[0], ClassValue):
        args[0].namespace[str(plain(args[1]))] = args[2]
        args[0].found.clear()


def _run(vm: Interpreter, value: Value, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if isinstance(value, list) and name == "sort":
        value[:] = in_order(vm, value, kwargs)
        return None
    if name in WITH_MEMBERS:
        args = _members_of(vm, value, name, args)
    if name == "join":
        parts = [plain(p) for p in vm.iterate(args[0])]
        if not all(isinstance(p, str) for p in parts):
            return number("a text with a part that is not known")
        spend(vm, sum(map(len, parts)) + len(value) * len(parts))
        return value.join(parts)
    if isinstance(value, str):
        return _of_text(
            vm, value, name, [plain(a) for a in args], {key: plain(a) for key, a in kwargs.items()}
        )
    if args and name in ("get", "pop", "setdefault", "index", "count", "remove", "add", "discard"):
        first = plain(args[0])
        if isinstance(first, Unknown) and name != "add":
            if name == "get":
                vm.decisions.suppose(value, first)
            return Unknown("a member under a key that is not known")
        args = [light(first), *args[1:]]
        more = _lacked(vm, value, name, args)
        if more is not MISSING:
            return more
    if name in ("append", "extend", "insert", "update", "add"):
        grew(vm, value)
    if isinstance(value, dict) and name in ("move_to_end", "popitem"):
        return _at_an_end(value, name, args, plain(kwargs.get("last", True)))
    if name in ("extend", "update"):
        spend(vm, len(value) + sum(len(a) for a in args if type(a) in SIZED))
    found = _native(getattr(value, name), args, kwargs)
    if isinstance(value, dict) and name in ("copy", "items", "keys", "values") and is_open(vm, value):
        return _with_more(vm, name, found)
    return found


def _lacked(vm: Interpreter, value: Value, name: str, args: list[Value]) -> Value:
    """What `get` or `pop` gives for a key that a dictionary lacks but may hold, MISSING if it has it or cannot."""
    if not isinstance(value, dict) or name not in ("get", "pop") or args[0] in value:
        return MISSING
    if name == "get" and enrolled(vm, value, args[0]):
        return MISSING
    return beyond(vm, value, args[0], args[1] if len(args) > 1 else None if name == "get" else MISSING)


def _members_of(vm: Interpreter, value: Value, name: str, args: list[Value]) -> list[Value]:
    """The iterables that a container takes up. A mapping that is not known leaves a dictionary open."""
    if isinstance(value, dict) and name == "update":
        if any(is_open(vm, one) for one in args):
            open_up(vm, value)
        args = [one for one in args if not isinstance(plain(one), Unknown)]
    return [plain(a) if isinstance(plain(a), dict) else list(vm.iterate(a)) for a in args]


def _with_more(vm: Interpreter, name: str, found: Value) -> Value:
    """What a method gives of a dictionary that may hold more than is known."""
    more = Unknown("a member of a dictionary of which not all is known")
    if name == "copy":
        open_up(vm, found)
        return found
    return [*found, (more, more) if name == "items" else more]


def _of_text(vm: Interpreter, value: str, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """A method of a text."""
    given = (*args, *kwargs.values())
    if not all(is_constant(a) or isinstance(a, tuple) for a in given):
        return number("a text with a part that is not known")
    if name == "format" and too_wide(value, given):
        return Unknown("a text too long to build")
    if name == "format":
        spend(vm, len(value) + value.count("{") * max((len(str(light(a))) for a in given), default=0))
    elif name == "replace" and len(args) > 1 and isinstance(args[0], str) and isinstance(args[1], str):
        spend(vm, len(value) + value.count(args[0]) * len(args[1]))
    else:
        spend(vm, len(value) // 100)
    return _native(getattr(value, name), args, kwargs)


def _at_an_end(value: dict[Value, Value], name: str, args: list[Value], last: Value) -> Value:
    """`OrderedDict.move_to_end(key, last)` and `popitem(last)`."""
    if name == "popitem":
        if not value:
            raise raised(KeyError, "dictionary is empty")
        key = list(value)[-1 if last else 0]
        return key, value.pop(key)
    (key, *_) = map(plain, args)
    held = value.pop(key, MISSING)
    if held is MISSING:
        raise raised(KeyError, repr(key))
    rest = dict(value)
    value.clear()
    value.update({**rest, key: held} if last else {key: held, **rest})
    return None


def _native(function: Callable[..., Any], args: list[Value], kwargs: dict[str, Value]) -> Value:
    try:
        found = function(*args, **kwargs)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise raised(type(error), str(error)) from None
    if type(found).__name__ in (
        "dict_items",
        "dict_keys",
        "dict_values",
        "odict_items",
        "odict_keys",
        "odict_values",
    ):
        return list(found)
    return found


def _by_their_methods(vm: Interpreter, keys: list[Value]) -> Callable[[int, int], int]:
    """Compare two of these objects as their class does."""
    from archcheck.frontends.static.comparisons import compare

    def less(one: int, other: int) -> bool:
        return vm.truth(compare(vm, ast.Lt, keys[one], keys[other], ast.Constant(True)))

    return lambda one, other: -1 if less(one, other) else int(less(other, one))


def in_order(vm: Interpreter, value: Value, kwargs: dict[str, Value]) -> list[Value]:
    """`sorted(value, key=…, reverse=…)`; the given order where the keys are not known."""
    members = list(vm.iterate(value))
    key = plain(kwargs.get("key"))
    keys = [light(plain(vm.call(key, [m]) if key is not None else m)) for m in members]
    backwards = bool(plain(kwargs.get("reverse", False)))
    try:
        if any(isinstance(key, Instance) and key.payload is None for key in keys):
            order = sorted(
                range(len(members)), key=cmp_to_key(_by_their_methods(vm, keys)), reverse=backwards
            )
        else:
            order = sorted(range(len(members)), key=keys.__getitem__, reverse=backwards)
    except TypeError:
        return members
    return [members[i] for i in order]
