"""`archcheck identify`: which architectures of the catalogue the code is."""

from __future__ import annotations

import click

from archcheck.cli.options import How, Out, output_options, target_options
from archcheck.cli.output import progress, write_answer


@click.command("identify")
@click.argument("target")
@click.option(
    "--at", default="", metavar="PATH", help="The module at this path inside TARGET, as in encoder.layer.0."
)
@click.option(
    "--nearest", type=click.IntRange(min=0), default=3, show_default=True, metavar="N",
    help="How many specs that do not match are named, with their distance and first difference.",
)  # fmt: skip
@target_options
@output_options
def command(target: str, at: str, nearest: int, how: How, out: Out) -> int:
    """Name the specs of the catalogue that each block of TARGET matches, and the nearest others.

    Exit status: 2 an error, or no block; 3 something was not seen; 0 otherwise.
    """
    from archcheck.api import identify
    from archcheck.report.identify import identify_lines
    from archcheck.report.status import identify_status

    progress(f"archcheck: {target} …", out.quiet)
    report = identify(target, at=at, nearest=nearest, **how.arguments())
    write_answer(report, identify_lines, out)
    return identify_status(report)
