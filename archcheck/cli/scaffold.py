"""`archcheck scaffold`: a runnable PyTorch module from a spec."""

from __future__ import annotations

import click

from archcheck.cli.output import write


@click.command("scaffold")
@click.argument("spec")
@click.option("-o", "--output", "file", metavar="FILE", help="Write it to a file instead of printing it.")
@click.option(
    "--without-optional", is_flag=True, help="Leave out the parts that the figure marks as optional."
)
def command(spec: str, file: str | None, without_optional: bool) -> int:
    """Write a PyTorch module with the architecture of SPEC: a file, a name of the catalogue, or a chain."""
    from archcheck.scaffolding import ScaffoldError, scaffold
    from archcheck.spec import SpecError

    try:
        text = scaffold(spec, optional=not without_optional)
    except (SpecError, ScaffoldError) as error:
        click.echo(str(error), err=True)
        return 2
    write(text, file)
    return 0
