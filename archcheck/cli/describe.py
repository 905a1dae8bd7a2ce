"""`archcheck describe`: what the code computes, in the language of specs."""

from __future__ import annotations

import click

from archcheck.cli.options import How, Out, output_options, target_options
from archcheck.cli.output import progress, write_answer


@click.command("describe")
@click.argument("target")
@target_options
@output_options
def command(target: str, how: How, out: Out) -> int:
    """Print each block of TARGET as chains of steps, with its family and what could not be resolved."""
    from archcheck.api import describe
    from archcheck.report.describe import describe_lines
    from archcheck.report.status import describe_status

    progress(f"archcheck: {target} …", out.quiet)
    report = describe(target, **how.arguments())
    write_answer(report, describe_lines, out)
    return describe_status(report)
