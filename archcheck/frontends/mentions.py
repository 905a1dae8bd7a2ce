"""What the source of a class says about its attributes; shared by the front ends."""

from __future__ import annotations

import ast


def mentioned_names(cls: ast.ClassDef) -> frozenset[str]:
    """Every attribute name and string in the methods of a class, its constructor apart."""
    known: frozenset[str] | None = getattr(cls, "mentioned_names", None)
    if known is None:
        names: set[str] = set()
        for part in cls.body:
            if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)) and part.name == "__init__":
                continue
            for node in ast.walk(part):
                if isinstance(node, ast.Attribute):
                    names.add(node.attr)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    names.add(node.value)
        known = frozenset(names)
        cls.mentioned_names = known  # type: ignore[attr-defined]
    return known


def builds(node: ast.AST, attribute: str) -> bool:
    """`self.attribute = …`, `self.add_module("attribute", …)`, `setattr(self, "attribute", …)`."""
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        flat = [item for t in targets for item in (t.elts if isinstance(t, (ast.Tuple, ast.List)) else [t])]
        return any(
            isinstance(t, ast.Attribute)
            and t.attr == attribute
            and isinstance(t.value, ast.Name)
            and t.value.id == "self"
            for t in flat
        )
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("add_module", "register_module", "setattr"):
            return any(isinstance(arg, ast.Constant) and arg.value == attribute for arg in node.args)
    return False
