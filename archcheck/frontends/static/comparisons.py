"""Comparisons, identity and membership: true, false, a condition that a configuration turns, or not known."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from archcheck.frontends.guesses import guess_number
from archcheck.frontends.static.chance import likelier
from archcheck.frontends.static.decisions import GIVEN, text_of
from archcheck.frontends.static.errors import NeedsInputError, raised
from archcheck.frontends.static.indexes import compared, held
from archcheck.frontends.static.limits import NESTED, light
from archcheck.frontends.static.open_tables import is_open
from archcheck.frontends.static.registries import enrolled
from archcheck.frontends.static.selections import any_counted
from archcheck.frontends.static.tensors import tensor_call
from archcheck.frontends.static.values import (
    ABSTRACT,
    MISSING,
    VERSION,
    ClassValue,
    Condition,
    Dotted,
    Instance,
    ModuleNames,
    Repeated,
    Setting,
    Tensor,
    Unknown,
    Value,
    bare,
    cases,
    is_constant,
    is_size,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

COMPARE: dict[type, tuple[Callable[[Any, Any], Any], str, str]] = {
    ast.Eq: (operator.eq, "eq", "=="),
    ast.NotEq: (operator.ne, "ne", "!="),
    ast.Lt: (operator.lt, "lt", "<"),
    ast.LtE: (operator.le, "le", "<="),
    ast.Gt: (operator.gt, "gt", ">"),
    ast.GtE: (operator.ge, "ge", ">="),
}


def compare(vm: Interpreter, kind: type, left: Value, right: Value, node: ast.AST) -> Value:
    """A comparison; a `Condition` where a configuration may turn it."""
    if kind in (ast.Is, ast.IsNot):
        return _identity(vm, left, right, kind is ast.IsNot)
    if kind in (ast.In, ast.NotIn):
        return _membership(vm, left, right, kind is ast.NotIn, node)
    if (drawn := likelier(kind, left, right)) is not None:
        return drawn
    for value, other in ((left, right), (right, left)):
        if isinstance(value, Setting) and value.kind == "input" and value.value is None is not plain(other):
            raise NeedsInputError(value.key)  # `mask == 0` is computed with, not asked about
        if isinstance(value, Setting) and value.kind == "config" and is_constant(plain(other)):
            compared(vm, kind, value.value, plain(other))
            return _setting(kind, value, plain(other), value is right)
        counted = is_size(plain(value)) or any_counted(value)  # an empty tensor is no architecture
        if counted and type(other) is int and other == 0:
            return COMPARE[kind][0](*((1, 0) if value is left else (0, 1)))
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
        return _objects(vm, function, left, right, name, node)
    if isinstance(left, Dotted) and isinstance(right, Dotted):
        same = left.name.rpartition(".")[2] == right.name.rpartition(".")[2]
        return same if kind is ast.Eq else not same if kind is ast.NotEq else False
    compared(vm, kind, left, right)
    return _plainly(vm, kind, left, right, node)


def _plainly(vm: Interpreter, kind: type, left: Value, right: Value, node: ast.AST) -> Value:
    """A comparison of constants and containers."""
    if type(left) in NESTED and type(right) in NESTED:
        light((left, right))
        if _holds_abstract(left) or _holds_abstract(right):
            if kind not in (ast.Eq, ast.NotEq):
                return Unknown("a comparison with something that is not known")
            return _answer(_equal(vm, left, right, node), kind is ast.NotEq, node)
    try:
        return COMPARE[kind][0](left, right)
    except TypeError as error:
        raise raised(TypeError, str(error)) from None


def _holds_abstract(value: Value) -> bool:
    if isinstance(value, dict):
        return _holds_abstract(tuple(value)) or _holds_abstract(tuple(value.values()))
    return isinstance(value, (tuple, list, set, frozenset)) and any(
        type(m) in ABSTRACT or _holds_abstract(m) for m in value
    )


def _answer(members: set[str], negated: bool, node: ast.AST) -> Value:
    """The truth of several comparisons that must all hold."""
    if "no" in members:
        return negated
    if "open" in members:
        return Unknown("a comparison with something that is not known")
    if members <= {"yes"}:
        return not negated
    text = text_of(node)
    return Condition(("no by default" in members) is negated, text, "", MISSING)


def _equal(vm: Interpreter, left: Value, right: Value, node: ast.AST) -> set[str]:
    """How the members of two values compare."""
    if left is right:
        return {"yes"}
    kind = next((k for k in (tuple, list, dict) if isinstance(left, k) and isinstance(right, k)), None)
    if kind is None:
        return {_one(compare(vm, ast.Eq, left, right, node))}
    if len(left) != len(right):
        return {"no"}
    if kind is not dict:
        return {one for pair in zip(left, right, strict=True) for one in _equal(vm, pair[0], pair[1], node)}
    if set(map(light, left)) != set(map(light, right)):
        return {"open" if _holds_abstract(tuple(left)) or _holds_abstract(tuple(right)) else "no"}
    return {one for key, value in left.items() for one in _equal(vm, value, right[key], node)}


def _one(answer: Value) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, Condition) and answer.known:
        return "yes by default" if answer.truth else "no by default"
    return "open"


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
        text = text_of(node)
    positive = kind in (ast.Gt, ast.GtE) and other in (0, 0.0)
    elsewhere = kind is ast.NotEq and _other_device(text, (other,))
    return Condition(bool(positive) or elsewhere, text, "", MISSING, known=False)


def _other_device(text: str, names: Iterable[Value]) -> bool:
    """Whether a device is compared with names of rare ones alone (`mps`, `xla`): the code runs on another."""
    return "device" in text and all(
        isinstance(name, str) and not name.startswith(("cpu", "cuda", "gpu")) for name in names
    )


REFLECTED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}


def _objects(
    vm: Interpreter,
    function: Callable[[Any, Any], Any],
    left: Value,
    right: Value,
    name: str,
    node: ast.AST,
) -> Value:
    """A comparison with an object: by its own method, by the other's, and else by what it holds or is."""
    from archcheck.frontends.static.classes import find_method

    for one, other, method in ((left, right, name), (right, left, REFLECTED[name])):
        if not isinstance(one, Instance):
            continue
        if find_method(one.cls, f"__{method}__") is not MISSING:
            return vm.call(vm.get(one, f"__{method}__"), [other])
        if method == "ne" and find_method(one.cls, "__eq__") is not MISSING:
            return negation(vm, vm.call(vm.get(one, "__eq__"), [other]), ast.Constant(True))
    fields = left.cls.fields if isinstance(left, Instance) and isinstance(right, Instance) else None
    if fields is not None and left.cls is right.cls and (name in ("eq", "ne") or _ordered(left.cls)):
        rows = [
            [one.attributes.get(field) for field in fields] for one in (left, right)
        ]  # as `dataclass` writes it
        if name not in ("eq", "ne"):
            kind = next(kind for kind, row in COMPARE.items() if row[1] == name)
            return compare(vm, kind, tuple(map(plain, rows[0])), tuple(map(plain, rows[1])), node)
        return _answer(_equal(vm, rows[0], rows[1], node), name == "ne", node)
    hold_nothing = all(isinstance(v, Instance) and v.payload is None for v in (left, right))
    if name in ("eq", "ne") and (left is right or hold_nothing):
        return (left is right) is (name == "eq")
    values = [v.payload if isinstance(v, Instance) else v for v in (left, right)]
    if isinstance(left, Instance) and left.payload is None and "value" in left.attributes:
        values[0] = left  # an enumeration's member
    try:
        return bool(function(*values))
    except TypeError:
        return Unknown("a comparison of objects")


def _ordered(cls: ClassValue) -> bool:
    """Whether a dataclass, or a named tuple, compares by the order of its fields."""
    said = (ast.unparse(decorator) for decorator in cls.node.decorator_list)
    return tuple in cls.mro or any("order=True" in text for text in said)


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
    if (
        left is not right
        and None not in (left, right)
        and any(isinstance(one, Unknown) for one in (left, right))
    ):
        return Unknown("whether something that is not known is the same")
    left, right = plain(left), plain(right)
    if isinstance(left, Dotted) and isinstance(right, Dotted):
        same = left.name == right.name
    elif isinstance(left, (int, str)) and isinstance(right, (int, str)) and not isinstance(left, bool):
        same = left == right
    else:
        same = left is right
    return same is not negated


def _membership(vm: Interpreter, left: Value, right: Value, negated: bool, node: ast.AST) -> Value:
    key = left.key if isinstance(left, (Setting, Unknown)) else ""
    known = not isinstance(left, Unknown)
    left, right = plain(left), plain(right)
    if isinstance(right, Instance):
        from archcheck.frontends.static.classes import find_method

        if find_method(right.cls, "__contains__") is not MISSING:
            found = vm.call(vm.get(right, "__contains__"), [left])
            return negation(vm, found, ast.Constant(True)) if negated else found
        right = right.payload if right.payload is not None else vm.iterate(right)
    if isinstance(right, Repeated):
        right = right.members
    if (listed := cases(right)) is not None:
        right = listed
    if isinstance(right, ModuleNames) and right.module is not None and isinstance(left, str):
        return (vm.read_global(right.module, left) is not MISSING) is not negated
    if isinstance(right, (Unknown, Tensor)):
        return Unknown("whether a collection that is not known holds something")
    if not isinstance(right, (str, list, tuple, dict, set, frozenset, range)):
        raise raised(TypeError, f"{type(right).__name__} is no collection")
    if isinstance(left, Unknown) and not key:
        if negated and _other_device(text := text_of(node), right):
            return Condition(True, text, "", MISSING, known=False)
        return Unknown("whether a collection holds something that is not known")
    held(vm, left, right)
    truth = known and (_holds(right, left) or enrolled(vm, right, left))
    if (
        known
        and not truth
        and not isinstance(right, (str, range))
        and (is_open(vm, right) or any(type(m) is Unknown for m in right))
    ):
        return Unknown("whether a collection holds something, of which not all is known")
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
    value = bare(value)
    try:
        if light(value) in (collection if isinstance(collection, (dict, str)) else light(collection)):
            return True
    except TypeError:
        pass
    return not isinstance(collection, str) and any(
        type(bare(m)) is type(value) and bare(m) == value for m in collection if isinstance(m, Instance)
    )


def negation(vm: Interpreter, value: Value, node: ast.AST) -> Value:
    """`not value`, decided now."""
    if isinstance(value, Setting) and isinstance(value.value, bool):
        return not vm.truth(value)
    if isinstance(value, Condition):
        return not vm.truth(value)
    if isinstance(value, (Unknown, Setting, Tensor)):
        test = node.operand if isinstance(node, ast.UnaryOp) else node
        return not vm.truth(value, test)
    return not vm.truth(value, node)
