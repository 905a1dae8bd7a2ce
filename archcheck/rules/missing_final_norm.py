"""AC401."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.context import Context, name_of, word_of
from archcheck.rules.final_norm import is_final_norm

if TYPE_CHECKING:
    from collections.abc import Iterator


class MissingFinalNorm(Rule):
    """The stack ends without the norm that the figure has behind it.

    A Pre-LN stack never normalises its stream; without the norm behind the last layer the head reads
    values that grow with depth.
    """

    code = "AC401"
    name = "missing-final-norm"
    VALID = (
        Example(
            "embedding -> stack[norm -> linear -> add] -> norm",
            "embedding -> stack[layer_norm -> linear -> add] -> layer_norm",
        ),
    )
    INVALID = (
        Example(
            "embedding -> stack[norm -> linear -> add] -> norm -> linear",
            "embedding -> stack[layer_norm -> linear -> add] -> linear",
        ),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Deleted norms that read a stack."""
        for edit in context.of_kind("delete"):
            spec, code = context.graphs(edit.within)
            node = context.spec_nodes(edit)[0]
            if not is_final_norm(spec, node):
                continue
            near = code[edit.near[1]] if edit.near and edit.near[1] in code else None
            stack = name_of(near) if near is not None else "the stack"
            yield Finding(
                self.code,
                self.name,
                self.severity,
                f"there is no norm behind {stack}; the figure has {word_of(node)} there",
                expected=f"{node.op} behind the stack",
                found="",
                at=context.code_span(edit),
                spec_at=context.spec_span(edit),
                advice=f"Add {word_of(node)} behind the last layer.",
                label="no norm behind it",
                otherwise="If the code is right, leave the norm behind `stack` out of the spec's `model`.",
                spec_nodes=edit.expected,
                edits=(edit,),
            )
