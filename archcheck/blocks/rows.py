"""Whether the members of a stack are a row: each reads the one before, and the model reads the last.

A stack is one node of the model's graph, which shows nothing else. Where a model does something between the members,
these are several rows (`graph.rows`); what else it does beside that is said.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from itertools import pairwise

from archcheck.graph import Graph, Node, Span, Unresolved
from archcheck.graph.rows import UNSEEN, Members, between_members


def departures(
    graph: Graph, members: Members, between: set[str], end: str, read: Container[str]
) -> Iterator[Unresolved]:
    """What the model does with the members of a stack that a row does not, as far as they `read` it.

    Places at which an attention looks, which a decoder refines from layer to layer, are nothing that a figure shows.
    """
    result = graph.behind_first
    shown = between_members(graph, members, read=read)
    solid = [n for n in graph.nodes if n.id in shown and n.words[0] not in UNSEEN]
    for node in solid[:1]:
        yield Unresolved(f"{node.words[0]} stands between the layers of a stack", end, _place(node))
    for before, nodes in pairwise(members):
        if nodes[0].id in result and not _reads(graph, nodes, before, between):
            yield Unresolved("a layer of the stack does not read the one before it", end, _place(nodes[0]))
    inside = {n.id for nodes in members[:-1] for n in nodes}
    own = inside | between | {n.id for n in members[-1]}
    read_of = [n for n in graph.nodes if n.id in result and n.id not in own]
    for node in read_of:
        if any(arg in inside for arg in node.args):
            yield Unresolved("the result of a layer before the last one is read", end, _place(node))
    if graph.outputs and graph.outputs[0] in inside:
        yield Unresolved("the result is that of a layer before the last one", end, None)
    last = {n.id for n in members[-1]}.intersection(
        (*graph.outputs[:1], *(a for n in read_of for a in n.args))
    )
    if _kept_inside(graph, members, between, last):
        yield Unresolved("a value inside of the last layer is read, and not its result", end, None)


def _kept_inside(graph: Graph, members: Members, between: set[str], read: set[str]) -> bool:
    """Whether one of these values of the last member is none of those that its twin before it hands on."""
    if len(members) < 2 or [n.words for n in members[-2]] != [n.words for n in members[-1]]:
        return False
    handed_on = {a for n in (*members[-1], *(graph[key] for key in between)) for a in n.args}
    return any(one.id in read and twin.id not in handed_on for twin, one in zip(*members[-2:], strict=True))


def taken_out(graph: Graph, members: Members, ends: Sequence[str]) -> set[int]:
    """The places of the members before the last whose result the model's first output reads beside the next member.

    Of members that only other outputs read, those that are such outputs.
    """
    between = between_members(graph, members)
    own = {n.id for nodes in members for n in nodes} | between
    first = graph.behind_first
    read = {a for n in graph.nodes if n.id in first and n.id not in own for a in n.args}
    found = {
        place
        for place, end in enumerate(ends[:-1])
        if end in read or end in (graph.outputs[:1] if end in first else graph.outputs)
    }
    handed_on = {a for key in between for a in graph[key].args}
    return {p for p in found if ends[p] in handed_on or any(ends[p] in node.args for node in members[p + 1])}


def cut_after(parts: Sequence[range], places: Container[int]) -> list[range]:
    """Rows of members that end at these places, too."""
    found: list[range] = []
    for part in parts:
        start = part.start
        for place in part:
            if place in places or place == part.stop - 1:
                found.append(range(start, place + 1))
                start = place + 1
    return found


def _place(node: Node) -> Span | None:
    return node.frames[0].span if node.frames else node.span


def _reads(graph: Graph, nodes: Sequence[Node], before: Sequence[Node], between: set[str]) -> bool:
    """Whether a member reads another one, perhaps through what stands between them."""
    wanted = {n.id for n in before}
    todo, seen = [a for n in nodes for a in n.args], set(between)
    while todo:
        key = todo.pop()
        if key in wanted:
            return True
        if key in seen:
            seen.discard(key)
            todo.extend(graph[key].args)
    return False
