"""AC204."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.edges import wrong_edge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.rules.context import Context


class WrongBranchInput(Rule):
    """A branch reads another value than in the figure: a stale stream, the un-normed input, …

    Typical when a variable is assigned and the old name is read once more: `y = norm(x)`, and the next
    sublayer still reads `x`.
    """

    code = "AC204"
    name = "wrong-branch-input"
    VALID = (Example("norm as n -> attention -> add(n)", "layer_norm; self_attention -> add"),)
    INVALID = (
        Example("norm as n -> attention -> add(n)", "layer_norm as n; input -> self_attention -> add(n)"),
        Example(
            "attention -> add -> norm; cross_attention -> add -> norm",
            "self_attention as y -> add(input) -> layer_norm as x; y -> cross_attention -> "
            "add(x) -> layer_norm",
        ),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Changed operands that are no skips."""
        for edit in context.of_kind("rewire"):
            what = "the branch" if edit.detail == "branch" else "the value that goes"
            yield wrong_edge(self, context, edit, what, "Read {value} instead.")
