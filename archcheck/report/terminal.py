"""How lines look: plain ASCII, or colour and box-drawing where the terminal has them."""

from __future__ import annotations

from collections.abc import Iterable

from archcheck.report.lines import Line, trimmed

# The drawing characters of a gutter, and what stands for them where the terminal can show it.
_BOXES = str.maketrans({",": "╭", "-": "─", "|": "│", "'": "╰", ">": "▸", "+": "├"})

_STYLES: dict[str, str] = {
    "gutter": "cyan",
    "mark": "bold red",
    "dim": "dim",
    "bold": "bold",
    "code": "",
    "caret": "bold red",
    "match": "bold green",
    "mismatch": "bold red",
    "unresolved": "bold yellow",
    "error": "bold red",
    "warning": "bold yellow",
}


def plain(lines: Iterable[Line]) -> str:
    """The lines as plain text."""
    return "".join("".join(piece.text for piece in trimmed(one)) + "\n" for one in lines)


def drawn(lines: Iterable[Line], *, unicode: bool, colour: bool) -> str:
    """The lines as text with escape sequences for colour and box-drawing characters."""
    from io import StringIO

    from rich.console import Console
    from rich.text import Text

    buffer = StringIO()
    console = Console(
        file=buffer,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        width=10_000,
        highlight=False,
        emoji=False,
        markup=False,
    )
    for one in lines:
        text = Text()
        for piece in trimmed(one):
            shown = piece.text.translate(_BOXES) if unicode and piece.style == "gutter" else piece.text
            text.append(shown, style=_STYLES.get(piece.style, ""))
        console.print(text, soft_wrap=True)
    return buffer.getvalue()
