"""`archcheck specs`: the catalogue, and the schemas of what archcheck reads and prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcheck.cli.output import write, write_json, write_report

if TYPE_CHECKING:
    from archcheck.spec import Spec, SpecError


@click.group("specs")
def command() -> None:
    """List, show and validate specs; print the JSON Schemas."""


@command.command("list")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def list_specs(form: str) -> int:
    """List the specs that come with archcheck."""
    from archcheck.report.specs import catalogue_document, catalogue_lines

    specs = _catalogue()
    if form == "json":
        write_json(catalogue_document(specs))
    else:
        write_report(catalogue_lines(specs), None)
    return 0


@command.command("show")
@click.argument("spec")
@click.option("--format", "form", type=click.Choice(("text", "yaml")), default="text", show_default=True)
def show(spec: str, form: str) -> int:
    """Show one spec: its figure, drawn, and its file."""
    from archcheck.report.specs import spec_lines
    from archcheck.spec import SpecError, load_spec

    try:
        loaded = load_spec(spec)
    except SpecError as error:
        return _refuse(error)
    if form == "yaml":
        write(loaded.text)
    else:
        write_report(spec_lines(loaded), None)
    return 0


@command.command("validate")
@click.argument("specs", nargs=-1, metavar="[SPEC]...")
def validate(specs: tuple[str, ...]) -> int:
    """Check spec files, or the whole catalogue, and say all that is wrong."""
    from archcheck.spec import SpecError, load_spec

    status = 0
    for name in specs or _names():
        try:
            load_spec(name)
        except SpecError as error:
            status = _refuse(error)
        else:
            write(f"{name}: ok")
    return status


@command.command("schema")
@click.option(
    "--for", "document", type=click.Choice(("spec", "check", "describe", "identify")), default="spec",
    show_default=True,
    help="A spec file, or what `check`, `describe` or `identify` print with --format json.",
)  # fmt: skip
def schema(document: str) -> int:
    """Print a JSON Schema."""
    from archcheck.report.schemas import check_schema, describe_schema, identify_schema
    from archcheck.spec.schema import spec_schema

    schemas = {
        "spec": spec_schema,
        "check": check_schema,
        "describe": describe_schema,
        "identify": identify_schema,
    }
    write_json(schemas[document]())
    return 0


def _names() -> tuple[str, ...]:
    from archcheck.spec import catalogue

    return catalogue.names()


def _catalogue() -> list[Spec]:
    from archcheck.spec import catalogue

    return [catalogue.load(name) for name in catalogue.names()]


def _refuse(error: SpecError) -> int:
    click.echo(str(error), err=True)
    return 2
