"""Syntax trees of source that others wrote: what Python warns about in it is not the reader's to mend."""

from __future__ import annotations

import ast
import warnings


def parsed(source: str | bytes, file: str = "<unknown>") -> ast.Module:
    """The syntax tree of a source, without its warnings (an invalid escape in a text is one).

    Raises:
        SyntaxError: it is no valid Python; also ValueError, RecursionError and MemoryError, as `ast.parse` does.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source, filename=file)
