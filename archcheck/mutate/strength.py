"""Which mutations of a conforming block a spec notices."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from archcheck.diff import align
from archcheck.judge import compare, judge
from archcheck.mutate.advice import advice
from archcheck.mutate.boxes import read_again
from archcheck.mutate.mutations import MUTATIONS, mutants
from archcheck.pairing import as_spec
from archcheck.results import MATCH, NotChecked, Result, entries_to_dict
from archcheck.vocabulary import ON_DEMAND

if TYPE_CHECKING:
    from archcheck.blocks.block import Block
    from archcheck.graph import Graph, Span
    from archcheck.mutate.draft import Mutant
    from archcheck.rules import Finding
    from archcheck.spec import Spec

SCHEMA = "archcheck.mutate/1"
ANOTHER = "it is then another block of this spec; check it against that block alone (a spec of its own)"


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutation that the spec does not notice, and the words that would make it."""

    mutation: str
    what: str
    advice: str
    at: Span | None = None
    within: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """One entry of `survivors`."""
        return {
            "mutation": self.mutation,
            "message": self.what,
            "advice": self.advice,
            "within": list(self.within),
            "at": self.at.to_dict() if self.at else None,
        }


@dataclass(frozen=True, slots=True)
class Strength:
    """One block against one spec: how many mutations of each kind were tried, and which survived.

    `result` is the comparison of the block itself; only a block that matches can be mutated.
    """

    result: Result
    tried: tuple[tuple[str, int], ...] = ()
    survivors: tuple[Survivor, ...] = ()

    @property
    def count(self) -> int:
        """How many mutants were compared with the spec."""
        return sum(number for _, number in self.tried)

    def to_dict(self) -> dict[str, Any]:
        """One entry of `blocks`."""
        missed = Counter(one.mutation for one in self.survivors)
        return {
            "target": self.result.target,
            "name": self.result.name,
            "spec": self.result.spec,
            "verdict": self.result.verdict,
            "mutations": self.count,
            "noticed": self.count - len(self.survivors),
            "kinds": [
                {"mutation": name, "tried": number, "noticed": number - missed[name]}
                for name, number in self.tried
            ],
            "survivors": [one.to_dict() for one in self.survivors],
            "findings": [one.to_dict() for one in self.result.findings],
        }


@dataclass(frozen=True, slots=True)
class StrengthReport:
    """The answer of `archcheck.strength`; `errors` are targets and specs that could not be read."""

    target: str
    spec: str
    blocks: tuple[Strength, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    errors: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The document `archcheck.mutate/1`."""
        return {
            "schema": SCHEMA,
            "target": self.target,
            "spec": self.spec,
            **entries_to_dict(self.blocks, self.not_checked, self.errors, self.notes),
        }


def strength(block: Block, spec: Spec, target: str) -> Strength:
    """Mutate the graph of a block that matches a spec, and compare each mutant with the spec."""
    result = judge(block, spec, target, near=False)
    if result.verdict != MATCH:
        return Strength(result)
    expected, alignment, found = compare(block, spec)
    tried: Counter[str] = Counter()
    survivors = []
    for name, mutant in mutants(found):
        if _is_equal(found, mutant.graph):
            continue
        tried[name] += 1
        if _matches(block, mutant.graph, spec, target) and _matches(
            block, read_again(found, mutant), spec, target
        ):
            same = compare(replace(block, graph=mutant.graph), spec)[0] == expected
            words = advice(mutant, spec, expected, found, alignment) if same else ANOTHER
            survivors.append(Survivor(name, mutant.what, words, _place(found, mutant), _boxes(found, mutant)))
    counts = tuple((name, tried[name]) for name, _ in MUTATIONS if tried[name])
    return Strength(result, counts, tuple(survivors))


def _matches(block: Block, graph: Graph, spec: Spec, target: str) -> bool:
    return judge(replace(block, graph=graph), spec, target, near=False).verdict == MATCH


def _is_equal(graph: Graph, mutant: Graph) -> bool:
    """Whether the change is none by the language: two steps that commute, a scale that is there twice."""
    everywhere = frozenset(ON_DEMAND)
    there = align(as_spec(graph), mutant, everywhere=everywhere)
    return there.distance == 0 and align(as_spec(mutant), graph, everywhere=everywhere).distance == 0


def _place(graph: Graph, mutant: Mutant) -> Span | None:
    """The place of the changed node, or of the box it is in."""
    span = None
    for box in mutant.within:
        node = graph[box]
        span = node.span or span
        assert node.inner is not None
        graph = node.inner
    spans = (graph[key].span for key in mutant.nodes if key in graph)
    return next((one for one in spans if one is not None), span)


def _boxes(graph: Graph, mutant: Mutant) -> tuple[str, ...]:
    """The words of the boxes in which the change is."""
    found = []
    for box in mutant.within:
        node = graph[box]
        found.append(node.op)
        assert node.inner is not None
        graph = node.inner
    return tuple(found)
