"""Which rule explains which edit: the most specific one that claims it, and no other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.rules.asymmetric_sublayers import AsymmetricSublayers
from archcheck.rules.context import Context
from archcheck.rules.extra_final_norm import ExtraFinalNorm
from archcheck.rules.extra_operation import ExtraOperation
from archcheck.rules.extra_residual import ExtraResidual
from archcheck.rules.extra_sublayer import ExtraSublayer
from archcheck.rules.free import FreeRule
from archcheck.rules.misplaced_operation import MisplacedOperation
from archcheck.rules.missing_final_norm import MissingFinalNorm
from archcheck.rules.missing_operation import MissingOperation
from archcheck.rules.missing_residual import MissingResidual
from archcheck.rules.missing_sublayer import MissingSublayer
from archcheck.rules.norm_inside_residual import NormInsideResidual
from archcheck.rules.norm_outside_residual import NormOutsideResidual
from archcheck.rules.norm_wrong_side import NormWrongSide
from archcheck.rules.parallel_for_sequential import ParallelForSequential
from archcheck.rules.sequential_for_parallel import SequentialForParallel
from archcheck.rules.shared_module import SharedModule
from archcheck.rules.swapped_order import SwappedOrder
from archcheck.rules.unshared_module import UnsharedModule
from archcheck.rules.unused_module import UnusedModule
from archcheck.rules.wrong_attribute import WrongAttribute
from archcheck.rules.wrong_branch_input import WrongBranchInput
from archcheck.rules.wrong_operation import WrongOperation
from archcheck.rules.wrong_output import WrongOutput
from archcheck.rules.wrong_skip_source import WrongSkipSource
from archcheck.vocabulary import ON_DEMAND, family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcheck.diff import Alignment
    from archcheck.graph import Graph
    from archcheck.graph.recording import ModuleInfo
    from archcheck.rules.base import Finding, Rule

# The most specific first. The last ones of their kind (AC204, AC110, AC003, AC001, AC002) take what is left.
RULES: tuple[Rule, ...] = (
    SharedModule(),
    UnsharedModule(),
    SequentialForParallel(),
    ParallelForSequential(),
    MissingFinalNorm(),
    ExtraFinalNorm(),
    MissingSublayer(),
    ExtraSublayer(),
    WrongOutput(),
    WrongSkipSource(),
    WrongBranchInput(),
    MissingResidual(),
    ExtraResidual(),
    NormInsideResidual(),
    NormOutsideResidual(),
    NormWrongSide(),
    SwappedOrder(),
    MisplacedOperation(),
    WrongAttribute(),
    WrongOperation(),
    MissingOperation(),
    ExtraOperation(),
    UnusedModule(),
    AsymmetricSublayers(),
)


def findings(
    alignment: Alignment,
    spec: Graph,
    code: Graph,
    modules: Sequence[ModuleInfo] = (),
    *,
    rules: Sequence[Rule] = RULES,
) -> tuple[Finding, ...]:
    """What the edits of an alignment mean, in the order of the code, then what needs no spec.

    `spec` and `code` are the graphs that were aligned, `modules` those of the block. Every edit is in
    exactly one finding.

    Raises:
        ValueError: if no rule claims an edit (with a shortened list of rules).
    """
    context = Context(alignment, spec, code, modules, list(alignment.edits))
    found: list[Finding] = []
    for rule in rules:
        for one in list(rule.claim(context)):
            claimed = {id(edit) for edit in one.edits}
            context.open = [edit for edit in context.open if id(edit) not in claimed]
            found.append(one)
    if context.open:
        raise ValueError(f"no rule explains {context.open[0]}")
    found.sort(key=_place)
    found += _unexplained(free_findings(code, modules, rules=rules), found, spec)
    return tuple(found)


def free_findings(
    graph: Graph, modules: Sequence[ModuleInfo] = (), *, rules: Sequence[Rule] = RULES
) -> tuple[Finding, ...]:
    """The findings about a block that need no spec: AC220 and AC230."""
    found = [one for rule in rules if isinstance(rule, FreeRule) for one in rule.look(graph, modules)]
    return tuple(sorted(found, key=_place))


def _place(finding: Finding) -> tuple[str, int, int]:
    at = finding.at
    return (at.file, at.line, at.column) if at is not None else ("", 0, 0)


def _unexplained(free: Sequence[Finding], found: Sequence[Finding], spec: Graph) -> list[Finding]:
    """Of the findings without a spec those that the comparison has not already answered.

    A norm, a residual and a skip are always compared: whatever differs is as in the figure, or reported.
    A dropout that the figure shows without `?` is compared, too.
    """
    optional = {name for option in spec.options for name in option.nodes}
    decided = {family(w) for node in spec.nodes if node.id not in optional for w in node.words} & ON_DEMAND
    kept = []
    for one in free:
        if one.rule == "asymmetric-sublayers":
            touched = any(
                set(one.code_nodes) & set(other.code_nodes) or one.topic in _topics(other, spec)
                for other in found
            )
            if one.topic not in ON_DEMAND or one.topic in decided or touched:
                continue
        kept.append(replace(one))
    return kept


def _topics(finding: Finding, spec: Graph) -> set[str]:
    """The families of the steps of the figure that a finding speaks of."""
    return {family(w) for key in finding.spec_nodes if key in spec for w in spec[key].words}
