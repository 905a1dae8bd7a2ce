"""Which class an object of settings is of that a constructor wants, where the target does not give it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from archcheck.frontends.static.classes import find_method, module_method
from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.modules import SourceModule
from archcheck.frontends.static.values import ClassValue, Environment

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

# How parameters that hold a whole configuration are called, where no annotation says so.
CONFIG_NAMES = frozenset(
    {"config", "cfg", "configs", "hparams", "args", "hps", "opt", "conf", "model_args", "params"}
)

DECLARED = ("config_class", "config")  # attributes of a model that hold the class of its configuration


def config_class(
    vm: Interpreter, name: str, annotation: ast.expr | None, module: SourceModule, owner: ClassValue | None
) -> ClassValue | None:
    """The class of a parameter that holds a configuration: by annotation, else as its model declares it."""
    for part in names_in(annotation):
        try:
            found = vm.evaluate(part, Environment({}, None, module))
        except Raised:
            continue
        if (
            isinstance(found, ClassValue)
            and not module_method(found)
            and (name in CONFIG_NAMES or found.fields)
        ):
            return _own_kind(vm, found, module)
    if name not in CONFIG_NAMES or owner is None:
        return None
    for key in DECLARED:
        declared = find_method(owner, key)
        if isinstance(declared, ClassValue):
            return declared
    for one in owner.mro:
        if isinstance(one, ClassValue) and not one.module.framework:
            annotated = _annotated(vm, one)
            if annotated is not None:
                return annotated
    return _declared(vm, module, owner) or _declared(vm, owner.module, owner)


def _annotated(vm: Interpreter, cls: ClassValue) -> ClassValue | None:
    """The class with which the body of a class annotates its configuration: `config: LlamaConfig`."""
    for statement in cls.node.body:
        if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) == "config":
            for part in names_in(statement.annotation):
                try:
                    found = vm.evaluate(part, Environment({}, None, cls.module))
                except Raised:
                    continue
                if isinstance(found, ClassValue):
                    return found
    return None


def _own_kind(vm: Interpreter, cls: ClassValue, module: SourceModule) -> ClassValue:
    """The one configuration class of a module that derives from the annotated one (`config: PretrainedConfig`)."""
    known = [vm.find_name(module, name) for name in _named(module) if name != cls.name]
    derived = {
        id(k): k for k in known if isinstance(k, ClassValue) and any(base is cls for base in k.mro[1:])
    }
    return next(iter(derived.values())) if len(derived) == 1 else cls


def names_in(annotation: ast.expr | None) -> Iterable[ast.expr]:
    """The names in an annotation, which may be a text or a union."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except (SyntaxError, ValueError):
            return
    if annotation is None:
        return
    todo: list[ast.expr] = [annotation]
    while todo:
        node = todo.pop(0)
        if isinstance(node, (ast.Name, ast.Attribute)):
            yield node
        elif isinstance(node, ast.BinOp):
            todo += [node.left, node.right]
        elif isinstance(node, ast.Subscript):
            todo += [node.slice]
        elif isinstance(node, ast.Tuple):
            todo += node.elts


def _declared(vm: Interpreter, module: SourceModule, owner: ClassValue) -> ClassValue | None:
    """The configuration class that a module names: the one whose name the class's name begins with most.

    Of several, as of a model of text and images, the one that has what the class and its parts read of it; where no
    name is like the class's, too.
    """
    candidates = _named(module)
    shared = {n: _common(n.removesuffix("Config"), owner.name) for n in candidates}
    most = max(shared.values(), default=0)
    nearest = [n for n in candidates if shared[n] == most]
    found = [one for n in nearest if isinstance(one := vm.find_name(module, n), ClassValue)]
    if len(found) < 2:
        return found[0] if found else None
    own, read = read_of_configs(owner, alone=True), read_of_configs(owner)
    lacks = {id(one): (len(own - fields(one)), len(read - fields(one))) for one in found}
    best = min(found, key=lambda one: (*lacks[id(one)], len(one.name)))
    if most:
        return best
    alone = list(lacks.values()).count(lacks[id(best)]) == 1
    return best if alone and not read.isdisjoint(fields(best)) else None


def _named(module: SourceModule) -> list[str]:
    """The names of a module that are those of configuration classes: by how they end, or what they annotate."""
    classes = (node for node in _body(module) if isinstance(node, ast.ClassDef))
    annotated = frozenset[str]().union(*map(_annotates, classes))
    known = {*module.pending, *module.namespace}
    return sorted(n for n in known if (n.endswith("Config") and n != "Config") or n in annotated)


def _annotates(cls: ast.ClassDef) -> frozenset[str]:
    """The names of what a class annotates a configuration with, kept with it."""
    known: frozenset[str] | None = getattr(cls, "annotates", None)
    if known is None:
        parts = (part for annotation in _annotations(cls) for part in names_in(annotation))
        known = frozenset(part.id for part in parts if isinstance(part, ast.Name))
        cls.annotates = known  # type: ignore[attr-defined]
    return known


def _annotations(cls: ast.ClassDef) -> Iterable[ast.expr | None]:
    """What the body and the methods of a class annotate a configuration with, and what they declare as its class."""
    for node in cls.body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in CONFIG_NAMES:
            yield node.annotation
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in DECLARED:
            yield node.value
        elif isinstance(node, ast.FunctionDef):
            yield from (a.annotation for a in node.args.args if a.arg in CONFIG_NAMES)


def read_of_configs(owner: ClassValue, alone: bool = False) -> set[str]:
    """What a class and the classes of its module that it names read of their configurations, or the class `alone`."""
    found: set[str] = set()
    todo, seen = [owner.name], set()
    classes = {n.name: n for n in _body(owner.module) if isinstance(n, ast.ClassDef)}
    while todo:
        name = todo.pop()
        if name in seen or name not in classes:
            continue
        seen.add(name)
        told = told_of(classes[name])
        found |= told.read
        if not alone:
            todo += sorted(told.names)
    return found


class Told(NamedTuple):
    """What the source of a class tells: its names, what it reads of configurations, and what it binds."""

    names: frozenset[str]
    read: frozenset[str]
    bound: frozenset[str]


def told_of(cls: ast.ClassDef) -> Told:
    """What the source of a class tells, kept with it: a whole module asks again and again."""
    known: Told | None = getattr(cls, "told", None)
    if known is None:
        names, read, bound = set(), set(), set()
        for node in ast.walk(cls):
            if isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.Attribute):
                if _holder(node) in CONFIG_NAMES:
                    read.add(node.attr)
                if isinstance(node.ctx, ast.Store):
                    bound.add(node.attr)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                bound.add(node.target.id)
        known = Told(frozenset(names), frozenset(read), frozenset(bound))
        cls.told = known  # type: ignore[attr-defined]
    return known


def _holder(node: ast.Attribute) -> str:
    """The name of what an attribute is read of: `config` in `config.size` and `self.config.size`."""
    value = node.value
    return value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""


def fields(cls: ClassValue) -> set[str]:
    """The names that a configuration class and its bases bind, in their bodies or on `self`."""
    found: set[str] = set()
    for one in cls.mro:
        if isinstance(one, ClassValue):
            found.update(one.namespace, one.fields or (), told_of(one.node).bound)
    return found


def _body(module: SourceModule) -> list[ast.stmt]:
    return module.tree.body if module.tree is not None else []


def _common(one: str, other: str) -> int:
    """How much of a configuration's name a class's name has, at its start or behind a prefix (`TFBertLayer`)."""
    starts = [i for i, letter in enumerate(other) if letter.isupper()]
    return max((_same_start(one, other[i:]) for i in starts), default=0)


def _same_start(one: str, other: str) -> int:
    size = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        size += 1
    return size
