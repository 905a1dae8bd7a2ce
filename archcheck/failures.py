"""Answers that are no comparison: bad specs, targets that cannot be read or run, nothing to check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.results import ERROR, NotChecked, Result
from archcheck.rules import ANSWERS, Finding, Related
from archcheck.rules import ERROR as SEVERE
from archcheck.vocabulary import COUNTS, WIDTHS

if TYPE_CHECKING:
    from archcheck.blocks.agreement import Parting
    from archcheck.graph import Graph, Node, Span
    from archcheck.graph.recording import Failure
    from archcheck.spec import SpecError

NOTEBOOK = ".ipynb"
_NAMES = {answer.code: answer.name for answer in ANSWERS}


def answer_finding(
    code: str, message: str, advice: str = "", at: Span | None = None, spec_at: Span | None = None
) -> Finding:
    """A finding that says why there is no answer."""
    return Finding(code, _NAMES[code], SEVERE, message, at=at, spec_at=spec_at, advice=advice)


def failure_finding(failure: Failure) -> Finding:
    """The finding for a target that could not be read or run."""
    return answer_finding(failure.code, failure.message, failure.advice, failure.span)


def failure_result(failure: Failure, spec: str | None, engine: str = "none") -> Result:
    """The result for a target that could not be read or run."""
    return Result(
        target=failure.target,
        name=failure.target.rsplit("::", 1)[-1],
        spec=spec,
        engine=engine,
        verdict=ERROR,
        span=failure.span,
        findings=(failure_finding(failure),),
    )


def spec_error_result(target: str, spec: str, error: SpecError) -> Result:
    """The result for a spec that cannot be read: one finding for each of its problems."""
    found = []
    for problem in error.problems:
        advice = f"did you mean {problem.suggestion!r}?" if problem.suggestion else ""
        expected = f"; expected {problem.expected}" if problem.expected else ""
        found.append(answer_finding("AC901", problem.message + expected, advice, spec_at=problem.span))
    return Result(target=target, name=target, spec=spec, engine="none", verdict=ERROR, findings=tuple(found))


def no_class(target: str) -> str:
    """Why a target without any answer has none."""
    if target.endswith(NOTEBOOK):
        return "a notebook is no Python file, and is not read"
    return "there is no nn.Module class in the target"


def nothing_checked(target: str, spec: str, left_out: Sequence[NotChecked]) -> Result:
    """The result where no block was compared: an error, not a pass."""
    reasons = "; ".join(f"{one.name}: {one.reason}" for one in left_out[:5])
    message = "nothing was checked: " + (reasons or no_class(target))
    advice = "name the class (`model.py::Layer`), or look at what is there with `archcheck describe`"
    if target.endswith(NOTEBOOK):
        advice = "write its cells into a Python file: `jupyter nbconvert --to script`"
    return Result(
        target=target,
        name=target,
        spec=spec,
        engine="none",
        verdict=ERROR,
        findings=(answer_finding("AC906", message, advice),),
    )


def no_such_path(target: str, path: str, known: Sequence[str]) -> Finding:
    """The finding for a path inside a target at which no module ran."""
    from difflib import get_close_matches

    close = get_close_matches(path, known, n=3, cutoff=0.4) or list(known[:3])
    advice = f"there is {', '.join(close)}" if close else "the target has no modules that ran"
    return answer_finding("AC902", f"no module of {target} ran at {path!r}", advice)


ADVICE = {
    "trace": "trace it with real values (`--call`), or write it with operations that torch can record",
    "static": "fix what is not known with `--set`, or run it: `--engine trace`",
}


def unseen_findings(
    found: Graph, untold: Sequence[tuple[str, str, str]], engine: str = "trace"
) -> tuple[Finding, ...]:
    """What could not be seen on the stream, and what the spec asks for that the code does not tell."""
    advice = ADVICE.get(engine, ADVICE["trace"])
    reasons = dict.fromkeys((one.reason, one.span) for one in found.unresolved)
    unseen = [answer_finding("AC904", reason, advice, span) for reason, span in reasons]
    for _, key, what in untold:
        node = found.by_id.get(key)
        text = f"{node.op if node else key}: the spec gives its {what}, the recording does not tell it"
        at = node.span if node else None
        sizes = what in COUNTS | WIDTHS
        given = ", or build it with the sizes that you mean (`--set NAME=VALUE`)" if sizes else ""
        unseen.append(answer_finding("AC904", text, f"leave {what} out of the spec{given}", at))
    return tuple(unseen)


def disagreement(parting: Parting, block: str) -> Finding:
    """The finding for a block that two engines read differently: where the two graphs part."""
    left, right = parting.left, parting.right
    what = f" ({parting.detail})" if parting.detail else ""
    message = f"the engines disagree on {block}{what}: static has {_placed(left)}, the trace {_placed(right)}"
    at = next((node.span for node in (left, right) if node is not None and node.span is not None), None)
    finding = answer_finding("AC905", message, "please report it; `--engine` chooses one of them", at)
    if right is not None and right.span is not None:
        finding = replace(finding, related=(Related("what the trace has", right.span),))
    return finding


def _placed(node: Node | None) -> str:
    """An operation in words, with its name and line."""
    if node is None:
        return "nothing there"
    name = f" ({node.name})" if node.name else ""
    place = f" in line {node.span.line}" if node.span else ""
    return f"{node.op}{name}{place}"
