"""AC004."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.context import Context, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class WrongAttribute(Rule):
    """An attribute that the figure gives has another value in the code: eps, p, heads, causal, kernel, …

    Only attributes that the spec names are compared; numbers with a relative tolerance of one millionth.
    """

    code = "AC004"
    name = "wrong-attribute"
    VALID = (
        Example("layer_norm -> attention -> add", "layer_norm(eps=1e-6) -> self_attention -> add"),
        Example(
            "layer_norm(eps=1e-5) -> attention -> add", "layer_norm(eps=0.00001) -> self_attention -> add"
        ),
    )
    INVALID = (
        Example("layer_norm(eps=1e-5) -> attention -> add", "layer_norm(eps=1e-6) -> self_attention -> add"),
        Example("attention(causal=true) -> add", "self_attention(causal=false) -> add"),
        Example(
            "norm -> feed_forward -> scale(0.5) -> add", "layer_norm -> feed_forward -> scale(0.25) -> add"
        ),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Every contradicted attribute."""
        for edit in context.of_kind("attribute"):
            (want,), (node,) = context.spec_nodes(edit), context.code_nodes(edit)
            expected, found = _text(want.attr(edit.detail)), _text(node.attr(edit.detail))
            yield Finding(
                self.code,
                self.name,
                self.severity,
                f"{name_of(node)} has {edit.detail}={found}{context.inside(edit)}; the figure has "
                f"{edit.detail}={expected}",
                expected=f"{want.op}({edit.detail}={expected})",
                found=f"{node.op}({edit.detail}={found})",
                at=context.code_span(edit),
                spec_at=context.spec_span(edit),
                advice=f"Set {edit.detail}={expected}.",
                label=f"{edit.detail}={found}",
                otherwise=f"If the code is right, write {edit.detail}={found} in the spec.",
                spec_nodes=edit.expected,
                code_nodes=edit.found,
                edits=(edit,),
            )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
