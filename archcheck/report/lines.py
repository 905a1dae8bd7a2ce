"""A text report as data: lines of styled pieces. How they look is the terminal's business."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

WIDTH = 80


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text and its role: "", "gutter", "mark", "dim", "code", "bold", or a verdict."""

    text: str
    style: str = ""


Line = tuple[Piece, ...]


def line(*parts: Piece | str) -> Line:
    """A line from pieces and plain texts."""
    return tuple(Piece(part) if isinstance(part, str) else part for part in parts)


def width(text: str) -> int:
    """How many columns of a terminal a text takes: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def fit(text: str, columns: int, *, keep_end: bool = False) -> str:
    """The text padded to exactly so many columns, cut with `..` where it is longer."""
    if width(text) > columns:
        text = _cut(text, columns, keep_end=keep_end)
    return text + " " * (columns - width(text))


def _cut(text: str, columns: int, *, keep_end: bool) -> str:
    room = max(columns - 2, 0)
    chars = list(reversed(text)) if keep_end else list(text)
    kept: list[str] = []
    used = 0
    for char in chars:
        used += _columns(char)
        if used > room:
            break
        kept.append(char)
    dots = ".."[:columns]
    return dots + "".join(reversed(kept)) if keep_end else "".join(kept) + dots


def trimmed(one: Line) -> Line:
    """The line without blanks at its end."""
    pieces = list(one)
    while pieces:
        last = Piece(pieces[-1].text.rstrip(" "), pieces[-1].style)
        if last.text:
            return (*pieces[:-1], last)
        pieces.pop()
    return ()


def wrapped(text: str, indent: int, columns: int = WIDTH, hanging: int | None = None) -> list[Line]:
    """A paragraph as lines of at most so many columns; a long word stays whole."""
    hanging = indent if hanging is None else hanging
    lines: list[Line] = []
    current, start = "", indent
    for word in text.split():
        if current and start + width(current) + 1 + width(word) > columns:
            lines.append(line(" " * start + current))
            current, start = word, hanging
        else:
            current = f"{current} {word}" if current else word
    if current:
        lines.append(line(" " * start + current))
    return lines


def counted(number: int, noun: str) -> str:
    """`1 block`, `2 blocks`."""
    return f"{number} {noun}{'s' * (number != 1)}"
