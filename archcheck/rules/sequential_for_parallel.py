"""AC301."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.context import Context, name_of, word_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class SequentialForParallel(Rule):
    """The figure runs branches in parallel; the code runs them one after the other.

    In a parallel block (GPT-J, PaLM) attention and feed-forward read the same value, and their results
    are added in one go. In sequence the feed-forward reads what the attention has already changed.
    """

    code = "AC301"
    name = "sequential-for-parallel"
    VALID = (
        Example(
            "norm -> (attention + feed_forward) -> add",
            "layer_norm -> (self_attention + feed_forward) -> add",
        ),
    )
    INVALID = (
        Example(
            "norm -> (attention + feed_forward) -> add",
            "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add",
        ),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Parallel branches of the spec that the code has in sequence."""
        for edit in context.of_kind("branch"):
            if edit.detail != "parallel":
                continue
            nodes, wants = context.code_nodes(edit), context.spec_nodes(edit)[1:]
            order = " and then ".join(name_of(node) for node in nodes)
            yield Finding(
                self.code,
                self.name,
                self.severity,
                f"{order} run one after the other; the figure has "
                f"{' and '.join(map(word_of, wants))} in parallel",
                expected="parallel branches",
                found="branches in sequence",
                at=nodes[-1].span if nodes else context.code_span(edit),
                spec_at=context.spec_span(edit),
                advice="Let both read the same value, and add both results to it at once.",
                otherwise="If the code is right, write one chain for each sublayer in the spec.",
                label="reads the result of the branch before",
                spec_nodes=edit.expected,
                code_nodes=edit.found,
                edits=(edit,),
            )
