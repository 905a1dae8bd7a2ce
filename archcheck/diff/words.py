"""When a node of the code may stand for a node of the spec: words, attributes, substitutes."""

from __future__ import annotations

from math import isclose
from typing import TYPE_CHECKING

from archcheck.vocabulary import family, is_a

if TYPE_CHECKING:
    from archcheck.graph import Literal, Node

COMMUTATIVE = frozenset({"add", "mul", "concat"})
FLAT = frozenset({"add", "mul"})

# Families that do the work of a branch: what a sublayer is built around.
CORES = frozenset(
    {"sublayer", "linear", "conv", "conv_transpose", "embedding", "squeeze_excite", "stack", "opaque"}
)

# Computing one of these twice on the same value is the same as computing it once.
FREE_TWINS = frozenset({"activation", "scale", "math", "resize", "shuffle", "softmax"})

# Words that can take each other's place, as one difference. A word may be in several sets.
_PLACES: tuple[frozenset[str], ...] = (
    frozenset(
        {
            "sublayer", "linear", "conv", "conv_transpose", "embedding", "pool", "resize", "shuffle",
            "squeeze_excite", "split",
        }
    ),
    frozenset({"norm", "scale"}),
    frozenset({"activation", "softmax"}),
    frozenset({"join"}),
    frozenset({"scale", "gate", "modulate"}),
    frozenset({"dropout", "drop_path"}),
    frozenset({"math", "activation", "norm"}),
)  # fmt: skip

# Parameters and tables: which source of the code a source of the spec accepts.
_SOURCES: dict[str, frozenset[str]] = {
    "positional": frozenset({"positional", "parameter", "buffer", "constant"}),
    "parameter": frozenset({"parameter", "buffer"}),
}


def is_join(node: Node) -> bool:
    """Whether the node joins several values (add, mul, concat, …)."""
    return any(family(word) == "join" for word in node.words)


def accepts(spec: Node, code: Node) -> bool:
    """Whether the word of the code's node is one of the spec's words or below one of them."""
    for found in code.words:
        if not any(
            found == want or is_a(found, want) or found in _SOURCES.get(want, ()) for want in spec.words
        ):
            return False
    return True


def replaces(spec: Node, code: Node) -> bool:
    """Whether the code's node can stand, as a single wrong operation, where the spec has the other."""
    if spec.is_source or code.is_source or not spec.args or not code.args:
        return False
    if is_join(spec) != is_join(code):
        return False
    found = family(code.words[0])
    if found == "opaque":
        return True
    wanted = {family(word) for word in spec.words}
    if found in wanted:
        return True
    return any(found in places and wanted & places for places in _PLACES)


def same_literal(expected: Literal, found: Literal) -> bool:
    """Equality of attribute values: numbers with a relative tolerance of 1e-6, texts in any case."""
    if isinstance(expected, bool) or isinstance(found, bool):
        return isinstance(expected, (bool, int)) and isinstance(found, (bool, int)) and expected == found
    if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        return isclose(expected, found, rel_tol=1e-6, abs_tol=1e-15)
    if isinstance(expected, tuple) and isinstance(found, tuple):
        return len(expected) == len(found) and all(map(same_literal, expected, found))
    if isinstance(expected, tuple) != isinstance(found, tuple) and expected is not None and found is not None:
        many, one = (expected, found) if isinstance(expected, tuple) else (found, expected)
        return isinstance(many, tuple) and bool(many) and all(same_literal(one, item) for item in many)
    if isinstance(expected, str) and isinstance(found, str):
        return expected.lower() == found.lower()
    return expected == found


def contradictions(spec: Node, code: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The attributes that the spec gives and the code contradicts, and those the code does not tell."""
    wrong, unknown = [], []
    for key, expected in spec.attrs:
        if key == "shared":
            continue
        found = code.attr(key)
        if found is None:
            unknown.append(key)
        elif not same_literal(expected, found):
            wrong.append(key)
    return tuple(key for key in wrong if not _follows(spec, code, key)), tuple(unknown)


def _follows(spec: Node, code: Node, key: str) -> bool:
    """Whether an attribute is another one only because the number of heads is: all of them as wide as before."""
    heads, own = ([node.attr("heads"), node.attr(key)] for node in (spec, code))
    if None in (*heads, *own) or heads[0] == own[0]:
        return False
    if key == "kv_heads":
        return bool(heads[0] == heads[1] and own[0] == own[1])
    return key == "head_dim" and bool(heads[0] * heads[1] == own[0] * own[1])
