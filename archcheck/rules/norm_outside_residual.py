"""AC102."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.norms import ON_A_STREAM, moved, moved_norms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.rules.context import Context


class NormOutsideResidual(Rule):
    """The norm is on the stream, after the add; the figure has it in the branch.

    Pre-LN (arXiv:2002.04745) computes `x + f(norm(x))`: nothing stands on the stream, so gradients reach
    every layer through the identity. A norm behind the add, `norm(x + f(x))`, rescales the stream in each
    layer. That is Post-LN; deep stacks of it need a learning-rate warm-up.

    The finding speaks of a norm that lies on the other side of its own sublayer's add.
    """

    code = "AC102"
    name = "norm-outside-residual"
    VALID = (
        Example("layer_norm -> feed_forward -> add", "layer_norm -> feed_forward -> add"),
        Example("feed_forward -> add -> layer_norm", "layer_norm -> feed_forward -> add"),
    )
    INVALID = (
        Example(
            "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add",
            "self_attention -> add -> layer_norm; feed_forward -> add -> layer_norm",
        ),
        Example("self_attention -> rms_norm -> add", "self_attention -> add -> rms_norm"),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Moves of a norm from a branch to the stream behind the add of that branch."""
        for edit, expected, found in moved_norms(context):
            behind = expected.position == "branch" and found.position in ON_A_STREAM
            if behind and context.same_join(edit, expected.join, found.previous):
                advice = "Call the norm inside the branch, not on the sum: x = x + sublayer(norm(x))."
                if expected.side == "after":
                    advice = "Call the norm inside the branch, not on the sum: x = x + norm(sublayer(x))."
                other = "If the code is right, the spec should have the norm behind the add."
                yield moved(self, context, edit, advice, other)
