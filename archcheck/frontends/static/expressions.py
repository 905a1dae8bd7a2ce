"""Expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static import comparisons, operators
from archcheck.frontends.static.arguments import Open, asked_for
from archcheck.frontends.static.comprehensions import (
    dict_comprehension,
    generator_expression,
    list_comprehension,
    set_comprehension,
)
from archcheck.frontends.static.errors import raised
from archcheck.frontends.static.imports import builtin
from archcheck.frontends.static.limits import LONG, WIDEST, built, light, spend
from archcheck.frontends.static.open_tables import is_open, open_up
from archcheck.frontends.static.texts import printable, written
from archcheck.frontends.static.values import (
    MISSING,
    SEVERAL,
    Environment,
    FunctionValue,
    Instance,
    ModuleNames,
    Native,
    Tensor,
    Unknown,
    Value,
    number,
    plain,
)
from archcheck.frontends.static.yields import run_yield, run_yield_from

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

Evaluator = Callable[["Interpreter", Any, Environment], Value]


def evaluate(vm: Interpreter, node: ast.expr, env: Environment) -> Value:
    """The value of an expression."""
    return EVALUATORS[type(node)](vm, node, env)


def _constant(_vm: Interpreter, node: ast.Constant, _env: Environment) -> Value:
    return node.value


def _name(vm: Interpreter, node: ast.Name, env: Environment) -> Value:
    return read_name(vm, node.id, env)


def read_name(vm: Interpreter, name: str, env: Environment) -> Value:
    """A name as the code at this place sees it. Raises NameError in the code that is read."""
    scope: Environment | None = env
    names = env.module.namespace
    first = True
    if env.outer_names and env.outer_names.get(name) == "global":
        scope = None
    while scope is not None:
        variables = scope.variables
        if name in variables and (first or not scope.is_class) and variables is not names:
            return variables[name]
        scope, first = scope.parent, False
    found = vm.read_global(env.module, name)
    if found is not MISSING:
        return found
    if name == "__name__":
        return env.module.name
    if name == "__class__" and env.owner is not None:
        return env.owner
    if name == "__package__":
        return env.module.package
    if name == "__file__":
        return env.module.path
    found = builtin(name)
    if found is MISSING and env.module.framework and not name.startswith("__"):
        found = vm.find_name(env.module, name)
    if found is MISSING:
        raise raised(NameError, f"name {name!r} is not defined")
    return found


def _attribute(vm: Interpreter, node: ast.Attribute, env: Environment) -> Value:
    value = EVALUATORS[type(node.value)](vm, node.value, env)
    if vm.stack:
        vm.stack[-1].node = node
    return vm.get(value, node.attr)


def _call(vm: Interpreter, node: ast.Call, env: Environment) -> Value:
    function = node.func
    if isinstance(function, ast.Name) and function.id == "super" and not node.args:
        from archcheck.frontends.static.classes import bare_super

        return bare_super(vm, env)
    called = EVALUATORS[type(function)](vm, function, env)
    if isinstance(called, Native) and called.name == "globals":
        return ModuleNames("the names of a module", module=env.module)
    args: list[Value] = []
    for arg in node.args:
        kind = type(arg)
        if kind is ast.Starred:
            args.extend(_passed_on(vm, called, node, arg.value, env))  # type: ignore[attr-defined]
        else:
            args.append(EVALUATORS[kind](vm, arg, env))
    kwargs: dict[str, Value] = {}
    for keyword in node.keywords:
        value = EVALUATORS[type(keyword.value)](vm, keyword.value, env)
        if keyword.arg is not None:
            kwargs[keyword.arg] = value
        else:
            kwargs.update(built(vm, _mapping(vm, value)))
            if isinstance(plain(value), Tensor) or is_open(vm, value):
                kwargs = Open(kwargs)  # these may be any
    if vm.stack:
        vm.stack[-1].node = node
    return vm.call(called, args, kwargs)


def _passed_on(
    vm: Interpreter, called: Value, node: ast.Call, starred: ast.expr, env: Environment
) -> Sequence[Value]:
    """What a star hands to a function: of a tensor cut into pieces as many as are asked for."""
    before, vm.wanted = vm.wanted, asked_for(called, node)
    try:
        return _several(vm, evaluate(vm, starred, env))
    finally:
        vm.wanted = before


def _several(vm: Interpreter, value: Value) -> Sequence[Value]:
    """The members that a star passes on; one that says so where their number is not known."""
    if isinstance(plain(value), Unknown):
        return [Unknown(SEVERAL)]
    members = vm.iterate(value)
    spend(vm, len(members))
    return members


def _mapping(_vm: Interpreter, value: Value) -> dict[str, Value]:
    """What `**value` passes on; nothing for a mapping that is not known."""
    value = plain(value)
    if isinstance(value, Instance) and isinstance(value.payload, dict):
        value = value.payload
    if isinstance(value, Instance):
        return dict(value.attributes)
    if not isinstance(value, dict):
        return {}
    return {str(k): v for k, v in value.items() if not isinstance(k, Unknown)}


def _binary(vm: Interpreter, node: ast.BinOp, env: Environment) -> Value:
    left = EVALUATORS[type(node.left)](vm, node.left, env)
    right = EVALUATORS[type(node.right)](vm, node.right, env)
    if vm.stack:
        vm.stack[-1].node = node
    return operators.binary(vm, type(node.op), left, right)


def _unary(vm: Interpreter, node: ast.UnaryOp, env: Environment) -> Value:
    value = evaluate(vm, node.operand, env)
    if vm.stack:
        vm.stack[-1].node = node
    return operators.unary(vm, type(node.op), value, node)


def _boolean(vm: Interpreter, node: ast.BoolOp, env: Environment) -> Value:
    stop = isinstance(node.op, ast.Or)
    value: Value = None
    for item in node.values:
        value = evaluate(vm, item, env)
        if item is not node.values[-1] and vm.truth(value, item) is stop:
            return value
    return value


def _compare(vm: Interpreter, node: ast.Compare, env: Environment) -> Value:
    left = evaluate(vm, node.left, env)
    result: Value = True
    for index, (operator, comparator) in enumerate(zip(node.ops, node.comparators, strict=True)):
        right = evaluate(vm, comparator, env)
        if vm.stack:
            vm.stack[-1].node = node
        result = comparisons.compare(vm, type(operator), left, right, node)
        if index + 1 < len(node.ops) and not vm.truth(result, node):
            return result
        left = right
    return result


def _conditional(vm: Interpreter, node: ast.IfExp, env: Environment) -> Value:
    chosen = node.body if vm.truth(evaluate(vm, node.test, env), node.test) else node.orelse
    return evaluate(vm, chosen, env)


def _items(vm: Interpreter, nodes: list[ast.expr], env: Environment) -> list[Value]:
    if len(nodes) > LONG:
        spend(vm, len(nodes))
    found: list[Value] = []
    for item in nodes:
        if isinstance(item, ast.Starred):
            found.extend(_several(vm, evaluate(vm, item.value, env)))
        else:
            found.append(EVALUATORS[type(item)](vm, item, env))
    return found


def _tuple(vm: Interpreter, node: ast.Tuple, env: Environment) -> Value:
    return tuple(_items(vm, node.elts, env))


def _list(vm: Interpreter, node: ast.List, env: Environment) -> Value:
    return _items(vm, node.elts, env)


def _set(vm: Interpreter, node: ast.Set, env: Environment) -> Value:
    found = [light(plain(v)) for v in _items(vm, node.elts, env)]
    if any(isinstance(one, Instance) and isinstance(find_hash(one), FunctionValue) for one in found):
        return Unknown("a set of objects that compare themselves")
    try:
        return set(found)
    except TypeError:
        return Unknown("a set of values that are not known")


def find_hash(value: Instance) -> Value:
    """The `__hash__` that the class of an object defines."""
    from archcheck.frontends.static.classes import find_method

    return find_method(value.cls, "__hash__")


def _dict(vm: Interpreter, node: ast.Dict, env: Environment) -> Value:
    found: dict[Value, Value] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        item = evaluate(vm, value, env)
        if key is None:
            found.update(built(vm, _mapping(vm, item)))
            if is_open(vm, item):
                open_up(vm, found)
            continue
        try:
            found[light(plain(evaluate(vm, key, env)))] = item
        except TypeError:
            raise raised(TypeError, "unhashable key") from None
    return found


def _subscript(vm: Interpreter, node: ast.Subscript, env: Environment) -> Value:
    value = EVALUATORS[type(node.value)](vm, node.value, env)
    index = EVALUATORS[type(node.slice)](vm, node.slice, env)
    if vm.stack:
        vm.stack[-1].node = node
    from archcheck.frontends.static.subscripts import PLAIN, item, member

    if type(value) in PLAIN and type(index) in (int, str):
        return member(vm, value, index)
    return item(vm, value, index)


def _slice(vm: Interpreter, node: ast.Slice, env: Environment) -> Value:
    parts = (evaluate(vm, p, env) if p is not None else None for p in (node.lower, node.upper, node.step))
    return slice(*parts)


def _lambda(vm: Interpreter, node: ast.Lambda, env: Environment) -> Value:
    return function_value(vm, node, env, "<lambda>")


def function_value(
    vm: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, env: Environment, name: str
) -> FunctionValue:
    """A function as it is defined: its defaults are evaluated now."""
    arguments = node.args
    defaults = [evaluate(vm, d, env) for d in arguments.defaults]
    keyword = {
        a.arg: evaluate(vm, d, env)
        for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if d is not None
    }
    closure = None if env.variables is env.module.namespace else env
    return FunctionValue(name, node, env.module, closure, defaults, keyword, env.owner)


def _joined(vm: Interpreter, node: ast.JoinedStr, env: Environment) -> Value:
    parts = []
    for item in node.values:
        value = evaluate(vm, item, env)
        if isinstance(value, Unknown):
            return number("a text with a part that is not known")
        parts.append(str(value))
    spend(vm, sum(map(len, parts)))
    return "".join(parts)


def _formatted(vm: Interpreter, node: ast.FormattedValue, env: Environment) -> Value:
    value = plain(evaluate(vm, node.value, env))
    form = evaluate(vm, node.format_spec, env) if node.format_spec is not None else ""
    if not isinstance(form, str) or sum(c.isdigit() for c in form) > WIDEST:
        return number("a text with a part that is not known")
    if node.conversion in (ord("r"), ord("s")) or not (form or printable(value)):
        value = written(vm, value, exactly=node.conversion == ord("r"))
    if not printable(value):
        return number("a text with a part that is not known")
    try:
        return format(value, form)
    except (ValueError, TypeError):
        return number("a text with a part that is not known")


def _walrus(vm: Interpreter, node: ast.NamedExpr, env: Environment) -> Value:
    value = evaluate(vm, node.value, env)
    scope = env
    while scope.parent is not None and scope.activation is None and not scope.is_class:
        scope = scope.parent
    scope.variables[node.target.id] = value
    return value


def _starred(vm: Interpreter, node: ast.Starred, env: Environment) -> Value:
    return tuple(vm.iterate(evaluate(vm, node.value, env)))


def _await(vm: Interpreter, node: ast.Await, env: Environment) -> Value:
    return evaluate(vm, node.value, env)


EVALUATORS: dict[type, Evaluator] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.Set: _set,
    ast.Dict: _dict,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Lambda: _lambda,
    ast.JoinedStr: _joined,
    ast.FormattedValue: _formatted,
    ast.NamedExpr: _walrus,
    ast.ListComp: list_comprehension,
    ast.GeneratorExp: generator_expression,
    ast.SetComp: set_comprehension,
    ast.DictComp: dict_comprehension,
    ast.Starred: _starred,
    ast.Await: _await,
    ast.Yield: run_yield,
    ast.YieldFrom: run_yield_from,
}
