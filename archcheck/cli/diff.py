"""`archcheck diff`: two implementations against each other."""

from __future__ import annotations

from functools import partial

import click

from archcheck.cli.options import How, Out, output_options, target_options
from archcheck.cli.output import progress, write_answer


@click.command("diff")
@click.argument("a")
@click.argument("b")
@click.option(
    "--strict", is_flag=True,
    help="Compare sizes, the insides of attentions and the order of steps that commute, too.",
)  # fmt: skip
@target_options
@output_options
def command(a: str, b: str, strict: bool, how: How, out: Out) -> int:
    """Compare the blocks of A with those of B, without a spec.

    A and B are targets as for `check`: two classes, or two files, whose blocks are paired by name, then by
    position. They may be written in different frameworks; the static engine reads both.

    Exit status: 2 an error; 1 they differ; 3 something unresolved; 0 they are equal.
    """
    from archcheck.api import compare
    from archcheck.report.status import exit_status
    from archcheck.report.text import check_lines

    if how.call is not None:
        raise click.UsageError("--call gives the arguments of one forward, and a diff has two; leave it out")
    progress(f"archcheck: {a} and {b} …", out.quiet)
    report = compare(
        a, b, engine=how.engine, set=how.set, inputs=how.inputs, path=how.path, strict=strict,
        timeout=how.timeout, no_exec=how.no_exec,
    )  # fmt: skip
    write_answer(report, partial(check_lines, quiet=out.quiet), out)
    return exit_status(report)
