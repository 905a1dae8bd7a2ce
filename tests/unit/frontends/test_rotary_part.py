"""Rotary positions that turn a part of each head: the trace makes them as wide as that part."""

from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import nn

from archcheck import describe
from archcheck.frontends.trace.sizes import sizes_of


class Part(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.config = SimpleNamespace(hidden_size=d, num_attention_heads=2, partial_rotary_factor=0.25)
        self.norm, self.qkv, self.out = nn.LayerNorm(d), nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, x, position_embeddings=None):
        cos, sin = position_embeddings
        b, n, d = x.shape
        q, k, v = (t.view(b, n, 2, d // 2).transpose(1, 2) for t in self.qkv(self.norm(x)).chunk(3, dim=-1))
        turn = torch.cat([q[..., :4] * cos + q[..., :4] * sin, q[..., 4:]], dim=-1)
        y = F.scaled_dot_product_attention(turn, k, v)
        return x + self.out(y.transpose(1, 2).reshape(b, n, d))


def test_the_part_comes_before_the_whole_head():
    assert sizes_of(Part()).head_dims[:2] == (4, 16)


def test_a_block_with_a_partial_rotary_is_traced():
    (view,) = describe(f"{__file__}::Part", engine="trace").blocks
    assert view.notation.strip() == "layer_norm -> self_attention -> add"
