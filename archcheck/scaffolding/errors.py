"""What cannot be scaffolded: an error that says what is wrong, where, and what would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcheck.graph import Node, Span


class ScaffoldError(Exception):
    """A spec for which no module can be written."""

    def __init__(self, message: str, advice: str = "", span: Span | None = None) -> None:
        self.message, self.advice, self.span = message, advice, span
        where = f"{span.file}:{span.line}:{span.column}: " if span is not None else ""
        super().__init__(where + message + (f"; {advice}" if advice else ""))


def refuse(node: Node, why: str, advice: str) -> ScaffoldError:
    """The error for one step."""
    return ScaffoldError(f"cannot scaffold {node.op!r}: {why}", advice, node.span)
