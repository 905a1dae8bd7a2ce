"""AC201."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.context import Context, name_of, word_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class MissingResidual(Rule):
    """The sublayer's output replaces the stream; the figure adds it.

    `x = f(norm(x))` for `x = x + f(norm(x))`: the identity path is cut. Shallow models still train, deep
    ones do not.
    """

    code = "AC201"
    name = "missing-residual"
    VALID = (Example("norm -> attention -> add", "layer_norm -> self_attention -> add"),)
    INVALID = (
        Example("norm -> attention -> add", "layer_norm -> self_attention"),
        Example("conv -> relu -> conv -> add -> relu", "conv -> relu -> conv -> relu"),
        Example(
            "conv -> relu -> conv -> add(skip=(conv -> batch_norm)?) -> relu", "conv -> relu -> conv -> relu"
        ),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Deleted joins whose skip is gone."""
        for edit in context.of_kind("delete"):
            if edit.detail != "residual":
                continue
            spec, code = context.graphs(edit.within)
            join = context.spec_nodes(edit)[0]
            roles = context.roles(spec)
            skip = roles.skip.get(roles.index[join.id])
            branches = [arg for position, arg in enumerate(join.args) if position != skip]
            what = word_of(spec[branches[0]]) if branches else "the sublayer"
            near = code[edit.near[1]] if edit.near and edit.near[1] in code else None
            of = name_of(near) if near is not None and not near.is_source else what
            yield Finding(
                self.code,
                self.name,
                self.severity,
                f"the result of {of} replaces the stream{context.inside(edit)}; the figure has a "
                f"residual {join.op} behind {what}",
                expected=f"residual {join.op}",
                found="no residual",
                at=context.code_span(edit),
                spec_at=context.spec_span(edit),
                advice="Add back the value that the branch started from: x = x + sublayer(x).",
                otherwise=f"If the code is right, leave `{join.op}` out of the spec's chain.",
                label="no residual",
                spec_nodes=edit.expected,
                edits=(edit,),
            )
