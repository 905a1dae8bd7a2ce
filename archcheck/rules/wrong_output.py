"""AC205."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.edges import value_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.rules.context import Context


class WrongOutput(Rule):
    """The block returns another value than in the figure, its values in another order, or what further layers make."""

    code = "AC205"
    name = "wrong-output"
    VALID = (Example("norm -> attention -> add", "layer_norm -> self_attention -> add"),)

    INVALID = (
        Example(
            "inputs: [post, dual]\ngraph:\n  f: post -> sublayer\n  post_out: f -> add(post) -> layer_norm\n"
            "  dual_out: f -> add(dual)\noutputs: [post_out, dual_out]",
            "inputs: [post, dual]\ngraph:\n  f: post -> feed_forward\n  post_out: f -> add(post) "
            "-> layer_norm\n"
            "  dual_out: f -> add(dual)\noutputs: [dual_out, post_out]",
        ),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Outputs that do not correspond."""
        for edit in context.of_kind("output"):
            spec, code = context.graphs(edit.within)
            expected = value_text(spec, edit.expected[0] if edit.expected else spec.outputs[0])
            found = value_text(code, edit.found[0]) if edit.found else "nothing"
            message = f"{found} is returned{context.inside(edit)}; the figure returns {expected}"
            if not edit.expected:
                message = f"{found} is returned, too, behind further layers; the figure ends with {expected}"
            yield Finding(
                self.code,
                self.name,
                self.severity,
                message,
                expected=expected,
                found=found,
                at=context.code_span(edit),
                spec_at=context.spec_span(edit),
                advice=f"Return {expected}." if edit.expected else f"Return {expected} alone.",
                label="returned",
                spec_nodes=edit.expected,
                code_nodes=edit.found,
                edits=(edit,),
            )
