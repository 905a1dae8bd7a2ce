"""AC007."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.context import Context, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class ExtraSublayer(Rule):
    """The code has a whole sublayer, with its norms and its residual, that the figure does not have.

    One finding, not one for each of its operations.
    """

    code = "AC007"
    name = "extra-sublayer"
    VALID = (Example("norm -> sublayer -> add", "layer_norm -> feed_forward -> add"),)
    INVALID = (
        Example(
            "norm -> self_attention -> add; norm -> feed_forward -> add",
            "layer_norm -> self_attention -> add; layer_norm -> cross_attention -> add; "
            "layer_norm -> feed_forward -> add",
        ),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Every sublayer that only the code has."""
        for edit in context.of_kind("sublayer"):
            if edit.detail != "insert":
                continue
            nodes = context.code_nodes(edit)
            what = name_of(nodes[0])
            yield Finding(
                self.code,
                self.name,
                self.severity,
                f"the sublayer of {what}{context.inside(edit)} is not in the figure",
                expected="",
                found=f"{nodes[0].op} sublayer",
                at=context.code_span(edit),
                spec_at=context.spec_span(edit),
                advice=f"Remove the sublayer of {what}, with its norms and its residual.",
                otherwise=f"If the code is right, add a chain with `{nodes[0].op}` to the spec.",
                label="not in the figure",
                code_nodes=edit.found,
                edits=(edit,),
            )
