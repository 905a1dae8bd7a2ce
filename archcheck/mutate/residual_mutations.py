"""Mutations of how branches leave the stream and come back to it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from archcheck.graph import upstream
from archcheck.mutate.draft import Draft, Mutant, branch, residuals, titled
from archcheck.vocabulary import family, is_a

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.graph import Graph, Node


def _mutant(draft: Draft, what: str, *nodes: str) -> Iterator[Mutant]:
    graph = draft.done()
    if graph is not None:
        yield Mutant(graph, what, nodes)


def _is_norm(node: Node) -> bool:
    return family(node.words[0]) == "norm"


def _first(graph: Graph, inside: tuple[str, ...], fork: str) -> Node | None:
    """The operation with which all of a branch begins."""
    first = [key for key in inside if fork in graph[key].args]
    return graph[first[0]] if len(first) == 1 else None


def move_norm_across_add(graph: Graph) -> Iterator[Mutant]:
    """Pre-LN to Post-LN and back, one norm at a time."""
    for unit in residuals(graph):
        inside = branch(graph, unit)
        first = _first(graph, inside, unit.fork)
        if first is not None and _is_norm(first):
            draft = Draft(graph)
            draft.bypass(first.id)
            draft.insert(first, unit.join)
            yield from _mutant(draft, f"{titled(first)} moves behind the add", first.id)
        users = graph.users[unit.join]
        if len(users) == 1 and _is_norm(graph[users[0]]) and inside and unit.join not in graph.outputs:
            norm = graph[users[0]]
            draft = Draft(graph)
            draft.bypass(norm.id)
            draft.insert(norm, unit.fork, tuple(key for key in inside if unit.fork in graph[key].args))
            yield from _mutant(draft, f"{titled(norm)} moves into the branch", norm.id)


def skip_after_norm(graph: Graph) -> Iterator[Mutant]:
    """The skip is taken from the normed value: `x = norm(x); x = x + f(x)`."""
    for unit in residuals(graph):
        first = _first(graph, branch(graph, unit), unit.fork)
        if first is not None and _is_norm(first) and unit.skip == unit.fork:
            draft = Draft(graph)
            args = graph[unit.join].args
            draft.set_args(unit.join, tuple(first.id if arg == unit.skip else arg for arg in args))
            yield from _mutant(draft, f"the skip starts behind {titled(first)}", unit.join, first.id)


def drop_residual(graph: Graph) -> Iterator[Mutant]:
    """The branch's result replaces the stream."""
    for unit in residuals(graph):
        draft = Draft(graph)
        if len(unit.ends) == 1:
            draft.reread(unit.join, unit.ends[0])
        else:
            draft.set_args(unit.join, unit.ends)
        yield from _mutant(draft, f"the residual of {_work(graph, unit.join)} is dropped", unit.join)


def double_residual(graph: Graph) -> Iterator[Mutant]:
    """The skip is added twice."""
    for unit in residuals(graph):
        draft = Draft(graph)
        draft.set_args(unit.join, (*graph[unit.join].args, unit.skip))
        what = f"the value that skips {_work(graph, unit.join)} is added twice"
        yield from _mutant(draft, what, unit.join)


def parallel(graph: Graph) -> Iterator[Mutant]:
    """Two residuals one after the other become two branches of one value."""
    units = list(residuals(graph))
    for one, other in pairwise(units):
        if other.fork != one.join or other.skip != one.join or one.skip != one.fork:
            continue
        draft = Draft(graph)
        draft.reread(one.join, one.fork, branch(graph, other))
        draft.set_args(other.join, (one.skip, *one.ends, *other.ends))
        what = f"{_work(graph, one.join)} and {_work(graph, other.join)} run in parallel"
        yield from _mutant(draft, what, other.join, one.join)


def sequential(graph: Graph) -> Iterator[Mutant]:
    """Two branches of one value run one after the other; a norm that both read stands in each."""
    for unit in residuals(graph):
        if len(unit.ends) != 2 or unit.skip != unit.fork:
            continue
        first, second = (upstream(graph.by_id, [end]) for end in unit.ends)
        inside = branch(graph, unit)
        shared = [key for key in inside if key in first and key in second]
        if len(shared) > 1:
            continue
        draft = Draft(graph)
        last = draft.insert(graph[unit.join], unit.join)
        draft.set_args(unit.join, (unit.skip, unit.ends[0]))
        draft.set_args(last, (unit.join, unit.ends[1]))
        for key in inside:
            if key in second and key not in first and set(graph[key].args) & {unit.fork, *shared}:
                draft.reread(unit.fork, unit.join, (key,))
                for norm in shared:
                    draft.reread(norm, unit.join, (key,))
                    draft.insert(graph[norm], unit.join, (key,))
        what = f"the branches of {_work(graph, unit.join)} run one after the other"
        yield from _mutant(draft, what, unit.join)


def _work(graph: Graph, join: str) -> str:
    """What a residual is built around, in words."""
    for unit in residuals(graph):
        if unit.join == join:
            nodes = [graph[key] for key in branch(graph, unit)]
            boxes = [n for n in nodes if is_a(n.words[0], "sublayer")] or nodes
            return " and ".join(dict.fromkeys(titled(n) for n in boxes[:2])) or "nothing"
    return "it"
