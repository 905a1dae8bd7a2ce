"""A block as the reports show it: notation, family, and the findings that need no spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.results import BlockView

if TYPE_CHECKING:
    from archcheck.blocks.block import Block


def block_view(block: Block) -> BlockView:
    """The view of a block, with its family and its spec-free findings."""
    from archcheck.blocks.steps import Flow
    from archcheck.nearest import family_of
    from archcheck.rules import free_findings
    from archcheck.spec import print_chain

    notation = "; ".join(print_chain(c) for c in block.chains) if block.chains is not None else ""
    return BlockView(
        name=block.name,
        graph=block.graph,
        notation=notation,
        when=block.when,
        default=block.default,
        flow=Flow(block.flow) if block.flow is not None else None,
        family=family_of(block),
        unresolved=block.graph.unresolved,
        span=block.span,
        engine=block.engine,
        findings=free_findings(block.graph, block.modules),
        notes=block.notes,
    )
