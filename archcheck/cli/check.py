"""`archcheck check`: the main job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from archcheck.cli.options import How, Out, output_options, target_options
from archcheck.cli.output import note, progress, write_answer
from archcheck.plan import Plan, Request, plan_tables, plan_target
from archcheck.results import CheckReport, NotChecked


@click.command("check")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--spec", metavar="SPEC", help="A spec file, a name of the catalogue, or a chain of steps.")
@click.option(
    "--declared", is_flag=True,
    help="Without --spec: pass over targets that no table and no comment names a spec for.",
)  # fmt: skip
@target_options
@click.option(
    "--variants", type=click.Choice(("default", "all")), default="default", show_default=True,
    help="Which variants of a block count: those that the defaults choose, or all.",
)  # fmt: skip
@click.option(
    "--fail-on", type=click.Choice(("warning", "error")), default="error", show_default=True,
    help="The least severe finding that gives exit status 1.",
)  # fmt: skip
@click.option("--why", is_flag=True, help="Also show what corresponds, and why no other reading matches.")
@output_options
def command(
    targets: tuple[str, ...],
    spec: str | None,
    declared: bool,
    how: How,
    variants: str,
    fail_on: str,
    why: bool,
    out: Out,
) -> int:
    """Compare every block of TARGET with a spec.

    TARGET is a file, a folder, model.py::Class, package.module:Class, a function in the same forms, or a
    constructor call. Without --spec, the specs that pyproject.toml or comments on the classes name;
    with none of these, what each block computes and the findings that need no spec.
    """
    from archcheck.report.status import ALL_MATCH, exit_status

    calls = plan(targets, spec, declared=declared)
    if declared and not calls.requests:
        note("archcheck: no table and no comment names a spec for these targets", out.quiet)
        return ALL_MATCH
    report = run(calls, how, variants, out)
    status = exit_status(report, fail_on)
    write_answer(report, lambda report: _lines(report, why, out), out)
    return status


def _lines(report: CheckReport, why: bool, out: Out) -> list[Any]:
    from archcheck.report.text import check_lines  # JSON does without

    return check_lines(report, quiet=out.quiet, why=why)


def plan(targets: tuple[str, ...], spec: str | None, *, declared: bool = False) -> Plan:
    """The calls that the command line, pyproject.toml and the comments ask for.

    Raises:
        click.UsageError: nothing was asked for, or pyproject.toml is at fault.
    """
    if spec is not None and not targets:
        raise click.UsageError("no target; write archcheck model.py --spec " + spec)
    if spec is not None:
        return Plan(tuple(Request(target, spec) for target in targets))
    from archcheck.config import ConfigError, find_pyproject, read_tables

    file = find_pyproject(Path.cwd())
    try:
        tables = read_tables(file) if file else ()
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    root = file.parent if file else Path.cwd()
    if targets:
        plans = [plan_target(target, tables, root) for target in targets]
    elif tables:
        plans = [plan_tables(tables, root)]
    else:
        raise click.UsageError(
            "no target, and no [[tool.archcheck.check]] table in a pyproject.toml; "
            "write archcheck model.py --spec post_ln"
        )
    requests = (request for one in plans for request in one.requests)
    return Plan(
        tuple(request for request in requests if request.spec is not None or not declared),
        tuple(left for one in plans for left in one.left_out),
    )


def run(plan: Plan, how: How, variants: str, out: Out) -> CheckReport:
    """The answers to all requests as one report."""
    from archcheck.api import check

    reports = []
    for request in plan.requests:
        progress(f"archcheck: {request.target} …", out.quiet)
        reports.append(
            check(
                request.target,
                request.spec,
                engine=how.engine,
                set={**request.set, **how.set},
                inputs=(*request.inputs, *how.inputs),
                call=how.call,
                path=(*request.path, *how.path),
                variants=variants,
                timeout=how.timeout,
                no_exec=how.no_exec,
            )
        )
    joined = CheckReport.joined(reports)
    left_out = tuple(NotChecked(name, reason) for name, reason in plan.left_out)
    return replace(joined, not_checked=(*joined.not_checked, *left_out))
