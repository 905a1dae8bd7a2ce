"""Syntax trees of source that others wrote: what Python warns about in it is not the reader's to mend."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
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


def children(node: ast.AST) -> list[ast.AST]:
    """What `ast.iter_child_nodes` gives, in half of the time."""
    found: list[ast.AST] = []
    for name in node._fields:
        held = getattr(node, name, None)
        if type(held) is list:
            found += [one for one in held if isinstance(one, ast.AST)]
        elif isinstance(held, ast.AST):
            found.append(held)
    return found


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """What `ast.walk` gives, in the same order."""
    todo = [node]
    for one in todo:
        yield one
        todo += children(one)
