"""Syntax trees of source that others wrote: what Python warns about in it is not the reader's to mend."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

MOST_FILES = 4
_FILES: dict[str, tuple[int, ast.Module]] = {}


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
    changed = Path(file).stat().st_mtime_ns
    known = _FILES.get(file)
    if known is not None and known[0] == changed:
        return known[1]
    tree = parsed(Path(file).read_bytes())
    remember(file, changed, tree)
    return tree


def remember(file: str, changed: int, tree: ast.Module) -> None:
    """Note the tree of a file as it was when it was changed last: who asks for it next need not parse it."""
    _FILES.pop(file, None)
    while len(_FILES) >= MOST_FILES:
        del _FILES[next(iter(_FILES))]
    _FILES[file] = changed, tree


# Fields of which no tree hangs: names, numbers, and whether a name is read or written.
_LEAVES = frozenset(
    {"ctx", "op", "ops", "id", "attr", "arg", "kind", "level", "module", "simple", "type_comment"}
)
_BRANCHES: dict[type, tuple[str, ...]] = {}


def children(node: ast.AST) -> list[ast.AST]:
    """What `ast.iter_child_nodes` gives, signs such as `Load` and `Add` left out, in a third of the time."""
    names = _BRANCHES.get(type(node))
    if names is None:
        names = _BRANCHES[type(node)] = tuple(name for name in node._fields if name not in _LEAVES)
    found: list[ast.AST] = []
    for name in names:
        held = getattr(node, name, None)
        if type(held) is list:
            found += [one for one in held if isinstance(one, ast.AST)]
        elif isinstance(held, ast.AST):
            found.append(held)
    return found


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """What `ast.walk` gives, in the same order, signs such as `Load` and `Add` left out."""
    todo = [node]
    for one in todo:
        yield one
        todo += children(one)


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements of a body and of the blocks in it, those of functions and classes, too; no expressions."""
    for statement in body:
        yield statement
        for block in ("body", "orelse", "finalbody"):
            yield from statements(getattr(statement, block, ()))
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from statements(part.body)
