"""Which inputs are streams, and which only steer what happens to a stream (conditions of adaLN, gates)."""

from __future__ import annotations

from archcheck.graph.extract import is_mask
from archcheck.lift.prepare import SELECTING
from archcheck.lift.work import Work
from archcheck.vocabulary import is_a

# What a stream passes on its way through a block. A condition passes a projection of its own first.
SPINE = SELECTING | {
    "add", "subtract", "interpolate", "concat", "mul", "gate", "modulate", "scale", "layer_scale",
    "dropout", "drop_path",
}  # fmt: skip
BEFORE_NORM = SELECTING | {"add", "dropout", "drop_path", "scale", "layer_scale"}


def streams(work: Work) -> tuple[str, ...]:
    """The inputs that the results carry on: by sums and norms, not by way of a projection alone.

    Of several, those that a norm reads, be it in a concatenation. Where a projection stands in the way of all
    (`add(skip=linear)`), the inputs that a norm reads, or else those that some sum carries on; without any, the one
    that is read first.
    """
    reached = _back(work, work.outputs, SPINE, through_norms=True)
    found = [key for key in work.inputs if key in reached and not is_mask(work.nodes, key)]
    best: list[str] = []
    for words in (BEFORE_NORM, BEFORE_NORM | {"concat"}):
        normed = _back(work, _read_by(work, "norm"), words, through_norms=False)
        best = best or [key for key in found or work.inputs if key in normed]
    best = best or found
    if not best:
        summed = _back(work, _read_by(work, "add"), SPINE, through_norms=True)
        best = [key for key in work.inputs if key in summed]
    return tuple(best) or ((work.stream,) if work.stream is not None else ())


def _read_by(work: Work, word: str) -> list[str]:
    """What the operations of this kind read."""
    return [arg for key in work.nodes if is_a(work.word(key), word) for arg in work.data(key)]


def _back(work: Work, ends: list[str], words: frozenset[str] | set[str], through_norms: bool) -> set[str]:
    """All values from which some end comes by these words (and norms and activations) alone."""
    seen: set[str] = set()
    todo = list(ends)
    while todo:
        key = todo.pop()
        if key in seen or key in work.fixed:
            continue
        seen.add(key)
        word = work.word(key)
        if word in words or (through_norms and (is_a(word, "norm") or is_a(word, "activation"))):
            todo.extend(work.data(key))
    return seen
