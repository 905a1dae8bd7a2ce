"""The pipeline on one screen: ask the engines, judge, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.engine import Answers, Request, ask, parts
from archcheck.results import BlockView, CheckReport, DescribeReport, NotChecked, Result
from archcheck.spec import Spec, SpecError, load_spec

if TYPE_CHECKING:
    from archcheck.blocks.block import Block
    from archcheck.graph.recording import Failure
    from archcheck.identity import IdentifyReport
    from archcheck.mutate import StrengthReport
    from archcheck.rules import Finding

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
    no_exec: bool = False,
) -> DescribeReport:
    """What the blocks of a target compute.

    Args:
        target: `model.py`, a folder, `model.py::Layer`, `package.module:Layer`, or a constructor call.
        engine: `auto` (read it, and trace what reading leaves open), `static`, `trace` or `both`.
        set: constructor arguments and config fields.
        inputs: optional arguments of forward to pass too, as NAME or NAME=EXPRESSION.
        path: folders in which packages are looked up.
        call: the arguments of forward, as an expression.
        timeout: seconds that a target may take.
        no_exec: never run the target's code.

    Returns:
        The report; targets that could not be read or run are findings in its `errors`. Each variant of a
        block is a block of its own.

    Raises:
        ValueError: there is no such engine, or it runs code in spite of `no_exec`.
    """
    from archcheck.failures import failure_finding

    request = Request(target, engine, dict(set or {}), tuple(inputs), tuple(path), call, timeout, no_exec)
    answers = ask(request)
    views = _views(answers)
    beside, failures = _sorted_out(request, answers, views)
    left_out = _left_out(answers) + beside
    errors = [failure_finding(f) for f in failures]
    return DescribeReport(
        target, answers.engine(engine), tuple(views), tuple(left_out), tuple(errors), answers.notes
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
    no_exec: bool = False,
) -> CheckReport:
    """Compare the blocks of a target with a spec.

    The arguments that `describe` has, too, mean the same here. `spec` is a file, a name of the catalogue or
    a chain; None reports what needs no spec. `variants`, `default` or `all`, says which variants count: the
    others are entries of `variants` of the result that counts.

    Returns:
        The report. A bad spec, a target that cannot be read and a run that fails are results with the
        verdict `error`; nothing is raised for them.

    Raises:
        ValueError: as for `describe`.
    """
    from archcheck.failures import spec_error_result

    request = Request(target, engine, dict(set or {}), tuple(inputs), tuple(path), call, timeout, no_exec)
    if spec is None:
        return _free(request, variants)
    try:
        declared = load_spec(spec)
    except SpecError as error:
        return CheckReport(results=(spec_error_result(target, spec, error),))
    settings = {**declared.set, **dict(set or {})}
    given = tuple(inputs) or tuple(f"{name}={text}" for name, text in declared.input_values)
    return _against(declared, replace(request, settings=settings, inputs=given), variants)


def compare(
    a: str,
    b: str,
    *,
    engine: str = "auto",
    set: Mapping[str, object] | None = None,
    inputs: Sequence[str] = (),
    path: Sequence[str] = (),
    strict: bool = False,
    timeout: float = TIMEOUT,
    no_exec: bool = False,
) -> CheckReport:
    """Compare two implementations, without a spec; they may be written in different frameworks.

    Args:
        a: a target, as for `check`.
        b: the target that stands in the spec's place.
        engine: as for `describe`; it reads both targets.
        set: constructor arguments and config fields of both.
        inputs: optional arguments of forward to pass too, to both.
        path: folders in which packages are looked up.
        strict: compare sizes, the insides of attentions and the order of steps that commute, too.
        timeout: seconds that a target may take.
        no_exec: never run the code of a target.

    Returns:
        A result for each pair of blocks, with `a` as target and `b` as spec. Blocks without a partner are in
        `not_checked`. A target that cannot be read is a result with the verdict `error`.

    Raises:
        ValueError: as for `describe`.
    """
    from archcheck.failures import failure_result, nothing_checked
    from archcheck.pairing import paired
    from archcheck.stacks import together

    asked = [
        Request(
            target, engine, dict(set or {}), tuple(inputs), tuple(path), None, timeout, no_exec, every=True
        )
        for target in (a, b)
    ]
    answers = [ask(request) for request in asked]
    groups = [
        (_groups([b for b in one.found.blocks if not b.path]), _groups(one.found.models)) for one in answers
    ]
    left_out: list[NotChecked] = []
    blocks, models = (paired(left, right, (a, b)) for left, right in zip(*groups, strict=True))
    pairs = [*blocks.together, *models.together]
    results = together(_judged(asked, answers, pairs, strict))
    for request, answer in zip(asked, answers, strict=True):
        left_out += _left_out(answer)
        beside, failures = _sorted_out(request, answer, results)
        left_out += beside
        results += [failure_result(f, b, request.engine) for f in failures]
    left_out += [*blocks.alone, *models.alone]
    if not results:
        kinds = [(bool(own), bool(whole)) for own, whole in groups]
        results.append(nothing_checked(a, b, _nothing_compared((a, b), kinds, answers) or left_out))
    notes = dict.fromkeys(note for answer in answers for note in answer.notes)
    return CheckReport(tuple(results), tuple(left_out), (), tuple(notes))


def _judged(
    asked: Sequence[Request],
    answers: Sequence[Answers],
    pairs: Sequence[tuple[Sequence[Block], Sequence[Block]]],
    strict: bool,
) -> list[Result]:
    """The results of pairs, and then those of the layers of models."""
    from archcheck.layer_pairs import layer_pairs, rows_of
    from archcheck.pairing import judge_pair

    whole: list[Result] = []
    layers: list[Result] = []
    for one, other in pairs:
        targets = asked[0].target_of(one[0]), asked[1].target_of(other[0])
        whole.append(judge_pair(one, other, targets, strict=strict))
        if one[0].is_model:
            left, right = (
                rows_of(group[0].name, group[0].file, answer.found.blocks)
                for group, answer in zip((one, other), answers, strict=True)
            )
            layers += [judge_pair([x], [y], targets, strict=strict) for x, y in layer_pairs(left, right)]
    return whole + layers


def _nothing_compared(
    targets: tuple[str, str], kinds: Sequence[tuple[bool, bool]], answers: Sequence[Answers]
) -> list[NotChecked]:
    """Why two targets have no pair; `kinds` says of each whether it has blocks, and whether models."""
    from archcheck.failures import no_class

    if sorted(kinds) == [(False, True), (True, False)]:
        reason = "one is a block, the other a model; name the class of its layers"
        return [NotChecked(" and ".join(targets), reason)]
    return [
        one
        for target, kind, answer in zip(targets, kinds, answers, strict=True)
        if kind == (False, False) and not answer.failures
        for one in _left_out(answer) or [NotChecked(target, no_class(target))]
    ]


def strength(
    target: str,
    spec: str,
    *,
    engine: str = "auto",
    set: Mapping[str, object] | None = None,
    inputs: Sequence[str] = (),
    path: Sequence[str] = (),
    call: str | None = None,
    timeout: float = TIMEOUT,
    no_exec: bool = False,
) -> StrengthReport:
    """How strong a spec is: which architectural mutations of conforming code it would not notice.

    The arguments are those of `check`.

    Returns:
        For each block the mutations that were tried and those that the spec still calls a match, each with
        the words that would tighten it. Blocks that do not match the spec are not mutated.

    Raises:
        ValueError: as for `describe`.
    """
    from archcheck.failures import failure_finding, nothing_checked, spec_error_result
    from archcheck.judge import left_out_by
    from archcheck.mutate import StrengthReport
    from archcheck.mutate import strength as of_block

    request = Request(target, engine, dict(set or {}), tuple(inputs), tuple(path), call, timeout, no_exec)
    try:
        declared = load_spec(spec)
    except SpecError as error:
        return StrengthReport(target, spec, errors=spec_error_result(target, spec, error).findings)
    request = replace(request, settings={**declared.set, **dict(set or {})})
    answers = ask(request)
    left_out = _left_out(answers)
    blocks = []
    for block in (*answers.found.blocks, *answers.found.models):
        reason = left_out_by(declared, block, request.named)
        if reason:
            left_out.append(NotChecked(block.name, reason))
        elif block.default:
            blocks.append(of_block(block, declared, request.target_of(block)))
    errors = [failure_finding(f) for f in _sorted_out(request, answers, blocks)[1]]
    if not blocks and not errors:
        errors = [*nothing_checked(target, declared.name, left_out).findings]
    return StrengthReport(target, declared.name, tuple(blocks), tuple(left_out), tuple(errors), answers.notes)


def identify(
    target: str,
    *,
    engine: str = "auto",
    set: Mapping[str, object] | None = None,
    inputs: Sequence[str] = (),
    path: Sequence[str] = (),
    call: str | None = None,
    at: str = "",
    nearest: int = 3,
    timeout: float = TIMEOUT,
    no_exec: bool = False,
) -> IdentifyReport:
    """Which specs of the catalogue the blocks of a target match, and which they are nearest to.

    The arguments that `describe` has, too, mean the same here. `at` names a module inside the target by its
    path (`encoder.layer.0`); `nearest` says how many specs that do not match are named, with their distance
    and first difference.

    Returns:
        An entry for each variant of each block. A target that cannot be read or run, and a path at which no
        module ran, are findings in `errors`.

    Raises:
        ValueError: as for `describe`.
    """
    from archcheck.failures import failure_finding, no_such_path
    from archcheck.identity import IdentifyReport, blocks_at, identity

    request = Request(target, engine, dict(set or {}), tuple(inputs), tuple(path), call, timeout, no_exec)
    answers = ask(request)
    errors: list[Finding] = []
    left_out: list[NotChecked] = []
    if at:
        blocks, paths = blocks_at(answers.recordings, at)
        if answers.recordings and not blocks:
            errors.append(no_such_path(target, at, paths))
    else:
        blocks = [*answers.found.blocks]
        left_out = _left_out(answers)
        left_out += [NotChecked(one.name, "a model; its layers are named") for one in answers.found.models]
    beside, failures = _sorted_out(request, answers, blocks)
    errors += [failure_finding(f) for f in failures]
    left_out += beside
    named = tuple(identity(block, nearest) for block in blocks)
    return IdentifyReport(
        target, answers.engine(engine), named, tuple(left_out), tuple(errors), answers.notes
    )


def _left_out(answers: Answers) -> list[NotChecked]:
    """The classes that are no block of their own, with the reason."""
    return [NotChecked(name, reason) for name, reason in answers.found.left_out]


def _sorted_out(
    request: Request, answers: Answers, found: Sequence[object]
) -> tuple[list[NotChecked], list[Failure]]:
    """What could not be read or built: beside what was found in a file it is only listed, else it is an error."""
    if found and not request.named:
        return [NotChecked(f.target, f.message) for f in answers.failures], []
    return [], list(answers.failures)


def _views(answers: Answers, variants: str = "default") -> list[BlockView]:
    """All blocks and models as reports show them; of a variant that does not count no findings."""
    from archcheck.failures import disagreement
    from archcheck.views import block_view

    views = []
    for block in (*answers.found.blocks, *answers.found.models):
        view = block_view(block)
        if not (block.default or variants == "all"):
            view = replace(view, findings=())
        elif block.place in answers.parted:
            finding = disagreement(answers.parted[block.place], block.name)
            view = replace(view, engine="both", findings=(finding, *view.findings))
        views.append(view)
    return views


def _free(request: Request, variants: str) -> CheckReport:
    """The blocks of a target with the findings that need no spec."""
    from archcheck.failures import failure_result
    from archcheck.suppression import suppressed

    answers = ask(request)
    views = tuple(suppressed(view) for view in _views(answers, variants))
    left_out = _left_out(answers)
    beside, failures = _sorted_out(request, answers, views)
    results = tuple(failure_result(f, None, request.engine) for f in failures)
    return CheckReport(results, (*left_out, *beside), views, answers.notes)


def _against(spec: Spec, request: Request, variants: str) -> CheckReport:
    """The blocks and models of a target against the spec."""
    from archcheck.failures import failure_result, nothing_checked
    from archcheck.judge import left_out_by
    from archcheck.stacks import together
    from archcheck.verdicts import apart, judge_variants

    answers = ask(request)
    failures = list(answers.failures)
    left_out = _left_out(answers)
    results: list[Result] = []
    for group in _groups((*answers.found.blocks, *answers.found.models)):
        reason = left_out_by(spec, group[0], request.named)
        if reason:
            left_out.append(NotChecked(group[0].name, reason))
            continue
        judged = judge_variants(group, spec, request.target_of(group[0]), count_all=variants == "all")
        parting = answers.parted.get(group[0].place)
        results += [apart(one, parting) if parting and one.default else one for one in judged]
    results = together(results)
    whole = spec.model is None or any(block.is_model for block in answers.found.models)
    if results and whole and not request.named:
        left_out += [NotChecked(f.target, f.message) for f in failures]
        failures = []
    elif results and not request.named:  # the spec has a model: a class that failed and is no part may be it
        inner = parts(answers.recordings)
        failures = [f for f in failures if f.target.rsplit("::", 1)[-1] not in inner]
    results += [failure_result(f, spec.name, request.engine) for f in failures]
    if not results:
        results.append(nothing_checked(request.target, spec.name, left_out))
    return CheckReport(tuple(results), tuple(left_out), (), answers.notes)


def _groups(blocks: Sequence[Block]) -> list[list[Block]]:
    """The variants of each block together, in order."""
    found: dict[tuple[tuple[str, str], bool], list[Block]] = {}
    for block in blocks:
        found.setdefault((block.place, block.is_model), []).append(block)
    return list(found.values())


__all__ = ["check", "compare", "describe", "identify", "load_spec", "strength"]
