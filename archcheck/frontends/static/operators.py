"""Operators on all kinds of values."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import replace
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.comparisons import negation
from archcheck.frontends.static.decisions import computed_with
from archcheck.frontends.static.errors import NeedsInputError, raised
from archcheck.frontends.static.indexes import Index, computed
from archcheck.frontends.static.limits import (
    LARGEST,
    MOST_BITS,
    SIZED,
    built,
    light,
    result_bits,
    spend,
    too_wide,
)
from archcheck.frontends.static.samples import grew
from archcheck.frontends.static.tensors import overwrite, tensor_call
from archcheck.frontends.static.values import (
    ABSTRACT,
    MISSING,
    SEVERAL,
    ClassValue,
    Dotted,
    Instance,
    Repeated,
    Setting,
    Tensor,
    Unknown,
    Value,
    number,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

# operator -> its function, its name in the `operator` module, its method
BINARY: dict[type, tuple[Callable[[Any, Any], Any], str, str]] = {
    ast.Add: (operator.add, "add", "add"),
    ast.Sub: (operator.sub, "sub", "sub"),
    ast.Mult: (operator.mul, "mul", "mul"),
    ast.Div: (operator.truediv, "truediv", "truediv"),
    ast.FloorDiv: (operator.floordiv, "floordiv", "floordiv"),
    ast.Mod: (operator.mod, "mod", "mod"),
    ast.Pow: (operator.pow, "pow", "pow"),
    ast.MatMult: (operator.matmul, "matmul", "matmul"),
    ast.BitAnd: (operator.and_, "and_", "and"),
    ast.BitOr: (operator.or_, "or_", "or"),
    ast.BitXor: (operator.xor, "xor", "xor"),
    ast.LShift: (operator.lshift, "lshift", "lshift"),
    ast.RShift: (operator.rshift, "rshift", "rshift"),
}

# Operators whose result may be much larger than what they are given.
GROWING = frozenset({ast.Pow, ast.LShift, ast.Mult})
CLASSES = (ClassValue, type, Dotted, UnionType, NoneType)
SET_OPERATORS = (ast.BitOr, ast.BitAnd, ast.BitXor, ast.Sub)


def binary(vm: Interpreter, kind: type, left: Value, right: Value) -> Value:
    """`left op right`."""
    function, name, method = BINARY[kind]
    if kind is ast.BitOr and all(isinstance(one, CLASSES) or _is_union(one) for one in (left, right)):
        return (*_classes(left), *_classes(right))  # `Linear | Conv2d`, as `isinstance` takes it
    if type(left) not in ABSTRACT and type(right) not in ABSTRACT:
        return _native(vm, function, kind, left, right)
    _needed(left, right)
    left, right = computed_with(left), computed_with(right)
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        return tensor_call(vm, f"_operator.{name}", (seen(vm, left), seen(vm, right)))
    for one, other, prefix in ((left, right, "__"), (right, left, "__r")):
        if isinstance(one, Instance):
            answer = _object(vm, one, other, f"{prefix}{method}__")
            if answer is not MISSING:
                return answer
    if kind is ast.Mult:
        for one, count in ((left, right), (right, left)):
            if isinstance(one, (list, tuple)) and isinstance(count, Unknown):
                return Repeated([*one, *one])
    if isinstance(left, Repeated) or isinstance(right, Repeated):
        return _repeated(vm, kind, left, right)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return _put_together(left, right) if kind is ast.Add else _unknown_number(kind, left, right)
    if type(left) not in ABSTRACT and type(right) not in ABSTRACT:
        return _native(vm, function, kind, left, right)
    return Unknown("an operator on values that are not numbers")


def _put_together(left: Value, right: Value) -> Value:
    """A sum with something unknown; of sizes (`x.shape[:-1] + (heads, size)`) with what is known of them."""
    unknown, known = (left, right) if isinstance(left, Unknown) else (right, left)
    if type(known) not in (tuple, list) or not isinstance(unknown, Unknown) or not unknown.number:
        return _unknown_number(ast.Add, left, right)
    several = replace(unknown, reason=SEVERAL, key="")
    return type(known)((several, *known) if unknown is left else (*known, several))


def _is_union(value: Value) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, CLASSES) for one in value)


def _classes(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else (NoneType if value is None else value,)


def seen(vm: Interpreter, value: Value) -> Value:
    """An operand beside a tensor: what may be a tensor that was computed out of sight is one, and unresolved."""
    if isinstance(value, Unknown) and value.held is not None and vm.recorder.recording:
        return vm.recorder.emit("torch.Tensor.select", (value.held,), {}, vm.frames())
    if isinstance(value, Unknown) and value.hides and vm.recorder.recording:
        return vm.recorder.lost(value.reason, vm.here())
    return value


def _native(
    vm: Interpreter, function: Callable[[Any, Any], Any], kind: type, left: Value, right: Value
) -> Value:
    """Constant folding, within limits."""
    if kind in GROWING:
        if isinstance(left, (int, float)) and isinstance(right, (int, float)):
            if result_bits(kind, left, right) > MOST_BITS:
                return number("a number too large to compute")
        elif any(
            type(a) in SIZED and isinstance(b, int) and len(a) * b > LARGEST
            for a, b in ((left, right), (right, left))
        ):
            return Unknown("a sequence too long to build")
    elif kind is ast.Mod and isinstance(left, (str, bytes)):
        values = tuple(map(plain, right if isinstance(right, tuple) else (right,)))
        if any(type(value) in ABSTRACT for value in values):
            return number("a text with a part that is not known")
        right = values if isinstance(right, tuple) else right
        if too_wide(str(left), values):
            return number("a text too long to build")
        spend(vm, sum(len(v) for v in light(values) if type(v) in SIZED))
    if kind in SET_OPERATORS and isinstance(left, list) and isinstance(right, (list, set, frozenset)):
        return _views(function, left, list(right))
    try:
        made = function(left, right)
    except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise raised(type(error), str(error)) from None
    if type(left) is Index or type(right) is Index:
        made = computed(vm, kind, left, right, made)
    return built(vm, made) if type(made) in SIZED else made


def _views(function: Callable[[Any, Any], Any], left: list[Value], right: list[Value]) -> list[Value]:
    """A set operator on the keys, values or items of dictionaries, which are lists here; in their order."""
    try:
        kept = function(set(left), set(right))
    except TypeError:
        raise raised(TypeError, "unhashable members of a set") from None
    return [member for member in dict.fromkeys((*left, *right)) if member in kept]


def _object(vm: Interpreter, one: Instance, other: Value, method: str) -> Value:
    from archcheck.frontends.static.classes import find_method

    if find_method(one.cls, method) is not MISSING:
        return vm.call(vm.get(one, method), [other])
    if one.payload is not None:
        payload = other.payload if isinstance(other, Instance) else other
        native = getattr(one.payload, method, None)
        if native is not None and type(payload) not in ABSTRACT:
            answer = native(payload)
            return MISSING if answer is NotImplemented else answer
    return MISSING


def _unknown_number(kind: type, left: Value, right: Value) -> Value:
    """What a number is that is not known; a number divided by itself is one."""
    same = isinstance(left, Unknown) and (
        left is right or (isinstance(right, Unknown) and left.key != "" and left.key == right.key)
    )
    if same and kind in (ast.FloorDiv, ast.Div):
        return 1 if kind is ast.FloorDiv else 1.0
    if same and kind in (ast.Sub, ast.Mod):
        return 0
    if kind in (ast.Mult, ast.FloorDiv, ast.Div) and right == 1 and isinstance(left, Unknown):
        return left
    if kind is ast.Mult and left == 1:
        return right
    for one in (left, right):
        if isinstance(one, Unknown) and one.hides:
            return one
    return number("a number that is not known")


def _repeated(vm: Interpreter, kind: type, left: Value, right: Value) -> Value:
    """A list of unknown length: `[x] * n`, or two lists one after the other."""
    if kind is ast.Mult:
        return left if isinstance(left, Repeated) else right
    if kind is ast.Add:
        joined = [*vm.iterate(left), *vm.iterate(right)]
        return tuple(joined) if isinstance(left, tuple) or isinstance(right, tuple) else joined
    return Unknown("a sequence that is not known")


def in_place(vm: Interpreter, kind: type, left: Value, right: Value) -> Value:
    """`left op= right`: a tensor or a list changes, and whoever else holds it sees that."""
    held = plain(left)
    if isinstance(held, Tensor) and (vm.recorder.recording or held.kind != "constant"):
        _needed(right)
        method = f"torch.Tensor.__i{BINARY[kind][2]}__"
        return overwrite(vm, held, tensor_call(vm, method, (held, seen(vm, plain(right)))))
    if isinstance(held, list) and kind is ast.Add:
        grew(vm, held)
        held.extend(list(vm.iterate(right)))
        return built(vm, held)
    if isinstance(held, Instance):
        answer = _object(vm, held, right, f"__i{BINARY[kind][2]}__")
        if answer is not MISSING:
            return answer
    return binary(vm, kind, left, right)


def unary(vm: Interpreter, kind: type, value: Value, node: ast.AST) -> Value:
    """`not`, `-`, `+`, `~`."""
    if kind is ast.Not:
        return negation(vm, value, node)
    _needed(value)
    value = plain(value)
    if isinstance(value, Tensor):
        if kind is ast.UAdd:
            return value
        return tensor_call(
            vm, "torch.Tensor.__neg__" if kind is ast.USub else "torch.Tensor.__invert__", (value,)
        )
    if isinstance(value, (bool, int, float, complex)):
        if kind is ast.USub:
            return -value
        return (
            +value if kind is ast.UAdd else ~int(value) if not isinstance(value, (float, complex)) else value
        )
    if isinstance(value, Instance):
        from archcheck.frontends.static.classes import find_method

        name = {"USub": "__neg__", "UAdd": "__pos__", "Invert": "__invert__"}[kind.__name__]
        if find_method(value.cls, name) is not MISSING:
            return vm.call(vm.get(value, name))
    return number("a number that is not known")


def _needed(*values: Value) -> None:
    """Raises NeedsInputError where an optional argument of forward is computed with."""
    for value in values:
        if isinstance(value, Setting) and value.value is None and value.kind == "input":
            raise NeedsInputError(value.key)
