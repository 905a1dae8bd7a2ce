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
    "x + self.net(x / x.norm(dim=-1, keepdim=True) * 8)": "rms_norm -> feed_forward -> add",
    "x + self.net(x / torch.linalg.vector_norm(x, ord=2, dim=-1, keepdim=True) * 8)": "rms_norm -> feed_forward -> add",
    "x + self.net(F.normalize(x, 1, -1))": "norm -> feed_forward -> add",
    "x + self.net(F.normalize(x, 2, -1))": "l2_norm -> feed_forward -> add",
    "x + self.net(rms(x, -1) * self.bias)": "rms_norm -> feed_forward -> add",
    "x + self.net(rms(x, -1) + self.bias)": "rms_norm -> add(parameter) -> feed_forward -> add",
    "x + self.attention(self.norm(x), self.norm(x), self.norm(x))": "layer_norm -> self_attention -> add",
    "x + F.gelu(x @ self.w1) @ self.w2 + self.bias": "feed_forward -> add",
    "x + self.net(x) + self.bias": "feed_forward -> add(parameter)",
}


@pytest.mark.parametrize("body", BODIES)
def test_what_a_norm_works_on(tmp_path, body):
    (tmp_path / "m.py").write_text(SOURCE.replace("{body}", body))
    (block,) = describe(f"{tmp_path / 'm.py'}::Block", engine="static").to_dict()["blocks"]
    assert block["notation"] == BODIES[body]


OTHER_LENGTHS = (
    "x.norm(p=1, dim=-1, keepdim=True)",
    "torch.linalg.vector_norm(x, ord=float('inf'), dim=-1, keepdim=True)",
)


@pytest.mark.parametrize("length", OTHER_LENGTHS)
def test_another_length_than_the_euclidean_one_makes_no_norm_of_that_name(tmp_path, length):
    (tmp_path / "m.py").write_text(SOURCE.replace("{body}", f"x + self.net(x / {length} * 8)"))
    (block,) = describe(f"{tmp_path / 'm.py'}::Block", engine="static").to_dict()["blocks"]
    assert "rms_norm" not in block["notation"]
    assert "l2_norm" not in block["notation"]


ELEMENTS = {
    "torch.maximum(x, torch.zeros_like(x))": "relu",
    "torch.minimum(x, torch.zeros_like(x))": "maximum",
    "torch.min(x, x.new_zeros(()))": "maximum",
    "torch.sigmoid(torch.clip(x, -1, 1)) * x": "gate",
}


@pytest.mark.parametrize("expression", ELEMENTS)
def test_the_smaller_of_two_is_not_the_larger(tmp_path, expression):
    (tmp_path / "m.py").write_text(SOURCE.replace("{body}", f"x + self.net({expression})"))
    (block,) = describe(f"{tmp_path / 'm.py'}::Block", engine="static").to_dict()["blocks"]
    assert block["notation"] == f"{ELEMENTS[expression]} -> feed_forward -> add"


def test_the_bounds_of_a_clamp_are_read_in_jax_too(tmp_path):
    for bounds in ("-1, 1", "a_min=-1, a_max=1", "min=-1"):
        source = f"import jax, jax.numpy as jnp\ndef f(x):\n    return x + jax.nn.sigmoid(jnp.clip(x, {bounds})) * x\n"
        (tmp_path / "m.py").write_text(source)
        (block,) = describe(f"{tmp_path / 'm.py'}::f", engine="static").to_dict()["blocks"]
        assert "silu" not in block["notation"]
