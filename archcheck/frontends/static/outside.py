"""Tensors that a module does not register itself: the model around it does (`layer.mixer.register_buffer(…)`)."""

from __future__ import annotations

import ast
from functools import lru_cache

from archcheck.frontends.static.values import MISSING, ClassValue, Tensor, Value
from archcheck.syntax import walk

REGISTERING = {"register_buffer": "buffer", "register_parameter": "parameter"}


def registered_outside(cls: ClassValue, name: str) -> Value:
    """The buffer or parameter that the class's file registers under this name for another object than `self`."""
    tree = cls.module.tree
    kind = _registered(tree).get(name, "") if tree is not None else ""
    return Tensor(None, kind, None, name=name) if kind else MISSING


@lru_cache(maxsize=32)
def _registered(tree: ast.Module) -> dict[str, str]:
    """Name -> kind, for all calls in a file that register a tensor of another object."""
    found: dict[str, str] = {}
    for node in walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        receiver, first = node.func.value, node.args[0]
        own = isinstance(receiver, ast.Name) and receiver.id == "self"
        if node.func.attr in REGISTERING and not own and isinstance(first, ast.Constant):
            found[str(first.value)] = REGISTERING[node.func.attr]
    return found
