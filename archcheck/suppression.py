"""Findings that a comment silences, with its code and a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import overload

from archcheck.comments import Comments, Ignore, read_comments
from archcheck.graph import Span
from archcheck.results import ERROR, MATCH, MISMATCH, BlockView, Result
from archcheck.rules import Finding, codes

BAD_COMMENT = ("AC907", "bad-comment")


@dataclass(frozen=True, slots=True)
class Silenced:
    """What is left of some findings: those kept, how many were silenced, what is wrong with comments."""

    kept: tuple[Finding, ...]
    silenced: int
    problems: tuple[Finding, ...]
    unused: tuple[str, ...]


@overload
def suppressed(holder: Result) -> Result: ...
@overload
def suppressed(holder: BlockView) -> BlockView: ...
def suppressed(holder: Result | BlockView) -> Result | BlockView:
    """The result or block without the findings that comments silence.

    A result whose errors are all silenced is a match, with the number in `suppressed`. A comment without
    a reason or with an unknown code silences nothing and is a finding, and the verdict is no match.
    """
    answer = silence(holder.findings, holder.span)
    findings = (*answer.kept, *answer.problems)
    notes = (*holder.notes, *answer.unused)
    if isinstance(holder, BlockView):
        return replace(holder, findings=findings, notes=notes)
    verdict = holder.verdict
    if verdict == MISMATCH and answer.silenced and not any(one.severity == "error" for one in answer.kept):
        verdict = MATCH
    if verdict == MATCH and answer.problems:
        verdict = ERROR
    return replace(holder, verdict=verdict, findings=findings, suppressed=answer.silenced, notes=notes)


def silence(findings: Sequence[Finding], block: Span | None) -> Silenced:
    """Apply the comments of the files that the findings and the block stand in."""
    files = dict.fromkeys(span.file for span in (block, *(one.at for one in findings)) if span is not None)
    read = {file: _comments(file) for file in files}
    known = {code for code, _ in codes()}
    used: set[Ignore] = set()
    kept = []
    for finding in findings:
        ignore = _ignored_by(finding, read, known)
        if ignore is None:
            kept.append(finding)
        else:
            used.add(ignore)
    problems: list[Finding] = []
    unused: list[str] = []
    if block is not None:
        comments = read[block.file]
        first, last = comments.around(block.line)
        problems.extend(_problems(comments, first, last, known))
        for ignore in comments.ignores:
            if first <= ignore.span.line <= last and ignore not in used and _is_valid(ignore, known):
                named = ", ".join(ignore.codes)
                unused.append(f"{ignore.span.file}:{ignore.span.line}: unused: nothing to ignore for {named}")
    return Silenced(tuple(kept), len(findings) - len(kept), tuple(problems), tuple(unused))


def _ignored_by(finding: Finding, read: dict[str, Comments], known: set[str]) -> Ignore | None:
    if finding.at is None:
        return None
    for ignore in read[finding.at.file].ignores:
        if finding.code in ignore.codes and ignore.first <= finding.at.line <= ignore.last:
            return ignore if _is_valid(ignore, known) else None
    return None


def _is_valid(ignore: Ignore, known: set[str]) -> bool:
    return bool(ignore.reason) and all(code in known for code in ignore.codes)


def _problems(comments: Comments, first: int, last: int, known: set[str]) -> Iterator[Finding]:
    for ignore in comments.ignores:
        if not first <= ignore.span.line <= last:
            continue
        for code in ignore.codes:
            if code not in known:
                yield _finding(f"there is no code {code!r}, so the comment silences nothing", ignore.span)
        if not ignore.reason:
            listed = ", ".join(ignore.codes)
            yield _finding(f"no reason is given: write `# archcheck: ignore[{listed}] why`", ignore.span)
    for one in comments.malformed:
        if first <= one.span.line <= last:
            yield _finding(one.message, one.span)


def _finding(message: str, at: Span) -> Finding:
    code, rule = BAD_COMMENT
    return Finding(code, rule, "error", message, at=at)


def _comments(file: str) -> Comments:
    try:
        return read_comments(Path(file).read_text(encoding="utf-8"), file)
    except (OSError, UnicodeDecodeError):
        return Comments(file)
