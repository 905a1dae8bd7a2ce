"""Lines of source, quoted with carets."""

from __future__ import annotations

import tokenize
from pathlib import Path

from archcheck.graph import Span
from archcheck.report.lines import WIDTH, Line, Piece, line, width

_NARROW = 40  # a quotation is never cut below this


def _lines(file: str) -> tuple[str, ...]:
    try:
        with tokenize.open(file) as handle:
            return tuple(handle.read().splitlines())
    except (OSError, SyntaxError, UnicodeDecodeError, LookupError):
        try:
            return tuple(Path(file).read_text(encoding="utf-8", errors="replace").splitlines())
        except OSError:
            return ()


def quoted(span: Span | None, label: str = "", columns: int = WIDTH) -> list[Line]:
    """The line of a place and carets below it with a label; nothing where the file cannot be read."""
    if span is None or not 0 < span.line <= len(_lines(span.file)):
        return []
    text = _lines(span.file)[span.line - 1].rstrip()
    code, start, end = _window(text, span, columns - len(str(span.line)) - 6)
    if not code.strip():
        return []
    margin = " " * (len(str(span.line)) + 2)
    carets = " " * width(code[:start]) + "^" * max(width(code[start:end]), 1)
    room = columns - len(margin) - 4 - len(carets) - 1
    lines = [
        line("  ", Piece(str(span.line), "dim"), " ", Piece("|", "gutter"), "  ", Piece(code, "code")),
    ]
    if not label or len(label) <= room:
        lines.append(_below(margin, f"{carets} {label}".rstrip()))
    else:
        lines.append(_below(margin, carets))
        start = min(carets.index("^"), max(columns - len(margin) - 4 - len(label), 0))
        lines.append(_below(margin, " " * start + label))
    return lines


def _below(margin: str, text: str) -> Line:
    return line(" " + margin, Piece("|", "gutter"), "  ", Piece(text, "caret"))


def _characters(text: str, count: int) -> int:
    """How many characters so many bytes of a line in UTF-8 are."""
    return len(text.encode("utf-8", "replace")[: max(count, 0)].decode("utf-8", "ignore"))


def _window(text: str, span: Span, columns: int) -> tuple[str, int, int]:
    """The part of a line to show, without its indentation, and where the place stands in it."""
    start = _characters(text, span.column - 1)
    one_line = span.end_line in (0, span.line) and span.end_column > span.column
    end = _characters(text, span.end_column - 1) if one_line else len(text)
    indent = len(text) - len(text.lstrip())
    if start < indent:
        start = indent
    text, start, end = text[indent:].replace("\t", " "), start - indent, max(end, start) - indent
    columns = max(columns, _NARROW)
    if width(text) <= columns:
        return text, start, end
    left = max(0, min(start - columns // 3, len(text) - columns + 2))
    shown = (".." if left else "") + text[left : left + columns - 4]
    if left + columns - 4 < len(text):
        shown += ".."
    shift = left - (2 if left else 0)
    return shown, max(start - shift, 0), min(end - shift, len(shown))
