"""Python's `inspect`: what a function or a class says of its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.frontends.static.classes import find_method, module_method
from archcheck.frontends.static.containers import table
from archcheck.frontends.static.kinds import is_class, is_of
from archcheck.frontends.static.values import (
    BoundMethod,
    ClassValue,
    Dotted,
    FunctionValue,
    Instance,
    Names,
    Partial,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

EMPTY = Dotted("inspect._empty")  # the default of a parameter that has none


def _signature(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    function, bound = _described(args[0])
    while isinstance(function, FunctionValue) and isinstance(
        function.attributes.get("__wrapped__"), FunctionValue
    ):
        function = function.attributes["__wrapped__"]
    if not isinstance(function, FunctionValue):
        return Unknown("the signature of a function that is not known")
    spec = function.node.args
    placed, defaults = _placed(function)
    rest = [a.arg for a in (spec.vararg, spec.kwarg) if a is not None]
    names = [*placed, *(a.arg for a in spec.kwonlyargs), *rest][int(bound) :]
    parameters = {n: Names("parameter", {"name": n, "default": defaults.get(n, EMPTY)}) for n in names}
    return Names("signature", {"parameters": parameters})


def _described(function: Value) -> tuple[Value, bool]:
    """The function whose parameters a callable has, and whether the first of them is bound."""
    if isinstance(function, ClassValue):
        constructor = find_method(function, "__init__")
        function = BoundMethod(constructor, None) if isinstance(constructor, FunctionValue) else constructor
    bound = isinstance(function, BoundMethod)
    while isinstance(function, (BoundMethod, Partial)):
        function = function.function
    return function, bound


def _placed(function: FunctionValue) -> tuple[list[str], dict[str, Value]]:
    """The parameters of a function that may be given by their place, and the defaults of all."""
    spec = function.node.args
    placed = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    defaults = dict(zip(reversed(placed), reversed(function.defaults), strict=False))
    return placed, defaults | function.keyword_defaults


def _argspec(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """`inspect.getfullargspec`: the first parameter of a class or a method is among the names, bound or not."""
    function = _called(args[0]) if isinstance(args[0], Instance) else _described(args[0])[0]
    if function is None:  # `Module.__call__(self, *args, **kwargs)`
        return _spec(["self"], "args", "kwargs")
    if isinstance(args[0], Partial) or not isinstance(function, FunctionValue):
        return Unknown("the parameters of a function that is not known")
    spec = function.node.args
    return _spec(
        _placed(function)[0],
        spec.vararg.arg if spec.vararg else None,
        spec.kwarg.arg if spec.kwarg else None,
        tuple(function.defaults) or None,
        [a.arg for a in spec.kwonlyargs],
        dict(function.keyword_defaults) or None,
    )


def _called(value: Instance) -> Value:
    """What runs when an object is called: None for what every module of torch has."""
    own = find_method(value.cls, "__call__")
    if module_method(value.cls) == "forward" and (not isinstance(own, FunctionValue) or own.module.stub):
        return None
    return own


def _spec(
    args: list[str],
    varargs: str | None,
    varkw: str | None,
    defaults: Value = None,
    only: list[str] | None = None,
    only_defaults: Value = None,
) -> Names:
    names: dict[str, Value] = {"args": args, "varargs": varargs, "varkw": varkw, "defaults": defaults}
    return Names("FullArgSpec", names | {"kwonlyargs": only or [], "kwonlydefaults": only_defaults})


_KINDS = {"isfunction": "FunctionType", "ismethod": "MethodType", "isbuiltin": "BuiltinFunctionType"}
INSPECT: dict[str, Value] = {
    **table(signature=_signature, getfullargspec=_argspec, isclass=is_class),
    **table(**{name: is_of(kind) for name, kind in _KINDS.items()}),
    "_empty": EMPTY,
    "Parameter": Names("Parameter", {"empty": EMPTY}),
}
