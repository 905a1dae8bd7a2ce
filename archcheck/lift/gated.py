"""A feed-forward whose gate stands behind its last linear: sigmoid(W x) * FFN(x).

The channel mixing of RWKV (Peng et al. 2023, section 3.1.2) is one, with a learned mixture of neighbouring tokens
before each projection.
"""

from __future__ import annotations

from archcheck.lift.prepare import SELECTING
from archcheck.lift.work import Work
from archcheck.vocabulary import is_a

# What a gate and the mixture of tokens before it are made of.
PARTS = SELECTING | {
    "feed_forward", "linear", "scale", "layer_scale", "add", "subtract", "interpolate", "mul", "concat", "dropout",
}  # fmt: skip


def gated_networks(work: Work) -> None:
    """Fuse a feed-forward and the gate that it is multiplied with to a `gated_feed_forward`."""
    for key in list(work.nodes):
        if key not in work.nodes or key in work.fixed or work.word(key) != "mul" or len(work.data(key)) != 2:
            continue
        for network, gate in (work.data(key), work.data(key)[::-1]):
            if work.word(network) == "feed_forward" and is_a(work.word(gate), "activation"):
                _gated_network(work, key, gate)
                break


def _gated_network(work: Work, key: str, gate: str) -> None:
    root = work.root_of(gate)
    start = work.idom(root, key) if root else None
    if start is None:
        return
    body = work.between(start, key)
    parts = all(work.word(k) in PARTS or is_a(work.word(k), "activation") for k in body)
    projected = any(work.word(k) == "linear" for k in work.between(start, gate))
    if parts and projected and not work.adds_back(start, body) and work.closed(body, key):
        work.fuse(body | work.sides(body, start), key, "gated_feed_forward", [start], inner=True)
