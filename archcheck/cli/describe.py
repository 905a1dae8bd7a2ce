"""`archcheck describe`: what the code computes, in the language of specs."""

from __future__ import annotations

import click

from archcheck.cli.options import How, Out, output_options, target_options
from archcheck.cli.output import note, progress, write_json, write_report


@click.command("describe")
@click.argument("target")
@target_options
@output_options
def command(target: str, how: How, out: Out) -> int:
    """Print each block of TARGET as chains of steps, with its family and what could not be resolved."""
    from archcheck.api import describe
    from archcheck.report.status import describe_status

    progress(f"archcheck: {target} …", out.quiet)
    report = describe(
        target, engine=how.engine, set=how.set, inputs=how.inputs, path=how.path, call=how.call,
        timeout=how.timeout, no_exec=how.no_exec,
    )  # fmt: skip
    if out.form == "json":
        write_json(report.to_dict(), out.file)
    else:
        from archcheck.report.describe import describe_lines

        write_report(describe_lines(report), out.file)
    for text in report.notes:
        note(f"note: {text}", out.quiet)
    return describe_status(report)
