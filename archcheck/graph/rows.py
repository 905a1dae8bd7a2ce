"""What a model computes between the members of a list that run one after the other."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from itertools import pairwise

from archcheck.graph.types import Graph, Node
from archcheck.vocabulary import PLUMBING

UNSEEN = PLUMBING | {"dropout", "drop_path"}  # not compared unless the spec names them
Members = Sequence[Sequence[Node]]


def between_members(
    graph: Graph,
    members: Members,
    place: Mapping[str, int] | None = None,
    read: Container[str] | None = None,
) -> set[str]:
    """The operations through which a member reads what another one made.

    `place` says where each node stands, `read` which of the values that the members are given count (all if None).
    """
    place = place or _places(graph)
    inside = {n.id for nodes in members for n in nodes}
    first = min(place[key] for key in inside)
    before: set[str] = set()
    todo = [a for nodes in members for n in nodes for a in n.args if read is None or a in read]
    while todo:
        key = todo.pop()
        if place[key] > first and key not in inside and key not in before:
            before.add(key)
            todo.extend(graph[key].args)
    made = set(inside)
    for key in sorted(before, key=place.__getitem__):
        if not made.isdisjoint(graph[key].args):
            made.add(key)
    return made - inside


def _places(graph: Graph) -> dict[str, int]:
    return {node.id: place for place, node in enumerate(graph.nodes)}


def rows(graph: Graph, members: Members, read: Container[str] | None = None) -> list[range]:
    """The longest rows of members between which nothing is computed that they read, by their places."""
    found = [range(1)]
    places = _places(graph)
    for place, pair in enumerate(pairwise(members), start=1):
        if any(graph[key].words[0] not in UNSEEN for key in between_members(graph, pair, places, read)):
            found.append(range(place, place + 1))
        else:
            found[-1] = range(found[-1].start, place + 1)
    return found
