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
