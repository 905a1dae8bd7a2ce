"""Comments that speak to archcheck, read with `tokenize`, so that a `#` in a string is none.

    class Layer(nn.Module):  # archcheck: spec=post_ln
        x = x + f(norm(x))   # archcheck: ignore[AC101] the paper's own code has it so

A comment holds for the statement on its line; on a line of its own for the statement below it. On a
`class` or `def` line it holds for the whole body.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from archcheck.graph import Span
from archcheck.syntax import parsed

_MARK = re.compile(r"#\s*archcheck\s*:\s*(?P<body>.*)$")
_IGNORE = re.compile(r"ignore\b\s*(?:\[(?P<codes>[^\]]*)\])?\s*(?P<reason>.*)$")
_SPEC = re.compile(r"spec\s*=\s*(?P<spec>.*)$")
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class SpecComment:
    """`# archcheck: spec=NAME` on a class."""

    cls: str
    spec: str
    span: Span


@dataclass(frozen=True, slots=True)
class Ignore:
    """`# archcheck: ignore[CODES] reason`: silences these codes from `first` to `last` line."""

    codes: tuple[str, ...]
    reason: str
    span: Span
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Malformed:
    """A comment that speaks to archcheck and cannot be understood."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Comments:
    """What the comments of one file say; `classes` has the first and last line of each class."""

    file: str
    specs: tuple[SpecComment, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    malformed: tuple[Malformed, ...] = ()
    classes: tuple[tuple[int, int], ...] = ()

    def around(self, line: int) -> tuple[int, int]:
        """The first and last line of the outermost class around a line; only the line if there is none."""
        found = [extent for extent in self.classes if extent[0] <= line <= extent[1]]
        return min(found, default=(line, line))


@dataclass(frozen=True, slots=True)
class _Extent:
    """The lines for which a comment on `start`..`header` holds."""

    start: int
    header: int
    last: int
    name: str = ""


def read_comments(source: str, file: str) -> Comments:
    """The comments of a source text; a text that does not parse has none (the front end reports it)."""
    if "archcheck" not in source:
        return Comments(file)
    try:
        extents = tuple(_extents(parsed(source)))
        marks = tuple(_marks(source, file))
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        return Comments(file)
    specs: list[SpecComment] = []
    ignores: list[Ignore] = []
    malformed: list[Malformed] = []
    for body, span, alone in marks:
        extent = _extent(extents, span.line, alone)
        said = _understand(body, span, extent)
        if isinstance(said, SpecComment):
            specs.append(said)
        elif isinstance(said, Ignore):
            ignores.append(said)
        else:
            malformed.append(said)
    classes = tuple((one.start, one.last) for one in extents if one.name)
    return Comments(file, tuple(specs), tuple(ignores), tuple(malformed), classes)


def _marks(source: str, file: str) -> Iterator[tuple[str, Span, bool]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        found = _MARK.match(token.string)
        if found:
            line, column = token.start
            span = Span(file, line, column + 1, line, column + 1 + len(token.string))
            yield found["body"].strip(), span, not token.line[:column].strip()


def _understand(body: str, span: Span, extent: _Extent | None) -> SpecComment | Ignore | Malformed:
    spec = _SPEC.match(body)
    if spec:
        name = spec["spec"].strip().strip("'\"")
        if not name:
            return Malformed("spec= names no spec; write `# archcheck: spec=post_ln`", span)
        if extent is None or not extent.name:
            return Malformed("spec= stands on no class; put it on the line of `class`, or above it", span)
        return SpecComment(extent.name, name, span)
    ignore = _IGNORE.match(body)
    if ignore:
        codes = tuple(code.strip() for code in (ignore["codes"] or "").split(",") if code.strip())
        if not codes:
            return Malformed("ignore names no code; write `# archcheck: ignore[AC101] reason`", span)
        first, last = (extent.start, extent.last) if extent else (span.line, span.line)
        return Ignore(codes, ignore["reason"].strip(" -:"), span, first, last)
    return Malformed(f"`{body}` is neither `spec=NAME` nor `ignore[CODE] reason`", span)


def _extent(extents: tuple[_Extent, ...], line: int, alone: bool) -> _Extent | None:
    """The statement that a comment speaks of: the innermost one on its line, or the next one."""
    around = [one for one in extents if one.start <= line <= one.header]
    if around:  # also a comment of its own line between the lines of one statement
        return max(around, key=lambda one: (one.start, -one.header))
    if not alone:
        return None
    below = [one for one in extents if one.start > line]
    return min(below, key=lambda one: (one.start, -one.last)) if below else None


def _extents(tree: ast.Module) -> Iterator[_Extent]:
    pending: list[tuple[ast.AST, str]] = [(tree, "")]
    while pending:
        parent, prefix = pending.pop()
        for node in ast.iter_child_nodes(parent):
            if not isinstance(node, ast.stmt):
                if isinstance(node, (ast.ExceptHandler, ast.match_case)):
                    pending.append((node, prefix))
                continue
            last = node.end_lineno or node.lineno
            header, name, inside = last, "", prefix
            if isinstance(node, _DEFINITIONS):
                inside = f"{prefix}.{node.name}".lstrip(".")
                name = inside if isinstance(node, ast.ClassDef) else ""
            body = getattr(node, "body", None)
            if isinstance(body, list) and body:
                header = max(node.lineno, min(_start(body[0]) - 1, last))
                pending.append((node, inside))
                if not isinstance(node, _DEFINITIONS):
                    last = header
            yield _Extent(_start(node), header, last, name)


def _start(node: ast.stmt) -> int:
    """The first line of a statement, its decorators included."""
    decorators = node.decorator_list if isinstance(node, _DEFINITIONS) else []
    return min([*(decorator.lineno for decorator in decorators), node.lineno])
