"""The blocks of a spec, each after the blocks that it names."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from archcheck.spec.builder import place
from archcheck.spec.errors import Problems, quoted
from archcheck.spec.expand import expand_body
from archcheck.spec.walk import words_in
from archcheck.vocabulary import CANONICAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcheck.graph import Graph
    from archcheck.spec.body import Body


def expand_bodies(
    blocks: Sequence[Body], own: Body | None, problems: Problems, *, whole: bool = False
) -> dict[str, Graph]:
    """The graph of each block by its name, and of the spec's own block, which no block can name.

    Blocks that contain each other are a problem, and nothing is expanded then. `whole` keeps a block that
    another one names as one node.
    """
    by_name = {body.name: body for body in blocks}
    names = frozenset(by_name) - CANONICAL
    needs = {name: words_in(body.chains) & names for name, body in by_name.items()}
    try:
        order = tuple(TopologicalSorter(needs).static_order())
    except CycleError as error:
        cycle = list(reversed(error.args[1]))
        body = by_name[cycle[0]]
        message = f"these blocks contain each other: {' -> '.join(map(quoted, cycle))}"
        problems.add(message, body.span or place(None), "blocks that contain only other blocks")
        return {}
    graphs: dict[str, Graph] = {}
    for name in order:
        graphs[name] = expand_body(by_name[name], graphs, problems, whole=whole)
    if own is not None:
        graphs[own.name] = expand_body(own, graphs, problems, whole=whole)
    return graphs
