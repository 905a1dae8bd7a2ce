"""Operators on all kinds of values."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

from archcheck.frontends.guesses import guess_number
from archcheck.frontends.static.decisions import GIVEN, computed_with
from archcheck.frontends.static.errors import NeedsInputError, raised
from archcheck.frontends.static.indexes import Index, compared, computed, held
from archcheck.frontends.static.limits import (
    LARGEST,
    MOST_BITS,
    NESTED,
    SIZED,
    built,
    light,
    result_bits,
    spend,
    too_wide,
)
from archcheck.frontends.static.registries import enrolled
from archcheck.frontends.static.tensors import overwrite, tensor_call
from archcheck.frontends.static.values import (
    ABSTRACT,
    MISSING,
    VERSION,
    Condition,
    Dotted,
    Instance,
    Repeated,
    Setting,
    Tensor,
    Unknown,
    Value,
    is_constant,
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

COMPARE: dict[type, tuple[Callable[[Any, Any], Any], str, str]] = {
    ast.Eq: (operator.eq, "eq", "=="),
    ast.NotEq: (operator.ne, "ne", "!="),
    ast.Lt: (operator.lt, "lt", "<"),
    ast.LtE: (operator.le, "le", "<="),
    ast.Gt: (operator.gt, "gt", ">"),
    ast.GtE: (operator.ge, "ge", ">="),
}

# Operators whose result may be much larger than what they are given.
GROWING = frozenset({ast.Pow, ast.LShift, ast.Mult})
SET_OPERATORS = (ast.BitOr, ast.BitAnd, ast.BitXor, ast.Sub)


def binary(vm: Interpreter, kind: type, left: Value, right: Value) -> Value:
    """`left op right`."""
    function, name, method = BINARY[kind]
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
        return _unknown_number(kind, left, right)
    if type(left) not in ABSTRACT and type(right) not in ABSTRACT:
        return _native(vm, function, kind, left, right)
    return Unknown("an operator on values that are not numbers")


def seen(vm: Interpreter, value: Value) -> Value:
    """An operand beside a tensor: what may be a tensor that was computed out of sight is one, and unresolved."""
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
        values = right if isinstance(right, tuple) else (right,)
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
        return _negation(vm, value, node)
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
    return number("a number that is not known")


def _negation(vm: Interpreter, value: Value, node: ast.AST) -> Value:
    if isinstance(value, Setting) and isinstance(value.value, bool):
        return not vm.truth(value)
    if isinstance(value, Condition):
        return not vm.truth(value)
    if isinstance(value, (Unknown, Setting, Tensor)):
        test = node.operand if isinstance(node, ast.UnaryOp) else node
        return not vm.truth(value, test)
    return not vm.truth(value, node)


def compare(vm: Interpreter, kind: type, left: Value, right: Value, node: ast.AST) -> Value:
    """A comparison; a `Condition` where a configuration may turn it."""
    if kind in (ast.Is, ast.IsNot):
        return _identity(vm, left, right, kind is ast.IsNot)
    if kind in (ast.In, ast.NotIn):
        return _membership(vm, left, right, kind is ast.NotIn)
    for value, other in ((left, right), (right, left)):
        if isinstance(value, Setting) and value.kind == "input" and value.value is None is not plain(other):
            raise NeedsInputError(value.key)  # `mask == 0` is computed with, not asked about
        if isinstance(value, Setting) and value.kind == "config" and is_constant(plain(other)):
            return _setting(kind, value, plain(other), value is right)
    left, right = plain(left), plain(right)
    function, name, sign = COMPARE[kind]
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        return tensor_call(vm, f"_operator.{name}", (left, right))
    for value, other in ((left, right), (right, left)):
        if isinstance(value, Unknown) and value.reason == VERSION:
            return kind in ((ast.Gt, ast.GtE, ast.NotEq) if value is left else (ast.Lt, ast.LtE, ast.NotEq))
        if isinstance(value, Unknown):
            return _unknown(kind, value, other, sign, node)
    if isinstance(left, Instance) or isinstance(right, Instance):
        return _objects(vm, function, left, right, name)
    if isinstance(left, Dotted) and isinstance(right, Dotted):
        same = left.name.rpartition(".")[2] == right.name.rpartition(".")[2]
        return same if kind is ast.Eq else not same if kind is ast.NotEq else False
    compared(vm, kind, left, right)
    return _plainly(kind, left, right)


def _plainly(kind: type, left: Value, right: Value) -> Value:
    """A comparison of constants and containers."""
    if type(left) in NESTED and type(right) in NESTED:
        light((left, right))
        if kind not in (ast.Eq, ast.NotEq) and (_holds_unknown(left) or _holds_unknown(right)):
            return Unknown("a comparison with something that is not known")
    try:
        return COMPARE[kind][0](left, right)
    except TypeError as error:
        raise raised(TypeError, str(error)) from None


def _holds_unknown(value: Value) -> bool:
    return isinstance(value, (tuple, list)) and any(type(m) in ABSTRACT or _holds_unknown(m) for m in value)


def _setting(kind: type, setting: Setting, other: Value, swapped: bool) -> Value:
    function, _, sign = COMPARE[kind]
    try:
        truth = bool(function(other, setting.value) if swapped else function(setting.value, other))
    except TypeError:
        truth = kind is ast.NotEq
    text = f"{setting.key} {sign} {other!r}"
    if kind is ast.Eq and not truth:
        return Condition(truth, text, setting.key, other, stands=setting.value)
    if kind is ast.NotEq and truth:
        return Condition(truth, text, setting.key, other, stands=setting.value)
    return Condition(truth, text, "", MISSING)


def _unknown(kind: type, value: Unknown, other: Value, sign: str, node: ast.AST) -> Value:
    """A comparison with something that is not known: sizes and counts are ordinary, rates are not zero."""
    function = COMPARE[kind][0]
    likely = (
        guess_number(value.key.rpartition(".")[2]) if value.key and isinstance(other, (int, float)) else None
    )
    if isinstance(likely, (int, float)) and not isinstance(other, bool):
        return Condition(
            bool(function(likely, other)), f"{value.key} {sign} {other!r}", "", MISSING, known=False
        )
    if kind in (ast.Eq, ast.NotEq) and value.key and is_constant(other):
        return Condition(kind is ast.NotEq, f"{value.key} {sign} {other!r}", value.key, other, known=False)
    text = f"{value.key} {sign} {other!r}" if value.key and is_constant(other) else ""
    if not text:
        text = " ".join(ast.unparse(node).split())[:120]
    positive = kind in (ast.Gt, ast.GtE) and other in (0, 0.0)
    return Condition(bool(positive) or (kind is ast.NotEq and False), text, "", MISSING, known=False)


def _objects(
    vm: Interpreter, function: Callable[[Any, Any], Any], left: Value, right: Value, name: str
) -> Value:
    from archcheck.frontends.static.classes import find_method

    if isinstance(left, Instance) and find_method(left.cls, f"__{name}__") is not MISSING:
        return vm.call(vm.get(left, f"__{name}__"), [right])
    if isinstance(left, Instance) and isinstance(right, Instance) and name in ("eq", "ne"):
        return (left is right) is (name == "eq")
    values = [v.payload if isinstance(v, Instance) else v for v in (left, right)]
    if isinstance(left, Instance) and left.payload is None and "value" in left.attributes:
        values[0] = left  # an enumeration's member
    try:
        return bool(function(*values))
    except TypeError:
        return Unknown("a comparison of objects")


def _identity(vm: Interpreter, left: Value, right: Value, negated: bool) -> Value:
    """`is`: against None for what a configuration gives."""
    for value, other in ((left, right), (right, left)):
        if isinstance(value, Setting) and other is None and value.value is None and value.kind == "input":
            vm.decisions.absent[value.key] = None
        if isinstance(value, Tensor) and other is None and value.kind == "input":
            vm.decisions.present[value.name] = None
        if isinstance(value, Setting) and other is None and value.kind == "config":
            text = f"{value.key} is {'not ' if negated else ''}None"
            truth = (value.value is None) is not negated
            turned = GIVEN if value.value is None else None
            return Condition(truth, text, value.key, turned, stands=value.value)
    left, right = plain(left), plain(right)
    if isinstance(left, Dotted) and isinstance(right, Dotted):
        same = left.name == right.name
    elif isinstance(left, (int, str)) and isinstance(right, (int, str)) and not isinstance(left, bool):
        same = left == right
    else:
        same = left is right
    return same is not negated


def _membership(vm: Interpreter, left: Value, right: Value, negated: bool) -> Value:
    key = left.key if isinstance(left, (Setting, Unknown)) else ""
    known = not isinstance(left, Unknown)
    left, right = plain(left), plain(right)
    if isinstance(right, Instance):
        from archcheck.frontends.static.classes import find_method

        if find_method(right.cls, "__contains__") is not MISSING:
            found = vm.call(vm.get(right, "__contains__"), [left])
            return _negation(vm, found, ast.Constant(True)) if negated else found
        right = right.payload if right.payload is not None else vm.iterate(right)
    if isinstance(right, Repeated):
        right = right.members
    if isinstance(right, (Unknown, Tensor)):
        return Unknown("whether a collection that is not known holds something")
    if not isinstance(right, (str, list, tuple, dict, set, frozenset, range)):
        raise raised(TypeError, f"{type(right).__name__} is no collection")
    if isinstance(left, Unknown) and not key:
        return Unknown("whether a collection holds something that is not known")
    held(vm, left, right)
    truth = known and (_holds(right, left) or enrolled(vm, right, left))
    members = list(islice(filter(is_constant, right), 4)) if key and not isinstance(right, str) else []
    if members:
        text = f"{key} {'not in' if negated else 'in'} {tuple(members)!r}"
        turned = MISSING if truth else members[0]
        stands = left if known and is_constant(left) else MISSING
        return Condition(truth is not negated, text, key if not truth else "", turned, known, stands)
    return truth is not negated


def _holds(collection: Any, value: Value) -> bool:
    if isinstance(collection, range):  # Python runs through it to find a number that is no integer
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return whole and int(value) in collection
    try:
        return light(value) in (collection if isinstance(collection, (dict, str)) else light(collection))
    except TypeError:
        return False


def _needed(*values: Value) -> None:
    """Raises NeedsInputError where an optional argument of forward is computed with."""
    for value in values:
        if isinstance(value, Setting) and value.value is None and value.kind == "input":
            raise NeedsInputError(value.key)
