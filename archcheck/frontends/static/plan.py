"""In which order the classes of a file are read, and which of them another one covers."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from archcheck.frontends.static.modules import SourceModule
from archcheck.graph import Graph
from archcheck.graph.recording import Recording
from archcheck.syntax import walk

JOINS = frozenset({"add", "subtract", "concat"})


def own_classes(module: SourceModule) -> list[ast.ClassDef]:
    """The classes that a file defines at its top level, in order."""
    body = module.tree.body if module.tree is not None else []
    found: dict[str, ast.ClassDef] = {}
    for statement in body:
        blocks: list[ast.stmt] = [statement]
        if isinstance(statement, (ast.If, ast.Try)):
            blocks = [*statement.body, *statement.orelse]
        found.update((s.name, s) for s in blocks if isinstance(s, ast.ClassDef))
    return list(found.values())


class Plan:
    """The classes of a file, users before what they use, so that a part is covered when its turn comes.

    Attributes:
        order: the names, in the order in which they are read.
        covered: the names that need no reading of their own, with the reason.
    """

    def __init__(self, module: SourceModule) -> None:
        self.module = module
        classes = {c.name: c for c in own_classes(module)}
        self.uses = {name: (_named(node) & classes.keys()) - {name} for name, node in classes.items()}
        self.bases = {name: _bases(node) & classes.keys() for name, node in classes.items()}
        self.order = self._users_first(list(classes))
        self.covered: dict[str, str] = {}
        for name in self.order:
            inner = self._wrapped(name)
            if inner:
                self.covered[name] = f"a model around {inner}, which is checked"

    def _users_first(self, names: list[str]) -> list[str]:
        depth: dict[str, int] = {}

        def measure(name: str, above: tuple[str, ...]) -> int:
            if name in above or len(above) > 50:
                return 0
            if name not in depth:
                below = [measure(other, (*above, name)) for other in self.uses[name]]
                depth[name] = 1 + max(below, default=0)
            return depth[name]

        for name in names:
            measure(name, ())
        return sorted(names, key=lambda n: -depth[n])

    def _wrapped(self, name: str) -> str:
        """The class of the same family (with a base of this file in common) that a class is built around."""
        for other in sorted(self.uses[name]):
            if self.bases[name] & self.bases[other] and name not in self.uses[other]:
                return other
        return ""

    def note(self, name: str, recordings: Sequence[Recording]) -> None:
        """Parts of a class that joins are covered by it; members of its lists may be blocks of their own."""
        if not recordings or not _joins(recordings[0].graph):
            return
        prefix = f"{self.module.name}."
        containers = {m.path for m in recordings[0].modules if m.container}
        for module in recordings[0].modules:
            part = module.cls.removeprefix(prefix)
            above = module.path.rpartition(".")[0]
            if (
                module.path
                and part != module.cls
                and part != name
                and above not in containers
                and module.calls
            ):
                self.covered.setdefault(part, f"a part of {name}, which is checked")
        for module in recordings[0].modules:  # a class that is also a member of a list is read
            if module.path.rpartition(".")[0] in containers:
                self.covered.pop(module.cls.removeprefix(prefix), None)


def _joins(graph: Graph) -> bool:
    """Whether two computed values are put together anywhere."""
    sources = {n.id for n in graph.nodes if n.is_source and n.words[0] != "input"}
    return any(n.words[0] in JOINS and len([a for a in n.args if a not in sources]) > 1 for n in graph.nodes)


def _named(node: ast.ClassDef) -> set[str]:
    """The names that the methods of a class read."""
    return {
        part.id
        for statement in node.body
        for part in walk(statement)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }


def _bases(node: ast.ClassDef) -> set[str]:
    return {base.id for base in node.bases if isinstance(base, ast.Name)}
