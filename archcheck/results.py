"""What a check and a description return: frozen values that the reports read.

`to_dict()` of each gives the documents of the JSON contracts (`archcheck.check/1`, `archcheck.describe/1`);
the schemas are in `archcheck.report.schemas`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archcheck.blocks.steps import Flow
from archcheck.graph import Graph, Literal, Node, Span, Unresolved

if TYPE_CHECKING:
    from archcheck.blocks.layers import Layers
    from archcheck.diff import Alignment
    from archcheck.rules import Finding

MATCH, MISMATCH, UNRESOLVED, ERROR = "match", "mismatch", "unresolved", "error"
VERDICTS: tuple[str, ...] = (MATCH, MISMATCH, UNRESOLVED, ERROR)

CHECK_SCHEMA = "archcheck.check/1"
DESCRIBE_SCHEMA = "archcheck.describe/1"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the code the answer rests on."""

    operations: int = 0
    compared: int = 0
    unresolved: int = 0
    variants: int = 1

    def to_dict(self) -> dict[str, int]:
        """The `coverage` object of a RESULT."""
        return {
            "operations": self.operations,
            "compared": self.compared,
            "unresolved": self.unresolved,
            "variants": self.variants,
        }


@dataclass(frozen=True, slots=True)
class Nearest:
    """A catalogue spec and its distance from the code; `difference` is what the first of its findings says.

    `optimal` is false where the look was too short to prove the distance: then it is at most that.
    """

    spec: str
    distance: int
    difference: str = ""
    optimal: bool = True

    def to_dict(self) -> dict[str, Any]:
        """One entry of `nearest` of a RESULT."""
        return {
            "spec": self.spec,
            "distance": self.distance,
            "difference": self.difference,
            "optimal": self.optimal,
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """Two operations that stand for each other."""

    expected: str
    spec_at: Span | None
    found: str
    at: Span | None

    def to_dict(self) -> dict[str, Any]:
        """One entry of `why.pairs` of a RESULT."""
        return {
            "expected": self.expected,
            "spec_at": self.spec_at.to_dict() if self.spec_at else None,
            "found": self.found,
            "at": self.at.to_dict() if self.at else None,
        }


@dataclass(frozen=True, slots=True)
class Tried:
    """Another reading of figure or code that was tried and is no nearer.

    `distance` is None where the look at it ended as soon as it could not be nearer; else `difference` and `at`
    tell the first of its differences.
    """

    reading: str
    distance: int | None
    difference: str = ""
    at: Span | None = None

    def to_dict(self) -> dict[str, Any]:
        """One entry of `why.tried` of a RESULT."""
        return {
            "reading": self.reading,
            "distance": self.distance,
            "difference": self.difference,
            "at": self.at.to_dict() if self.at else None,
        }


@dataclass(frozen=True, slots=True)
class Why:
    """A failed match as a value: what does correspond, and why no other reading matches."""

    pairs: tuple[Pair, ...] = ()
    tried: tuple[Tried, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The `why` object of a RESULT."""
        return {
            "pairs": [one.to_dict() for one in self.pairs],
            "tried": [one.to_dict() for one in self.tried],
        }


@dataclass(frozen=True, slots=True)
class OtherVariant:
    """How another configuration of a block compares with the spec."""

    when: tuple[tuple[str, Literal], ...]
    default: bool
    verdict: str
    family: str | None

    def to_dict(self) -> dict[str, Any]:
        """One entry of `variants` of a RESULT."""
        return {
            "when": {key: _plain(value) for key, value in self.when},
            "default": self.default,
            "verdict": self.verdict,
            "family": self.family,
        }


@dataclass(frozen=True, slots=True)
class Result:
    """One block (or one target that could not be read) against one spec.

    `spec` is None only where a target failed before a spec was chosen. `expected` and `found` are the
    two graphs that `alignment` speaks of; the text report draws them side by side. `settings` are the
    constructor arguments that chose this variant, as text; `variants` are the block's configurations where
    it has more than one. `why` explains a mismatch. `other` is the class of the other implementation, where one
    stands for the spec. `layers` are the layers of a stack that the result speaks of.
    """

    target: str
    name: str
    spec: str | None
    engine: str
    verdict: str
    span: Span | None = None
    spec_file: str = ""
    when: tuple[tuple[str, Literal], ...] = ()
    default: bool = True
    distance: int = 0
    optimal: bool = True
    coverage: Coverage = field(default_factory=Coverage)
    suppressed: int = 0
    nearest: tuple[Nearest, ...] = ()
    findings: tuple[Finding, ...] = ()
    alignment: Alignment | None = None
    expected: Graph | None = None
    found: Graph | None = None
    settings: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    variants: tuple[OtherVariant, ...] = ()
    other: str = ""
    why: Why | None = None
    layers: Layers | None = None

    def to_dict(self) -> dict[str, Any]:
        """RESULT of the JSON contracts."""
        return {
            "target": self.target,
            "name": self.name,
            "spec": self.spec,
            "engine": self.engine,
            "when": dict(self.when),
            "default": self.default,
            "verdict": self.verdict,
            "distance": self.distance,
            "optimal": self.optimal,
            "coverage": self.coverage.to_dict(),
            "suppressed": self.suppressed,
            "nearest": [one.to_dict() for one in self.nearest],
            "findings": [finding.to_dict() for finding in self.findings],
            "at": self.span.to_dict() if self.span else None,
            "notes": list(self.notes),
            "variants": [one.to_dict() for one in self.variants],
            "why": self.why.to_dict() if self.why else None,
            "layers": self.layers.to_dict() if self.layers else None,
        }


@dataclass(frozen=True, slots=True)
class BlockView:
    """One block of a described target; `findings` are those that need no spec."""

    name: str
    graph: Graph
    notation: str
    when: tuple[tuple[str, Literal], ...] = ()
    default: bool = True
    flow: Flow | None = None
    family: str | None = None
    unresolved: tuple[Unresolved, ...] = ()
    span: Span | None = None
    engine: str = ""
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """BLOCK of the JSON contracts."""
        return {
            "name": self.name,
            "when": dict(self.when),
            "default": self.default,
            "flow": None if self.flow is None else self.flow.to_list(),
            "graph": graph_to_dict(self.graph),
            "notation": self.notation,
            "family": self.family,
            "unresolved": [unresolved_to_dict(one) for one in self.unresolved],
            "at": self.span.to_dict() if self.span else None,
            "findings": [finding.to_dict() for finding in self.findings],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class NotChecked:
    """A class or target that was left out, and why."""

    name: str
    reason: str

    def to_dict(self) -> dict[str, str]:
        """One entry of `not_checked`."""
        return {"name": self.name, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The answer of `archcheck.check`.

    `results` holds one entry for each pair of block and spec. Where no spec was asked for, `blocks`
    holds what was found instead, with the findings that need no spec.
    """

    results: tuple[Result, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    blocks: tuple[BlockView, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> dict[str, int]:
        """How many results have each verdict."""
        return {verdict: sum(r.verdict == verdict for r in self.results) for verdict in VERDICTS}

    @classmethod
    def joined(cls, reports: Sequence[CheckReport]) -> CheckReport:
        """Several answers as one, in order."""
        return cls(
            tuple(result for report in reports for result in report.results),
            tuple(dict.fromkeys(one for report in reports for one in report.not_checked)),
            tuple(block for report in reports for block in report.blocks),
            tuple(dict.fromkeys(text for report in reports for text in report.notes)),
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all results and blocks."""
        holders: Iterable[Result | BlockView] = (*self.results, *self.blocks)
        return tuple(finding for holder in holders for finding in holder.findings)

    def to_dict(self) -> dict[str, Any]:
        """The document `archcheck.check/1`."""
        return {
            "schema": CHECK_SCHEMA,
            "results": [result.to_dict() for result in self.results],
            "summary": self.summary,
            "blocks": [block.to_dict() for block in self.blocks],
            "not_checked": [one.to_dict() for one in self.not_checked],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class DescribeReport:
    """The answer of `archcheck.describe`; `errors` are targets that could not be read or run."""

    target: str
    engine: str
    blocks: tuple[BlockView, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    errors: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The document `archcheck.describe/1`."""
        return {
            "schema": DESCRIBE_SCHEMA,
            "target": self.target,
            "engine": self.engine,
            **entries_to_dict(self.blocks, self.not_checked, self.errors, self.notes),
        }


def entries_to_dict(
    blocks: Iterable[Any], not_checked: Iterable[NotChecked], errors: Iterable[Finding], notes: Iterable[str]
) -> dict[str, Any]:
    """The keys that the reports on the blocks of one target share."""
    return {
        "blocks": [block.to_dict() for block in blocks],
        "not_checked": [one.to_dict() for one in not_checked],
        "errors": [finding.to_dict() for finding in errors],
        "notes": list(notes),
    }


def graph_to_dict(graph: Graph) -> dict[str, Any]:
    """A graph as plain data; `names` maps a node's id to the name it has in code or spec."""
    return {
        "inputs": list(graph.inputs),
        "nodes": [node_to_dict(node) for node in graph.nodes],
        "outputs": list(graph.outputs),
        "names": dict(graph.names),
    }


def node_to_dict(node: Node) -> dict[str, Any]:
    """One node as plain data: op, operands, attributes, place and the inside of a box."""
    return {
        "id": node.id,
        "op": node.op,
        "args": list(node.args),
        "operands": list(node.operands),
        "attrs": {key: _plain(value) for key, value in node.attrs},
        "name": node.name,
        "noop": node.noop,
        "at": node.span.to_dict() if node.span else None,
        "inner": graph_to_dict(node.inner) if node.inner is not None else None,
    }


def unresolved_to_dict(one: Unresolved) -> dict[str, Any]:
    """One unresolved value: the reason and the place."""
    return {"reason": one.reason, "value": one.value, "at": one.span.to_dict() if one.span else None}


def _plain(value: Literal) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no word for them
    return value
