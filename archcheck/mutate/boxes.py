"""What a changed inside makes of its box: without its activation, a feed-forward is read as two linears."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.diff import align
from archcheck.lift import boxed

if TYPE_CHECKING:
    from archcheck.graph import Graph, Node
    from archcheck.mutate.draft import Mutant


def read_again(original: Graph, mutant: Mutant) -> Graph:
    """The mutant's graph as code with this inside would be read.

    Only for boxes of the outermost level that reading their unchanged inside again gives back; others stay closed.
    """
    if not mutant.within or mutant.within[0] not in original:
        return mutant.graph
    box = mutant.within[0]
    same = boxed(spilled(original, box))
    if align(original, same).distance or align(same, original).distance:
        return mutant.graph
    return boxed(spilled(mutant.graph, box))


def spilled(graph: Graph, box: str) -> Graph:
    """The graph with the inside of a box in its place."""
    inside = graph[box].inner
    assert inside is not None
    taken = {node.id for node in graph.nodes}
    names = dict(zip(inside.inputs, graph[box].args, strict=False))
    for node in inside.nodes:
        names.setdefault(node.id, f"{box}.{node.id}" if node.id in taken else node.id)
    names[inside.outputs[0]] = box
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.id != box:
            nodes.append(node)
            continue
        nodes += [
            replace(one, id=names[one.id], args=tuple(names[arg] for arg in one.args))
            for one in inside.nodes
            if one.id not in inside.inputs
        ]
    return replace(graph, nodes=tuple(nodes))
