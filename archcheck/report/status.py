"""From reports to exit statuses, in the precedence 2, 1, 3, 0. Variants that the defaults do not choose count
only where they are results of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.results import ERROR, MATCH, MISMATCH, UNRESOLVED, BlockView, CheckReport, DescribeReport

if TYPE_CHECKING:
    from archcheck.identity import IdentifyReport
    from archcheck.mutate import StrengthReport

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


def identify_status(report: IdentifyReport) -> int:
    """2: an error, or no block; 3: something was not seen; 0 otherwise."""
    if report.errors or not report.blocks:
        return BAD
    return OPEN if any(block.default and block.unresolved for block in report.blocks) else ALL_MATCH


def strength_status(report: StrengthReport) -> int:
    """2: an error, or no block that conforms; 1: a mutation that the spec does not notice; 0: it notices all."""
    conforming = [block for block in report.blocks if block.result.verdict == MATCH]
    if report.errors or not conforming:
        return BAD
    return FOUND if any(block.survivors for block in conforming) else ALL_MATCH
