"""One graph of a comparison, prepared for the search: everything by position, sets of nodes as bit masks."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from archcheck.diff.roles import Roles, bits
from archcheck.diff.words import COMMUTATIVE, is_join
from archcheck.vocabulary import ON_DEMAND, family

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcheck.graph import Graph, Node

START, END = -1, -2


class Side:
    """The spec or the code. Positions are topological: an operand's is lower than its reader's."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = graph.nodes
        self.roles = Roles(graph)
        index = self.roles.index
        self.index = index
        self.args = [tuple(index[arg] for arg in node.args) for node in graph.nodes]
        self.outputs = tuple(index[value] for value in graph.outputs)
        self.join = [is_join(node) and bool(node.args) for node in graph.nodes]
        self.fixed = frozenset(index[value] for value in graph.inputs if value in index)
        self.leaf = [not node.args for node in graph.nodes]
        self.table = [node.is_source and node.words[0] != "input" for node in graph.nodes]
        self.family = [family(node.words[0]) for node in graph.nodes]
        self.kind = [(node.words, not node.args) for node in graph.nodes]
        self.above: list[int] = []
        self.users = [0] * len(graph.nodes)
        for position, operands in enumerate(self.args):
            mask = 1 << position
            for operand in operands:
                mask |= self.above[operand]
                self.users[operand] |= 1 << position
            self.above.append(mask)
        self.read = sum(1 << output for output in set(self.outputs))
        self.units = [self.roles.units(position) for position in range(len(graph.nodes))]
        self.members: dict[int, int] = {}  # of each residual unit, as a mask
        for position, units in enumerate(self.units):
            for unit in units:
                self.members[unit] = self.members.get(unit, 0) | 1 << position
        self.exits: dict[int, tuple[int, ...]] = {}
        for option in graph.options:
            entry = index.get(option.entry)
            exit_ = index.get(option.exit)
            if entry is not None and exit_ is not None and entry != exit_:
                self.exits[exit_] = tuple(sorted({*self.exits.get(exit_, ()), entry}))
        self.alike = [0] * len(graph.nodes)  # for each node the nodes of the other side that may be it, moved
        self._lost: dict[tuple[int, int], int] = {}

    def free(self, position: int) -> tuple[int, ...]:
        """Where a reader may look instead of this node without an edit (an absent option, a no-op)."""
        node = self.nodes[position]
        exits = self.exits.get(position, ())
        if node.noop and node.args and self.args[position][0] not in exits:
            return (*exits, self.args[position][0])
        return exits

    def lost(self, join: int, operand: int) -> int:
        """The nodes that nobody reads any more when a join loses this operand (a mask)."""
        key = (join, operand)
        if key not in self._lost:
            first = self.args[join][operand]
            others = [arg for place, arg in enumerate(self.args[join]) if place != operand]
            self._lost[key] = 0 if first in others else self._exclusive(first, join, others)
        return self._lost[key]

    def may_lose(self, join: int, operand: int) -> int:
        """What this operand of a join is computed from, and not every other value that it reads (a mask).

        That is as much as nobody may read any more when others are cut off with it.
        """
        above = self.roles.above
        first = self.args[join][operand]
        common = -1
        for other in self.args[join]:
            if other != first:
                common &= above[other] | 1 << other
        return 0 if common == -1 else (above[first] | 1 << first) & ~common

    def _exclusive(self, first: int, join: int, kept: list[int]) -> int:
        lost, gone = 0, 1 << join
        queue = [-first]
        heapify(queue)
        seen = {first}
        while queue:
            position = -heappop(queue)
            if position in kept or self.leaf[position] or self.read >> position & 1:
                continue
            if self.users[position] & ~(gone | lost):
                continue
            lost |= 1 << position
            for operand in self.args[position]:
                if operand not in seen:
                    seen.add(operand)
                    heappush(queue, -operand)
        return lost

    def cores(self, mask: int) -> list[int]:
        """The nodes of a mask that do a branch's work."""
        return [position for position in bits(mask) if self.roles.is_core[position]]

    def shapes(self, names: dict[object, int]) -> list[int]:
        """A number for each value; equal numbers (with the same `names`) mean equal computations, by their words."""
        return self._numbered(names, lambda node: node.words)

    def twins(self, names: dict[object, int]) -> list[int]:
        """As `shapes`, but equal numbers mean that attributes and insides are the same, too.

        Where some steps are optional, every step is told from the others.
        """
        return self._numbered(
            names,
            lambda node: (node.words, node.attrs, node.noop, id(node.inner), node.id if self.exits else ""),
        )

    def _numbered(self, names: dict[object, int], told: Callable[[Node], object]) -> list[int]:
        found: list[int] = []
        for position, node in enumerate(self.nodes):
            operands = [found[operand] for operand in self.args[position]]
            if self.join[position] and self.commutative(position):
                operands.sort()
            own = node.id if position in self.fixed and len(self.fixed) > 1 else ""
            label = (told(node), tuple(operands), own)
            found.append(names.setdefault(label, len(names)))
        return found

    def commutative(self, position: int) -> bool:
        """Whether the operands of a join have no order."""
        return all(word in COMMUTATIVE for word in self.nodes[position].words)

    def expansions(self, join: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Ways to see the join's operands: as they are, or with an inner join of the same word merged.

        Between the two joins there may be steps that can be bypassed: options, no-ops, dropouts. Each
        way is (operands, bypassed nodes, the merged join last).
        """
        found: list[tuple[tuple[int, ...], tuple[int, ...]]] = [(self.args[join], ())]
        if not set(self.nodes[join].words) <= {"add", "mul"}:
            return found
        for place, operand in enumerate(self.args[join]):
            passed: list[int] = []
            here, reader = operand, join
            while (
                len(self.nodes[here].args) == 1
                and self.users[here] == 1 << reader
                and (self.free(here) or self.family[here] in ON_DEMAND)
            ):
                passed.append(here)
                reader, here = here, self.args[here][0]
            alone = self.users[here] == 1 << reader
            if passed and alone and self.nodes[here].words == self.nodes[join].words:
                operands = self.args[join][:place] + self.args[here] + self.args[join][place + 1 :]
                found.append((operands, (*passed, here)))
        return found
