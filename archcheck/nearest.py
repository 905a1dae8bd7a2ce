"""The catalogue specs that a block is nearest to, and what it differs from them in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcheck.likely import Candidate, Rank, likely, load
from archcheck.results import Nearest
from archcheck.vocabulary import family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcheck.blocks.block import Block
    from archcheck.diff import Alignment, Edit
    from archcheck.graph import Graph, Span
    from archcheck.graph.recording import ModuleInfo

QUICK = 100  # the search budget for a look at a catalogue spec
ARRANGING = frozenset({"norm", "join"})
EXACT, NEAR = 0.0, 1.05  # what an explanation may cost: nothing, or one edit of any kind


@dataclass(frozen=True)
class _Look:
    """A block of a catalogue spec beside a block of the code."""

    candidate: Candidate
    alignment: Alignment
    expected: Graph

    @property
    def place(self) -> tuple[int, Rank]:
        """What orders the nearest."""
        return self.alignment.distance, self.candidate.rank

    def rearranged(self, found: Graph) -> int:
        """How many differences say that norms or residuals stand elsewhere: that is what makes a family."""
        return sum(_rearranges(edit, self.expected, found) for edit in self.alignment.edits)


def nearest_specs(block: Block, count: int) -> list[Nearest]:
    """The catalogue spec that the block matches, or the nearest ones where it matches none.

    At the same distance patterns come first, then the most specific, then the earliest paper. Only the likely ones are
    compared: those that differ least in how many operations of each kind they have. Those one edit away are looked for
    before the others: a distance that is small is found much sooner than one that is not.
    """
    fitting, more = likely(block.graph)
    exact = _within(block, fitting, EXACT, 1)
    if exact:
        return [_near(block, name, look) for name, look in exact.items()]
    return _ranked(block, exact, fitting + more, count)


def matches_and_nearest(block: Block, count: int) -> tuple[list[str], list[Nearest]]:
    """All catalogue specs that a block matches, the most telling first, and the nearest of the others."""
    fitting, more = likely(block.graph)
    exact = _within(block, fitting, EXACT, len(fitting))
    left = _but(fitting + more, exact)
    if exact:  # its family is known
        ranked = _ranked(block, exact, left, count + len(exact))
        return list(exact), [near for near in ranked if near.spec not in exact][:count]
    looks = _within(block, left, None, len(left))
    order = sorted(looks, key=lambda name: (looks[name].rearranged(block.graph), looks[name].place))
    return [], [_near(block, name, looks[name]) for name in order[:count]]


def _ranked(block: Block, exact: dict[str, _Look], left: list[Candidate], count: int) -> list[Nearest]:
    """So many of the nearest specs, with those that match exactly known."""
    rows = dict(exact)
    if len(rows) < count:  # one edit away all are equally far: the first by rank are the nearest
        rows |= _within(block, _but(left, rows, by_rank=True), NEAR, count - len(rows))
    if len(rows) < count:
        left = _but(left, rows)
        rows |= _within(block, left, None, len(left))
    ordered = sorted(rows.items(), key=lambda row: row[1].place)
    return [_near(block, name, look) for name, look in ordered[:count]]


def _near(block: Block, name: str, look: _Look) -> Nearest:
    difference, _ = first_difference(look.alignment, look.expected, block.graph, block.modules)
    return Nearest(name, look.alignment.distance, difference, look.alignment.optimal)


def _rearranges(edit: Edit, expected: Graph, found: Graph) -> bool:
    """Whether an edit moves, adds or takes away a norm or a residual of the block itself."""
    if edit.within or edit.kind == "attribute":
        return False
    if edit.kind not in ("delete", "insert", "substitute"):
        return True
    kinds = [
        {family(graph[key].words[0]) for key in keys}
        for graph, keys in ((expected, edit.expected), (found, edit.found))
    ]
    return kinds[0] != kinds[1] and not ARRANGING.isdisjoint(kinds[0] | kinds[1])


def _but(left: list[Candidate], rows: dict[str, _Look], *, by_rank: bool = False) -> list[Candidate]:
    """The candidates of the specs that are not among these."""
    others = [one for one in left if one.spec not in rows]
    return sorted(others, key=lambda one: (one.rank, one.block)) if by_rank else others


def family_of(block: Block) -> str | None:
    """The catalogue spec that the block matches, None if it matches none."""
    if block.is_model or block.graph.unresolved:
        return None
    fitting, _ = likely(block.graph)
    return next(iter(_within(block, fitting, EXACT, 1)), None)


def _within(
    block: Block, candidates: Sequence[Candidate], limit: float | None, count: int
) -> dict[str, _Look]:
    """The specs that an explanation within the limit leads to, the nearest block of each, until there are so many."""
    found: dict[str, _Look] = {}
    for candidate in candidates:
        if len(found) == count:
            break
        look = _look(block, candidate, limit)
        if look is not None and (candidate.spec not in found or look.place < found[candidate.spec].place):
            found[candidate.spec] = look
    return found


def _look(block: Block, candidate: Candidate, limit: float | None) -> _Look | None:
    """The best alignment with a block of a catalogue spec; None where it costs more than the limit."""
    from archcheck.diff import align, align_within

    spec, graphs = load(candidate.spec)
    expected, strict, ignore = graphs[candidate.block], spec.strict, spec.ignore
    if limit is None:
        alignment = align(expected, block.graph, strict=strict, ignore=ignore, budget=QUICK)
        return _Look(candidate, alignment, expected)
    near = align_within(expected, block.graph, limit, strict=strict, ignore=ignore, budget=QUICK)
    return None if near is None else _Look(candidate, near, expected)


def first_difference(
    alignment: Alignment, expected: Graph, found: Graph, modules: Sequence[ModuleInfo]
) -> tuple[str, Span | None]:
    """What the first finding of an alignment says, and where; nothing where there is no difference."""
    from archcheck.rules import findings

    if not alignment.edits:
        return "", None
    first = next(one for one in findings(alignment, expected, found, modules) if one.edits)
    return first.message, first.at
