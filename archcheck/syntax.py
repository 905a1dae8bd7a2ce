"""Syntax trees of source that others wrote: what Python warns about in it is not the reader's to mend."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from pathlib import Path


def parsed(source: str | bytes, file: str = "<unknown>") -> ast.Module:
    """The syntax tree of a source, without its warnings (an invalid escape in a text is one).

    Raises:
        SyntaxError: it is no valid Python; also ValueError, RecursionError and MemoryError, as `ast.parse` does.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source, filename=file)


def parsed_file(file: str) -> ast.Module:
    """The syntax tree of a file; it is parsed once as long as it does not change.

    Raises:
        OSError: it cannot be read; and what `parsed` raises.
    """
    return _parsed_file(file, Path(file).stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _parsed_file(file: str, _changed: int) -> ast.Module:
    return parsed(Path(file).read_bytes())
