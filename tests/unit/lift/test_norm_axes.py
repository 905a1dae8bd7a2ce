"""Norms of another axis than the channels', norms that run twice on one value, sums whose bias comes last."""

import pytest

from archcheck import describe

SOURCE = """
import torch
import torch.nn.functional as F
from torch import nn


def rms(x, dim):
    return x * torch.rsqrt(x.pow(2).mean(dim, keepdim=True) + 1e-6)


def layer(x, dim):
    centred = x - x.mean(dim, keepdim=True)
    return centred / torch.sqrt(centred.pow(2).mean(dim, keepdim=True) + 1e-6)


class Block(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.up, self.down = nn.Linear(dim, 2 * dim), nn.Linear(2 * dim, dim)
        self.conv, self.back = nn.Conv1d(dim, 2 * dim, 1), nn.Conv1d(2 * dim, dim, 1)
        self.q, self.k, self.v, self.o = (nn.Linear(dim, dim) for _ in range(4))
        self.w1, self.w2 = nn.Parameter(torch.ones(dim, dim)), nn.Parameter(torch.ones(dim, dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def net(self, x):
        return self.down(F.gelu(self.up(x)))

    def convs(self, x):
        return self.back(F.gelu(self.conv(x)))

    def attention(self, q, k, v):
        return self.o(torch.softmax(self.q(q) @ self.k(k).mT, -1) @ self.v(v))

    def forward(self, x):
        return {body}
"""

BODIES = {
    "x + self.net(layer(x, -1))": "layer_norm -> feed_forward -> add",
    "x + self.net(layer(x, 1))": "instance_norm -> feed_forward -> add",
    "x + self.attention(*[self.norm(x.mT).mT] * 3)": "instance_norm -> self_attention -> add",
    "x + self.net(self.norm(x.mT).mT)": "layer_norm -> token_mixing -> add",
    "x + self.net(rms(x, 2))": "rms_norm -> feed_forward -> add",
    "x + self.net(rms(x, 1))": "norm -> feed_forward -> add",
    "x + self.net(rms(x, 0))": "norm -> feed_forward -> add",
    "x + self.convs(layer(x, 1))": "layer_norm -> feed_forward -> add",
    "x + self.convs(self.norm(x.mT).mT)": "layer_norm -> feed_forward -> add",
    "x + self.net(x * torch.rsqrt(x.pow(2).mean(-1)[..., None] + 1e-6))": "rms_norm -> feed_forward -> add",
    "x + self.net(x * torch.rsqrt(torch.einsum('btd,btd->bt', x, x)[..., None] / 64))": "rms_norm -> feed_forward -> add",
    "x + self.attention(self.norm(x), self.norm(x), self.norm(x))": "layer_norm -> self_attention -> add",
    "x + F.gelu(x @ self.w1) @ self.w2 + self.bias": "feed_forward -> add",
    "x + self.net(x) + self.bias": "feed_forward -> add(parameter)",
}


@pytest.mark.parametrize("body", BODIES)
def test_what_a_norm_works_on(tmp_path, body):
    (tmp_path / "m.py").write_text(SOURCE.replace("{body}", body))
    (block,) = describe(f"{tmp_path / 'm.py'}::Block", engine="static").to_dict()["blocks"]
    assert block["notation"] == BODIES[body]
