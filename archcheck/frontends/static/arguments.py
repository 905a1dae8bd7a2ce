"""How arguments meet parameters."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import raised
from archcheck.frontends.static.open_tables import open_up
from archcheck.frontends.static.values import MISSING, BoundMethod, FunctionValue, Unknown, Value

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


class Open(dict[str, Value]):
    """Keyword arguments of which `**` of an unknown mapping may have passed on more."""

    def __bool__(self) -> bool:
        return True


def bind_arguments(
    vm: Interpreter,
    function: FunctionValue,
    args: list[Value],
    kwargs: dict[str, Value],
    into: dict[str, Value],
) -> None:
    """Give each parameter its argument. Raises TypeError in the code that is read where one is missing."""
    spec = function.node.args
    names, keywords = _parameters(spec)
    into.update(zip(names, args, strict=False))
    if len(args) > len(names):
        if spec.vararg is None:
            raise raised(
                TypeError, f"{function.name}() takes {len(names)} positional arguments, {len(args)} given"
            )
        into[spec.vararg.arg] = tuple(args[len(names) :])
    elif spec.vararg is not None:
        into[spec.vararg.arg] = ()
    rest: dict[str, Value] = {}
    for key, value in kwargs.items():
        if key in names or key in keywords:
            into[key] = value
        elif spec.kwarg is not None:
            rest[key] = value
        else:
            raise raised(TypeError, f"{function.name}() got an unexpected keyword argument {key!r}")
    if spec.kwarg is not None:
        into[spec.kwarg.arg] = rest
        if isinstance(kwargs, Open):
            open_up(vm, rest, spec.kwarg.arg)
    first_default = len(names) - len(function.defaults)
    for index, name in enumerate(names):
        if name not in into:
            into[name] = (
                _missing(function, name, kwargs)
                if index < first_default
                else function.defaults[index - first_default]
            )
    for name in keywords:
        if name not in into:
            default = function.keyword_defaults.get(name, MISSING)
            into[name] = _missing(function, name, kwargs) if default is MISSING else default


def _missing(function: FunctionValue, name: str, kwargs: dict[str, Value]) -> Value:
    """What stands for an argument that nobody gives. Raises TypeError in the code that is read."""
    if isinstance(kwargs, Open):
        return Unknown(f"what ** passes on for {name} is not known")
    raise raised(TypeError, f"{function.name}() misses the argument {name!r}")


def _parameters(spec: ast.arguments) -> tuple[list[str], set[str]]:
    """The names of the parameters with a place, and of those without."""
    known = getattr(spec, "parameters", None)
    if known is None:
        names = [a.arg for a in (*spec.posonlyargs, *spec.args)]
        known = spec.parameters = names, {a.arg for a in spec.kwonlyargs}  # type: ignore[attr-defined]
    found: tuple[list[str], set[str]] = known
    return found


def asked_for(called: Value, node: ast.Call) -> int:
    """How many values a star passes on where a function without one needs so many more; 0 where that is not told."""
    bound = isinstance(called, BoundMethod)
    function = called.function if isinstance(called, BoundMethod) else called
    if not isinstance(function, FunctionValue) or function.node.args.vararg is not None:
        return 0
    names, _ = _parameters(function.node.args)
    named = {keyword.arg for keyword in node.keywords}
    needed = [name for name in names[: len(names) - len(function.defaults)] if name not in named]
    stars = sum(isinstance(one, ast.Starred) for one in node.args)
    return max(0, len(needed) - bound - (len(node.args) - stars)) if stars == 1 else 0
