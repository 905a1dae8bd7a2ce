"""Mutations of single steps: gone, moved, of another kind, swapped, shared, with another attribute."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.blocks.modules import has_parameters, module_of
from archcheck.mutate.draft import Draft, Mutant, branch, residuals, titled
from archcheck.vocabulary import COUNTS, ON_DEMAND, WIDTHS, attributes, family, is_a

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.graph import Graph, Literal, Node

# What a figure draws as a box of its own and code easily leaves out.
_LOSABLE = frozenset({"norm", "activation", "layer_scale", *ON_DEMAND})

# How large a model is, or what no figure shows, is no matter of architecture.
_SIZES = (COUNTS - {"top_k"}) | WIDTHS | {"n", "name", "shared", "init", "dims", "bias"}

_OF_THE_CALL = frozenset({"name", "shared", "causal"})  # what is no fact of the module itself


def _mutant(draft: Draft, what: str, *nodes: str, attribute: str = "") -> Iterator[Mutant]:
    graph = draft.done()
    if graph is not None:
        yield Mutant(graph, what, nodes, attribute)


def _alive(graph: Graph) -> Iterator[Node]:
    """The operations that do something."""
    return (node for node in graph.operations() if node.args and not node.noop)


def drop_step(graph: Graph) -> Iterator[Mutant]:
    """A norm, an activation, a dropout or a learned scale is left out."""
    for node in _alive(graph):
        if family(node.words[0]) in _LOSABLE or node.words[0] in _LOSABLE:
            draft = Draft(graph)
            draft.bypass(node.id)
            yield from _mutant(draft, f"{titled(node)} is left out", node.id)


def drop_sublayer(graph: Graph) -> Iterator[Mutant]:
    """A whole branch is left out, with its residual and the norm behind it."""
    for unit in residuals(graph):
        boxes = [graph[key] for key in branch(graph, unit) if is_a(graph[key].words[0], "sublayer")]
        if len(boxes) != 1:
            continue
        draft = Draft(graph)
        users = graph.users[unit.join]
        behind = [key for key in users if family(graph[key].words[0]) == "norm"]
        inside = {family(graph[key].words[0]) for key in branch(graph, unit)}
        end = behind[0] if len(users) == 1 and behind and "norm" not in inside else unit.join
        draft.reread(end, unit.skip)
        yield from _mutant(draft, f"the sublayer of {titled(boxes[0])} is left out", boxes[0].id)


def move_dropout(graph: Graph) -> Iterator[Mutant]:
    """A dropout of a branch stands on the stream, behind the add."""
    for unit in residuals(graph):
        for end in unit.ends:
            node = graph[end]
            if family(node.words[0]) in ON_DEMAND and not node.noop:
                draft = Draft(graph)
                draft.bypass(end)
                draft.insert(node, unit.join)
                yield from _mutant(draft, f"{titled(node)} moves behind the add", end)


def _other_kind(node: Node) -> str:
    """Another word of the same family, "" where the family has no second one that code mistakes it for."""
    word = node.words[0]
    if is_a(word, "activation"):
        return "relu" if is_a(word, "gelu") or is_a(word, "silu") else "gelu"
    if is_a(word, "norm"):
        return "rms_norm" if word == "layer_norm" else "layer_norm"
    swapped = {
        "feed_forward": "convolution", "gated_feed_forward": "feed_forward", "moe": "feed_forward",
        "self_attention": "recurrent", "cross_attention": "self_attention", "dropout": "drop_path",
        "drop_path": "dropout", "conv": "linear", "depthwise_conv": "conv", "max_pool": "avg_pool",
        "avg_pool": "max_pool", "add": "concat", "concat": "add", "mul": "add", "gate": "modulate",
        "modulate": "gate", "layer_scale": "scale",
    }  # fmt: skip
    return swapped.get(word, "")


def swap_kind(graph: Graph) -> Iterator[Mutant]:
    """An operation of another kind of the same family stands in its place."""
    for node in _alive(graph):
        other = _other_kind(node)
        if other:
            draft = Draft(graph)
            draft.change(node.id, words=(other,))
            yield from _mutant(draft, f"{titled(node)} becomes {other}", node.id)


def swap_neighbours(graph: Graph) -> Iterator[Mutant]:
    """Two steps, one of which alone reads the other, come in the other order."""
    for second in _alive(graph):
        if len(second.args) != 1 or graph[second.args[0]].is_source:
            continue
        first = graph[second.args[0]]
        if (
            len(first.args) != 1
            or first.noop
            or graph.users[first.id] != (second.id,)
            or first.id in graph.outputs
        ):
            continue
        draft = Draft(graph)
        draft.bypass(first.id)
        draft.insert(first, second.id)
        yield from _mutant(draft, f"{titled(second)} comes before {titled(first)}", second.id, first.id)


def add_final_norm(graph: Graph) -> Iterator[Mutant]:
    """A norm stands behind the last operation, where there is none."""
    if not graph.outputs:
        return
    last = graph[graph.outputs[0]]
    norms = [n for n in _alive(graph) if family(n.words[0]) == "norm"]
    if last.is_source or family(last.words[0]) == "norm" or not norms:
        return
    draft = Draft(graph)
    new = draft.insert(replace(norms[-1], args=(), scopes=(), name=""), last.id)
    draft.outputs[0] = new
    yield from _mutant(draft, f"another {norms[-1].op} stands behind {titled(last)}", last.id)


def _fits(first: Node, second: Node) -> bool:
    """Whether one module could stand in both places: another kernel needs another one."""
    given = dict(second.attrs)
    same = all(given.get(name, value) == value for name, value in first.attrs if name not in _OF_THE_CALL)
    return first.words == second.words and same


def share_module(graph: Graph) -> Iterator[Mutant]:
    """Two places of one kind use one module with parameters."""
    owned = [(node, module_of(node)) for node in _alive(graph) if has_parameters(node)]
    for number, (second, used) in enumerate(owned):
        for first, module in owned[:number]:
            if module is None or used is None or module[0] == used[0] or not _fits(first, second):
                continue
            scopes = tuple(
                replace(scope, call=scope.call + 1) if scope.path == first.name else scope
                for scope in first.scopes
            )
            draft = Draft(graph)
            draft.change(second.id, scopes=scopes, name=first.name)
            what = f"{titled(first)} and {titled(second)} are one module"
            yield from _mutant(draft, what, second.id, first.id)
            break


def _other_value(name: str, value: Literal) -> Literal:
    """Another value that the attribute might have; None where there is none."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        other = value * 10 if name == "eps" else value / 2 if 0 < value < 1 else value + 1
        return float(f"{other:.6g}") if isinstance(other, float) else other
    return None


def change_attribute(graph: Graph) -> Iterator[Mutant]:
    """An attribute that a spec may give has another value."""
    for node in _alive(graph):
        for name, value in node.attrs:
            other = _other_value(name, value)
            if name == "groups" and node.words[0] == "depthwise_conv":  # as many as it has channels
                continue
            if other is None or name in _SIZES or name not in attributes(node.words[0]):
                continue
            draft = Draft(graph)
            draft.nodes[node.id] = node.with_attrs(**{name: other})
            what = f"{name} of {titled(node)} is {other} instead of {value}"
            yield from _mutant(draft, what, node.id, attribute=name)
