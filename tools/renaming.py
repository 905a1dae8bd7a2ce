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

from renaming_texts import REGISTERING, Texts, composed, held, named_by_text, read_texts


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
    # What a variable may hold: its keywords tell nothing of whose it is.
    called = methods + [getattr(c, name) for c in classes for name in ("__init__", "forward")]
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
    modules: set[str] = field(default_factory=set)  # of these, what are files
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
    foreign: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    texts: Texts = field(default_factory=Texts)
    held: frozenset[str] = frozenset()  # kept for what texts do with them
    parts: dict[str, list[str]] = field(default_factory=dict)  # of names that texts put together
    keywords: set[str] = field(default_factory=set)  # given to functions of other packages
    new: dict[str, str] = field(default_factory=dict)
    source: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - no secret

    def word(self, old: str) -> str:
        """The new name, always the same for one old name."""
        if old not in self.new and old in self.parts:
            self.new[old] = "".join(
                self.word(part) if self.has_text(part) else part for part in self.parts[old]
            )
        if old not in self.new:
            letters = "".join(self.source.choice("bcdfghjklmnpqrstvwxz") for _ in range(7))
            head = "Q" if old.lstrip("_")[:1].isupper() else "q"
            lead = old[: len(old) - len(old.lstrip("_"))]
            self.new[old] = f"{lead}{head}{letters}{len(self.new)}"
        return self.new[old]

    def has_attribute(self, name: str) -> bool:
        """Whether an attribute of this name is the library's alone."""
        return name in self.attributes and self._own(name)

    def has_parameter(self, name: str) -> bool:
        """Whether a parameter of this name is the library's alone."""
        return name in self.parameters and self._own(name)

    def _own(self, name: str) -> bool:
        """One answer for attributes and parameters: `**kwargs` makes the one of the other."""
        if name in self.held or special(name) or (name in self.attributes and name in self.kept.attributes):
            return False
        return name not in self.parameters or (name not in self.kept.parameters and name not in self.keywords)

    def has_top(self, name: str) -> bool:
        """Whether a class, function or variable of some module of the library has this name."""
        own = name in self.top and name not in self.foreign and name not in self.modules
        return own and name not in self.held and not special(name)

    def has_text(self, text: object) -> bool:
        """Whether a text is one of the library's own names, in whatever place: it is renamed with the name."""
        return isinstance(text, str) and (
            self.has_attribute(text) or self.has_parameter(text) or self.has_top(text)
        )

    def divided(self, name: str) -> bool:
        """Whether a name is renamed in one of its roles alone."""
        roles = [self._own(name)] if name in self.attributes or name in self.parameters else []
        roles += [self.has_top(name)] if name in self.top else []
        return len(set(roles)) > 1


def special(name: str) -> bool:
    """Whether a name means something to Python."""
    return name.startswith("__") or name == "_"


def analyse(packages: Iterable[str], files: Iterable[Path]) -> Names:
    """Read a library's files for what it binds; it may be several packages that import each other."""
    names = Names(frozenset(packages), kept())
    trees: dict[Path, ast.Module] = {}
    for path in files:
        names.modules |= {path.stem, path.parent.name}
        try:
            trees[path] = ast.parse(path.read_bytes())
        except SyntaxError:
            continue
    for path, tree in trees.items():
        names.files[path] = _file(tree, names, path)
    known = names.attributes | names.parameters | names.top
    for path, tree in trees.items():
        read_texts(tree, names.files[path].foreign, names.kept.attributes, known, names.texts)
    names.held = held(names.texts, names.modules, names.divided)
    names.parts, further = composed(names.texts, known, names.has_text)
    names.held |= further
    return names


def _file(tree: ast.Module, names: Names, path: Path) -> FileNames:
    file = FileNames()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            _imports(node, file, names, path)
    file.defined |= _bound(tree.body)
    names.top |= file.defined
    for node in ast.walk(tree):
        _attributes(node, file, names)
    return file


def _imports(node: ast.Import | ast.ImportFrom, file: FileNames, names: Names, path: Path) -> None:
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
            if isinstance(node, ast.Import) or _is_module(node, alias.name, path):
                names.modules.add(bound)
                file.modules.add(bound)
            elif alias.asname is not None:
                file.defined.add(bound)
        else:
            file.foreign.add(bound)
            names.foreign |= {bound, alias.name}


def _is_module(node: ast.ImportFrom, name: str, path: Path) -> bool:
    """Whether what is imported from a package of the library is one of its files."""
    parts = (node.module or "").split(".") if node.module else []
    if node.level:
        folder = path.parents[node.level - 1]
    else:
        root = next((p for p in path.parents if p.name == parts[0]), None)
        folder, parts = (root or path.parent), parts[1:]
    place = folder.joinpath(*parts, name)
    return place.with_suffix(".py").is_file() or place.is_dir()


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
        names.attributes |= own
        fields = {
            s.target.id for s in node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
        }
        names.parameters |= fields
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
        if node.args and isinstance(node.args[0], ast.Constant) and named_by_text(node.func) == 0:
            (names.attributes if method in REGISTERING else names.parameters).add(str(node.args[0].value))
