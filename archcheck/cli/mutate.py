"""`archcheck mutate`: how strong a spec is."""

from __future__ import annotations

import click

from archcheck.cli.options import How, Out, output_options, target_options
from archcheck.cli.output import progress, write_answer


@click.command("mutate")
@click.argument("target")
@click.option(
    "--spec", required=True, metavar="SPEC", help="A spec file, a name of the catalogue, or a chain of steps."
)
@target_options
@output_options
def command(target: str, spec: str, how: How, out: Out) -> int:
    """List the changes of TARGET that SPEC would not notice, with the words that would tighten it.

    The architecture of TARGET, which conforms to SPEC, is changed in all small ways that archcheck knows.

    Nothing of the code is changed or run again: the changes are made to the graph that was read.

    Exit status: 2 an error, or no block that conforms; 1 some change is not noticed; 0 all are.
    """
    from archcheck.api import strength
    from archcheck.report.mutate import strength_lines
    from archcheck.report.status import strength_status

    progress(f"archcheck: {target} …", out.quiet)
    report = strength(target, spec, **how.arguments())
    write_answer(report, strength_lines, out)
    return strength_status(report)
