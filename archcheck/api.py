"""The pipeline on one screen: record, discover, judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcheck.engine import Request, record
from archcheck.graph.recording import Recording
from archcheck.results import CheckReport, DescribeReport, NotChecked
from archcheck.spec import Spec, SpecError, load_spec

TIMEOUT = 120.0


def describe(
    target: str,
    *,
    engine: str = "auto",
    set: Mapping[str, object] | None = None,
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
        target,
        _engine(recordings, engine),
        tuple(views),
        tuple(left_out),
        tuple(errors),
        request.notes(recordings),
    )


def check(
    target: str,
    spec: str | None = None,
    *,
    engine: str = "auto",
    set: Mapping[str, object] | None = None,
    inputs: Sequence[str] = (),
    path: Sequence[str] = (),
    call: str | None = None,
    variants: str = "default",
    timeout: float = TIMEOUT,
) -> CheckReport:
    """Compare the blocks of a target with a spec.

    The arguments that `describe` has, too, mean the same here. `spec` is a file, a name of the catalogue or
    a chain; None reports what needs no spec. `variants`, `default` or `all`, says which variants count.

    Returns:
        The report. A bad spec, a target that cannot be read and a run that fails are results with the
        verdict `error`; nothing is raised for them.
    """
    from archcheck.failures import spec_error_result

    if spec is None:
        return _free(Request(target, engine, dict(set or {}), tuple(inputs), tuple(path), call, timeout))
    try:
        declared = load_spec(spec)
    except SpecError as error:
        return CheckReport(results=(spec_error_result(target, spec, error),))
    settings = {**declared.set, **dict(set or {})}
    given = tuple(inputs) or tuple(f"{name}={text}" for name, text in declared.input_values)
    request = Request(target, engine, settings, given, tuple(path), call, timeout)
    return _against(declared, request, variants)


def _free(request: Request) -> CheckReport:
    """The blocks of a target with the findings that need no spec."""
    from archcheck.blocks.discover import discover
    from archcheck.failures import failure_result
    from archcheck.suppression import suppressed
    from archcheck.views import block_view

    recordings, failures = record(request)
    found = discover(recordings, request.named)
    views = tuple(suppressed(block_view(b)) for b in (*found.blocks, *found.models))
    left_out = [NotChecked(name, reason) for name, reason in found.left_out]
    if views and not request.named:  # a class of the file that could not be built: listed, no error
        left_out += [NotChecked(f.target, f.message) for f in failures]
        failures = []
    results = tuple(failure_result(f, None) for f in failures)
    return CheckReport(results, tuple(left_out), views, request.notes(recordings))


def _against(spec: Spec, request: Request, variants: str) -> CheckReport:
    """The blocks and models of a target against the spec."""
    from archcheck.blocks.discover import discover
    from archcheck.failures import failure_result, nothing_checked
    from archcheck.judge import judge, left_out_by
    from archcheck.suppression import suppressed

    recordings, failures = record(request)
    found = discover(recordings, request.named)
    left_out = [NotChecked(name, reason) for name, reason in found.left_out]
    results = []
    for block in (*found.blocks, *found.models):
        reason = left_out_by(spec, block, request.named)
        if reason:
            left_out.append(NotChecked(block.name, reason))
        elif block.default or variants == "all":
            results.append(suppressed(judge(block, spec, request.target_of(block))))
    whole = spec.model is None or any(block.is_model for block in found.models)
    if results and whole and not request.named:
        left_out += [NotChecked(f.target, f.message) for f in failures]
        failures = []
    elif results and not request.named:  # the spec has a model: a class that failed and is no part may be it
        failures = [f for f in failures if f.target.rsplit("::", 1)[-1] not in _parts(recordings)]
    results += [failure_result(f, spec.name) for f in failures]
    if not results:
        results.append(nothing_checked(request.target, spec.name, left_out))
    return CheckReport(tuple(results), tuple(left_out), (), request.notes(recordings))


def _parts(recordings: Sequence[Recording]) -> set[str]:
    """The classes that some recorded module is made of, and those that it inherits from."""
    from archcheck.blocks.discover import bases

    parts = {m.cls.rsplit(".", 1)[-1] for r in recordings for m in r.modules if m.path}
    return parts.union(*(bases(r) for r in recordings))


def _engine(recordings: Sequence[Recording], asked: str) -> str:
    return "+".join(sorted({r.engine for r in recordings})) or asked


__all__ = ["check", "describe", "load_spec"]
