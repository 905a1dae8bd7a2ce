"""AC203."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.edges import wrong_edge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.rules.context import Context


class WrongSkipSource(Rule):
    """The skip is taken from another value than in the figure: after the norm, from the block's input, …

    `x = norm(x); x = x + f(x)` performs the operations of Pre-LN in the order of Pre-LN. Only the edge
    into the add differs: it carries the normalised value, and the un-normalised stream ends at each
    layer. PyTorch's own encoder layer had this fault (pytorch issue 61165).
    """

    code = "AC203"
    name = "wrong-skip-source"
    VALID = (
        Example("layer_norm as n -> attention -> add(n)", "layer_norm; self_attention -> add"),
        Example("layer_norm -> attention -> add", "layer_norm -> self_attention -> add"),
    )
    INVALID = (
        Example(
            "layer_norm -> attention -> add; layer_norm -> feed_forward -> add",
            "layer_norm; self_attention -> add; layer_norm; feed_forward -> add",
        ),
        Example(
            "attention -> add -> norm; feed_forward -> add -> norm",
            "self_attention -> add -> layer_norm; feed_forward -> add(input) -> layer_norm",
        ),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Changed operands of joins that are skips."""
        for edit in context.of_kind("rewire"):
            if edit.detail == "skip":
                yield wrong_edge(self, context, edit, "the skip", "Add {value} instead.")
