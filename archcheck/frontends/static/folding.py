"""Function bodies that are parsed again when they are needed: most of a library's are never looked at.

A syntax tree takes a hundred times the memory of its text. Of the modules that a model imports a few functions are
used, so the bodies of all are dropped once what they do to the module is known, and between two files of a scan.
"""

from __future__ import annotations

import ast
import re
from array import array
from collections.abc import Iterator
from typing import Any

from archcheck.syntax import parsed

_NEWLINE = re.compile(rb"\r\n?|\n")
SHORTEST = 5  # lines of a function whose body is worth dropping


class Text:
    """The text of a module in UTF-8, as the columns of a syntax tree count, and where its lines begin."""

    __slots__ = ("_data", "_starts")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._starts = array("L", (0, *(m.end() for m in _NEWLINE.finditer(data)), len(data)))

    def lines(self, first: int, last: int) -> bytes:
        """The text of some lines."""
        return self._data[self._starts[first - 1] : self._starts[last]]


def _body(function: ast.AST) -> list[ast.stmt]:
    """The statements of a folded function, with the places that they had."""
    kept: dict[str, Any] = function.__dict__
    if "unfolded" not in kept:
        kept["unfolded"] = _parsed(kept["text"], kept["lineno"], kept["end_lineno"], kept["col_offset"])
    statements: list[ast.stmt] = kept["unfolded"]
    return statements


class FoldedFunction(ast.FunctionDef):
    """A `def` of which only the head is kept; `body` brings the rest back."""

    __slots__ = ()
    body = property(_body)


class FoldedCoroutine(ast.AsyncFunctionDef):
    """The same of an `async def`."""

    __slots__ = ()
    body = property(_body)


FOLDED = (FoldedFunction, FoldedCoroutine)
for _kind, _plain in ((FoldedFunction, "FunctionDef"), (FoldedCoroutine, "AsyncFunctionDef")):
    _kind.__name__ = _plain  # the visitors of `ast` go by the name of the class


def _parsed(text: Text, first: int, last: int, column: int) -> list[ast.stmt]:
    """The body of the function in these lines: what stands above is replaced by as many empty lines."""
    above = b"\n" * (first - 1) if not column else b"\n" * (first - 2) + b"if 1:\n"
    (statement,) = parsed(above + text.lines(first, last)).body[:1]
    if isinstance(statement, ast.If):
        statement = statement.body[0]
    assert isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
    return statement.body


def fold(tree: ast.Module, text: Text) -> None:
    """Drop the bodies of a module's functions and of its classes' methods."""
    for function in _functions(tree.body):
        kept: dict[str, Any] = function.__dict__
        if isinstance(function, FOLDED):
            kept.pop("unfolded", None)
        elif _alone(function, text):
            kept.pop("body")
            kept["text"] = text
            folded = FoldedFunction if isinstance(function, ast.FunctionDef) else FoldedCoroutine
            function.__class__ = folded


def _functions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield statement
        elif isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body)


def _alone(function: ast.FunctionDef | ast.AsyncFunctionDef, text: Text) -> bool:
    """Whether a function is long, and stands on lines of its own."""
    first, last = function.lineno, function.end_lineno or 0
    if last - first + 1 < SHORTEST:
        return False
    return not text.lines(first, first)[: function.col_offset].strip()
