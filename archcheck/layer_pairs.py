"""Which layers of two implementations stand for each other: those with the same number in stacks that do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archcheck.blocks.layers import Stack

if TYPE_CHECKING:
    from archcheck.blocks.block import Block
    from archcheck.graph import Graph, Node


@dataclass(frozen=True)
class Row:
    """A stack with the layers that were read, by their paths and in order."""

    stack: Stack
    layers: tuple[tuple[str, Block], ...]

    @property
    def length(self) -> int:
        """How many layers it has, or at least how many were read."""
        return max(self.stack.length, len(self.layers))

    def at(self, number: int) -> tuple[str, Block]:
        """The layer with this number; of those that were not read one that stands for it."""
        if len(self.layers) == self.length:
            return self.layers[number]
        last = number >= self.length - 1
        path = f"{self.stack.path}.{number}"
        return path, self.layers[-1 if last else min(number, max(len(self.layers) - 2, 0))][1]


def rows_of(owner: str, file: str, blocks: Sequence[Block]) -> list[Row]:
    """The stacks of a model, from the blocks that are its layers."""
    own = [b for b in blocks if b.layers is not None and b.default and (b.owner, b.file) == (owner, file)]
    known: dict[Stack, dict[str, Block]] = {}
    for block in own:
        assert block.layers is not None
        for stack in block.layers.stacks:
            inside = [path for path in block.layers.paths if path.rpartition(".")[0] == stack.path]
            known.setdefault(stack, {}).update((path, block) for path in inside)
    return [Row(stack, tuple(sorted(found.items(), key=_number))) for stack, found in known.items()]


def _number(item: tuple[str, object]) -> tuple[int, str]:
    last = item[0].rpartition(".")[2]
    return (int(last) if last.isdecimal() else 0, item[0])


def layer_pairs(one: Sequence[Row], other: Sequence[Row]) -> list[tuple[Block, Block]]:
    """The kinds of layers that stand for each other, each pair once; the first has the paths where they do.

    Stacks are paired in their order. Where one has more layers than the other, the kinds that only its further
    layers show are each beside the last layer of the other.
    """
    found: dict[tuple[int, int, int], tuple[Block, Block, list[str], Row]] = {}
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        for number in range(max(left.length, right.length)):
            path, a = left.at(min(number, left.length - 1))
            _, b = right.at(min(number, right.length - 1))
            own = [pair for key, pair in found.items() if key[0] == place]
            beyond = [pair for pair in own if pair[0] is a] if number >= right.length else []
            beyond += [pair for pair in own if pair[1] is b] if number >= left.length else []
            _, _, paths, _ = (
                found.setdefault((place, id(a), id(b)), (a, b, [], left)) if not beyond else beyond[0]
            )
            if path not in paths:
                paths.append(path)
    return [(_at(a, paths, row), b) for a, b, paths, row in found.values()]


def _at(block: Block, paths: Sequence[str], row: Row) -> Block:
    """The block as that of these layers alone."""
    assert block.layers is not None
    whole = Stack(row.stack.path, row.length, row.length)
    layers = replace(block.layers, paths=tuple(paths), stacks=(whole,))
    notes = tuple(note for note in block.notes if note != block.layers.text())
    notes = (*notes, *filter(None, [layers.text()]))
    graph = _renamed(block.graph, block.path, paths[0])
    return replace(
        block, name=f"{block.owner}.{paths[0]}", path=paths[0], layers=layers, notes=notes, graph=graph
    )


def _renamed(graph: Graph, old: str, new: str) -> Graph:
    """The graph with the names of modules as they are in another layer."""
    return replace(graph, nodes=tuple(_named(node, old, new) for node in graph.nodes))


def _named(node: Node, old: str, new: str) -> Node:
    own = node.name == old or node.name.startswith(f"{old}.")
    name = new + node.name[len(old) :] if own else node.name
    return replace(node, name=name, inner=_renamed(node.inner, old, new) if node.inner is not None else None)
