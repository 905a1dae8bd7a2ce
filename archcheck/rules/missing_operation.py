"""AC001."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.context import Context, name_of, word_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class MissingOperation(Rule):
    """The figure has an operation that the code does not have.

    A norm, a dropout or an activation was left out, or built in the constructor and never called. Loss
    curves rarely show it.
    """

    code = "AC001"
    name = "missing-operation"
    VALID = (Example("norm -> attention -> dropout? -> add", "layer_norm -> self_attention -> add"),)
    INVALID = (
        Example("norm -> attention -> add", "self_attention -> add"),
        Example("norm -> attention -> dropout -> add", "layer_norm -> self_attention -> add"),
        Example("embedding -> add(positional) -> dropout?", "embedding"),
        Example(
            "feed_forward[linear -> gelu -> dropout -> linear]", "feed_forward[linear -> gelu -> linear]"
        ),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Every deletion that no other rule explains."""
        for edit in context.of_kind("delete"):
            spec, code = context.graphs(edit.within)
            nodes = context.spec_nodes(edit)
            if edit.detail == "value" and len(nodes) == 1:
                nodes += [spec[arg] for arg in nodes[0].args if spec[arg].is_source]
            want = " with ".join(word_of(node) for node in nodes[:2])
            place = context.where(spec, nodes[0].id, edit.expected_place)
            near = code[edit.near[1]] if edit.near and edit.near[1] in code else None
            beside = f" (next to {name_of(near)})" if near is not None and not near.is_source else ""
            yield Finding(
                self.code,
                self.name,
                self.severity,
                f"the code has no {want}{context.inside(edit)}{beside}; the figure has it {place}",
                expected=f"{want} {place}",
                found="",
                at=context.code_span(edit),
                spec_at=context.spec_span(edit),
                advice=f"{'Put an' if nodes[0].words[0] == 'add' else 'Add'} {want} {place}.",
                label=f"no {word_of(nodes[0])} here",
                otherwise=f"If the code is right, leave {want} out of the spec, or write "
                f"`{nodes[0].words[0]}?`.",
                spec_nodes=edit.expected,
                edits=(edit,),
            )
