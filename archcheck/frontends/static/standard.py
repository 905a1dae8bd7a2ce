"""What models use of Python's standard library."""

from __future__ import annotations

import enum
import math
import numbers
import posixpath
import random
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.chance import drawn
from archcheck.frontends.static.classes import make_dataclass
from archcheck.frontends.static.containers import CONTAINERS, table
from archcheck.frontends.static.errors import Raised, raised
from archcheck.frontends.static.function_parts import put_together
from archcheck.frontends.static.instances import instantiate
from archcheck.frontends.static.regular import RE
from archcheck.frontends.static.serialized import JSON, YAML
from archcheck.frontends.static.signatures import INSPECT
from archcheck.frontends.static.values import (
    ABSTRACT,
    MISSING,
    VERSION,
    BoundMethod,
    ClassValue,
    Dotted,
    FunctionValue,
    Instance,
    Managed,
    Names,
    Native,
    Partial,
    Property,
    Repeated,
    Tensor,
    Unknown,
    Value,
    is_constant,
    made_of,
    number,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


class SourceName:
    """A name whose meaning stands in the stub `archcheck_standard`."""

    def __init__(self, name: str) -> None:
        self.name = name


def _number(name: str, function: Callable[..., Any]) -> Native:
    def run(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
        values = [plain(a) for a in args]
        values = [[plain(m) for m in v] if isinstance(v, (list, tuple)) else v for v in values]
        if any(type(v) in ABSTRACT for v in values):
            return made_of(f"{name}() of a number that is not known", values)
        inner = [m for v in values if isinstance(v, list) for m in v]
        if any(type(m) in ABSTRACT for m in inner):
            return made_of(f"{name}() of numbers that are not known", inner)
        if name in ("factorial", "comb", "perm", "pow", "exp") and any(abs(v) > 1000 for v in values):
            return number("a number too large to compute")
        try:
            return function(*values)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise raised(type(error), str(error)) from None

    return Native(name, run)


def _same(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return args[0] if args else None


def _transparent(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """A decorator with or without arguments that changes nothing."""
    if args and (isinstance(args[0], (FunctionValue, ClassValue, Property, Partial))):
        return args[0]
    return Native("decorator", _same)


def _manager(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """`contextlib.contextmanager`: a `with` runs its block where the function yields."""
    function = args[0]
    if not isinstance(function, FunctionValue):
        return function
    return Native(function.name, lambda _vm, given, named: Managed(function, given, named))


def _second(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return args[1]


def _wraps(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    def wrap(_vm: Interpreter, inner: list[Value], _more: dict[str, Value]) -> Value:
        if inner and isinstance(inner[0], FunctionValue) and args:
            inner[0].attributes["__wrapped__"] = args[0]
            with suppress(Raised):  # an object, such as a module, has no name of its own
                inner[0].attributes["__name__"] = _vm.get(args[0], "__name__")
        return inner[0] if inner else None

    return Native("wraps", wrap)


def _plain_wraps(_vm: Interpreter, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return Native("wraps", _same)


def _partial(_vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return Partial(args[0], tuple(args[1:]), kwargs)


def _reduce(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    members = list(vm.iterate(args[1]))
    if len(args) > 2:
        members.insert(0, args[2])
    if not members:
        raise raised(TypeError, "reduce() of an empty sequence")
    found = members[0]
    for member in members[1:]:
        found = vm.call(args[0], [found, member])
    return found


def _method(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return BoundMethod(args[0], args[1])


def _abstract_property(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return Property(args[0])


def _cached_property(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return Property(args[0], once=True)


def _dispatched(_vm: Interpreter, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """A function that picks by the class of its first argument: what it gives is not known."""

    def register(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
        function = args[-1] if args and isinstance(args[-1], FunctionValue) else None
        return function if function is not None else Native("register", _same)

    picked = Unknown("a function that functools.singledispatch picks")
    call = Native("singledispatch", lambda vm, args, kwargs: vm.call(picked, args, kwargs))
    call.attributes["register"] = Native("register", register)
    return call


def _dataclass(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    def make(_vm: Interpreter, inner: list[Value], _more: dict[str, Value]) -> Value:
        return make_dataclass(inner[0]) if isinstance(inner[0], ClassValue) else inner[0]

    return make(_vm, args, {}) if args else Native("dataclass", make)


def _is_dataclass(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    value = plain(args[0])
    if isinstance(value, (Unknown, Dotted)):
        return Unknown("whether something that is not known is a dataclass")
    cls = value.cls if isinstance(value, Instance) else value
    return isinstance(cls, ClassValue) and any(getattr(c, "fields", None) is not None for c in cls.mro)


def _field(_vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if "default" in kwargs:
        return kwargs["default"]
    factory = kwargs.get("default_factory")
    if factory is None:
        return Unknown("a field without a default")
    return Native("field", lambda vm, _args, _kwargs: vm.call(factory))


def _fields(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """The fields of a dataclass or of an object of one: their names and defaults."""
    held = args[0].cls if isinstance(args[0], Instance) else args[0]
    if not isinstance(held, ClassValue) or held.fields is None:
        return Unknown("the fields of a class that is not known")
    return tuple(
        Names("field", {"name": name, "default": default, "default_factory": MISSING})
        for name, default in held.fields.items()
    )


def _replace(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`dataclasses.replace`: a new object, whose constructor runs."""
    value = args[0]
    if not isinstance(value, Instance) or value.cls.fields is None:
        return Unknown("dataclasses.replace of an object that is not known")
    kept = {name: value.attributes[name] for name in value.cls.fields if name in value.attributes}
    return instantiate(vm, value.cls, [], kept | kwargs)


def _copy(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    value = args[0]
    if isinstance(value, (list, dict, set)):
        return value.copy()
    if isinstance(value, Instance):
        made = Instance(value.cls, dict(value.attributes), value.payload, value.origin)
        made.hooks = list(value.hooks)
        if value.serial:
            _vm.serial += 1
            made.serial = _vm.serial
            _vm.instances.append(made)
        return made
    return value


def _deepcopy(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return _deep(vm, args[0], {}, 0)


def _deep(vm: Interpreter, value: Value, known: dict[int, Value], depth: int) -> Value:
    """A copy with copies inside: modules and their parameters are new ones."""
    vm.step()
    if depth > 40 or is_constant(value):
        return value
    if id(value) in known:
        return known[id(value)]
    if isinstance(value, Tensor):
        made: Value = Tensor(value.call, value.kind, value.shape, None, value.name, value.dtype)
    elif isinstance(value, Instance):
        made = _copy(vm, [value], {})
        known[id(value)] = made
        made.attributes = {k: _deep(vm, v, known, depth + 1) for k, v in value.attributes.items()}
        made.payload = _deep(vm, value.payload, known, depth + 1)
        return made
    elif isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        made = type(value)(_deep(vm, v, known, depth + 1) for v in value)
    elif isinstance(value, dict):
        made = {k: _deep(vm, v, known, depth + 1) for k, v in value.items()}
    elif isinstance(value, Repeated):
        made = Repeated([_deep(vm, v, known, depth + 1) for v in value.members], value.length)
    else:
        return value
    known[id(value)] = made
    return made


def _environ(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return args[1] if len(args) > 1 else None


def _find_spec(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    name = plain(args[0])
    found = isinstance(name, str) and vm.library.find(name) is not None
    return Unknown("a module's specification", "") if found else None


def _import_module(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    from archcheck.frontends.static.imports import open_module

    name, package, *_ = [*map(plain, args), plain(kwargs.get("package")), None]
    if not isinstance(name, str) or (name.startswith(".") and not isinstance(package, str)):
        return Unknown("a module whose name is not known")
    if name.startswith("."):
        rest = name.lstrip(".")
        above = str(package).split(".")
        name = ".".join((*above[: len(above) - (len(name) - len(rest) - 1)], rest))
    found = open_module(vm, name)
    if found is None:
        raise raised(ModuleNotFoundError, f"No module named {name!r}")
    return found


def _version(_vm: Interpreter, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return number(VERSION)


def _exit(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    raise raised(SystemExit, str(plain(args[0])) if args and is_constant(plain(args[0])) else "")


def _auto(_vm: Interpreter, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return ()


def _context(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return Unknown("a context")


def _option(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """An option of a command line: its default, which the user may set."""
    from archcheck.frontends.static.attributes import configured

    return configured(vm, str(plain(args[0])), *args[1:2] or [MISSING])


def _drawn(_vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return drawn(*args, *kwargs.values())


def _suppressing(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return args[0] if args else Unknown("a context")


_MATH = {
    name: (_number(name, getattr(math, name)) if callable(getattr(math, name)) else getattr(math, name))
    for name in dir(math)
    if not name.startswith("_")
}
PATHS = ("join", "basename", "dirname", "splitext", "split", "normpath", "isabs")  # of texts alone
_ENUM: dict[str, Value] = {n: getattr(enum, n) for n in ("Enum", "IntEnum", "Flag", "IntFlag")}
_ENUM |= {"StrEnum": getattr(enum, "StrEnum", enum.Enum), **table(auto=_auto, unique=_same)}
_TYPES = (
    "Any Optional Union List Dict Tuple Set Sequence Callable Type Iterable Iterator Mapping Literal Final ClassVar "
    "Generic Protocol NamedTuple TypedDict TypeVar Annotated Self Generator Awaitable Hashable MutableMapping "
    "Sized Container Collection MutableSequence MutableSet ParamSpec Concatenate TypeAlias Unpack Required NotRequired"
)
_TYPING: dict[str, Value] = {name: Dotted(f"typing.{name}") for name in _TYPES.split()}
_TYPING |= {"TYPE_CHECKING": True, **table(cast=_second, overload=_transparent, final=_transparent,
            no_type_check=_transparent, runtime_checkable=_transparent, override=_transparent,
            dataclass_transform=_transparent, get_args=_context, get_origin=_context,
            get_type_hints=_context)}  # fmt: skip

ITERTOOLS = (
    "accumulate groupby starmap takewhile dropwhile compress filterfalse tee count"  # those in the stub
)

STANDARD: dict[str, Any] = {
    name: Names(name, names)
    for name, names in {
        "math": _MATH,
        "enum": _ENUM,
        "numbers": {name: getattr(numbers, name) for name in ("Number", "Complex", "Real", "Rational", "Integral")},
        "typing": _TYPING,
        "typing_extensions": _TYPING | table(deprecated=_plain_wraps),
        "argparse": {"Namespace": SourceName("SimpleNamespace"), "ArgumentParser": SourceName("ArgumentParser")}
        | table(option=_option),
        "types": table(FunctionType=put_together, MethodType=_method, BuiltinFunctionType=_context)
        | {"LambdaType": Native("FunctionType", put_together), "NoneType": type(None)}
        | {"SimpleNamespace": SourceName("SimpleNamespace")},
        "functools": table(partial=_partial, wraps=_wraps, lru_cache=_transparent, cache=_transparent, reduce=_reduce,
                            cached_property=_cached_property, total_ordering=_same,
                            singledispatch=_dispatched, singledispatchmethod=_dispatched,
                            update_wrapper=_same)
        | {"partialmethod": SourceName("partialmethod"), "cmp_to_key": SourceName("cmp_to_key")},
        "dataclasses": table(dataclass=_dataclass, field=_field, fields=_fields, replace=_replace) | {
            "asdict": SourceName("asdict"), "astuple": SourceName("astuple"),
            "is_dataclass": Native("is_dataclass", _is_dataclass), "MISSING": Unknown("MISSING")},
        "copy": table(copy=_copy, deepcopy=_deepcopy),
        "collections.abc": {name: Dotted(f"typing.{name}") for name in _TYPES.split()}
        | {"Iterable": Native("Iterable", _context), "Sequence": Native("Sequence", _context)}
        | {"Mapping": SourceName("Mapping"), "MutableMapping": SourceName("MutableMapping")},
        "abc": table(abstractmethod=_same, abstractproperty=_abstract_property) | {
            "ABC": object, "ABCMeta": Dotted("abc.ABCMeta")},
        "contextlib": table(contextmanager=_manager, nullcontext=_suppressing) | {"suppress": SourceName("suppress")},
        "warnings": table(warn=_environ, filterwarnings=_context, simplefilter=_context, catch_warnings=_context),
        "inspect": INSPECT,
        "re": RE,
        "json": JSON,
        "yaml": YAML,
        "random": {name: Dotted(f"random.{name}") for name in random.__all__}
        | table(random=_drawn, uniform=_drawn),
        **CONTAINERS,
        "itertools": CONTAINERS["itertools"] | {n: SourceName(n) for n in ITERTOOLS.split()},
        "collections": CONTAINERS["collections"] | {n: SourceName(n) for n in ("deque", "Counter", "ChainMap")},
        "operator": CONTAINERS["operator"]
        | {n: SourceName(n) for n in ("methodcaller", "not_", "contains", "getitem")},
        "contextvars": {"ContextVar": SourceName("ContextVar")},
        "threading": {"Lock": SourceName("Lock"), "RLock": SourceName("Lock"), "local": SourceName("SimpleNamespace")},
        "importlib": table(import_module=_import_module),
        "importlib.metadata": table(version=_version) | {"PackageNotFoundError": ModuleNotFoundError},
        "packaging.version": table(parse=_version, Version=_version) | {"InvalidVersion": ValueError},
        "importlib.util": table(find_spec=_find_spec),
        "sys": table(exit=_exit)
        | {"version_info": tuple(sys.version_info[:3]), "maxsize": sys.maxsize, "platform": sys.platform},
        "os": table(getenv=_environ, _exit=_exit, abort=_exit) | {"environ": SourceName("environ")},
        "os.path": {name: _number(name, getattr(posixpath, name)) for name in PATHS},
    }.items()
}  # fmt: skip
STANDARD["packaging"] = Names("packaging", {"version": STANDARD["packaging.version"]})
