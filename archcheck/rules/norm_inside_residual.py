"""AC101."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.norms import ON_A_STREAM, moved, moved_norms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.rules.context import Context


class NormInsideResidual(Rule):
    """The norm is in the branch; the figure has it on the stream, after the add.

    Post-LN, as in Figure 1 of "Attention Is All You Need", computes `norm(x + f(x))`: the norm lies on
    the stream, behind the add, and every value on the stream is normalised. With the norm inside the
    branch, `x + f(norm(x))`, the stream itself is never normalised. That is Pre-LN, another architecture:
    it trains without warm-up, its activations grow with depth, and it needs a norm behind the last layer.

    The finding speaks of a norm that lies on the other side of its own sublayer's add.
    """

    code = "AC101"
    name = "norm-inside-residual"
    VALID = (
        Example("self_attention -> add -> layer_norm", "self_attention -> add -> layer_norm"),
        Example("layer_norm -> self_attention -> add", "self_attention -> add -> layer_norm"),
    )
    INVALID = (
        Example(
            "self_attention -> add -> layer_norm; feed_forward -> add -> layer_norm",
            "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add",
        ),
        Example("self_attention -> add -> layer_norm", "self_attention -> layer_norm -> add"),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Moves of a norm from the stream behind an add into the branch of that add."""
        for edit, expected, found in moved_norms(context):
            behind = expected.position in ON_A_STREAM and found.position == "branch"
            if behind and context.same_join(edit, expected.previous, found.join):
                advice = "Take the norm out of the branch and call it on the sum: x = norm(x + sublayer(x))."
                other = "If the code is right, the spec should have the norm in the branch, before the add."
                yield moved(self, context, edit, advice, other)
