"""AC110."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Example, Finding, Rule
from archcheck.rules.norms import moved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.rules.context import Context


class MisplacedOperation(Rule):
    """An operation is on another of stream, branch and skip than in the figure, or past a join.

    A dropout in the branch drops parts of an update; behind the add it drops parts of the stream itself,
    and what is lost there no later layer can bring back. A drop_path behind the add drops the whole hidden
    state of a sample. A scale on the branch damps an update, a scale on the stream damps everything.
    """

    code = "AC110"
    name = "misplaced-operation"
    VALID = (
        Example("norm -> feed_forward -> drop_path -> add", "layer_norm -> feed_forward -> drop_path -> add"),
        Example("norm -> feed_forward -> dropout? -> add", "layer_norm -> feed_forward -> add"),
    )
    INVALID = (
        Example("norm -> feed_forward -> drop_path -> add", "layer_norm -> feed_forward -> add -> drop_path"),
        Example("norm -> feed_forward -> dropout? -> add", "layer_norm -> feed_forward -> add -> dropout"),
    )

    def claim(self, context: Context) -> Iterator[Finding]:
        """Every move that no rule about norms or neighbours explains."""
        for edit in context.of_kind("move"):
            place, _ = context.places(edit)
            word = context.spec_nodes(edit)[0].op
            yield moved(self, context, edit, f"Move it: the figure has {word} {place}.")
