"""What a value depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archcheck.graph.types import Node


def upstream(nodes: Mapping[str, Node], keys: Iterable[str]) -> set[str]:
    """These values and all values that they depend on."""
    found: set[str] = set()
    todo = list(keys)
    while todo:
        key = todo.pop()
        if key not in found:
            found.add(key)
            todo.extend(nodes[key].args)
    return found
