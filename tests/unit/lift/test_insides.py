"""What an attention's box holds: its core, then what stands between that and the output projection."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archcheck.diff import align
from archcheck.frontends.trace.record import record_module
from archcheck.lift import boxed, lift
from archcheck.spec import load_spec

from . import blocks as b

X = torch.randn(2, 5, b.D)


class SubNorm(nn.Module):
    """A norm on the weighted sum (Wang et al. 2022, Sub-LN)."""

    def __init__(self, norm=True, scaled=False):
        super().__init__()
        self.qkv, self.out = nn.Linear(b.D, 3 * b.D), nn.Linear(b.D, b.D)
        self.norm = nn.LayerNorm(b.D) if norm else nn.Identity()
        self.scale = nn.Parameter(torch.ones(b.H)) if scaled else None

    def forward(self, x):
        q, k, v = (t.unflatten(-1, (b.H, -1)).transpose(1, 2) for t in self.qkv(x).chunk(3, -1))
        heads = torch.softmax(q @ k.transpose(-1, -2), -1) @ v
        if self.scale is not None:
            heads = torch.einsum("bhnd,h->bhnd", heads, self.scale)
        return self.out(self.norm(heads.transpose(1, 2).flatten(2)))


class Layer(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.attention = attention

    def forward(self, x):
        return x + self.attention(x)


@pytest.mark.parametrize(
    ("attention", "inside"),
    [
        (SubNorm(), ["self_attention", "layer_norm", "linear"]),
        (SubNorm(norm=False), ["self_attention", "linear"]),
        (SubNorm(scaled=True), ["self_attention", "mul", "layer_norm", "linear"]),
    ],
)
def test_the_inside_of_an_attention_is_its_core_and_what_follows(attention, inside):
    graph = lift(record_module(Layer(attention), (X,))[1].graph)
    (box,) = [n for n in graph.operations() if n.words[0] == "self_attention"]
    assert [n.words[0] for n in graph.operations()] == ["self_attention", "add"]
    assert [n.words[0] for n in box.inner.operations()] == inside
    core = next(n for n in box.inner.operations() if n.words[0] == "self_attention")
    assert "softmax" in [n.words[0] for n in core.inner.operations()]


class TalkingHeads(nn.Module):
    """Linears over the heads before and after the softmax (Shazeer et al. 2020) are no projections of queries."""

    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(b.D, 3 * b.D), nn.Linear(b.D, b.D)
        self.before, self.after = nn.Linear(b.H, b.H), nn.Linear(b.H, b.H)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (3, b.H, -1)).permute(2, 0, 3, 1, 4)
        scores = self.before((q @ k.transpose(-1, -2)).permute(0, 2, 3, 1))
        weights = self.after(scores.softmax(-2)).permute(0, 3, 1, 2)
        return self.out((weights @ v).transpose(1, 2).flatten(2))


def test_an_attention_begins_before_its_fused_projection():
    graph = lift(record_module(Layer(TalkingHeads()), (X,))[1].graph)
    assert [n.words[0] for n in graph.operations()] == ["self_attention", "add"]


@pytest.mark.parametrize(
    "optional", ["(linear -> gelu -> linear)?", "(feed_forward[linear -> gelu -> linear])?"]
)
def test_a_written_out_network_that_may_be_absent_stays_optional(optional):
    bare = load_spec("norm -> attention -> add").graph()
    assert align(boxed(load_spec(f"norm -> attention -> add -> {optional}").graph()), bare).distance == 0
