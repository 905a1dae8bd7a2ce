"""`isinstance` and `issubclass`; a class of `collections.abc` asks what a value can do, not what it derives from."""

from __future__ import annotations

from collections import abc
from collections.abc import Callable
from types import UnionType
from typing import TYPE_CHECKING

from archcheck.frontends.static.classes import find_method
from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.limits import light
from archcheck.frontends.static.values import (
    ABSTRACT,
    MISSING,
    BoundMethod,
    ClassValue,
    Dotted,
    FunctionValue,
    Instance,
    Lazy,
    Native,
    Partial,
    Repeated,
    Setting,
    Tensor,
    Unknown,
    Value,
    Wrapped,
    number,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

KINDS: dict[str, type] = {
    name: getattr(abc, name)
    for name in (
        "Sequence", "MutableSequence", "Mapping", "MutableMapping", "Set", "MutableSet", "Collection", "Sized",
        "Container", "Iterable", "Iterator", "Generator", "Hashable", "Callable",
    )
} | {"List": list, "Dict": dict, "Tuple": tuple}  # fmt: skip
METHODS = {
    "Iterable": ("__iter__",), "Iterator": ("__iter__", "__next__"), "Sized": ("__len__",), "Hashable": (),
    "Container": ("__contains__",), "Collection": ("__iter__", "__len__", "__contains__"), "Callable": ("__call__",),
}  # fmt: skip
OPEN = frozenset({Instance, Lazy, Unknown})  # what may be of a class that is not known
ITERATORS = frozenset({"Iterable", "Iterator", "Generator", "Hashable"})  # what a generator is
FUNCTIONS: dict[str, tuple[type, ...]] = {
    "FunctionType": (FunctionValue,), "MethodType": (BoundMethod,), "BuiltinFunctionType": (Native,),
    "partial": (Partial,),
}  # fmt: skip
CALLED = (FunctionValue, BoundMethod, ClassValue, Native, Partial, Dotted, Wrapped)


def is_instance(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """The builtin function."""
    return instance_of(vm, args[0], args[1])


def is_subclass(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """The builtin function."""
    return subclass_of(args[0], args[1])


def instance_of(vm: Interpreter, value: Value, kinds: Value) -> Value:
    """`isinstance(value, kinds)`."""
    if isinstance(light(kinds), (tuple, list)):
        answers = [instance_of(vm, value, kind) for kind in kinds]
        if any(a is True for a in answers):
            return True
        return next((a for a in answers if a is not False), False)
    if isinstance(kinds, UnionType):
        return instance_of(vm, value, kinds.__args__)
    setting = isinstance(value, Setting)
    if isinstance(kinds, Unknown) and type(plain(value)) in OPEN:
        return number("whether a value is one of a class that is not known")
    if isinstance(value, Lazy):
        other = isinstance(kinds, Native)  # a `map`, a `zip`: all are iterators here
        no = number("whether an iterator is one of this class") if other else kinds is object
        return kind_of(kinds) in ITERATORS or no
    value = plain(value)
    if isinstance(value, Unknown):
        return _of_unknown(value, kinds, setting)
    if name := kind_of(kinds):
        return of_kind(value, name)
    if isinstance(kinds, ClassValue):
        return _of_source(value, kinds)
    if isinstance(kinds, Dotted):
        return _of_framework(value, kinds)
    if isinstance(value, Raised):
        name = kinds.name if isinstance(kinds, ClassValue) else getattr(kinds, "__name__", "")
        return name in value.names or kinds in (Exception, BaseException)
    if isinstance(kinds, type):
        return _of_builtin(value, kinds)
    if isinstance(kinds, Native) and kinds.name in FUNCTIONS:
        return isinstance(value, FUNCTIONS[kinds.name])
    return (
        isinstance(kinds, Native)
        and isinstance(value, Tensor)
        and kinds.name == "Parameter"
        and value.kind == "parameter"
    )


def _of_unknown(value: Unknown, kinds: Value, setting: bool) -> Value:
    """Something that is not known counts as a number; whether it is an object of the source is not known, either."""
    if isinstance(kinds, ClassValue) and not value.number:
        return number(f"whether something that is not known is a {kinds.name}")
    counts = isinstance(kinds, type) and (issubclass(int, kinds) or issubclass(float, kinds))
    return counts and not setting


def _of_framework(value: Value, kinds: Dotted) -> bool:
    """Whether a value is one of a class of a framework that has no source here."""
    short = kinds.name.rpartition(".")[2]
    if isinstance(value, Tensor):
        return short in ("Tensor", "ndarray", "Array", "Variable", "KerasTensor") or (
            short == "Parameter" and value.kind == "parameter"
        )
    return isinstance(value, Instance) and value.cls.unknown_base == kinds.name


def _of_source(value: Value, kinds: ClassValue) -> bool:
    """Whether a value is one of a class of the source."""
    cls = (
        value.cls
        if isinstance(value, Instance)
        else value.metaclass
        if isinstance(value, ClassValue)
        else None
    )
    if cls is not None:
        return any(c is kinds for c in cls.mro)
    return isinstance(value, Tensor) and kinds.name in ("Tensor", "Parameter")


def _of_builtin(value: Value, kinds: type) -> bool:
    """Whether a value is one of a class of Python's own."""
    if isinstance(value, Instance):
        return any(isinstance(c, type) and issubclass(c, kinds) for c in value.cls.mro) or kinds is object
    if kinds is type:
        return isinstance(value, (ClassValue, type))
    return type(value) not in ABSTRACT and isinstance(value, kinds)


def is_class(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """`inspect.isclass`."""
    value = plain(args[0])
    return value if isinstance(value, (Unknown, Dotted)) else isinstance(value, (ClassValue, type))


def is_of(name: str) -> Callable[[Interpreter, list[Value], dict[str, Value]], Value]:
    """`inspect.isfunction`, `inspect.ismethod`, `inspect.isbuiltin`."""

    def ask(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
        value = plain(args[0])
        return value if isinstance(value, (Unknown, Dotted)) else isinstance(value, FUNCTIONS[name])

    return ask


def subclass_of(value: Value, kinds: Value) -> Value:
    """`issubclass(value, kinds)`."""
    if isinstance(kinds, (tuple, list)):
        return any(subclass_of(value, kind) for kind in kinds)
    if isinstance(value, ClassValue):
        return any(c is kinds for c in value.mro)
    return isinstance(value, type) and isinstance(kinds, type) and issubclass(value, kinds)


def kind_of(kinds: Value) -> str:
    """The name of an abstract class, "" where this is none."""
    if isinstance(kinds, Dotted) and kinds.name.startswith("typing."):
        name = kinds.name.removeprefix("typing.")
    elif isinstance(kinds, Native) or (isinstance(kinds, ClassValue) and kinds.module.stub):
        name = kinds.name
    else:
        return ""
    return name if name in KINDS else ""


def of_kind(value: Value, name: str) -> bool:
    """Whether a value is one of this abstract class."""
    if type(value) not in ABSTRACT:
        return isinstance(value, KINDS[name])
    if isinstance(value, Instance):
        return _object_of_kind(value, name)
    if isinstance(value, Repeated):
        return isinstance(value.members, KINDS[name])
    if isinstance(value, Tensor):
        return name in METHODS and name not in ("Iterator", "Callable")
    if name == "Callable":
        return isinstance(value, CALLED)
    return name == "Hashable" and not isinstance(value, Unknown)


def _object_of_kind(value: Instance, name: str) -> bool:
    if value.payload is not None and isinstance(value.payload, KINDS[name]):
        return True
    if name == "Callable" and value.serial:
        return True
    asked = METHODS.get(name)
    if asked is not None:
        return all(find_method(value.cls, one) is not MISSING for one in asked)
    return any(kind_of(one) == name for one in value.cls.mro)
