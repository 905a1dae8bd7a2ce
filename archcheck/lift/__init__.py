"""From raw operations to the vocabulary, by what they compute.

Each pass is a function of a `Work`; `PASSES` is the order. Reference: docs/design/architecture.md.
"""

from __future__ import annotations

from collections.abc import Callable

from archcheck.graph import Graph
from archcheck.lift import (
    adapters,
    attention,
    experts,
    factors,
    feed_forward,
    finish,
    gated,
    gates,
    heads,
    joint,
    lagged,
    noise,
    norms,
    pointwise,
    prepare,
    recurrences,
    response,
    scales,
    weighted,
)
from archcheck.lift.spelled import boxed, readings
from archcheck.lift.work import Work

Pass = Callable[[Work], None]

PASSES: tuple[Pass, ...] = (
    heads.heads,
    prepare.moments,
    noise.masks,
    prepare.plumbing,
    prepare.put_back,
    noise.noise,
    factors.factors,
    norms.norms,
    response.response,
    norms.activations,
    prepare.weights,
    scales.biases,
    adapters.low_rank,
    recurrences.state_spaces,
    lagged.correlations,
    joint.joint_attention,
    attention.attention,
    weighted.blocks,
    recurrences.recurrences,
    scales.scales,
    gates.glu,
    pointwise.pointwise,
    feed_forward.squeeze_excite,
    feed_forward.feed_forward,
    feed_forward.token_linears,
    norms.along_tokens,
    experts.experts,
    feed_forward.fourier,
    gated.gated_networks,
    gates.modulation,
    finish.outputs,
    prepare.chunks,
    prepare.synonyms,
    prepare.unfuse,
    prepare.selections,
    finish.differences,
    finish.joins,
    finish.fixed,
    finish.places,
)


def lift(graph: Graph) -> Graph:
    """The canonical graph of a raw one.

    Every raw node ends in exactly one node's `origin` or is plumbing; a lifted graph is a fixed point.
    """
    work = Work(graph)
    for step in PASSES:
        step(work)
    return work.graph()


__all__ = ["PASSES", "boxed", "lift", "readings"]
