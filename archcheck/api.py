"""The pipeline on one screen: record, discover, judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace


from archcheck.engine import Request, record
from archcheck.results import (
    ERROR,
    BlockView,
    CheckReport,
    DescribeReport,
    NotChecked,
    Result,
)

TIMEOUT = 120.0


def describe(
    target: str,
    *,
    engine: str = "auto",
    set: Mapping[str, object] | None = None,  # noqa: A002 - the name is fixed by the contract
    inputs: Sequence[str] = (),
    path: Sequence[str] = (),
    call: str | None = None,
    timeout: float = TIMEOUT,
) -> DescribeReport:
    """What the blocks of a target compute.

    Args:
        target: `model.py`, a folder, `model.py::Layer`, `package.module:Layer`, or a constructor call.
        engine: `auto` or `trace`.
        set: constructor arguments and config fields.
        inputs: optional arguments of forward to pass too, as NAME or NAME=EXPRESSION.
        path: folders in which packages are looked up.
        call: the arguments of forward, as an expression.
        timeout: seconds that a target may take.

    Returns:
        The report; targets that could not be read or run are findings in its `errors`.
    """
    from archcheck.blocks.discover import discover
    from archcheck.failures import failure_finding
    from archcheck.views import block_view

    request = Request(target, engine, dict(set or {}), tuple(inputs), tuple(path), call, timeout)
    recordings, failures = record(request)
    found = discover(recordings, request.named)
    views = [block_view(b) for b in (*found.blocks, *found.models)]
    left_out = [NotChecked(name, reason) for name, reason in found.left_out]
    errors = [failure_finding(f) for f in failures] if request.named or not views else []
    if not errors:
        left_out += [NotChecked(f.target, f.message) for f in failures]
    return DescribeReport(
        target, _engine(recordings, engine), tuple(views), tuple(left_out), tuple(errors), request.notes(recordings)
    )


def check(
    target: str,
    spec: str | None = None,
    *,
    engine: str = "auto",
    set: Mapping[str, object] | None = None,  # noqa: A002 - the name is fixed by the contract
    inputs: Sequence[str] = (),
    path: Sequence[str] = (),
    call: str | None = None,
    variants: str = "default",
    timeout: float = TIMEOUT,
) -> CheckReport:
    """Compare the blocks of a target with a spec.

    Args:
        spec: a file, a name of the catalogue, or a chain; None reports what needs no spec.
        variants: `default` or `all`: which variants of a block count.
        target, engine, set, inputs, path, call, timeout: as for `describe`.

    Returns:
        The report. A bad spec, a target that cannot be read and a run that fails are results with the
        verdict `error`; nothing is raised for them.
    """
    from archcheck.blocks.discover import discover
    from archcheck.failures import failure_result, nothing_checked, spec_error_result
    from archcheck.spec import SpecError, load_spec
    from archcheck.suppression import suppressed
    from archcheck.views import block_view

    declared = None
    if spec is not None:
        try:
            declared = load_spec(spec)
        except SpecError as error:
            return CheckReport(results=(spec_error_result(target, spec, error),))
    settings = {**(declared.set if declared else {}), **dict(set or {})}
    request = Request(target, engine, settings, tuple(inputs), tuple(path), call, timeout)
    if declared is not None and not inputs:
        request = replace(request, inputs=_inputs(declared.input_values))
    recordings, failures = record(request)
    found = discover(recordings, request.named)
    left_out = [NotChecked(name, reason) for name, reason in found.left_out]
    notes = request.notes(recordings)
    if declared is None:
        views = tuple(suppressed(block_view(b)) for b in (*found.blocks, *found.models))
        results = tuple(failure_result(f, None) for f in failures) if request.named or not views else ()
        left_out += [] if results else [NotChecked(f.target, f.message) for f in failures]
        return CheckReport(results, tuple(left_out), views, notes)
    judged, skipped = _judged(found.blocks, found.models, declared, request)
    left_out += skipped
    failed = [failure_result(f, declared.name) for f in failures]
    if judged and not request.named:  # a class of the file that could not be built: listed, not an error
        left_out += [NotChecked(f.target, f.message) for f in failures]
        failed = []
    results = (*(suppressed(r) for r in judged), *failed)
    if not results:
        results = (nothing_checked(target, declared.name, left_out),)
    return CheckReport(results, tuple(left_out), (), notes)


def _judged(blocks, models, spec, request):  # type: ignore[no-untyped-def]
    """The results for all blocks that the spec speaks of, and the blocks left out with the reason."""
    from archcheck.judge import applies, judge

    results: list[Result] = []
    left_out: list[NotChecked] = []
    has_block = bool(spec.block_names) or spec.order is not None
    for block in blocks:
        if not has_block:
            left_out.append(NotChecked(block.name, f"{spec.name} speaks of a whole model, this is a block"))
        elif not applies(spec, block) and not request.named:
            left_out.append(NotChecked(block.name, f"{spec.name} applies to {', '.join(spec.applies_to)}"))
        else:
            results.append(judge(block, spec, request.target_of(block)))
    for model in models:
        if spec.model is not None:
            results.append(judge(model, spec, request.target_of(model)))
        elif not results:
            left_out.append(NotChecked(model.name, f"a model; {spec.name} speaks of its blocks"))
    return results, left_out


def _inputs(values: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{name}={text}" if text else name for name, text in values)


def _engine(recordings: Sequence[object], asked: str) -> str:
    engines = sorted({getattr(r, "engine", asked) for r in recordings})
    return "+".join(engines) or asked


__all__ = ["ERROR", "BlockView", "CheckReport", "DescribeReport", "check", "describe"]
