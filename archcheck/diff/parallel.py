"""Parallel branches, run one after the other: the rewriting behind AC301 and AC302."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations
from typing import TYPE_CHECKING

from archcheck.diff.roles import ROOT, Roles, bits
from archcheck.graph import Graph, Node, Option
from archcheck.vocabulary import family

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BRANCHES = 3


@dataclass(frozen=True, slots=True)
class Variant:
    """A graph in which one parallel join is unrolled; `rename` maps copies to the nodes they copy."""

    graph: Graph
    rename: dict[str, str]
    join: str
    parts: tuple[str, ...]
    original: Graph


def sequential(graph: Graph) -> Iterator[Variant]:
    """Every graph in which the sublayers of one parallel residual stand one behind the other."""
    roles = Roles(graph)
    for join in roles.interior:
        fork = roles.dominator[join]
        if fork == ROOT or graph.nodes[join].words != ("add",):
            continue
        branches = _branches(roles, join, fork)
        if branches is None:
            continue
        tails, ends = branches
        for order in permutations(ends):
            yield _unroll(roles, join, fork, order, tails)


def _branches(roles: Roles, join: int, fork: int) -> tuple[list[int], list[int]] | None:
    """The steps between the parallel sum and the residual add, and the last node of each branch."""
    operands = [roles.index[arg] for arg in roles.nodes[join].args]
    if operands.count(fork) != 1 or _is_read_elsewhere(roles, join):
        return None
    ends = [operand for operand in operands if operand != fork]
    tails: list[int] = []
    if len(ends) == 1:
        here = ends[0]
        while len(roles.nodes[here].args) == 1 and not roles.is_core[here]:
            tails.append(here)
            here = roles.index[roles.nodes[here].args[0]]
        if roles.nodes[here].words != ("add",):
            return None
        ends = [roles.index[arg] for arg in roles.nodes[here].args]
    if not 2 <= len(ends) <= MAX_BRANCHES:
        return None
    for end in ends:
        inside = (roles.above[end] | 1 << end) & roles.interior[join]
        if not any(family(roles.nodes[p].words[0]) == "sublayer" for p in bits(inside)):
            return None
    return tails[::-1], ends


def _is_read_elsewhere(roles: Roles, join: int) -> bool:
    """Whether something beside the join reads a value of its branches."""
    graph, inside = roles.graph, roles.interior[join]
    names = {graph.nodes[p].id for p in bits(inside)}
    allowed = names | {graph.nodes[join].id}
    return bool(names & set(graph.outputs)) or any(set(graph.users[n]) - allowed for n in names)


def _unroll(roles: Roles, join: int, fork: int, order: tuple[int, ...], tails: list[int]) -> Variant:
    graph = roles.graph
    inside = roles.interior[join]
    rename: dict[str, str] = {}
    options: list[Option] = [o for o in graph.options if not _touches(o, roles, inside)]
    built: list[Node] = []
    value = graph.nodes[fork].id
    for turn, end in enumerate(order):
        steps = [*bits((roles.above[end] | 1 << end) & inside), *tails]
        local = {graph.nodes[fork].id: value}
        here = value
        for position in steps:
            node = graph.nodes[position]
            name = node.id if turn == 0 else f"{node.id}~{turn}"
            rename[name] = node.id
            args = (here,) if position in tails else tuple(local.get(arg, arg) for arg in node.args)
            built.append(replace(node, id=name, args=args))
            local[node.id] = here = name
        if not tails:
            here = local[graph.nodes[end].id]
        options += _copied(graph, roles, steps, local, value)
        last = turn == len(order) - 1
        name = graph.nodes[join].id if last else f"{graph.nodes[join].id}~{turn}"
        rename[name] = graph.nodes[join].id
        built.append(replace(graph.nodes[join], id=name, args=(here, value)))
        value = name
    cores = [p for end in order for p in bits((roles.above[end] | 1 << end) & inside) if roles.is_core[p]]
    kept = [node for position, node in enumerate(graph.nodes) if not inside >> position & 1]
    at = kept.index(graph.nodes[join])
    extra = _sources(graph, built, kept[:at])
    nodes = (*kept[:at], *extra, *built, *(n for n in kept[at + 1 :] if n not in extra))
    parts = tuple(dict.fromkeys(graph.nodes[p].id for p in cores))
    unrolled = replace(graph, nodes=nodes, options=tuple(options))
    return Variant(unrolled, rename, graph.nodes[join].id, parts, graph)


def _sources(graph: Graph, built: list[Node], before: list[Node]) -> list[Node]:
    """Sources that the copies read and that stood behind the join."""
    present = {node.id for node in before} | {node.id for node in built}
    wanted = dict.fromkeys(arg for node in built for arg in node.args if arg not in present)
    return [graph[name] for name in wanted]


def _touches(option: Option, roles: Roles, inside: int) -> bool:
    return any(inside >> roles.index[name] & 1 for name in option.nodes)


def _copied(
    graph: Graph, roles: Roles, steps: list[int], local: dict[str, str], value: str
) -> Iterator[Option]:
    """The options of the steps, for their copies; a step behind the sum follows its own copy."""
    names = {graph.nodes[p].id for p in steps}
    for option in graph.options:
        if set(option.nodes) <= names:
            exit_ = local[option.exit]
            entry = local.get(option.entry, option.entry)
            if option.entry not in local:
                entry = local[graph.nodes[_before(roles, steps, option)].id] if len(steps) > 1 else value
            yield Option(tuple(local[name] for name in option.nodes), entry, exit_)


def _before(roles: Roles, steps: list[int], option: Option) -> int:
    first = min(steps.index(roles.index[name]) for name in option.nodes)
    return steps[first - 1]
