"""What a comparison says: pairs of nodes, the edits between two graphs, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from typing import Literal as Choice

if TYPE_CHECKING:
    from archcheck.graph import Graph

Kind = Choice[
    "delete",
    "insert",
    "substitute",
    "move",
    "rewire",
    "attribute",
    "sublayer",
    "branch",
    "output",
    "merged",
    "split",
]
Within = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands, in words of the residual decomposition.

    `position` is "stream", "branch" or "skip"; `join` the join whose branch or skip holds the node
    (None on the stream), `side` tells whether it stands "before" or "after" the sublayer of that
    branch ("" where that makes no sense), `previous` and `next` are the joins around it on its level,
    and `start` is the value at which the branches of `join` part.
    """

    position: str
    join: str | None = None
    side: str = ""
    previous: str | None = None
    next: str | None = None
    start: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference. `expected` are nodes of the spec, `found` nodes of the code.

    delete / insert: the nodes that one side lacks (a join alone: its residual is missing or extra).
    substitute, move, attribute, merged, split: the node on each side; `detail` is the attribute.
    rewire: (reader, value) on each side; output: the value on each side.
    sublayer: all nodes of the sublayer on the side that has it. branch: the join on the side that
    runs its branches in parallel, and the sublayers on the other.

    `near` is the closest pair of anchored nodes, for the side that has nothing to show; `within` the
    boxes, outermost first, in whose inside the edit lies (node ids are those of the innermost graph).
    """

    kind: Kind
    expected: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    expected_place: Place | None = None
    found_place: Place | None = None
    detail: str = ""
    near: tuple[str, str] | None = None
    within: Within = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """Another reading of one of the graphs, and how it fares.

    `alignment` is None where the search ended as soon as it could not be nearer; `expected` the graph of the
    spec that it speaks of, None where that is the one of the chosen reading.
    """

    reading: str
    alignment: Alignment | None = None
    expected: Graph | None = None


@dataclass(frozen=True, slots=True)
class Alignment:
    """The cheapest explanation of a code graph by a spec graph.

    `pairs` are the nodes that stand in each other's place; `distance` is the number of edits (those
    inside of boxes included); `cost` what the search minimised. `optimal` is false where the search
    ran out of its budget. `unseen` lists pairs about which the spec says something (an attribute, an
    inside) that the code's graph does not tell. `inner` has the pairs of each box that was opened,
    `rejected` the other readings that were tried and are no nearer.
    """

    pairs: tuple[tuple[str, str], ...]
    edits: tuple[Edit, ...]
    distance: int
    optimal: bool
    cost: float = 0.0
    unseen: tuple[tuple[str, str, str], ...] = ()
    inner: tuple[tuple[Within, tuple[tuple[str, str], ...]], ...] = ()
    repeats: int | None = None
    rejected: tuple[Rejected, ...] = ()

    @property
    def code_of(self) -> dict[str, str]:
        """The code node for each spec node that has one."""
        return dict(self.pairs)

    @property
    def spec_of(self) -> dict[str, str]:
        """The spec node for each code node that has one."""
        return {code: spec for spec, code in self.pairs}

    def with_edits(self, edits: tuple[Edit, ...]) -> Alignment:
        """The same with further edits, each of which costs 1."""
        more = len(edits)
        return replace(self, edits=self.edits + edits, distance=self.distance + more, cost=self.cost + more)
