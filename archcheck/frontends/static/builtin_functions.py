"""Builtin functions."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.builtin_iterators import ITERATORS
from archcheck.frontends.static.classes import find_method
from archcheck.frontends.static.errors import NeedsInputError, Raised, raised
from archcheck.frontends.static.kinds import is_instance, is_subclass
from archcheck.frontends.static.limits import SIZED, light, too_wide
from archcheck.frontends.static.open_tables import beyond, is_open, open_up
from archcheck.frontends.static.samples import is_sample, numbered, taken_apart
from archcheck.frontends.static.tensor_attributes import lacks
from archcheck.frontends.static.texts import written
from archcheck.frontends.static.values import (
    ABSTRACT,
    MISSING,
    SIZE,
    BoundMethod,
    ClassValue,
    Dotted,
    FunctionValue,
    Instance,
    Native,
    Partial,
    Property,
    Repeated,
    Setting,
    Super,
    Tensor,
    Unknown,
    Value,
    Wrapped,
    cases,
    made_of,
    number,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def _getattr(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    name = plain(args[1])
    if not isinstance(name, str):
        return Unknown("an attribute whose name is not known")
    if len(args) < 3:
        return vm.get(args[0], name)
    from archcheck.frontends.static.attributes import configured, mapped

    holder = args[0]
    if _is_absent(holder):
        return args[2]
    if isinstance(holder, Unknown) and holder.key:
        return configured(vm, f"{holder.key}.{name}", args[2])
    absent = isinstance(holder, Instance) and holder.origin and name not in holder.attributes
    if absent and find_method(holder.cls, name) is MISSING:
        key = f"{holder.origin}.{name}"
        answer = mapped(vm, holder, name)
        lost = answer is MISSING or (isinstance(answer, Unknown) and answer.key == key)
        return configured(vm, key, args[2]) if lost else answer
    if not absent and _may_have(vm, holder, name):
        return beyond(vm, holder.attributes, name, args[2])
    if isinstance(holder, Tensor) and holder.kind == "input":
        return configured(vm, f"{holder.name}.{name}", args[2])
    if lacks(vm, holder, name):
        return args[2]
    try:
        return vm.get(holder, name)
    except Raised as error:
        if "AttributeError" in error.names:
            return args[2]
        raise


def _setattr(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    name = plain(args[1])
    if isinstance(name, str):
        vm.set(args[0], name, args[2])
    elif isinstance(args[0], Instance) and not vm.recorder.recording:
        open_up(vm, args[0].attributes, args[0].cls.name)
    elif vm.recorder.recording:
        vm.recorder.unresolved.append(("an attribute is set under a name that is not known", "", vm.here()))
    return None


def _delattr(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    if isinstance(args[0], Instance):
        args[0].attributes.pop(str(plain(args[1])), None)
    return None


def _is_absent(value: Value) -> bool:
    """Whether this is an optional argument of forward that was not given."""
    return isinstance(value, Setting) and value.value is None and value.kind == "input"


def _may_have(vm: Interpreter, holder: Value, name: str) -> bool:
    """Whether an attribute that was not seen may have been set under a name that is not known."""
    if not isinstance(holder, Instance) or name in holder.attributes or name.startswith("__"):
        return False
    return is_open(vm, holder.attributes) and find_method(holder.cls, name) is MISSING


def _hasattr(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    name = plain(args[1])
    if _is_absent(args[0]):
        return False
    if isinstance(args[0], (Unknown, Dotted)) or not isinstance(name, str):
        key = f"hasattr({args[0].key}, {name!r})" if isinstance(args[0], Unknown) and args[0].key else ""
        return Unknown("whether a value that is not known has an attribute", key)
    if isinstance(args[0], Instance) and args[0].origin and not args[0].attributes.get(name):
        return find_method(args[0].cls, name) is not MISSING or name in args[0].attributes
    if lacks(vm, args[0], name):
        return False
    if _may_have(vm, args[0], name):
        return Unknown("whether an object of which not all is known has an attribute")
    try:
        vm.get(args[0], name)
    except Raised:
        return False
    return True


def _len(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    value = args[0]
    if isinstance(value, Setting) and value.value is None and value.kind == "input":
        raise NeedsInputError(value.key)
    value = plain(value)
    if isinstance(value, Repeated):
        return value.length or number("the length of a list that is not known")
    if isinstance(value, Instance):
        method = find_method(value.cls, "__len__")
        if method is not MISSING:
            return vm.call(vm.get(value, "__len__"))
        if value.payload is not None:
            return len(value.payload)
    if (listed := cases(value)) is not None:
        return len(listed)
    if isinstance(value, ClassValue) and value.metaclass is not None:
        return vm.call(vm.get(value, "__len__"))
    if isinstance(value, (list, tuple, dict, str, set, frozenset, range, bytes)):
        return len(value)
    if isinstance(value, Tensor) and value.shape and value.shape[0] is not None:
        return value.shape[0]
    if isinstance(value, (Unknown, Tensor, Dotted)):
        return SIZE if isinstance(value, Tensor) else number("a length")
    raise raised(TypeError, f"object of type {type(value).__name__!r} has no len()")


def _numbers(name: str, function: Callable[..., Any]) -> Native:
    """A builtin that reduces numbers; a sum of tensors is computed."""

    def run(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
        members = list(vm.iterate(args[0])) if len(args) == 1 or name == "sum" else list(args)
        started = name == "sum" and (len(args) > 1 or "start" in kwargs)
        if started:  # `sum(tuples, ())` begins with what it is given
            members.insert(0, args[1] if len(args) > 1 else kwargs["start"])
        values = [plain(m) for m in members]
        if any(isinstance(v, (Tensor, Instance)) or (name == "sum" and type(v) in SIZED) for v in values):
            return _folded(vm, name, values)
        key = plain(kwargs.get("key"))
        if key is not None and name != "sum" and values:
            order = [light(plain(vm.call(key, [m]))) for m in members]
            if any(type(v) in ABSTRACT for v in order):
                return made_of(f"{name}() of values that are not known", values)
            return members[_guarded(function, [range(len(order))], {"key": order.__getitem__})]
        if any(type(v) in ABSTRACT for v in values):
            return made_of(f"{name}() of numbers that are not known", values)
        if not values and "default" in kwargs:
            return kwargs["default"]
        values = [light(v) for v in values]
        return _guarded(function, [values[1:], values[0]] if started else [values], {})

    return Native(name, run)


def _folded(vm: Interpreter, name: str, values: list[Value]) -> Value:
    import ast

    from archcheck.frontends.static.operators import binary

    if name != "sum":
        return Unknown(f"{name} of tensors")
    found = values[0]
    for value in values[1:]:
        found = (
            value
            if found == 0 and not isinstance(found, (Tensor, Instance))
            else binary(vm, ast.Add, found, value)
        )
    return found


def _guarded(function: Callable[..., Any], args: list[Value], kwargs: dict[str, Value]) -> Value:
    try:
        return function(*args, **kwargs)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise raised(type(error), str(error)) from None


def _scalar(name: str, function: Callable[..., Any]) -> Native:
    """A builtin on plain values; unknown where an argument is."""

    def run(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
        if len(args) == 1 and type(args[0]) in (int, float) and not kwargs:
            return _guarded(function, args, kwargs)
        values = [plain(a) for a in args]
        if values and isinstance(values[0], Tensor) and name in ("abs", "pow", "round"):
            from archcheck.frontends.static.tensors import tensor_call

            return tensor_call(vm, f"torch.{name}", tuple(values))
        if any(type(v) in ABSTRACT for v in values):
            return made_of(f"{name}() of a value that is not known", values)
        if name == "format" and len(values) > 1 and too_wide(str(values[1])):
            return number("a text too long to build")
        if name in ("pow", "round") and any(isinstance(v, (int, float)) and abs(v) > 1000 for v in values):
            return number("a number too large to compute")
        return _guarded(function, [light(v) for v in values], kwargs)

    return Native(name, run)


def _repr(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return written(vm, args[0], exactly=True)


def _callable(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    value = plain(args[0])
    if isinstance(value, Unknown):
        return Unknown("whether a value that is not known can be called")
    if isinstance(value, Instance):
        return bool(value.serial) or find_method(value.cls, "__call__") is not MISSING
    return isinstance(value, (FunctionValue, BoundMethod, ClassValue, Native, Partial, Dotted, type, Wrapped))


def _super(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    if len(args) == 2 and isinstance(args[0], ClassValue):
        return Super(args[0], args[1])
    return Unknown("super() of a class that is not known")


def _vars(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return vm.get(args[0], "__dict__") if args and isinstance(args[0], Instance) else Unknown("vars()")


def _globals(vm: Interpreter, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return Unknown("the names of a module")


def _property(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return Property(args[0] if args else None, args[1] if len(args) > 1 else None)


def _static(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return Wrapped(args[0], "staticmethod")


def _classmethod(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    function = args[0]
    return function if isinstance(function, Property) else Wrapped(function, "classmethod")


def _run_text(vm: Interpreter, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """`exec` and `eval`: whatever the code that runs it knows may have changed."""
    if vm.stack:
        vm.recorder.unresolved.append(("exec() or eval() runs code that is not read", "", vm.here()))
    return Unknown("what code in a text gives is not known")


def _id(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return id(plain(args[0]))


def _nothing(_vm: Interpreter, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return None


def _parameter(_vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`torch.nn.Parameter(tensor)`: a parameter of the shape of a tensor."""
    data = plain(args[0] if args else kwargs.get("data"))
    return Tensor(None, "parameter", data.shape if isinstance(data, Tensor) else None)


def _buffer(_vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    data = plain(args[0] if args else kwargs.get("data"))
    return Tensor(None, "buffer", data.shape if isinstance(data, Tensor) else None)


def _is_known(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """Whether a value is told by the source."""
    return not isinstance(plain(args[0]), (Unknown, Tensor))


def _length_of(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """The real length of a list of which a few members stand for all; None for other lists."""
    value = plain(args[0])
    return value.length if isinstance(value, Repeated) else None


def _members_of(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """The members of a list of modules, with the note that they stand for more."""
    return args[0] if plain(args[1]) is None else Repeated(args[0], plain(args[1]))


def _changes(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """Note that a list of modules gets more or fewer members."""
    taken_apart(vm, _members_of(vm, args, {}))


def _with_numbers(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """The members of a sample with the numbers that they have in the list that it stands for; None for other lists."""
    value = plain(args[0])
    return numbered(value) if isinstance(value, Repeated) and is_sample(value) else None


def _import(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`__import__(name, fromlist=…)`: the module, or without a list of names the package on its top."""
    from archcheck.frontends.static.imports import open_module

    name = plain(args[0])
    if not isinstance(name, str):
        return Unknown("a module whose name is not known")
    names = plain(kwargs.get("fromlist", args[3] if len(args) > 3 else None))
    found = open_module(vm, name if names else name.partition(".")[0])
    if found is None:
        raise raised(ModuleNotFoundError, f"No module named {name!r}")
    return found


def _is_tensor(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return isinstance(plain(args[0]), Tensor)


def _given(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """An input that the code itself makes (`keras.Input`), where what is computed of it is written down."""
    if not vm.recorder.recording:
        return Tensor(None, "constant")
    return vm.recorder.source("input", str(plain(args[0])))


def _whether(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """The truth of what code hands to a framework's `cond`: it is asked as an `if` of the code itself would be."""
    node = next((a.node for a in reversed(vm.stack) if not a.hidden), None)
    given = [*node.args, *(k.value for k in node.keywords)] if isinstance(node, ast.Call) else []
    return vm.decisions.truth(vm, args[0], given[0] if given else node, aloud=True)


BUILTINS: dict[str, Value] = {
    name: Native(name, function)
    for name, function in (
        ("isinstance", is_instance), ("issubclass", is_subclass), ("getattr", _getattr), ("setattr", _setattr),
        ("delattr", _delattr), ("hasattr", _hasattr), ("len", _len), ("callable", _callable),
        ("super", _super), ("vars", _vars),
        ("globals", _globals), ("locals", _globals), ("property", _property), ("staticmethod", _static),
        ("classmethod", _classmethod), ("id", _id), ("print", _nothing), ("breakpoint", _nothing),
        ("exec", _run_text), ("eval", _run_text), ("__import__", _import),
        # what the stubs ask for
        ("__archcheck_length__", _length_of), ("__archcheck_members__", _members_of),
        ("__archcheck_numbered__", _with_numbers), ("__archcheck_changes__", _changes),
        ("__archcheck_is_known__", _is_known), ("__archcheck_is_tensor__", _is_tensor),
        ("__archcheck_whether__", _whether), ("__archcheck_input__", _given),
    )
} | ITERATORS | {
    "sum": _numbers("sum", sum), "min": _numbers("min", min), "max": _numbers("max", max),
    "abs": _scalar("abs", abs), "round": _scalar("round", round), "divmod": _scalar("divmod", divmod),
    "pow": _scalar("pow", pow), "repr": Native("repr", _repr), "hash": _scalar("hash", hash),
    "chr": _scalar("chr", chr), "ord": _scalar("ord", ord), "format": _scalar("format", format),
    "hex": _scalar("hex", hex), "bin": _scalar("bin", bin),
    "__archcheck_parameter__": Native("Parameter", _parameter), "__archcheck_buffer__": Native("Buffer", _buffer),
    "True": True, "False": False, "None": None, "NotImplemented": NotImplemented, "Ellipsis": ...,
    "__debug__": True,
}  # fmt: skip
