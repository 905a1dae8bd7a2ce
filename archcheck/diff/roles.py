"""Where each node of a graph stands: on the stream, in a branch, on a skip; before or after the sublayer.

Dominators on a directed acyclic graph in topological order need no library: the immediate dominator of a
node is the nearest common dominator of its operands.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from archcheck.diff.types import Place
from archcheck.diff.words import CORES, is_join
from archcheck.vocabulary import family

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.graph import Graph

ROOT = -1


def bits(mask: int) -> Iterator[int]:
    """The positions of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Roles:
    """The residual decomposition of one level of a graph, as questions about its nodes.

    Only operands that carry the stream count: all operands of a join but parameters and constants,
    and the running value of everything else.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = graph.nodes
        self.index = {node.id: position for position, node in enumerate(graph.nodes)}
        self.is_join = [is_join(node) for node in graph.nodes]
        self.is_core = [bool(n.args) and any(family(w) in CORES for w in n.words) for n in graph.nodes]
        self.parents = [self._flow(position) for position in range(len(graph.nodes))]

    def _flow(self, position: int) -> tuple[int, ...]:
        node = self.nodes[position]
        operands = [self.index[arg] for arg in node.args]
        if not self.is_join[position]:
            return tuple(operands[:1])
        streams = [o for o in operands if not self._is_table(o)]
        return tuple(streams or operands)

    def _is_table(self, position: int) -> bool:
        node = self.nodes[position]
        return not node.args and node.words[0] != "input"

    @cached_property
    def above(self) -> list[int]:
        """For each node the mask of what it is computed from."""
        masks: list[int] = []
        for operands in self.parents:
            mask = 0
            for operand in operands:
                mask |= masks[operand] | 1 << operand
            masks.append(mask)
        return masks

    @cached_property
    def below(self) -> list[int]:
        """For each node the mask of what is computed from it."""
        masks = [0] * len(self.nodes)
        for position in range(len(self.nodes) - 1, -1, -1):
            for operand in self.parents[position]:
                masks[operand] |= masks[position] | 1 << position
        return masks

    @cached_property
    def dominator(self) -> list[int]:
        """The immediate dominator of each node; ROOT where there is none."""
        found: list[int] = []
        depth: list[int] = []

        def level(node: int) -> int:
            return -1 if node == ROOT else depth[node]

        for operands in self.parents:
            common = operands[0] if operands else ROOT
            for operand in operands[1:]:
                other = operand
                while common != other:
                    if level(common) >= level(other):
                        common = found[common]
                    else:
                        other = found[other]
            found.append(common)
            depth.append(level(common) + 1)
        return found

    @cached_property
    def interior(self) -> dict[int, int]:
        """For each join the mask of the nodes between its fork and itself."""
        found = {}
        for position, join in enumerate(self.is_join):
            if join:
                fork = self.dominator[position]
                inside = self.above[position]
                if fork != ROOT:
                    inside &= self.below[fork]
                else:
                    inside &= ~self._inputs
                found[position] = inside
        return found

    @cached_property
    def _inputs(self) -> int:
        return sum(1 << position for position, node in enumerate(self.nodes) if not node.args)

    @cached_property
    def level(self) -> list[int]:
        """For each node the innermost join around it; ROOT on the stream."""
        found = [ROOT] * len(self.nodes)
        for join in sorted(self.interior, key=lambda j: (-self.interior[j].bit_count(), -j)):
            for position in bits(self.interior[join]):
                found[position] = join
        return found

    @cached_property
    def skip(self) -> dict[int, int | None]:
        """For each join the position of the operand that is its skip, None where all are branches."""
        return {join: self._skip(join) for join in self.interior}

    def _skip(self, join: int) -> int | None:
        operands = [self.index[arg] for arg in self.nodes[join].args]
        weights = []
        for position, operand in enumerate(operands):
            if not self._is_table(operand):
                path = (self.above[operand] | 1 << operand) & self.interior[join]
                cores = sum(self.is_core[p] for p in bits(path))
                weights.append((cores, path.bit_count(), position))
        if len(weights) < 2:
            return None
        weights.sort()
        if weights[0][0] == 0 and weights[0][:2] < weights[1][:2]:
            return weights[0][2]
        if "add" in self.nodes[join].words and weights[0][:2] < weights[1][:2]:
            return weights[0][2]
        return None

    def branch_mask(self, join: int) -> int:
        """The nodes of the branches of a join, without those that lie on its skip alone."""
        skip = self.skip[join]
        mask = 0
        for position, arg in enumerate(self.nodes[join].args):
            if position != skip:
                operand = self.index[arg]
                mask |= self.above[operand] | 1 << operand
        return mask & self.interior[join]

    def previous(self, position: int) -> int:
        """The nearest join before the node on its own level, or ROOT."""
        level = self.level[position]
        while self.parents[position]:
            position = self.parents[position][0]
            if self.level[position] != level:
                return ROOT
            if self.is_join[position]:
                return position
        return ROOT

    @cached_property
    def _next(self) -> list[int]:
        found = [ROOT] * len(self.nodes)
        users: list[list[int]] = [[] for _ in self.nodes]
        for position, operands in enumerate(self.parents):
            for operand in operands:
                users[operand].append(position)
        for position in range(len(self.nodes) - 1, -1, -1):
            best = ROOT
            for user in users[position]:
                here = user
                while self.level[here] != self.level[position] and self.level[here] != ROOT:
                    here = self.level[here]
                if self.level[here] != self.level[position]:
                    continue
                join = here if self.is_join[here] else found[here]
                if join != ROOT and (best == ROOT or join < best):
                    best = join
            found[position] = best
        return found

    def next(self, position: int) -> int:
        """The nearest join after the node on its own level, or ROOT."""
        return self._next[position]

    def units(self, position: int) -> frozenset[int]:
        """The joins to whose residual unit a node belongs; -1 is the graph's start, -2 its end.

        A node of a branch belongs to its join, a node of the stream to the joins on both sides.
        """
        level = self.level[position]
        before, after = self.previous(position), self.next(position)
        if level != ROOT:
            return frozenset({level} | ({before, after} - {ROOT}))
        return frozenset({before if before != ROOT else -1, after if after != ROOT else -2})

    def place(self, node_id: str) -> Place:
        """The place of a node in words that a finding can use."""
        position = self.index[node_id]
        level = self.level[position]

        def name(node: int) -> str | None:
            return None if node == ROOT else self.nodes[node].id

        before, after = name(self.previous(position)), name(self.next(position))
        if level == ROOT:
            return Place("stream", None, "", before, after)
        inside = self.interior[level]
        on_branch = self.branch_mask(level) >> position & 1
        cores_before = any(self.is_core[p] for p in bits(self.above[position] & inside))
        cores_after = any(self.is_core[p] for p in bits(self.below[position] & inside))
        side = "after" if cores_before and not cores_after else "before" if not cores_before else "between"
        return Place(
            "branch" if on_branch else "skip", name(level), side, before, after, name(self.dominator[level])
        )
