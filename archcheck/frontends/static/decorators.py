"""Decorators and metaclasses: applied where their source is found, else noted on what they may change."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.places import span_of
from archcheck.frontends.static.values import (
    ClassValue,
    Dotted,
    Environment,
    FunctionValue,
    Tensor,
    Unknown,
    Value,
)
from archcheck.graph import Span

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

# Decorators that write documentation: reading their source takes long, and they compute nothing.
DOCUMENTING = re.compile(r"docstring|_docs?$|^docs?_|code_sample")

# Those, and decorators that check types or say in which number format a method runs.
TRANSPARENT = re.compile(
    rf"{DOCUMENTING.pattern}|^(type_?check(ed)?|beartype|jaxtyped|overrides?|deprecat\w*|(auto_|force_)(fp16|fp32)|(amp_)?autocast)$"
)
# Decorators of classes that enter them into a list, or say for whom they are.
NOTING = re.compile(
    r"regist|serializ|export|deprecat|experimental|requires|^(beta|public|api|keras_\w+|final)$"
)


def decorated(vm: Interpreter, value: Value, decorators: list[ast.expr], env: Environment) -> Value:
    """A function or class with its decorators applied; what one that is not known may change is not known either."""
    for decorator in reversed(decorators):
        if TRANSPARENT.search(_decorator_name(decorator)):
            continue
        function: Value = None
        try:
            function = vm.evaluate(decorator, env)
            if isinstance(function, Dotted) or _of_library(function):
                continue
            found = function if isinstance(function, Unknown) else vm.call(function, [value])
        except Raised:
            found = None
        if isinstance(found, (Unknown, Dotted, Tensor)) or found is None:
            hide(vm, value, decorator, env.module.path)
            continue
        value = found
    return value


def _of_library(function: Value) -> bool:
    """Whether a decorator is one of the standard library's that is not modelled: none of them computes."""
    return isinstance(function, Unknown) and function.reason.partition(".")[0] in sys.stdlib_module_names


def hide(vm: Interpreter, value: Value, decorator: ast.expr, file: str) -> None:
    """Note on a function or class that something whose source is not known may change what it computes."""
    text = ast.unparse(decorator)[:60]
    vm.note(f"the source of the decorator {text} was not found")
    if isinstance(value, FunctionValue) or (
        isinstance(value, ClassValue) and not NOTING.search(_decorator_name(decorator))
    ):
        reason = f"the source of the decorator @{text} in line {decorator.lineno} was not found"
        value.hidden_by = (reason, span_of(file, decorator))


def _decorator_name(node: ast.expr) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def note_metaclass(vm: Interpreter, cls: ClassValue, env: Environment) -> None:
    """A metaclass may change what its classes are and how they are made; where its source is found, it is run."""
    for keyword in cls.node.keywords:
        if keyword.arg != "metaclass":
            continue
        kind = vm.evaluate(keyword.value, env)
        cls.metaclass = kind if isinstance(kind, ClassValue) else None
        if isinstance(kind, Unknown) and not _of_library(kind):
            text = ast.unparse(keyword.value)[:60]
            reason = f"the metaclass {text} in line {cls.node.lineno} may change the class {cls.name}"
            cls.hidden_by = (reason, span_of(env.module.path, keyword.value))


def changes_unseen(cls: ClassValue, env: Environment, is_module: bool) -> tuple[str, Span] | None:
    """Why what a class computes may not be what it says: its module or its lookup of attributes changes it."""
    culprit = env.module.changes_itself
    if culprit is not None:
        reason = f"line {culprit.lineno} may change what the names of {env.module.name} stand for"
        return reason, span_of(env.module.path, culprit)
    for name in ("__getattribute__", "__getattr__"):
        own = cls.namespace.get(name)
        if not (isinstance(own, FunctionValue) and is_module) or len(own.node.args.args) < 2:
            continue
        asked = own.node.args.args[1].arg
        if not any(_hands_on(n, name, asked) for n in ast.walk(own.node)):
            reason = f"{name} of {cls.name} may answer with another attribute"
            return reason, span_of(env.module.path, own.node)
    return None


def _hands_on(node: ast.AST, name: str, asked: str) -> bool:
    """Whether an expression is `super().__getattr__(name)`, with the name that was asked for."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        and any(isinstance(arg, ast.Name) and arg.id == asked for arg in node.args)
    )
