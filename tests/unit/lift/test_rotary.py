"""Rotary positions of queries and keys of two streams are inside of the attention, as they are with one stream."""

import pytest

from archcheck import describe

pytest.importorskip("torch")

CODE = """
import torch
from torch import nn

D = 8

def turned(x):
    one, two = x.chunk(2, dim=-1)
    return torch.cat((-two, one), dim=-1)

class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(D, D) for _ in range(4))

    def forward(self, x, memory, cos, sin):
        q, k, v = self.q(x), self.k(memory), self.v(memory)
        q = {query}
        k = k * cos + turned(k) * sin
        return self.o((q @ k.transpose(1, 2) / D**0.5).softmax(-1) @ v)

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.attention, self.before = nn.LayerNorm(D), Attention(), nn.Linear(D, D)

    def forward(self, x, memory, cos, sin):
        return {result}
"""
ONE = "x + self.attention(self.norm(x), memory, cos, sin)"
CALL = "(torch.randn(2, 5, 8), torch.randn(2, 5, 8), torch.randn(5, 8), torch.randn(5, 8))"


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize(
    ("query", "result", "expected"),
    [
        ("q * cos + turned(q) * sin", ONE, "layer_norm -> cross_attention(memory) -> add"),
        (
            "q + turned(q) * sin",
            ONE,
            "layer_norm -> linear -> ((scale(-1.0) -> concat) -> gate(sin_) -> add) -> cross_attention(memory) -> add",
        ),
    ],
)
def test_a_turned_query_belongs_to_its_attention(tmp_path, query, result, expected, engine):
    (tmp_path / "m.py").write_text(CODE.replace("{query}", query).replace("{result}", result))
    call = CALL if engine == "trace" else None
    (block,) = describe(f"{tmp_path / 'm.py'}::Block", engine=engine, call=call).to_dict()["blocks"]
    assert block["notation"] == expected


JOINT = """
import torch
from torch import nn

D = 8

def turned(x, frequencies):
    pairs = x.reshape(*x.shape[:-1], -1, 1, 2)
    return (frequencies[..., 0] * pairs[..., 0] + frequencies[..., 1] * pairs[..., 1]).reshape(x.shape)

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.p, self.l, self.w = (nn.Linear(D, D) for _ in range(6))
        self.o, self.u, self.norm, self.other = nn.Linear(D, D), nn.Linear(D, D), nn.LayerNorm(D), nn.LayerNorm(D)

    def forward(self, x, y, frequencies):
        n, m = self.norm(x), self.other(y)
        q, k = torch.cat([self.q(n), self.p(m)], 1), torch.cat([self.k(n), self.l(m)], 1)
        v = torch.cat([self.v(n), self.w(m)], 1)
        (q, a), (k, b) = q.chunk(2, dim=-1), k.chunk(2, dim=-1)
        q, k = torch.cat([turned(q, frequencies), a], -1), torch.cat([turned(k, frequencies), b], -1)
        whole = (q @ k.transpose(1, 2) / D**0.5).softmax(-1) @ v
        mine, its = whole.split([x.shape[1], y.shape[1]], dim=1)
        return x + self.o(mine), y + self.u(its)
"""


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_half_of_the_features_of_two_streams_is_turned(tmp_path, engine):
    (tmp_path / "m.py").write_text(JOINT)
    call = "(torch.randn(2, 5, 8), torch.randn(2, 3, 8), torch.randn(1, 8, 2, 2, 2))"
    target = f"{tmp_path / 'm.py'}::Block"
    (block,) = describe(target, engine=engine, call=call if engine == "trace" else None).to_dict()["blocks"]
    assert block["notation"] == (
        "input -> layer_norm as l1; y -> layer_norm as l2; l1 -> joint_attention(l2) as j1; "
        "input -> add(j1) as a1; l2 -> joint_attention(l1) as j2; y -> add(j2) as a2"
    )
