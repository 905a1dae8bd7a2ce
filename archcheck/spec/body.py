"""The chains of one block or of a model, with the names around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcheck.graph import Span
    from archcheck.spec.syntax import Chain

INPUT = "input"


@dataclass(frozen=True, slots=True)
class Body:
    """A block, a graph or a model: chains in reading order, inputs and outputs by name.

    `names` gives each chain's name (`graph: {name: chain}`), "" where it has none; then each chain
    starts from the one before it. `inputs` and `outputs` are empty where the spec does not name them:
    one input, and the last chain's result.
    """

    name: str
    chains: tuple[Chain, ...]
    names: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    applies_to: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False)

    @property
    def is_graph(self) -> bool:
        """Whether the chains are named (`graph`), so that each starts from named values."""
        return any(self.names)
