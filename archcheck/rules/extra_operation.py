"""AC002."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.context import Context, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class ExtraOperation(Rule):
    """The code has an operation that the figure does not have.

    A second norm, an activation behind a sublayer, a scale on the branch: what the figure does not show,
    a reader of the paper will not build.
    """

    code = "AC002"
    name = "extra-operation"
    VALID = (Example("norm -> attention -> add", "layer_norm -> self_attention -> dropout -> add"),)
    INVALID = (
        Example("attention -> add", "layer_norm -> self_attention -> add"),
        Example("norm -> attention -> add", "layer_norm -> self_attention -> scale(0.5) -> add"),
        Example("embedding -> norm", "embedding -> add(positional) -> layer_norm"),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Every insertion that no other rule explains."""
        for edit in context.of_kind("insert"):
            _, code = context.graphs(edit.within)
            nodes = context.code_nodes(edit)
            what = name_of(nodes[0])
            if edit.detail == "value":
                what += "".join(f" with {name_of(code[arg])}" for arg in nodes[0].args if code[arg].is_source)
            place = context.where(code, nodes[0].id, edit.found_place)
            yield Finding(
                self.code,
                self.name,
                self.severity,
                f"{what} is {place}{context.inside(edit)}; the figure has nothing there",
                expected="",
                found=f"{what} {place}",
                at=context.code_span(edit),
                spec_at=context.spec_span(edit),
                advice=f"Remove {what}.",
                label="not in the figure",
                otherwise=f"If the code is right, write `{nodes[0].op}` into the spec at this place.",
                code_nodes=edit.found,
                edits=(edit,),
            )
