"""AC003."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.context import Context, name_of, word_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class WrongOperation(Rule):
    """Another kind of operation stands in the place that the figure gives it.

    layer_norm for rms_norm, relu for gelu, mul for add: the same wiring with another function. A spec
    that does not care names the family (`norm`) or the choice (`layer_norm|rms_norm`).
    """

    code = "AC003"
    name = "wrong-operation"
    VALID = (
        Example("norm -> attention -> add", "rms_norm -> self_attention -> add"),
        Example("layer_norm|rms_norm -> attention -> add", "rms_norm -> self_attention -> add"),
    )
    INVALID = (
        Example("rms_norm -> attention -> add", "layer_norm -> self_attention -> add"),
        Example("feed_forward[linear -> gelu -> linear]", "feed_forward[linear -> relu -> linear]"),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Every substitution that is no exchange."""
        for edit in context.of_kind("substitute"):
            (want,), (node,) = context.spec_nodes(edit), context.code_nodes(edit)
            yield Finding(
                self.code,
                self.name,
                self.severity,
                f"{name_of(node)} stands{context.inside(edit)} where the figure has {word_of(want)}",
                expected=want.op,
                found=node.op,
                at=context.code_span(edit),
                spec_at=context.spec_span(edit),
                advice=f"Use {word_of(want)} here.",
                label=f"the figure has {word_of(want)}",
                otherwise=f"If the code is right, write `{node.op}` (or "
                f"`{'|'.join((*want.words, node.op))}`) in the spec.",
                spec_nodes=edit.expected,
                code_nodes=edit.found,
                edits=(edit,),
            )
