"""AC006."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.context import Context, name_of, word_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class MissingSublayer(Rule):
    """A whole sublayer of the figure, with its norms and its residual, is absent from the code.

    One finding, not one for each of its operations.
    """

    code = "AC006"
    name = "missing-sublayer"
    VALID = (
        Example(
            "norm -> self_attention -> add; (norm -> cross_attention -> add)?; norm -> feed_forward -> add",
            "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add",
        ),
    )
    INVALID = (
        Example(
            "norm -> self_attention -> add; norm -> cross_attention -> add; norm -> feed_forward -> add",
            "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add",
        ),
        Example("attention -> add -> norm; feed_forward -> add -> norm", "feed_forward -> add -> layer_norm"),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Every sublayer that only the spec has."""
        for edit in context.of_kind("sublayer"):
            if edit.detail != "delete":
                continue
            nodes = context.spec_nodes(edit)
            _, code = context.graphs(edit.within)
            near = code[edit.near[1]] if edit.near and edit.near[1] in code else None
            beside = f" behind {name_of(near)}" if near is not None and not near.is_source else ""
            rest = ", ".join(word_of(node) for node in nodes[1:])
            yield Finding(
                self.code,
                self.name,
                self.severity,
                f"the code has no {word_of(nodes[0])} sublayer{context.inside(edit)}{beside}; the "
                "figure has it" + (f", with {rest}" if rest else ""),
                expected=f"{nodes[0].op} sublayer",
                found="",
                at=context.code_span(edit),
                spec_at=context.spec_span(edit),
                advice=f"Add the {word_of(nodes[0])} sublayer with its norms and its residual.",
                otherwise="If only some configurations have it, put it into `( … )?` in the spec.",
                label=f"no {word_of(nodes[0])} sublayer",
                spec_nodes=edit.expected,
                edits=(edit,),
            )
