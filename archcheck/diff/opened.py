"""A box beside operations that are no box, because one of them is wrong: compared with the box opened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.diff.compare import align_within
from archcheck.graph import Graph, Node, Option
from archcheck.vocabulary import is_a

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcheck.diff.types import Alignment

STATES = 500  # of the search: most of such blocks are one edit apart
FEWER = 0.5  # the box stays closed unless that saves an edit


def align_opened(
    spec: Graph,
    code: Graph,
    found: Alignment,
    *,
    strict: bool = False,
    ignore: tuple[str, ...] = (),
    budget: int = STATES,
    everywhere: frozenset[str] = frozenset(),
) -> tuple[Graph, Alignment, Graph]:
    """The two graphs and the nearest of their alignments: `found`, or one with the boxes opened that have no partner.

    A gated network whose product the code writes as a sum is no box there, so its parts are compared one by one.
    """
    lost = {key for edit in found.edits if not edit.within for key in (*edit.expected, *edit.found)}
    best = spec, found, code
    for mine, theirs in ((opened(spec, lost), code), (spec, opened(code, lost))):
        if mine is spec and theirs is code:
            continue
        near = align_within(
            mine, theirs, best[1].cost - FEWER,
            strict=strict, ignore=ignore, budget=min(budget, STATES), everywhere=everywhere,
        )  # fmt: skip
        if near is not None and near.distance < best[1].distance:
            best = mine, replace(near, repeats=found.repeats, rejected=found.rejected), theirs
    return best


def opened(graph: Graph, names: Iterable[str]) -> Graph:
    """The graph with the operations of these boxes in their place; the same graph where none of them can be opened.

    A box can that reads one value and is a feed-forward or no sublayer: what an attention computes inside is written
    in too many ways.
    """
    chosen = {name for name in names if name in graph and _opens(graph[name])}
    if not chosen:
        return graph
    ends: dict[str, str] = {}  # what takes the place of a box's result
    inside: dict[str, tuple[str, ...]] = {}
    nodes: list[Node] = []
    options: list[Option] = []
    for node in graph.nodes:
        args = tuple(ends.get(arg, arg) for arg in node.args)
        if node.id not in chosen:
            nodes.append(replace(node, args=args))
            continue
        inner = node.inner
        assert inner is not None
        new = {one.id: f"{node.id}/{one.id}" for one in inner.nodes} | {inner.inputs[0]: args[0]}
        steps = [one for one in inner.nodes if one.id != inner.inputs[0]]
        nodes += [replace(one, id=new[one.id], args=tuple(new[a] for a in one.args)) for one in steps]
        options += [Option(tuple(new[n] for n in o.nodes), new[o.entry], new[o.exit]) for o in inner.options]
        ends[node.id] = new[inner.outputs[0]]
        inside[node.id] = tuple(new[one.id] for one in steps if not one.is_source)
    for option in graph.options:
        parts = tuple(part for name in option.nodes for part in inside.get(name, (name,)))
        options.append(
            Option(parts, ends.get(option.entry, option.entry), ends.get(option.exit, option.exit))
        )
    names_ = {key: ends.get(value, value) for key, value in graph.names.items()}
    outputs = tuple(ends.get(value, value) for value in graph.outputs)
    return replace(graph, nodes=tuple(nodes), outputs=outputs, options=tuple(options), names=names_)


def _opens(node: Node) -> bool:
    inner, word = node.inner, node.words[0]
    if inner is None or len(node.args) != 1 or len(inner.inputs) != 1 or len(inner.outputs) != 1:
        return False
    return is_a(word, "feed_forward") or not is_a(word, "sublayer")
