"""Which operations of a graph are one module in several places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from archcheck.graph import Node
from archcheck.vocabulary import family

# Families whose modules hold parameters; a dropout or a relu that is used twice is no difference.
PARAMETERS = frozenset(
    {
        "sublayer",
        "norm",
        "linear",
        "conv",
        "conv_transpose",
        "embedding",
        "squeeze_excite",
        "gate",
        "modulate",
    }
)


def module_of(node: Node) -> tuple[int, int] | None:
    """The module object and the call that computed a whole node, None where it is no whole module call."""
    for scope in node.scopes:
        if scope.path == node.name and node.name:
            return scope.instance, scope.call
    return None


def has_parameters(node: Node) -> bool:
    """Whether the module of a node holds parameters, so that it matters whether it is used twice."""
    word = node.words[0]
    known = family(word) in PARAMETERS or word in ("layer_scale", "prelu")
    if family(word) == "norm" and word != "batch_norm":  # that one keeps statistics, also without weights
        known = bool(node.weights)
    return known and word not in ("l2_norm", "fourier") and node.attr("affine") is not False


def tied(nodes: Iterable[Node]) -> list[list[Node]]:
    """The groups of operations that read the same parameters: one module in several places, or two that share."""
    readers: dict[tuple[str, frozenset[str]], list[Node]] = defaultdict(list)
    for node in nodes:
        kind = family(node.words[0])
        if node.weights and kind in PARAMETERS and has_parameters(node):
            readers[kind, frozenset(node.weights)].append(node)
    return [group for group in readers.values() if len(group) > 1]
