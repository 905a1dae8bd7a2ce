"""A graph that is being changed: operands are redirected, nodes are put in, and it becomes a graph again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archcheck.diff import Roles
from archcheck.graph import Graph, Node, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Mutant:
    """A graph with one architectural change.

    `what` says in words what changed, `nodes` are the ids of the original's nodes that it is about
    (the first gives the place), `attribute` the attribute that changed, `within` the boxes, outermost first,
    in whose inside it happened.
    """

    graph: Graph
    what: str
    nodes: tuple[str, ...]
    attribute: str = ""
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """One residual: the join, the value that skips, the ends of the branches, and where they part."""

    join: str
    skip: str
    ends: tuple[str, ...]
    fork: str


class Draft:
    """A changeable copy of a graph. Node ids stay; a new node gets a new id."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = {node.id: node for node in graph.nodes}
        self.outputs = list(graph.outputs)

    def set_args(self, key: str, args: tuple[str, ...]) -> None:
        """Let a node read other values."""
        self.nodes[key] = replace(self.nodes[key], args=args)

    def change(self, key: str, **fields: object) -> None:
        """Change the node itself."""
        self.nodes[key] = replace(self.nodes[key], **fields)  # type: ignore[arg-type]

    def reread(self, value: str, new: str, among: tuple[str, ...] | None = None) -> None:
        """Let the readers of a value read another one."""
        for node in list(self.nodes.values()):
            if node.id != new and value in node.args and (among is None or node.id in among):
                self.set_args(node.id, tuple(new if arg == value else arg for arg in node.args))
        if among is None:
            self.outputs = [new if output == value else output for output in self.outputs]

    def bypass(self, key: str) -> None:
        """Let the readers of a node read its running operand."""
        self.reread(key, self.nodes[key].args[0])

    def insert(self, node: Node, value: str, among: tuple[str, ...] | None = None) -> str:
        """Put a copy of a node behind a value, for all its readers or for some of them; returns its id."""
        key = self._fresh(node.id)
        self.reread(value, key, among)
        self.nodes[key] = replace(node, id=key, args=(value, *node.args[1:]))
        return key

    def _fresh(self, base: str) -> str:
        number = 1
        while f"{base}_{number}" in self.nodes:
            number += 1
        return f"{base}_{number}"

    def done(self) -> Graph | None:
        """The graph in topological order without what nobody reads; None if a value would need itself."""
        order: list[str] = []
        state: dict[str, int] = {}
        todo = [*reversed(self.outputs)]
        while todo:
            key = todo[-1]
            if state.get(key) == 2:
                todo.pop()
                continue
            missing = [arg for arg in self.nodes[key].args if state.get(arg) != 2]
            if not missing:
                state[key] = 2
                order.append(todo.pop())
            elif state.get(key) == 1 and any(state.get(arg) == 1 for arg in missing):
                return None
            else:
                state[key] = 1
                todo.extend(missing)
        kept = set(order)
        inputs = [self.nodes[key] for key in self.graph.inputs if key not in kept]
        return Graph(
            nodes=(*inputs, *(self.nodes[key] for key in order)),
            inputs=self.graph.inputs,
            outputs=tuple(self.outputs),
            names={key: value for key, value in self.graph.names.items() if value in kept},
        )


def residuals(graph: Graph) -> Iterator[Unit]:
    """The joins of a graph that add back an earlier value, in order."""
    roles = Roles(graph)
    for position, place in roles.skip.items():
        node = graph.nodes[position]
        if place is None or node.words[0] != "add":
            continue
        skip = node.args[place]
        ends = tuple(arg for number, arg in enumerate(node.args) if number != place)
        if skip in ends:
            continue
        fork = graph.nodes[roles.dominator[position]].id if roles.dominator[position] >= 0 else skip
        yield Unit(node.id, skip, ends, fork)


def branch(graph: Graph, unit: Unit) -> tuple[str, ...]:
    """The operations of the branches of a residual, in order."""
    below = {unit.fork}
    for node in graph.nodes:
        if any(arg in below for arg in node.args):
            below.add(node.id)
    above = upstream(graph.by_id, unit.ends)
    skipped = upstream(graph.by_id, [unit.skip])
    inside = (below & above) - {unit.fork} - skipped
    return tuple(node.id for node in graph.nodes if node.id in inside)


def titled(node: Node) -> str:
    """A node in words: its word, and its name in the code."""
    return f"{node.op} ({node.name})" if node.name and node.name != node.op else node.op
