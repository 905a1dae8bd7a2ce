"""Which classes of a module build a class, and what they give it: who hands an argument on tells what it is."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from archcheck.frontends.static.classes import find_method
from archcheck.frontends.static.function_parts import parameters
from archcheck.frontends.static.values import ClassValue, FunctionValue
from archcheck.syntax import children

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

FARTHEST = 3  # classes that hand an argument on to each other


class Made(NamedTuple):
    """A call of a class in a loop or not: the class that holds the call, and the names that count rounds there."""

    builder: str
    call: ast.Call
    counters: frozenset[str]


def calls_of(owner: ClassValue) -> Sequence[Made]:
    """The calls in classes of its module that build an object of this class."""
    return _made(owner.module.tree).get(owner.name, ())


def builder_of(vm: Interpreter, owner: ClassValue, made: Made) -> ClassValue | None:
    """The class that holds a call, if it is another one."""
    builder = vm.find_name(owner.module, made.builder) if made.builder != owner.name else None
    return builder if isinstance(builder, ClassValue) else None


def handing_on(
    vm: Interpreter, owner: ClassValue, made: Made, name: str
) -> tuple[ClassValue, FunctionValue] | None:
    """The class that holds a call and its constructor, if that has a parameter of this name to hand on."""
    builder = builder_of(vm, owner, made)
    init = find_method(builder, "__init__") if builder is not None else None
    if builder is None or not isinstance(init, FunctionValue) or name not in parameters(init):
        return None
    return builder, init


def given(call: ast.Call, function: FunctionValue, name: str) -> ast.expr | None:
    """What a call gives for an argument of a constructor."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    names = [a.arg for a in (*function.node.args.posonlyargs, *function.node.args.args)][1:]
    place = names.index(name) if name in names else len(call.args)
    if any(isinstance(arg, ast.Starred) for arg in call.args[: place + 1]):
        return None
    return call.args[place] if place < len(call.args) else None


def _made(tree: ast.Module | None) -> dict[str, list[Made]]:
    """The calls in the classes of a module by the name that is called, kept with it."""
    known: dict[str, list[Made]] | None = getattr(tree, "made", None)
    if known is None:
        known = defaultdict(list)
        for statement in tree.body if tree is not None else ():
            if isinstance(statement, ast.ClassDef):
                for made in _calls(statement):
                    assert isinstance(made.call.func, ast.Name)
                    known[made.call.func.id].append(made)
        if tree is not None:
            tree.made = known  # type: ignore[attr-defined]
    return known


def _calls(cls: ast.ClassDef) -> Iterator[Made]:
    todo: list[tuple[ast.AST, frozenset[str]]] = [(cls, frozenset())]
    for node, counters in todo:  # it grows: the outer calls come first
        loops: list[ast.For | ast.comprehension] = [node] if isinstance(node, ast.For) else []
        loops += getattr(node, "generators", ())
        inside = counters | {name for loop in loops if (name := _counter(loop))}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield Made(cls.name, node, inside)
        todo += [(child, inside) for child in children(node)]


def _counter(loop: ast.For | ast.comprehension) -> str:
    """The name that counts the rounds of `for i in range(n)` or `for i, one in enumerate(all)`."""
    rounds, target = loop.iter, loop.target
    if not (isinstance(rounds, ast.Call) and isinstance(rounds.func, ast.Name)) or len(rounds.args) != 1:
        return ""
    if rounds.func.id == "enumerate" and isinstance(target, ast.Tuple) and not rounds.keywords:
        target = target.elts[0]
    elif rounds.func.id != "range":
        return ""
    return target.id if isinstance(target, ast.Name) else ""
