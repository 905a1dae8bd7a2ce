"""The catalogue specs that a block is nearest to, and what it differs from them in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from archcheck.results import Nearest
from archcheck.vocabulary import ON_DEMAND, family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcheck.blocks.block import Block
    from archcheck.diff import Alignment
    from archcheck.graph import Graph, Span
    from archcheck.graph.recording import ModuleInfo
    from archcheck.spec import Spec

QUICK = 100  # the search budget for a look at a catalogue spec
LOOKED_AT = 10  # catalogue specs that are compared, the likely ones
EXACT, NEAR = 0.0, 1.05  # what an explanation may cost: nothing, or one edit of any kind


@dataclass(frozen=True)
class _Known:
    """A spec of the catalogue with the graphs of its blocks, expanded once."""

    spec: Spec
    graphs: tuple[Graph, ...]


# The distance, whether it is no pattern, how unspecific it is, its paper and its name: the order of the nearest.
_Place = tuple[int, bool, int, str, str]


@dataclass(frozen=True)
class _Look:
    """A catalogue spec beside a block."""

    place: _Place
    alignment: Alignment
    expected: Graph


@lru_cache(maxsize=1)
def _catalogue() -> tuple[_Known, ...]:
    from archcheck.lift import boxed
    from archcheck.spec import catalogue

    found = (catalogue.load(name) for name in catalogue.names())
    return tuple(
        _Known(spec, tuple(map(boxed, spec.graphs().values()))) for spec in found if spec.block_names
    )


def _likely(block: Block) -> list[_Known]:
    """The catalogue specs that a block may be near to, the likeliest first: all that may fit, and a few more."""
    have = Counter(family(n.words[0]) for n in block.graph.operations())
    apart = [(min(_apart(graph, have) for graph in known.graphs), known) for known in _catalogue()]
    apart.sort(key=lambda pair: (pair[0], not pair[1].spec.pattern))
    fitting = sum(distance == 0 for distance, _ in apart)
    return [known for _, known in apart[: max(LOOKED_AT, fitting)]]


def nearest_specs(block: Block, count: int) -> list[Nearest]:
    """The nearest catalogue specs; at the same distance patterns, then the most specific, then the earliest paper.

    Only the likely ones are compared: those that differ least in how many operations of each kind they have.
    Those that fit exactly are looked for first, then those that are one edit away: a distance that is small
    is found much sooner than one that is not.
    """
    likely = _likely(block)
    rows: list[_Look] = []
    for limit in (EXACT, NEAR, None):
        for known in list(likely):
            near = _looked_at(block, known, limit)
            if near is not None:
                rows.append(near)
                likely.remove(known)
        if len(rows) >= count:
            break
    found = []
    for look in sorted(rows, key=lambda one: one.place)[:count]:
        difference, _ = first_difference(look.alignment, look.expected, block.graph, block.modules)
        found.append(Nearest(look.place[-1], look.place[0], difference, look.alignment.optimal))
    return found


def _looked_at(block: Block, known: _Known, limit: float | None) -> _Look | None:
    """A catalogue spec and its place in the order of the nearest; None where it is farther away than the limit."""
    from archcheck.diff import align, align_within

    spec, code = known.spec, block.graph
    found: list[tuple[Alignment, Graph]] = []
    for graph in known.graphs:
        if limit is None:
            found.append((align(graph, code, strict=spec.strict, ignore=spec.ignore, budget=QUICK), graph))
            continue
        near = align_within(graph, code, limit, strict=spec.strict, ignore=spec.ignore, budget=QUICK)
        if near is not None:
            found.append((near, graph))
    if not found:
        return None
    alignment, expected = min(found, key=lambda pair: (pair[0].distance, pair[0].cost))
    paper = spec.figure.paper
    first = paper if paper.startswith("arXiv:") else "~"
    place = (alignment.distance, not spec.pattern, -_specificity(expected), first, spec.name)
    return _Look(place, alignment, expected)


def _apart(graph: Graph, have: Counter[str]) -> int:
    """In how many operations a graph of a spec and a code must differ, by the number of each kind."""
    optional = {node for option in graph.options for node in option.nodes}
    kinds = {n.id: family(n.words[0]) for n in graph.operations() if family(n.words[0]) not in ON_DEMAND}
    most = Counter(kinds.values())
    must = Counter(kind for key, kind in kinds.items() if key not in optional)
    missing = sum((must - have).values())
    return missing + sum(count for kind, count in (have - most).items() if kind not in ON_DEMAND)


def _specificity(graph: Graph) -> int:
    """How much a spec says of the block itself: the depth of its words in the hierarchy."""
    from archcheck.vocabulary import ancestors

    optional = {node for option in graph.options for node in option.nodes}
    total = 0
    for node in graph.operations():
        if node.id not in optional:
            total += min(len(ancestors(w)) for w in node.words)
    return total


def family_of(block: Block) -> str | None:
    """The catalogue spec that the block matches, None if it matches none."""
    if block.is_model or block.graph.unresolved:
        return None
    looks = (_looked_at(block, known, EXACT) for known in _likely(block))
    exact = sorted(look.place for look in looks if look is not None)
    return exact[0][-1] if exact else None


def first_difference(
    alignment: Alignment, expected: Graph, found: Graph, modules: Sequence[ModuleInfo]
) -> tuple[str, Span | None]:
    """What the first finding of an alignment says, and where; nothing where there is no difference."""
    from archcheck.rules import findings

    if not alignment.edits:
        return "", None
    first = next(one for one in findings(alignment, expected, found, modules) if one.edits)
    return first.message, first.at
