"""A spec as a value: what its file says, and the graphs that this means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcheck.spec.errors import Problems
from archcheck.spec.expand import expand_body, expand_order
from archcheck.spec.resolve import expand_bodies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archcheck.graph import Graph, Literal, Span
    from archcheck.spec.body import Body
    from archcheck.spec.syntax import Chain


@dataclass(frozen=True, slots=True)
class Figure:
    """Where the figure is: a paper's id (`arXiv:1706.03762`), its label there, an address."""

    paper: str = ""
    label: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A known deviation from the figure: how the code deviates, and whose code it is."""

    how: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """One architecture, as declared.

    It has a `block` (key `block` or `graph`), an `order`, or `blocks`; a `model` besides or alone.
    `inputs` and `outputs` are names, `input_values` the expressions that a trace passes for them where
    the spec gives any; `settings` is the key `set`. A `pattern` is an architecture that many models share:
    code that it fits is called by its name. `source` is the file, `text` what it held.
    """

    name: str
    source: str
    title: str = ""
    description: str = ""
    figure: Figure = Figure()
    block: Body | None = None
    blocks: tuple[Body, ...] = ()
    order: Chain | None = None
    model: Body | None = None
    inputs: tuple[str, ...] = ()
    input_values: tuple[tuple[str, str], ...] = ()
    outputs: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    strict: bool = False
    pattern: bool = False
    settings: tuple[tuple[str, Literal], ...] = ()
    applies_to: tuple[str, ...] = ()
    known_deviations: tuple[Deviation, ...] = ()
    text: str = field(default="", compare=False, repr=False)
    span: Span | None = field(default=None, compare=False)

    @property
    def set(self) -> dict[str, Literal]:
        """Constructor arguments and config fields that the spec speaks about."""
        return dict(self.settings)

    @property
    def block_names(self) -> tuple[str, ...]:
        """The names of the blocks that have a graph: the spec's own first, then those of `blocks`."""
        own = () if self.block is None else (self.block.name,)
        return own + tuple(body.name for body in self.blocks)

    def graph(self, name: str | None = None) -> Graph:
        """The graph of a block; without a name that of the first in `block_names`.

        Raises:
            LookupError: when there is no such block (a spec with `order` has none: use order_graph).
            SpecError: when the spec was built by hand and is wrong; a loaded spec was checked.
        """
        names = self.block_names
        if not names or (name is not None and name not in names):
            wanted = "block" if name is None else f"block {name!r}"
            raise LookupError(f"{self.name} has no {wanted}; it has {', '.join(names) or 'no block at all'}")
        return self.graphs()[name or names[0]]

    def graphs(self) -> Mapping[str, Graph]:
        """The graphs of all blocks by name, in the order of `block_names`.

        Raises:
            SpecError: as for graph().
        """
        problems = Problems()
        graphs = expand_bodies(self.blocks, self.block, problems)
        problems.check()
        return {name: graphs[name] for name in self.block_names}

    def model_graph(self) -> Graph | None:
        """The graph of the whole model, None where the spec has none.

        A stack is a node with the stacked block as its inner graph; a block's name outside a stack
        stands for the nodes of that block.

        Raises:
            SpecError: as for graph().
        """
        if self.model is None:
            return None
        problems = Problems()
        graphs = expand_bodies(self.blocks, self.block, problems)
        graph = expand_body(self.model, graphs, problems)
        problems.check()
        return graph

    def order_graph(self, repeat: int = 1) -> Graph:
        """The chain of `order`, so many times in a row.

        Raises:
            LookupError: when the spec has no order.
        """
        if self.order is None:
            raise LookupError(f"{self.name} has no order; it has {', '.join(self.block_names)}")
        return expand_order(self.order, repeat)
