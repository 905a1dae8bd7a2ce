"""The text report of `check`: each block's verdict, figure and code side by side, findings, summary."""

from __future__ import annotations

from collections.abc import Sequence

from archcheck.blocks.variants import assigned
from archcheck.report.columns import Beside, beside
from archcheck.report.describe import variants_lines
from archcheck.report.findings import again_line, finding_lines, grouped, short, unseen_lines
from archcheck.report.gutter import OP, Row
from archcheck.report.lines import WIDTH, Line, Piece, counted, fit, line, width, wrapped
from archcheck.report.variants import grouped_views, variant_lines
from archcheck.report.why import nearest_line, why_lines
from archcheck.results import ERROR, MATCH, MISMATCH, UNRESOLVED, CheckReport, NotChecked, Result
from archcheck.rules import Finding
from archcheck.stacks import told

SPEC_COLUMNS = 31  # where the marks begin
CODE_COLUMN = 41  # where the code begins
MARK_COLUMNS = 8
SHORT_NAME = 10  # a module's name gives way to the word before it, down to this
SHOWN_LEFT_OUT = 8
Said = dict[tuple[object, ...], str]  # a finding, and the first layer in which it was found
_UNDECIDED = (
    ("AC905", "the engines disagree, so it is open whether it is"),
    ("AC908", "a setting without a default decides whether it is"),
)


def check_lines(report: CheckReport, *, quiet: bool = False, why: bool = False) -> list[Line]:
    """The whole report; `why` adds what corresponds and what else was tried."""
    lines: list[Line] = []
    said: Said = {}
    for result in report.results:
        if quiet and result.verdict == MATCH:
            continue
        reasons = why_lines(result) if why else []
        lines += [*result_lines(result, said), *reasons, *_notes(result.notes, report.notes), ()]
    for variants in grouped_views(report.blocks):
        notes = dict.fromkeys(text for block in variants for text in block.notes)
        lines += [*variants_lines(variants), *_notes(tuple(notes), report.notes), ()]
    lines += left_out_lines(report.not_checked, quiet=quiet)
    return [*lines, summary_line(report)]


def _notes(notes: Sequence[str], said: Sequence[str]) -> list[Line]:
    """Notes on one result; those on the whole report are said elsewhere."""
    return [one for text in notes if text not in said for one in wrapped(f"note: {text}", 2, hanging=4)]


def result_lines(result: Result, said: Said | None = None) -> list[Line]:
    """One result: its headline, both graphs where they differ, and the findings.

    `said` is what was found in other layers of its stack, and is told of further ones in one line.
    """
    lines = [headline(result), *variant_lines(result, spec_name(result))]
    if result.verdict == MISMATCH and result.expected and result.found and result.alignment:
        lines += [(), *side_by_side(result)]
    if result.verdict == UNRESOLVED and result.found:
        lines += unseen_lines(result.found.unresolved)
    hint = next((near.spec for near in result.nearest if near.distance == 0 and near.spec != result.spec), "")
    file = result.span.file if result.span else ""
    known = {} if said is None else said
    again = [one for one in result.findings if _key(one, result) in known]
    for group in grouped(one for one in result.findings if one not in again):
        lines += [(), *finding_lines(group, hint, file, result.other)]
    if again:
        lines.append(())
        lines += [again_line(finding, known[_key(finding, result)], file) for finding in again]
    if result.layers is not None:
        for finding in result.findings:
            known.setdefault(_key(finding, result), result.layers.paths[0])
    return lines + nearest_line(result)


def _key(finding: Finding, result: Result) -> tuple[object, ...]:
    """Equal for equal findings in layers of one stack."""
    layers = result.layers
    return (layers.file, layers.owner, result.spec, *told(finding, result)) if layers else (id(result),)


def headline(result: Result) -> Line:
    """`model.py:12  EncoderLayer  MISMATCH  2 differences from post_ln (it is pre_ln)`."""
    place = f"{short(result.span.file)}:{result.span.line}" if result.span else result.target
    parts: list[Piece | str] = [Piece(place, "bold")]
    if result.name and result.name != place:
        parts += ["  ", result.name]
    parts += ["  ", Piece(result.verdict.upper(), result.verdict)]
    said = _said(result)
    if result.when and not (result.default and result.variants):
        said += f" with {assigned(result.when)}"
    if result.suppressed:
        said += f", {result.suppressed} suppressed"
    return line(*parts, *(["  ", said] if said else []))


def _said(result: Result) -> str:
    if result.spec is None or result.verdict == ERROR:
        return ""
    if result.verdict == MATCH:
        return spec_name(result)
    if result.verdict == UNRESOLVED:
        codes = {finding.code for finding in result.findings}
        for code, text in _UNDECIDED:
            if code in codes:
                return f"{text} {spec_name(result)}"
        count = result.coverage.unresolved
        return f"{counted(count, 'value')} not seen, so {spec_name(result)} is neither met nor violated"
    distance = result.distance
    name = spec_name(result)
    least = "" if result.optimal else "at most "
    text = f"{least}{counted(distance, 'difference')} from {name}"
    exact = next((near.spec for near in result.nearest if near.distance == 0), "")
    if exact:
        return f"{text} (it is {exact})"
    near = next(
        (near for near in result.nearest if near.spec != result.spec and near.distance < distance), None
    )
    return f"{text} (nearest: {near.spec}, {near.distance})" if near else text


def spec_name(result: Result) -> str:
    """The name of the spec, or of the other implementation; a chain that was given in place has none."""
    spec = result.spec or ""
    return result.other or ("the given chain" if "->" in spec or " " in spec else spec)


def side_by_side(result: Result) -> list[Line]:
    """The figure and the code as two columns."""
    assert result.expected is not None
    assert result.found is not None
    assert result.alignment is not None
    codes = {
        position: finding.code
        for position, edit in enumerate(result.alignment.edits)
        for finding in result.findings
        if edit in finding.edits
    }
    variant = "defaults" if result.default else assigned(result.when)
    what = result.other or f"figure: {short(result.spec_file) or result.spec}"
    left = fit(f"  {what}", CODE_COLUMN - 1)
    lines = [line(Piece(f"{left} code: forward, {result.engine}, {variant}".rstrip(), "dim"))]
    layout = _Layout(beside(result.expected, result.found, result.alignment, codes))
    return [*lines, *(layout.line(one) for one in layout.lines)]


class _Layout:
    """The widths of the columns, for all lines together."""

    def __init__(self, lines: Sequence[Beside]) -> None:
        self.lines = lines
        left = [one.left for one in lines if one.left]
        right = [one.right for one in lines if one.right]
        self.spec_number = max((len(_number(row)) for row in left), default=1)
        self.code_number = max((len(_number(row)) for row in right), default=1)
        self.left_gutter = max((len(one.left_gutter) for one in lines), default=0)
        self.right_gutter = max((len(one.right_gutter) for one in lines), default=0)
        room = WIDTH - CODE_COLUMN - 2 - self.right_gutter - 1 - self.code_number - 1
        ops = max((width(row.label) for row in right), default=0)
        names = max((width(_name(row)) for row in right), default=0)
        self.op = min(ops, max(room - min(names, SHORT_NAME) - 2, room // 2))
        self.name = max(min(names, room - self.op - 2), 0)
        self.last_spec_line = ""
        self.spec_lines = self._spec_lines()

    def _spec_lines(self) -> dict[int, str]:
        """The line of the spec for each row; an input and a fork stand on the line of what follows."""
        found: dict[int, str] = {}
        below = ""
        for one in reversed(self.lines):
            if one.left is not None:
                below = _number(one.left) if one.left.kind == OP else below
                found[id(one)] = below
        return found

    def line(self, one: Beside) -> Line:
        """One line of both columns."""
        number = self.spec_lines.get(id(one), "")
        shown = "" if number == self.last_spec_line else number
        if number:
            self.last_spec_line = number
        left = fit(one.left_gutter, self.left_gutter)
        label = one.left.label if one.left else ""
        used = 2 + self.spec_number + 1 + self.left_gutter + 1
        pieces: list[Piece | str] = [
            "  ",
            Piece(shown.rjust(self.spec_number), "dim"),
            " ",
            Piece(left, "gutter"),
            " ",
            fit(label, max(SPEC_COLUMNS + 2 - used, 4)),
            Piece(fit(one.mark, MARK_COLUMNS), "mark"),
            "  ",
            Piece(fit(one.right_gutter, self.right_gutter), "gutter"),
            " ",
        ]
        if one.right:
            number = "" if one.right.kind not in (OP, "source") else _number(one.right)
            pieces += [
                fit(one.right.label, self.op),
                "  ",
                fit(_name(one.right), self.name, keep_end=True),
                " ",
                Piece(number.rjust(self.code_number), "dim"),
            ]
        return line(*pieces)


def _number(row: Row) -> str:
    return str(row.node.span.line) if row.node.span else ""


def _name(row: Row) -> str:
    return row.node.name if row.kind == OP else ""


def left_out_lines(left_out: Sequence[NotChecked], *, quiet: bool = False) -> list[Line]:
    """What was not checked, and why."""
    if not left_out or quiet:
        return []
    lines = [line(Piece("Not checked:", "bold"))]
    reasons: dict[str, list[str]] = {}
    for one in left_out:
        reasons.setdefault(one.reason, []).append(one.name)
    for reason, names in reasons.items():
        more = len(names) - SHOWN_LEFT_OUT
        listed = ", ".join(names[:SHOWN_LEFT_OUT]) + (f" and {more} more" if more > 0 else "")
        lines += wrapped(f"{listed}: {reason}", 2, hanging=4)
    return [*lines, ()]


def summary_line(report: CheckReport) -> Line:
    """`1 block: 1 mismatch; 8 of 8 operations compared, 0 unresolved, 1 variant.`"""
    if not report.results:
        blocks, findings = len(report.blocks), len(report.findings)
        return line(f"{counted(blocks, 'block')}, {counted(findings, 'finding')}; no spec was asked for.")
    verdicts = ", ".join(f"{number} {verdict}" for verdict, number in report.summary.items() if number)
    covered = [result.coverage for result in report.results if result.verdict != ERROR]
    noun = "variant" if any(not r.default for r in report.results) else "block"
    text = f"{counted(len(report.results), noun)}: {verdicts}"
    if not covered:
        return line(text + ".")
    compared, operations = sum(c.compared for c in covered), sum(c.operations for c in covered)
    unresolved = sum(c.unresolved for c in covered)
    variants = sum({(r.target, r.name, r.spec): r.coverage.variants for r in report.results}.values())
    return line(
        f"{text}; {compared} of {operations} operations compared, {unresolved} unresolved, "
        f"{counted(variants, 'variant')}."
    )
