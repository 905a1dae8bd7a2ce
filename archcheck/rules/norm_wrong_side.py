"""AC103."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.norms import moved, moved_norms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.rules.context import Context


class NormWrongSide(Rule):
    """The norm is in the branch, as in the figure, but on the other side of the sublayer.

    `x + f(norm(x))` normalises what the sublayer reads, `x + norm(f(x))` what it adds to the stream. Both
    leave the stream alone, both have the same operations and the same parameters, and a checkpoint of one
    loads into the other without a word; the outputs differ.
    """

    code = "AC103"
    name = "norm-wrong-side"
    VALID = (
        Example("layer_norm -> self_attention -> add", "layer_norm -> self_attention -> add"),
        Example("self_attention -> add -> layer_norm", "self_attention -> layer_norm -> add"),
    )
    INVALID = (
        Example("layer_norm -> self_attention -> add", "self_attention -> layer_norm -> add"),
        Example("feed_forward -> rms_norm -> add", "rms_norm -> feed_forward -> add"),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Moves of a norm within one branch, past its sublayer."""
        for edit, expected, found in moved_norms(context):
            inside = expected.position == found.position == "branch" and expected.side != found.side
            if inside and context.same_join(edit, expected.join, found.join):
                form = "sublayer(norm(x))" if expected.side == "before" else "norm(sublayer(x))"
                yield moved(
                    self, context, edit, f"Call the norm on the other side of the sublayer: x = x + {form}."
                )
