"""`archcheck explain`: the page of a finding's code."""

from __future__ import annotations

import click

from archcheck.cli.output import write


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> int:
    """Explain CODE (AC101, or norm-inside-residual); without a code, list them all."""
    from archcheck.rules import codes, explain

    if code is None:
        write("\n".join(f"{known}  {name}" for known, name in codes()))
        return 0
    try:
        write(explain(code))
    except KeyError as error:
        said = str(error.args[0])
        end = "" if said.endswith("?") else "."
        raise click.UsageError(f"{said}{end} `archcheck explain` lists all codes.") from None
    return 0
