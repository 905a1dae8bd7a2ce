"""AC202."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.context import Context, name_of, word_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class ExtraResidual(Rule):
    """The code adds a value to the stream that the figure does not add.

    Often a residual that is added twice: once in a helper (`Output(hidden, input)`) and once by its caller.
    """

    code = "AC202"
    name = "extra-residual"
    VALID = (Example("norm -> attention -> add", "layer_norm -> self_attention -> add"),)
    INVALID = (
        Example("layer_norm -> attention", "layer_norm -> self_attention -> add"),
        Example("norm -> (attention + feed_forward)", "layer_norm -> (self_attention + feed_forward) -> add"),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Inserted joins that only add another value of the stream."""
        for edit in context.of_kind("insert"):
            if edit.detail != "residual":
                continue
            _, code = context.graphs(edit.within)
            join = context.code_nodes(edit)[0]
            roles = context.roles(code)
            skip = roles.skip.get(roles.index[join.id])
            value = name_of(code[join.args[skip]]) if skip is not None else "a value of the stream"
            yield Finding(
                self.code,
                self.name,
                self.severity,
                f"{word_of(join)} joins {value} to the stream{context.inside(edit)}; the figure "
                "has no residual there",
                expected="no residual",
                found=f"residual {join.op}",
                at=context.code_span(edit),
                spec_at=context.spec_span(edit),
                advice="Use the sublayer's result alone.",
                otherwise=f"If the code is right, write `-> {join.op}` into the spec's chain.",
                label="not in the figure",
                code_nodes=edit.found,
                edits=(edit,),
            )
