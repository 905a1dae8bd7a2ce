"""Where answers go: results to standard output or a file, notes and progress to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from archcheck.cli.options import Out

BROKEN_PIPE = 141  # 128 + SIGPIPE, as shells count


def write(text: str, file: str | None = None) -> None:
    """Print a finished report, or write it to a file.

    Raises:
        click.UsageError: the file cannot be written.
    """
    text = text if text.endswith("\n") else text + "\n"
    if file is None:
        encoding = sys.stdout.encoding or "utf-8"
        try:
            sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader has left. Python flushes stdout once more at exit and must not complain then.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(BROKEN_PIPE) from None
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"--output {file}: {error.strerror or error}") from None


def write_json(document: dict[str, Any], file: str | None = None) -> None:
    """Print or write a document as JSON. NaN has no place in JSON, so it would raise here."""
    import json

    write(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False), file)


def write_report(lines: list[Any], file: str | None) -> None:
    """Print the lines of a text report, in colour and with box-drawing where the terminal has them."""
    from archcheck.report.terminal import drawn, plain

    if file is None and _is_terminal():
        write(drawn(lines, unicode=_has_unicode(), colour="NO_COLOR" not in os.environ))
    else:
        write(plain(lines), file)


def write_answer(report: Any, lines: Callable[[Any], list[Any]], out: Out) -> None:
    """Write a report in the form that was asked for, and its notes beside it; `lines` makes its text."""
    if out.form == "json":
        write_json(report.to_dict(), out.file)
    else:
        write_report(lines(report), out.file)
    for text in report.notes:
        note(f"note: {text}", out.quiet)


def note(text: str, quiet: bool = False) -> None:
    """Say something beside the results."""
    if not quiet:
        click.echo(text, err=True)


def progress(text: str, quiet: bool = False) -> None:
    """Say what is being done, where a person watches."""
    if not quiet and sys.stderr.isatty():
        click.echo(text, err=True)


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _has_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") in ("utf8", "utf16", "utf32")
