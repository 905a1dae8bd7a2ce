"""From syntax nodes to spans."""

from __future__ import annotations

from typing import Any

from archcheck.graph import Span


def span_of(file: str, node: Any) -> Span:
    """The place of a syntax node; columns count from 1 in UTF-8 bytes, as Python's own do."""
    end = node.end_col_offset
    return Span(
        file, node.lineno, node.col_offset + 1, node.end_lineno or node.lineno, 0 if end is None else end + 1
    )
