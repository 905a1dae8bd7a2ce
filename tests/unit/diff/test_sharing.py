"""AC210 by parameters: what reads the same weights is one box, whatever modules hold them."""

import pytest

from archcheck import check

SOURCE = """
import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.p = nn.ParameterDict({{k: nn.Parameter(torch.ones(dim)) for k in ("w1", "b1", "w2", "b2")}})
        self.table = nn.Parameter(torch.ones(4, dim))
        self.attention = nn.MultiheadAttention(dim, 4, batch_first=True)
        self.up, self.gate, self.down = nn.Linear(dim, 128), nn.Linear(dim, 128), nn.Linear(128, dim)
        self.both = nn.Linear(dim, 256)
        {init}

    def net(self, x):
        {net}

    def forward(self, x):
        h = {first}
        x = x + self.attention(h, h, h)[0]
        return x + self.net({second})
"""
SPEC = "layer_norm -> self_attention -> add; layer_norm -> gated_feed_forward[(linear -> silu * linear) -> linear] -> add"
NET = "return self.down(F.silu(self.gate(x)) * self.up(x))"
CUT = "a, b = self.both(x).chunk(2, -1); return self.down(F.silu(a) * b)"
FUNCTION = "F.layer_norm(x, (64,), self.p['w{}'], self.p['b{}'])"
SLICE = "[lambda y, w=w: F.layer_norm(y, (64,), w) for w in self.table.unbind(0)][{}](x)"
ROW = "F.layer_norm(x, (64,), self.table[{}], self.table[{}])"


@pytest.mark.parametrize(
    ("init", "net", "first", "second", "codes"),
    [
        ("", NET, "self.n1(x)", "self.n2(x)", []),
        ("", CUT, "self.n1(x)", "self.n2(x)", []),
        ("", NET, FUNCTION.format(1, 1), FUNCTION.format(2, 2), []),
        ("", NET, ROW.format(0, 1), ROW.format(2, 3), []),
        ("", NET, ROW.format(2, 3), ROW.format(2, 3), ["AC210"]),
        ("", NET, SLICE.format(1), SLICE.format(3), []),
        ("", NET, SLICE.format(3), SLICE.format(3), ["AC210"]),
        ("", NET, FUNCTION.format(1, 1), FUNCTION.format(1, 1), ["AC210"]),
        (
            "self.n2.weight, self.n2.bias = self.n1.weight, self.n1.bias",
            NET,
            "self.n1(x)",
            "self.n2(x)",
            ["AC210"],
        ),
        ("", NET.replace("self.up(x)", "self.gate(x)"), "self.n1(x)", "self.n2(x)", ["AC210"]),
    ],
)
def test_two_places_with_the_same_parameters(tmp_path, init, net, first, second, codes):
    source = SOURCE.format(init=init, net=net, first=first, second=second)
    (tmp_path / "m.py").write_text(source)
    (result,) = check(f"{tmp_path / 'm.py'}::Block", SPEC, engine="static").results
    assert [found.code for found in result.findings if found.code != "AC220"] == codes
    assert result.verdict == ("mismatch" if codes else "match")


def test_tied_modules_are_the_one_that_the_figure_shares(tmp_path):
    tied = "self.n2.weight, self.n2.bias = self.n1.weight, self.n1.bias"
    (tmp_path / "m.py").write_text(SOURCE.format(init=tied, net=NET, first="self.n1(x)", second="self.n2(x)"))
    spec = SPEC.replace("layer_norm", "layer_norm(shared=n)")
    (result,) = check(f"{tmp_path / 'm.py'}::Block", spec, engine="static").results
    assert result.verdict == "match"


@pytest.mark.parametrize(("affine", "codes"), [("True", ["AC210"]), ("False", [])])
def test_a_norm_without_parameters_may_be_used_as_often_as_one_likes(tmp_path, affine, codes):
    plain = f"self.n1 = nn.LayerNorm(dim, elementwise_affine={affine})"
    source = SOURCE.format(init=plain, net=NET, first="self.n1(x)", second="self.n1(x)")
    (tmp_path / "m.py").write_text(source)
    (result,) = check(f"{tmp_path / 'm.py'}::Block", SPEC, engine="static").results
    assert [found.code for found in result.findings if found.code != "AC220"] == codes
