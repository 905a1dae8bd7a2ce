"""What `str`, `repr` and formats make of values."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.limits import spend
from archcheck.frontends.static.values import (
    MISSING,
    ClassValue,
    Instance,
    Unknown,
    Value,
    is_constant,
    number,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

DEEPEST = 6  # objects inside of objects
WIDEST = (100, 20, 5, 2, 1)  # members of containers, by their depth
BRACKETS: dict[type, str] = {list: "[]", tuple: "()", set: "{}"}


def printable(value: Value) -> bool:
    """Whether a value has a text of its own: a constant, or a short container of such."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return len(value) <= 100 and all(is_constant(m) for m in value)
    return is_constant(value) or isinstance(value, (range, slice)) or (isinstance(value, dict) and not value)


def written(vm: Interpreter, value: Value, *, exactly: bool = False, depth: int = 0) -> str | Unknown:
    """`str(value)`, or `exactly` `repr(value)`; unknown where the source does not tell it."""
    value = plain(value)
    text: Value = MISSING
    if depth > DEEPEST:
        text = MISSING
    elif printable(value) or isinstance(value, type):
        text = repr(value) if exactly else str(value)
    elif isinstance(value, ClassValue):
        text = _of_class(value)
    elif isinstance(value, Raised):
        text = value.message if not exactly and value.value is value else MISSING
    elif isinstance(value, Instance):
        text = _of_object(vm, value, exactly, depth)
    elif type(value) in BRACKETS or type(value) is dict:
        text = (
            _of_container(vm, value, depth) if len(value) <= WIDEST[min(depth, len(WIDEST) - 1)] else MISSING
        )
    if not isinstance(text, str):
        return number("a text with a part that is not known")
    spend(vm, len(text))
    return text


def qualified_name(cls: ClassValue) -> str:
    """`__qualname__`, "" where the class stands in a function."""
    name = cls.namespace.get("__qualname__", cls.name)
    return name if isinstance(name, str) and "<locals>" not in name else ""


def _of_class(value: ClassValue) -> Value:
    own = qualified_name(value)
    if not own or value.module.stub or any(k.arg == "metaclass" for k in value.node.keywords):
        return MISSING
    if "_members" in value.namespace:
        return f"<enum {value.name!r}>"
    return f"<class '{value.module.name}.{own}'>"


def _of_object(vm: Interpreter, value: Instance, exactly: bool, depth: int) -> Value:
    from archcheck.frontends.static.classes import find_method, is_exception

    for name in ("__repr__",) if exactly else ("__str__", "__repr__"):
        if find_method(value.cls, name) is not MISSING:
            return plain(vm.call(vm.get(value, name)))
    listed = next((c for c in value.cls.mro if isinstance(c, ClassValue) and "_members" in c.namespace), None)
    if listed is not None:
        return _of_member(vm, value, exactly, depth)
    if is_exception(value.cls) and not exactly:
        args = value.attributes.get("args", ())
        return written(vm, args[0] if len(args) == 1 else args, depth=depth + 1) if args else ""
    if value.payload is not None and value.cls.fields is None:
        return written(vm, value.payload, exactly=exactly, depth=depth + 1)
    if value.cls.fields is None or value.serial or _writes_itself(value.cls):
        return MISSING
    held = [written(vm, value.attributes.get(n), exactly=True, depth=depth + 1) for n in value.cls.fields]
    if not all(isinstance(text, str) for text in held) or not qualified_name(value.cls):
        return MISSING
    parts = (f"{name}={text}" for name, text in zip(value.cls.fields, held, strict=True))
    return f"{qualified_name(value.cls)}({', '.join(parts)})"


def _of_member(vm: Interpreter, value: Instance, exactly: bool, depth: int) -> Value:
    """A member of an enumeration."""
    kinds = {c.__name__ for c in value.cls.mro if isinstance(c, type)}
    if kinds & {"Flag", "IntFlag"}:
        return MISSING
    if exactly:
        held = written(vm, value.attributes["value"], exactly=True, depth=depth + 1)
        return f"<{value.cls.name}.{value.attributes['name']}: {held}>" if isinstance(held, str) else MISSING
    if kinds & {"StrEnum", "IntEnum"}:
        return written(vm, value.attributes["value"], depth=depth + 1)
    return f"{value.cls.name}.{value.attributes['name']}"


def _writes_itself(cls: ClassValue) -> bool:
    """Whether a dataclass says itself which of its fields stand in its text."""
    nodes = [c.node for c in cls.mro if isinstance(c, ClassValue)]
    said = [ast.unparse(d) for node in nodes for d in node.decorator_list]
    said += [ast.unparse(s) for node in nodes for s in node.body if isinstance(s, ast.AnnAssign)]
    return any("repr" in text for text in said)


def _of_container(vm: Interpreter, value: Value, depth: int) -> Value:
    if isinstance(value, dict):
        pairs = [[written(vm, one, exactly=True, depth=depth + 1) for one in pair] for pair in value.items()]
        texts: list[Value] = [
            f"{k}: {v}" if isinstance(k, str) and isinstance(v, str) else MISSING for k, v in pairs
        ]
        brackets = "{}"
    else:
        texts = [written(vm, one, exactly=True, depth=depth + 1) for one in value]
        brackets = BRACKETS[type(value)]
    if not all(isinstance(text, str) for text in texts) or (not texts and isinstance(value, set)):
        return MISSING
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    return brackets[0] + ", ".join(texts) + comma + brackets[1]
