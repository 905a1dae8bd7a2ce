"""AC302."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.context import Context, name_of, word_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class ParallelForSequential(Rule):
    """The figure runs sublayers one after the other; the code runs them in parallel.

    Both read the same value: the second does not see what the first has done. Faster, and another model.
    """

    code = "AC302"
    name = "parallel-for-sequential"
    VALID = (
        Example(
            "norm -> attention -> add; norm -> feed_forward -> add",
            "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add",
        ),
    )
    INVALID = (
        Example(
            "norm -> attention -> add; norm -> feed_forward -> add",
            "(layer_norm -> self_attention + layer_norm -> feed_forward) -> add",
        ),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Sequential sublayers of the spec that the code has in parallel."""
        for edit in context.of_kind("branch"):
            if edit.detail != "sequential":
                continue
            nodes, wants = context.code_nodes(edit), context.spec_nodes(edit)
            names = " and ".join(name_of(node) for node in nodes[1:])
            yield Finding(
                self.code,
                self.name,
                self.severity,
                f"{names} run in parallel; the figure has {' and then '.join(map(word_of, wants))}",
                expected="branches in sequence",
                found="parallel branches",
                at=context.code_span(edit),
                spec_at=context.spec_span(edit),
                advice="Add the first result to the stream before the second sublayer reads it.",
                otherwise="If the code is right, write a group in the spec: `(a + b) -> add`.",
                label="joins parallel branches",
                spec_nodes=edit.expected,
                code_nodes=edit.found,
                edits=(edit,),
            )
