"""Makes the object that a target names, and the arguments of its forward."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from archcheck.frontends.static.annotated_parts import annotated_part
from archcheck.frontends.static.attributes import configured
from archcheck.frontends.static.classes import find_method
from archcheck.frontends.static.config_classes import CONFIG_NAMES, config_class
from archcheck.frontends.static.config_users import as_built, handed
from archcheck.frontends.static.configurations import as_configuration, configuration
from archcheck.frontends.static.decisions import GIVEN, INDEX, STATES
from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.function_parts import parameters
from archcheck.frontends.static.imports import open_module
from archcheck.frontends.static.instances import instantiate
from archcheck.frontends.static.layer_numbers import counts_members
from archcheck.frontends.static.modules import SourceModule
from archcheck.frontends.static.values import (
    MISSING,
    SIZE,
    ClassValue,
    Environment,
    FunctionValue,
    Instance,
    Setting,
    Tensor,
    Unknown,
    Value,
    is_constant,
    number,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

# Arguments of forward that say whether it trains. Everything is meant in training mode (docs/language.md).
TRAINING = {"training": True, "train": True, "is_training": True, "deterministic": False}

MISSES = re.compile(r"__init__\(\) misses the argument '(\w+)'")
MOST_REQUIRED = 8

SCALARS = frozenset({"bool", "int", "float", "str"})
OPTIONAL = re.compile(r"^(?:(?:typing\.|t\.)?Optional\[(.+)\]|(.+) \| None)$")
NUMBER = "(int|float|bool)"
SIZES = re.compile(
    rf"((typing|t)\.)?([Ll]ist|[Tt]uple|Sequence)\[{NUMBER}(, ({NUMBER}|\.\.\.))*\]|torch\.Size"
)


def expression(vm: Interpreter, text: str, module: SourceModule) -> Value:
    """The value of an expression over the names of a module. Raises SyntaxError and `Raised`."""
    tree = ast.parse(text.strip(), mode="eval").body
    return vm.evaluate(tree, _names_of(vm, tree, module))


def _names_of(vm: Interpreter, tree: ast.expr, module: SourceModule) -> Environment:
    """What an expression in a target may name: the module's names, and modules by their dotted paths."""
    found: dict[str, Value] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = node.value.id
            if name not in found and vm.find_name(module, name) is MISSING:
                package = open_module(vm, name)
                if package is not None:
                    found[name] = package
    return Environment(found, None, module)


def arguments(vm: Interpreter, text: str, module: SourceModule) -> tuple[list[Value], dict[str, Value]]:
    """The arguments that a constructor call gives. Raises SyntaxError and `Raised`."""
    call = ast.parse(f"_({text})", mode="eval").body
    assert isinstance(call, ast.Call)
    env = _names_of(vm, call, module)
    args = [vm.evaluate(a, env) for a in call.args]
    return args, {k.arg: vm.evaluate(k.value, env) for k in call.keywords if k.arg is not None}


def given_value(vm: Interpreter, value: Value, module: SourceModule, wants_text: bool) -> Value:
    """What the user set: a text that is a call or a name of the module is evaluated."""
    if not isinstance(value, str) or wants_text:
        return value
    try:
        tree = ast.parse(value, mode="eval").body
    except (SyntaxError, ValueError):
        return value
    if not isinstance(tree, (ast.Call, ast.Name, ast.Attribute, ast.List, ast.Dict)):
        return value
    try:
        found = expression(vm, value, module)
    except Raised:
        if isinstance(tree, ast.Call):
            raise
        return value
    return value if isinstance(found, Unknown) and not isinstance(tree, ast.Call) else found


def construct(vm: Interpreter, cls: ClassValue, module: SourceModule, text: str | None) -> Value:
    """An object of a class, its arguments given by the target, the settings, the defaults or nobody."""
    positional: list[Value] = []
    named: dict[str, Value] = {}
    if text is not None:
        positional, named = arguments(vm, text, module)
    init = find_method(cls, "__init__")
    if isinstance(init, FunctionValue) and not (cls.fields is not None and "__init__" not in cls.namespace):
        fill(vm, init, module, positional, named, skip=1, owner=cls)
    elif cls.fields is not None:
        for name, default in list(cls.fields.items())[len(positional) :]:
            if name not in named and not (default is not MISSING and not is_constant(default)):
                named[name] = parameter(vm, name, default, _annotation(cls, name), module, cls)
    if text is None and isinstance(init, FunctionValue) and init.node.args.kwarg is not None:
        return _with_what_a_base_needs(vm, cls, module, named)
    return instantiate(vm, cls, positional, named)


def _with_what_a_base_needs(
    vm: Interpreter, cls: ClassValue, module: SourceModule, named: dict[str, Value]
) -> Value:
    """An object of a class whose constructor hands on `**kwargs`: to a base that may require some of them."""
    for _ in range(MOST_REQUIRED):
        try:
            return instantiate(vm, cls, [], dict(named))
        except Raised as error:
            missing = MISSES.fullmatch(error.message)
            if missing is None or missing[1] in named:
                raise
            named[missing[1]] = parameter(vm, missing[1], MISSING, None, module, cls)
    return instantiate(vm, cls, [], named)


def _annotation(cls: ClassValue, name: str) -> ast.expr | None:
    """The annotation of a field."""
    for one in cls.mro:
        for statement in one.node.body if isinstance(one, ClassValue) else ():
            if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) == name:
                return statement.annotation
    return None


def fill(
    vm: Interpreter, function: FunctionValue, module: SourceModule, positional: list[Value], named: dict[str, Value],
    skip: int = 0, owner: ClassValue | None = None,
) -> None:  # fmt: skip
    """Add what is missing to the arguments of a call."""
    spec = function.node.args
    parameters = [*spec.posonlyargs, *spec.args][skip:]
    defaults = [MISSING] * (len(parameters) - len(function.defaults)) + function.defaults
    defaults = defaults[-len(parameters) :] if parameters else []
    for node, default in list(zip(parameters, defaults, strict=True))[len(positional) :]:
        if node.arg not in named:
            named[node.arg] = parameter(
                vm, node.arg, default, node.annotation, function.module, owner, module, function
            )
    for node in spec.kwonlyargs:
        if node.arg not in named:
            default = function.keyword_defaults.get(node.arg, MISSING)
            named[node.arg] = parameter(
                vm, node.arg, default, node.annotation, function.module, owner, module, function
            )


ASKED = ("{}", "not {}", "{} is None", "{} is not None", "{} == None", "{} != None")


def parameter(
    vm: Interpreter, name: str, default: Value, annotation: ast.expr | None, module: SourceModule,
    owner: ClassValue | None = None, target: SourceModule | None = None, of: FunctionValue | None = None,
) -> Value:  # fmt: skip
    """The value of one constructor parameter that the target does not give."""
    settings = vm.decisions.settings
    text = ast.unparse(annotation) if annotation is not None else ""
    if name in settings:
        wants_text = isinstance(default, str) or text == "str"
        return given_value(vm, settings[name], target or module, wants_text)
    if default is MISSING or default is None:
        config = config_class(vm, name, annotation, module, owner)
        if (
            config is None
            and default is MISSING
            and annotation is None
            and owner is not None
            and of is not None
        ):
            config = handed(vm, owner, of, name)
        if config is not None and (
            default is MISSING
            or (name in CONFIG_NAMES and (_configures(vm, name) or not _fills_in(of, name, config)))
        ):
            if owner is not None and name in CONFIG_NAMES:
                config = as_built(vm, config, owner, partial(configuration, vm)) or config
            return configuration(vm, config, name, of)
    if (default is MISSING or (default is None and vm.parts_within)) and (
        INDEX.fullmatch(name)
        or (owner is not None and of is not None and counts_members(vm, owner, of, name))
    ):
        return configured(vm, name, 0)
    if default is MISSING:
        fixed = vm.decisions.fixed.get(name, MISSING)
        if fixed is not MISSING and fixed is not GIVEN and not isinstance(fixed, bool):
            return fixed
        part = annotated_part(vm, name, annotation, module, partial(construct, text=None))
        return Unknown(f"the argument {name} is not given", name) if part is None else part
    if is_constant(default):
        return configured(vm, name, default)
    if isinstance(default, Instance) and (default.cls.fields is not None or name in CONFIG_NAMES):
        return as_configuration(vm, default, name, of)
    return default


def _fills_in(function: FunctionValue | None, name: str, config: ClassValue) -> bool:
    """Whether a function itself decides what stands for a configuration that is None; `Config()` is no decision.

    What it makes of other arguments (two configurations, say) is no choice of its own, and no more is an error.
    """
    if function is None:
        return False
    arguments = parameters(function).keys() - {"self"}
    nodes = list(ast.walk(function.node))
    calls = (n for n in nodes if isinstance(n, ast.Call) and not n.args and not n.keywords)
    if any(ast.unparse(call.func).rpartition(".")[2] == config.name for call in calls):
        return False
    filled = (value for node in nodes for value in _in_place_of(node, name))
    return any(arguments.isdisjoint(n.id for n in ast.walk(one) if isinstance(n, ast.Name)) for one in filled)


def _in_place_of(node: ast.AST, name: str) -> list[ast.expr]:
    """What a statement or an expression gives in place of an argument that is None."""
    asked = {form.format(name) for form in ASKED}
    if isinstance(node, ast.BoolOp) and name in map(ast.unparse, node.values):
        return [value for value in node.values if ast.unparse(value) != name]
    if isinstance(node, ast.IfExp) and ast.unparse(node.test) in asked:
        return [value for value in (node.body, node.orelse) if ast.unparse(value) != name]
    if isinstance(node, ast.If) and ast.unparse(node.test) in asked:
        made = [one for one in (*node.body, *node.orelse) if isinstance(one, ast.Assign)]
        return [one.value for one in made if name in map(ast.unparse, one.targets)]
    return []


def _configures(vm: Interpreter, name: str) -> bool:
    """Whether this configuration, or a field of it, is given."""
    given = vm.decisions.fixed
    if given.get(name, MISSING) is GIVEN:
        return True
    return any(key.startswith(f"{name}.") for source in (given, vm.decisions.settings) for key in source)


def inputs(
    vm: Interpreter, function: FunctionValue, asked: dict[str, str | None], needed: Iterable[str], skip: int,
    module: SourceModule,
) -> dict[str, Value]:  # fmt: skip
    """The arguments of forward: tensors for what it requires and for what was asked for."""
    spec = function.node.args
    parameters = [*spec.posonlyargs, *spec.args][skip:]
    defaults: list[Value] = [MISSING] * (len(parameters) - len(function.defaults)) + function.defaults
    defaults = defaults[-len(parameters) :] if parameters else []
    pairs = list(zip(parameters, defaults, strict=True))
    pairs += [(a, function.keyword_defaults.get(a.arg, MISSING)) for a in spec.kwonlyargs]
    found: dict[str, Value] = {}
    for node, default in pairs:
        name = node.arg
        if name in vm.decisions.settings:
            found[name] = given_value(vm, vm.decisions.settings[name], module, isinstance(default, str))
        elif name in asked:
            text = asked[name]
            counts = isinstance(default, int) and not isinstance(default, bool)
            supposed = SIZE if counts else _supposed(vm, node)  # a count that is asked for is not 0
            found[name] = supposed if text is None else expression(vm, text, module)
        elif name in needed:
            found[name] = _supposed(vm, node)
        elif default is MISSING and name in TRAINING:
            found[name] = TRAINING[name]
        elif default is MISSING and (STATES.fullmatch(name) or name in vm.decisions.withheld):
            found[name] = Setting(None, name, "input")
        elif default is MISSING:
            found[name] = _supposed(vm, node)
        elif name in TRAINING and (default is None or isinstance(default, bool)):
            found[name] = TRAINING[name]
        elif default is None:
            found[name] = Setting(None, name, "input")
        elif isinstance(default, (bool, int, str)):
            found[name] = configured(vm, name, default)
        else:
            found[name] = default
    if spec.kwarg is not None:
        found.update({n: _input(vm, n) for n in (*asked, *needed) if n not in found})
    return found


def _supposed(vm: Interpreter, node: ast.arg) -> Value:
    """An argument that forward is given: a tensor, where its annotation says no number or text."""
    kind = ast.unparse(node.annotation) if node.annotation is not None else ""
    kind = OPTIONAL.sub(r"\1\2", kind)
    if SIZES.fullmatch(kind):
        return number(f"the argument {node.arg}")
    return Unknown(f"the argument {node.arg}", node.arg) if kind in SCALARS else _input(vm, node.arg)


def _input(vm: Interpreter, name: str) -> Tensor:
    return Tensor(None, "input", None, name=name)
