"""From reports to exit statuses, in the precedence 2, 1, 3, 0. Variants that the defaults do not choose count
only where they are results of their own.
"""

from __future__ import annotations

from archcheck.results import ERROR, MISMATCH, UNRESOLVED, BlockView, CheckReport, DescribeReport

ALL_MATCH, FOUND, BAD, OPEN = 0, 1, 2, 3
DISAGREE = "AC905"


def exit_status(report: CheckReport, fail_on: str = "error") -> int:
    """2: an error, or nothing checked; 1: a mismatch, or with `fail_on="warning"` any finding;
    3: something unresolved; 0: all match.
    """
    verdicts = {result.verdict for result in report.results}
    if ERROR in verdicts or not (report.results or report.blocks):
        return BAD
    if MISMATCH in verdicts or (fail_on == "warning" and report.findings):
        return FOUND
    if UNRESOLVED in verdicts or any(map(_is_open, report.blocks)):
        return OPEN
    return ALL_MATCH


def describe_status(report: DescribeReport) -> int:
    """2: an error, or no block; 3: something unresolved; 0 otherwise."""
    if report.errors or not report.blocks:
        return BAD
    return OPEN if any(map(_is_open, report.blocks)) else ALL_MATCH


def _is_open(block: BlockView) -> bool:
    """Whether a block was not wholly seen, or two engines disagree about it."""
    return block.default and (bool(block.unresolved) or any(f.code == DISAGREE for f in block.findings))
