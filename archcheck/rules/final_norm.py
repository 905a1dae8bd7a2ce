"""Where the norm behind a stack stands: what AC401 and AC402 share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.vocabulary import family, is_a

if TYPE_CHECKING:
    from archcheck.graph import Graph, Node

_BETWEEN = frozenset({"dropout", "drop_path", "scale", "norm"})


def is_final_norm(graph: Graph, node: Node) -> bool:
    """Whether a norm reads the result of a stack, dropouts and scales aside."""
    if not is_a(node.words[0], "norm"):
        return False
    while node.args:
        node = graph[node.args[0]]
        if node.words[0] == "stack":
            return True
        if family(node.words[0]) not in _BETWEEN:
            return False
    return False
