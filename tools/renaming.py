"""Which names of a library are its own: what it binds itself, and nobody else decides.

Its own are classes, functions, methods, attributes, parameters, variables of functions and of modules. Not its own are
the names of what comes from torch, the standard library or another package, methods and attributes of tensors, modules
and containers, parameters that a framework function has too (`dropout`, `bias`) or that a function of another package
is given somewhere, and modules (files).
"""

from __future__ import annotations

import ast
import builtins
import inspect
import random
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

REGISTERING = {"register_buffer", "register_parameter", "add_module", "register_module"}


@dataclass
class Kept:
    """Names that other code than the library's decides."""

    attributes: set[str]  # of objects that the library does not make
    tensor: set[str]  # of tensors alone: an own attribute may have the same name
    parameters: set[str]


def kept() -> Kept:
    """What torch and Python decide."""
    import argparse
    import collections
    import dataclasses
    import enum

    import torch
    from torch import nn

    tensor = set(dir(torch.Tensor))
    classes = [c for _, c in inspect.getmembers(nn, inspect.isclass) if issubclass(c, nn.Module)]
    own = [nn.Linear(1, 1), nn.LayerNorm(1), nn.RMSNorm(1), nn.BatchNorm2d(1), nn.GroupNorm(1, 1), nn.Conv2d(1, 1, 1),
           nn.Embedding(1, 1), nn.Dropout(), nn.GELU(), nn.ModuleList(), nn.ModuleDict(), nn.Sequential()]  # fmt: skip
    objects = [str, list, dict, set, tuple, int, float, bytes, type, property, torch.Size, torch.dtype, torch.device,
               nn.Parameter, torch.Generator, Path, enum.Enum("E", "a"), collections.OrderedDict, Exception,
               re.compile(""),
               torch.autograd.Function, torch.optim.SGD, argparse.ArgumentParser, inspect.Signature, inspect.Parameter,
               dataclasses.field(), *classes, *own]  # fmt: skip
    attributes = {a for thing in objects for a in dir(thing)}
    attributes |= {"forward", "backward", "value", "name", "loss", "logits"}
    methods = [getattr(torch.Tensor, name, None) for name in dir(torch.Tensor)]
    called = methods + [
        c.__init__ for c in classes
    ]  # what a variable may hold: its keywords tell nothing of whose it is
    parameters: set[str] = {
        "self",
        "cls",
        "args",
        "kwargs",
        "input",
        "other",
        "dim",
        "p",
        "inplace",
        "training",
    }
    for function in called:
        try:
            parameters |= set(inspect.signature(function).parameters) if callable(function) else set()
        except (ValueError, TypeError):
            said = str(getattr(function, "__doc__", None) or "")[
                :400
            ]  # built in: the signature stands in the text
            parameters |= set(re.findall(r"(\w+)(?:=| *:)", said))
    return Kept(attributes, tensor - {a for t in own for a in dir(t)}, parameters)


@dataclass
class FileNames:
    """What one file binds on its top level, and which attribute names it uses on `self` alone."""

    foreign: set[str] = field(default_factory=set)  # names bound to something of another package
    library: set[str] = field(default_factory=set)  # names imported from this library
    defined: set[str] = field(default_factory=set)
    used: dict[str, set[bool]] = field(default_factory=lambda: defaultdict(set))  # attribute: on self?
    stars: bool = False


@dataclass
class Names:
    """What a library binds, file by file."""

    packages: frozenset[str]
    kept: Kept
    files: dict[Path, FileNames] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    top: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)  # of functions
    classes: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)  # annotated in a class: attributes and parameters at once
    keywords: set[str] = field(default_factory=set)  # given to functions of other packages
    new: dict[str, str] = field(default_factory=dict)
    source: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - no secret

    def word(self, old: str) -> str:
        """The new name, always the same for one old name."""
        if old not in self.new:
            letters = "".join(self.source.choice("bcdfghjklmnpqrstvwxz") for _ in range(7))
            head = "Q" if old.lstrip("_")[:1].isupper() else "q"
            lead = old[: len(old) - len(old.lstrip("_"))]
            self.new[old] = f"{lead}{head}{letters}{len(self.new)}"
        return self.new[old]

    def has_attribute(self, name: str) -> bool:
        """Whether an attribute of this name is the library's alone."""
        own = name in self.attributes and name not in self.kept.attributes and not special(name)
        return own and (name not in self.fields or self.has_parameter(name))

    def has_parameter(self, name: str) -> bool:
        """Whether a parameter of this name is the library's alone."""
        own = name in self.parameters and name not in self.kept.parameters
        return own and name not in self.keywords and not special(name)

    def has_class(self, text: object) -> bool:
        """Whether a text is the name of a class of the library."""
        return isinstance(text, str) and text in self.classes and self.has_top(text)

    def has_top(self, name: str) -> bool:
        """Whether a class, function or variable of some module of the library has this name."""
        own = name in self.top and name not in self.foreign and name not in self.modules
        return own and not special(name)


def special(name: str) -> bool:
    """Whether a name means something to Python."""
    return name.startswith("__") or name == "_"


def analyse(packages: Iterable[str], files: Iterable[Path]) -> Names:
    """Read a library's files for what it binds; it may be several packages that import each other."""
    names = Names(frozenset(packages), kept())
    for path in files:
        try:
            tree = ast.parse(path.read_bytes())
        except SyntaxError:
            continue
        names.modules.add(path.stem)
        names.modules.add(path.parent.name)
        names.files[path] = _file(tree, names)
    return names


def _file(tree: ast.Module, names: Names) -> FileNames:
    file = FileNames()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            _imports(node, file, names)
    file.defined |= _bound(tree.body)
    names.top |= file.defined
    for node in ast.walk(tree):
        _attributes(node, file, names)
    return file


def _imports(node: ast.Import | ast.ImportFrom, file: FileNames, names: Names) -> None:
    own = isinstance(node, ast.ImportFrom) and (
        node.level > 0 or (node.module or "").split(".")[0] in names.packages
    )
    for alias in node.names:
        if alias.name == "*":
            file.stars |= own
            continue
        bound = alias.asname or (alias.name if isinstance(node, ast.ImportFrom) else alias.name.split(".")[0])
        if own or alias.name.split(".")[0] in names.packages:
            file.library.add(bound)
            if alias.asname is not None and isinstance(node, ast.ImportFrom):
                file.defined.add(bound)
            elif isinstance(node, ast.Import):
                names.modules.add(bound)
        else:
            file.foreign.add(bound)
            names.foreign |= {bound, alias.name}


def _bound(body: Iterable[ast.stmt]) -> set[str]:
    """The names that statements bind in their own scope, imports apart."""
    found: set[str] = set()
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if not isinstance(node, ast.Lambda | ast.ListComp | ast.DictComp | ast.SetComp | ast.GeneratorExp):
            todo.extend(ast.iter_child_nodes(node))
    return found


def _attributes(node: ast.AST, file: FileNames, names: Names) -> None:
    if isinstance(node, ast.ClassDef):
        own = _bound(node.body)
        names.classes.add(node.name)
        names.attributes |= own
        fields = {
            s.target.id for s in node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
        }
        names.parameters |= fields
        names.fields |= fields
    elif isinstance(node, ast.arg):
        names.parameters.add(node.arg)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        names.variables.add(node.id)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        names.variables.add(node.name)
    elif isinstance(node, ast.Attribute):
        base: ast.expr = node.value
        while isinstance(base, ast.Attribute | ast.Subscript | ast.Call):
            base = base.func if isinstance(base, ast.Call) else base.value
        root = base.id if isinstance(base, ast.Name) else ""
        if root not in file.foreign:
            file.used[node.attr].add(isinstance(node.value, ast.Name) and root == "self")
        if isinstance(node.ctx, ast.Store) and root == "self":
            names.attributes.add(node.attr)
    elif isinstance(node, ast.Call):
        base = node.func
        while isinstance(base, ast.Attribute):
            base = base.value
        if isinstance(base, ast.Name) and (base.id in file.foreign or base.id in vars(builtins)):
            names.keywords |= {k.arg for k in node.keywords if k.arg}
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if method in REGISTERING and node.args and isinstance(node.args[0], ast.Constant):
            names.attributes.add(str(node.args[0].value))
