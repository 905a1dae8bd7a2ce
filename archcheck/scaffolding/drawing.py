"""From a spec to the graphs that are written down: choices made, optional parts kept or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle

from archcheck.graph import Graph, Node
from archcheck.graph.walk import upstream
from archcheck.spec import Body, Chain, Spec
from archcheck.spec.errors import Problems
from archcheck.spec.expand import expand_body
from archcheck.spec.resolve import expand_bodies
from archcheck.spec.walk import steps_of

SUBLAYERS = ("self_attention", "feed_forward")  # what an unspecific sublayer is, in turn

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One block or model: its name in the spec, its graph, and the places of the steps that have names.

    `patterns` are those that its class name must match.
    """

    name: str
    graph: Graph
    labels: Mapping[Place, str]
    patterns: tuple[str, ...] = ()
    is_model: bool = False


def drawings(spec: Spec, *, optional: bool = True) -> tuple[Drawing, ...]:
    """The blocks and the model of a spec, each block before those that name it.

    A block that another one names is one node there. `optional=False` leaves out what may be absent.

    Raises:
        SpecError: when the spec was built by hand and is wrong.
    """
    resolver = _Resolver(optional)
    if spec.order is not None:
        graph = resolver.resolve(spec.order_graph(len(SUBLAYERS)))
        return (Drawing(spec.name, graph, {}, spec.applies_to),)
    problems = Problems()
    graphs = expand_bodies(spec.blocks, spec.block, problems, whole=True)
    bodies = {body.name: body for body in (*spec.blocks, *([spec.block] if spec.block else []))}
    found = [
        Drawing(
            name, resolver.resolve(graph), _labels(bodies[name]), bodies[name].applies_to or spec.applies_to
        )
        for name, graph in graphs.items()
    ]
    if spec.model is not None:
        model = expand_body(spec.model, graphs, problems, whole=True)
        name = spec.name if spec.name not in graphs else f"{spec.name}_model"
        found.append(Drawing(name, resolver.resolve(model), _labels(spec.model), is_model=True))
    problems.check()
    return tuple(found)


def _labels(body: Body) -> dict[Place, str]:
    """The names that the spec gives to values, by the place of the step whose result they are."""
    found: dict[Place, str] = {}
    for step in steps_of(body.chains):
        if step.name is not None and step.span is not None:
            found[step.span.line, step.span.column] = step.name
    for name, chain in zip(body.names, body.chains, strict=False):
        place = _end(chain)
        if name and place is not None:
            found.setdefault(place, name)
    return found


def _end(chain: Chain) -> Place | None:
    """The place of a chain's last step."""
    span = chain.steps[-1].span if chain.steps else None
    return None if span is None else (span.line, span.column)


class _Resolver:
    """Makes the choices of a graph; the same graph gives the same object, so a block stays one block."""

    def __init__(self, optional: bool) -> None:
        self.optional = optional
        self._done: dict[int, tuple[Graph, Graph]] = {}

    def resolve(self, graph: Graph) -> Graph:
        """The graph with one word a node and without options."""
        known = self._done.get(id(graph))
        if known is None:
            kept = graph if self.optional else _without_options(graph)
            turns = cycle(SUBLAYERS)
            nodes = tuple(self._node(node, turns) for node in kept.nodes)
            known = (graph, replace(kept, nodes=nodes, options=()))  # the key's object is kept alive
            self._done[id(graph)] = known
        return known[1]

    def _node(self, node: Node, turns: cycle[str]) -> Node:
        word = node.words[0]
        if word in ("sublayer", "attention") and len(node.args) > 1:
            word = "cross_attention"
        elif word == "sublayer":
            word = next(turns)
        inner = self.resolve(node.inner) if node.inner is not None else None
        return replace(node, words=(word,), inner=inner)


def _without_options(graph: Graph) -> Graph:
    """The graph as it is when every part that may be absent is absent."""
    gone = {key for option in graph.options for key in option.nodes}
    entries = {option.exit: option.entry for option in graph.options}

    def kept(key: str) -> str:
        while key in gone:
            key = entries[key]
        return key

    nodes = [replace(n, args=tuple(map(kept, n.args))) for n in graph.nodes if n.id not in gone]
    outputs = tuple(map(kept, graph.outputs))
    alive = upstream({n.id: n for n in nodes}, outputs) | set(graph.inputs)
    return replace(graph, nodes=tuple(n for n in nodes if n.id in alive), outputs=outputs, options=())


def labels_of(graph: Graph, labels: Mapping[Place, str], taken: Sequence[str] = ()) -> dict[str, str]:
    """The nodes of a graph that have names."""
    found: dict[str, str] = {}
    for node in graph.operations():
        if node.span is None:
            continue
        place = (node.span.line, node.span.column)
        if place in labels and labels[place] not in (*found.values(), *taken):
            found[node.id] = labels[place]
    return found
