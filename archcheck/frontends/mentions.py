"""What the source of a class says about its attributes; shared by the front ends."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from archcheck.syntax import walk


def mentioned_names(cls: ast.ClassDef) -> frozenset[str]:
    """Every attribute name and string in the methods of a class, its constructor apart."""
    known: frozenset[str] | None = getattr(cls, "mentioned_names", None)
    if known is None:
        names: set[str] = set()
        for part in cls.body:
            if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)) and part.name == "__init__":
                continue
            for node in walk(part):
                if isinstance(node, ast.Attribute):
                    names.add(node.attr)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    names.add(node.value)
        known = frozenset(names)
        cls.mentioned_names = known  # type: ignore[attr-defined]
    return known


def built_at(cls: ast.ClassDef, attribute: str) -> ast.AST | None:
    """Where a class sets an attribute: `self.attribute = …`, `setattr(self, "attribute", …)` and their like."""
    known: dict[str, ast.AST] | None = getattr(cls, "built_at", None)
    if known is None:
        known = {}
        for node in walk(cls):
            for name in _built(node):
                known.setdefault(name, node)
        cls.built_at = known  # type: ignore[attr-defined]
    return known.get(attribute)


def _built(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            for one in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                if (
                    isinstance(one, ast.Attribute)
                    and isinstance(one.value, ast.Name)
                    and one.value.id == "self"
                ):
                    yield one.attr
    elif isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("add_module", "register_module", "setattr"):
            for arg in node.args:
                if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
                    yield arg.value
