"""Norms of a stream that only some of a box's operations read: they stand before the box, not in it."""

from __future__ import annotations

from collections.abc import Iterable

from archcheck.lift.prepare import SELECTING
from archcheck.lift.work import Work
from archcheck.vocabulary import is_a

# A mask, a gate, a position or a mixture with the token before: what is normed behind one is still the stream.
STILL = SELECTING | {
    "scale", "layer_scale", "dropout", "gate", "modulate", "mul", "add", "subtract", "interpolate", "concat",
    "scatter", "where",
}  # fmt: skip


def norms_of_some(work: Work, start: str, region: Iterable[str]) -> list[str]:
    """The norms in a region that read the value from which it starts, not projected; other ways lead past each."""
    return [
        key
        for key in work.order(region)
        if is_a(work.word(key), "norm")
        and all(k == key or work.word(k) in STILL for k in work.between(start, key))
    ]


def missed(work: Work, start: str, region: Iterable[str], read: Iterable[str]) -> list[str]:
    """Those of these norms that not all of some values pass (queries, keys and values of an attention).

    A norm of the stream that the values miss is another architecture. Behind a projection or a pooling a norm is the
    attention's own (of queries and keys; of a shortened sequence).
    """
    asked = [key for key in read if key not in work.fixed]
    return [
        norm
        for norm in norms_of_some(work, start, region)
        if not all(work.derives(norm, key) for key in asked)
    ]


def behind(work: Work, key: str, norms: Iterable[str], start: str) -> str:
    """The norm that a value comes from, or else what the norms read."""
    return next((norm for norm in norms if work.derives(norm, key)), start)
