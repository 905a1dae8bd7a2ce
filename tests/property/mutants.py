"""A mutant is scaffolded and checked against the original: the report says what was mutated, no more."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from archcheck.diff.normalize import tidy
from archcheck.graph import Graph, Node
from archcheck.judge import judge
from archcheck.lift import boxed
from archcheck.results import MISMATCH, Result
from tests.property.architectures import Architecture, Source
from tests.property.minimal import LARGEST, compare
from tests.property.mutations import Mutation, mutations
from tests.property.round_trip import FRONT_ENDS, signature
from tests.property.scaffolded import written

MOVED_UNITS = ("one after the other", "shared norm", "no final norm")  # not for several at once


def mutant_of(whole: Architecture, source: Source) -> Mutation | None:
    """One mutation that changes the graph, None where there is none."""
    found = list(mutations(whole, source))
    if not found:
        return None
    name = source.among(sorted({m.name for m in found}))
    chosen = source.among([m for m in found if m.name == name])
    return chosen if _differs(whole, chosen.mutant) else None


def several_of(whole: Architecture, source: Source) -> list[Mutation]:
    """Mutations in different units, one after the other: the last one's mutant has them all."""
    found: list[Mutation] = []
    current = whole
    for place in range(len(whole.units)):
        fitting = [m for m in mutations(current, source) if m.unit == place and m.name not in MOVED_UNITS]
        if fitting and _differs(current, (chosen := source.among(fitting)).mutant):
            found.append(chosen)
            current = chosen.mutant
    return found


def _differs(whole: Architecture, mutant: Architecture) -> bool:
    if whole.shared != mutant.shared or whole.final != mutant.final:
        return True
    before, after = (next(iter(a.spec().graphs().values())) for a in (whole, mutant))
    return signature(boxed(before)) != signature(boxed(after))


def one_mutation(whole: Architecture, mutation: Mutation, engine: str) -> list[str]:
    """What is wrong with the report on one mutation: it must be one finding, with the mutation's code."""
    name = "Block" if not whole.model or mutation.unit < 0 else "Layer"
    result = _report(whole, mutation.mutant, engine, name)
    found = [finding.code for finding in result.findings]
    if result.verdict != MISMATCH:
        return [f"{mutation.name}: {result.verdict} {found}"]
    if result.distance != 1 or len(found) != 1:
        return [f"{mutation.name}: distance {result.distance}, {found}, optimal {result.optimal}"]
    if found[0] not in mutation.codes:
        return [f"{mutation.name}: {found[0]} in place of {'/'.join(sorted(mutation.codes))}"]
    return []


def several_mutations(whole: Architecture, applied: list[Mutation], engine: str) -> tuple[list[str], str]:
    """What is wrong with the report on several mutations, and how its distance compares with their number.

    The findings must be those of the mutations, one each; or, if the distance is another one, the exhaustive
    search must find that nothing is cheaper.
    """
    result = _report(whole, applied[-1].mutant, engine, "Block")
    codes = Counter(finding.code for finding in result.findings)
    names = " and ".join(m.name for m in applied)
    if result.verdict != MISMATCH:
        return [f"{names}: {result.verdict} {codes}"], "none"
    if result.distance == len(applied):
        return [], "equal" if _are(codes, applied) else "equal, other findings"
    verdict = compare(_plain(result.expected), _plain(result.found))
    if verdict.agrees and verdict.found.distance == result.distance:
        return [], "smaller, proved" if result.distance < len(applied) else "larger, proved"
    return [f"{names}: distance {result.distance}, {dict(codes)}; least {verdict.least}"], "wrong"


def is_small(whole: Architecture) -> bool:
    """Whether the exhaustive search gets through."""
    graph = next(iter(whole.spec().graphs().values()))
    return sum(1 for _ in graph.operations()) <= LARGEST


def _are(codes: Counter[str], applied: list[Mutation]) -> bool:
    return len(codes) > 0 and all(any(code in m.codes for code in codes) for m in applied)


def _report(whole: Architecture, mutant: Architecture, engine: str, name: str) -> Result:
    front_end = FRONT_ENDS[engine]
    return judge(front_end(written(mutant.spec()), name), whole.spec(), name, near=False)


def _plain(graph: Graph | None) -> Graph:
    """The graph with nothing but words and operands, as the exhaustive search knows it."""
    assert graph is not None
    nodes = tuple(Node(n.id, n.words, n.args) for n in graph.nodes)
    return tidy(replace(graph, nodes=nodes, options=(), unresolved=()), lambda _: False, commute=False)
