"""What a function is made of, as Python's data model names it, and functions that are put together from such parts."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import raised
from archcheck.frontends.static.places import span_of
from archcheck.frontends.static.values import (
    MISSING,
    FunctionPart,
    FunctionValue,
    Unknown,
    Value,
    is_constant,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

WHOLE = frozenset({"__code__", "__globals__", "__closure__"})  # parts that stand for the function they are of
REWRITING = WHOLE | {"__defaults__", "__kwdefaults__"}
PARAMETERS = ("code", "globals", "name", "argdefs", "closure")  # of `types.FunctionType`


def parameters(function: FunctionValue) -> dict[str, ast.expr | None]:
    """The names of the parameters with their annotations, without `*args` and `**kwargs`."""
    spec = function.node.args
    return {one.arg: one.annotation for one in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)}


def part(function: FunctionValue, name: str) -> Value:
    """`function.name` where the name is one of a function's parts, MISSING where it is not."""
    if name in WHOLE:
        return FunctionPart(function, name)
    if name == "__defaults__":
        return tuple(function.defaults) or None
    if name == "__kwdefaults__":
        return dict(function.keyword_defaults) or None
    return MISSING


def rewrite(function: FunctionValue, name: str, new: Value) -> None:
    """`function.name = new` for one of its parts: other defaults are taken over, all else hides what it computes."""
    new = plain(new)
    if name == "__defaults__" and (new is None or isinstance(new, tuple)):
        function.defaults = list(new or ())
    elif name == "__kwdefaults__" and (new is None or isinstance(new, dict)):
        function.keyword_defaults = dict(new or {})
    elif function.hidden_by is None:
        place = span_of(function.module.path, function.node)
        function.hidden_by = (f"{name} of {function.name} is replaced", place)


def put_together(_vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`types.FunctionType(…)`: a copy where code, globals and closure are those of one function."""
    given = {**dict(zip(PARAMETERS, args, strict=False)), **kwargs}
    code, namespace, closure = (given.get(name) for name in ("code", "globals", "closure"))
    if not (isinstance(code, FunctionPart) and isinstance(namespace, FunctionPart)):
        return Unknown("a function that is put together from parts that are not known")
    old = code.function
    own = closure.function if isinstance(closure, FunctionPart) else old if old.closure is None else None
    defaults = plain(given.get("argdefs"))
    if own is not old or namespace.function.module is not old.module:
        return Unknown("a function that is put together from parts of several")
    if not (defaults is None or isinstance(defaults, tuple)):
        raise raised(TypeError, "arg 4 (defaults) must be None or tuple")
    name = plain(given.get("name"))
    return FunctionValue(
        name if is_constant(name) and isinstance(name, str) else old.name,
        old.node,
        old.module,
        old.closure,
        list(defaults or ()),
        {},
        old.owner,
        {},
        old.hidden_by,
    )
