"""Layouts and lengths of the values of one class: where images become sequences, where sequences are cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from archcheck.graph import Graph, Node
from archcheck.scaffolding.errors import refuse
from archcheck.scaffolding.layouts import IDS, IMAGE, OF_SEQUENCES, SEQUENCE, first_layout
from archcheck.vocabulary import is_a

TABLES = ("positional", "parameter")


class HasLayout(Protocol):
    """A class whose forward takes values of one layout."""

    @property
    def layout(self) -> str:
        """The layout."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The layout of each value, and the operands (node, position) that become sequences before."""

    layouts: Mapping[str, str]
    flattened: frozenset[tuple[str, int]]


def arranged(graph: Graph, layout: str, inner: Mapping[str, HasLayout], model: bool) -> Arrangement:
    """The layouts of a graph's values: all the same in a block, as they come in a model.

    Raises:
        ScaffoldError: a step needs an image where the model has a sequence.
    """
    if not model:
        return Arrangement({node.id: layout for node in graph.nodes}, frozenset())
    layouts: dict[str, str] = {}
    flattened: set[tuple[str, int]] = set()
    sequences = any(_needs_sequence(node, inner) for node in graph.operations())
    for node in graph.nodes:
        if node.words[0] == "input":
            layouts[node.id] = first_layout(graph, node.id)
            continue
        data = [a for a in node.args if not graph[a].is_source or a in graph.inputs]
        given = [layouts[a] for a in data if layouts[a] != IDS]
        own = SEQUENCE if IDS in (layouts[a] for a in data) or not given else given[0]
        if node.id in inner:
            own = inner[node.id].layout
        elif sequences and (_needs_sequence(node, inner) or _reads_table(graph, node) or SEQUENCE in given):
            own = SEQUENCE
        layouts[node.id] = own
        for position, arg in enumerate(node.args):
            if arg not in data:
                continue
            if layouts[arg] == IMAGE and own == SEQUENCE:
                flattened.add((node.id, position))
            elif layouts[arg] == SEQUENCE and own == IMAGE:
                raise refuse(
                    node, "it works on images, and gets a sequence", "put it before the sequence starts"
                )
    return Arrangement(layouts, frozenset(flattened))


def lengthwise(graph: Graph, layouts: Mapping[str, str]) -> Graph:
    """The graph with `dim=1` on every concatenation of tokens: with a learned token, or of whole inputs."""

    def along(node: Node) -> bool:
        words = [graph[arg].words[0] for arg in node.args]
        tokens = "parameter" in words or all(word == "input" for word in words)
        return node.words[0] == "concat" and layouts[node.id] == SEQUENCE and tokens

    nodes = tuple(n.with_attrs(dim=1) if along(n) and n.attr("dim") is None else n for n in graph.nodes)
    return Graph(nodes, graph.inputs, graph.outputs, (), (), graph.names)


def cuts(graph: Graph) -> dict[tuple[str, int], str]:
    """The operands of joins that have more tokens than another operand, with that other one.

    After `concat(patches)` the sequence is longer than the stream, whose tokens stand in front.
    """
    longer: set[str] = set()
    found: dict[tuple[str, int], str] = {}
    for node in graph.operations():
        long = [arg for arg in node.args if arg in longer]
        if node.words[0] == "concat" and node.attr("dim") == 1:
            longer.add(node.id)
        elif is_a(node.words[0], "join"):
            short = [arg for arg in node.args if arg not in longer and graph[arg].words[0] not in TABLES]
            if short:
                found.update({(node.id, p): short[0] for p, arg in enumerate(node.args) if arg in longer})
            elif long:
                longer.add(node.id)
        elif node.args and node.args[0] in longer:
            longer.add(node.id)
    return found


def _needs_sequence(node: Node, inner: Mapping[str, HasLayout]) -> bool:
    if node.id in inner:
        return inner[node.id].layout == SEQUENCE
    return any(is_a(node.words[0], family) for family in OF_SEQUENCES)


def _reads_table(graph: Graph, node: Node) -> bool:
    return any(graph[arg].words[0] in TABLES for arg in node.args)
