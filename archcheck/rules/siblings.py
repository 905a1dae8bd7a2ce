"""The residual sublayers of a block, side by side: what each has in its branch, and where its skip starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcheck.diff import Roles
from archcheck.diff.roles import ROOT, bits
from archcheck.vocabulary import family, is_a

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.graph import Graph, Node


@dataclass(frozen=True, slots=True)
class Sublayer:
    """One sublayer of a block. `join` is None where it has no residual.

    `stale` says that its skip starts before another sublayer, `after_norm` that it starts behind a norm
    on the stream from which the branch starts, too.
    """

    core: Node
    join: Node | None
    dropout: bool
    drop_path: bool
    norm_inside: bool
    norm_behind: bool
    after_norm: bool
    stale: bool

    @property
    def any_norm(self) -> bool:
        """Whether a norm belongs to this sublayer at all."""
        return self.norm_inside or self.norm_behind or self.after_norm


def sublayers(graph: Graph) -> list[Sublayer]:
    """The attentions, feed-forwards and mixers of the stream, in order, one in each residual.

    Joins that add several sublayers at once (parallel branches) are left out: they have no siblings.
    """
    return list(_sublayers(graph, Roles(graph)))


def _sublayers(graph: Graph, roles: Roles) -> Iterator[Sublayer]:
    owner: dict[int, int] = {}
    for join in sorted(roles.interior):
        if graph.nodes[join].words == ("add",) and roles.skip[join] is not None:
            for position in bits(roles.branch_mask(join)):
                if family(graph.nodes[position].words[0]) == "sublayer":
                    owner.setdefault(position, join)
    shared = [join for join in owner.values() if list(owner.values()).count(join) > 1]
    for position, node in enumerate(graph.nodes):
        if family(node.words[0]) != "sublayer" or (position in owner and owner[position] in shared):
            continue
        if position in owner:
            yield _residual(graph, roles, position, owner[position])
        elif roles.level[position] == ROOT:
            yield Sublayer(node, None, False, False, False, False, False, False)


def _residual(graph: Graph, roles: Roles, core: int, join: int) -> Sublayer:
    inside = roles.branch_mask(join)
    stale = any(
        roles.is_join[p] and family(graph.nodes[c].words[0]) == "sublayer"
        for p in bits(inside)
        for c in bits(roles.above[p] & inside)
    )
    others = [p for p in bits(inside) if p != core and family(graph.nodes[p].words[0]) == "sublayer"]
    behind = [graph.nodes[p] for p in bits(inside & roles.below[core])]
    before = [
        graph.nodes[p]
        for p in bits(inside & roles.above[core])
        if not any(roles.below[other] >> p & 1 for other in others)
    ]
    users = [graph[name] for name in graph.users[graph.nodes[join].id]]
    fork = roles.dominator[join]
    start = graph.nodes[fork] if fork != ROOT else None
    return Sublayer(
        core=graph.nodes[core],
        join=graph.nodes[join],
        dropout=any(family(n.words[0]) == "dropout" for n in behind),
        drop_path=any(family(n.words[0]) == "drop_path" for n in behind),
        norm_inside=any(is_a(n.words[0], "norm") for n in (*before, *behind)),
        norm_behind=bool(users) and len({user.id for user in users}) == 1 and is_a(users[0].words[0], "norm"),
        after_norm=start is not None and is_a(start.words[0], "norm"),
        stale=stale,
    )
