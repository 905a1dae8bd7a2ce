"""The list of mutations: each a function that makes from one graph all graphs with one such change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.mutate import residual_mutations as residual
from archcheck.mutate import step_mutations as step
from archcheck.mutate.draft import Mutant
from archcheck.vocabulary import is_a

if TYPE_CHECKING:
    from archcheck.graph import Graph

Mutation = Callable[["Graph"], Iterator[Mutant]]

MUTATIONS: tuple[tuple[str, Mutation], ...] = (
    ("move a norm across the add", residual.move_norm_across_add),
    ("take the skip after the norm", residual.skip_after_norm),
    ("drop a residual", residual.drop_residual),
    ("double a residual", residual.double_residual),
    ("make sequential branches parallel", residual.parallel),
    ("make parallel branches sequential", residual.sequential),
    ("drop a sublayer", step.drop_sublayer),
    ("drop a step", step.drop_step),
    ("move a dropout", step.move_dropout),
    ("swap a kind", step.swap_kind),
    ("swap neighbours", step.swap_neighbours),
    ("add a final norm", step.add_final_norm),
    ("share a module", step.share_module),
    ("change an attribute", step.change_attribute),
)


def mutants(graph: Graph) -> Iterator[tuple[str, Mutant]]:
    """All mutants of a graph with the names of their mutations, those of the insides of its boxes included.

    The inside of an attention is left alone: the language has few words for it.
    """
    for name, mutate in MUTATIONS:
        for mutant in mutate(graph):
            yield name, mutant
    for node in graph.operations():
        if node.inner is None or is_a(node.words[0], "attention"):
            continue
        for name, mutant in mutants(node.inner):
            nodes = tuple(replace(n, inner=mutant.graph) if n.id == node.id else n for n in graph.nodes)
            whole = replace(graph, nodes=nodes)
            yield name, replace(mutant, graph=whole, within=(node.id, *mutant.within))
