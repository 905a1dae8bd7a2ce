"""Layers without a class: the rounds of a loop in a model's forward, whose parts stand in several lists."""

import pytest

from archcheck import check, describe

SOURCE = """
import torch
import torch.nn.functional as F
from torch import nn


class Model(nn.Module):
    def __init__(self, dim=32, depth=4, p=0.1):
        super().__init__()
        self.depth, self.p = depth, p
        self.embed = nn.Embedding(100, dim)
        self.attentions = nn.ModuleList(
            [nn.MultiheadAttention(dim, 4, batch_first=True) for _ in range(depth)]
        )
        self.networks = nn.ModuleList(
            [nn.Sequential(nn.Linear(dim, 64), nn.GELU(), nn.Linear(64, dim)) for _ in range(depth)]
        )
        self.norm1 = nn.ModuleList([nn.LayerNorm(dim) for _ in range(depth)])
        self.norm2 = nn.ModuleList([nn.LayerNorm(dim) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)

    def forward(self, ids):
        x = self.embed(ids)
        mask = (ids != 0).unsqueeze(-1)
        for i in range(self.depth):
            h = self.attentions[i](x, x, x)[0]
            h = F.dropout(
                h, self.p, self.training
            )
            x = self.norm1[i](x + h)
            x = self.norm2[i](
                x + F.dropout(self.networks[i](x), self.p, self.training)
            )
            x = x * mask.to(x.dtype)
        return self.norm(x)


class Network(nn.Sequential):
    def __init__(self, dim):
        super().__init__(nn.LayerNorm(dim), nn.Linear(dim, 64), nn.GELU(), nn.Linear(64, dim))


class Pairs(nn.Module):
    def __init__(self, dim=32, depth=4):
        super().__init__()
        self.layers = nn.ModuleList([nn.ModuleList([Network(dim), Network(dim)]) for _ in range(depth)])

    def forward(self, x):
        for one, other in self.layers:
            x = one(x) + x
            x = other(x) + x
        return x


class Owner(nn.Module):
    # the loop stands in the forward of a part

    def __init__(self, dim=32):
        super().__init__()
        self.first, self.net = nn.Linear(dim, dim), Pairs(dim)

    def forward(self, x):
        return self.net(self.first(x))


class Residual(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn

    def forward(self, x):
        return x + self.fn(x)


class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm, self.mha = nn.LayerNorm(dim), nn.MultiheadAttention(dim, 4, batch_first=True)

    def forward(self, x):
        x = self.norm(x)
        return self.mha(x, x, x)[0]


class Rows(nn.Module):
    def __init__(self, dim=32, depth=4):
        super().__init__()
        self.layers = nn.ModuleList([])
        for _ in range(depth):
            row = [Attention(dim), Network(dim), Attention(dim), Network(dim)]
            self.layers.append(nn.ModuleList([Residual(one) for one in row]))

    def forward(self, x):
        for one, two, three, four in self.layers:
            x = two(one(x))
            x = four(three(x))
        return x


class Taps(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.one = nn.ModuleList([nn.Conv1d(dim, dim, 3, padding=1) for _ in range(3)])
        self.two = nn.ModuleList([nn.Conv1d(dim, dim, 3, padding=1) for _ in range(3)])

    def forward(self, x):
        for i in range(3):
            h = self.one[i](F.relu(x))
            x = x + self.two[i](F.relu(h))
        return x
"""
POST = "self_attention -> dropout -> add -> layer_norm; feed_forward -> dropout -> add -> layer_norm"
ENGINES = pytest.mark.parametrize("engine", ["static", "trace"])


@ENGINES
def test_the_round_of_a_loop_is_a_block_and_the_loop_a_stack(file, engine):
    call = "(torch.zeros(1, 5, dtype=torch.long),)" if engine == "trace" else None
    blocks = describe(f"{file}::Model", engine=engine, call=call).blocks
    assert {b.name: b.notation for b in blocks} == {
        "Model.i.0": POST,
        "Model": "embedding -> stack(n=4) -> layer_norm",
    }


@ENGINES
def test_pairs_of_modules_in_one_list(file, engine):
    blocks = describe(f"{file}::Pairs", engine=engine, call="(torch.zeros(1, 5, 32),)").blocks
    line = SOURCE[: SOURCE.index("for one, other")].count("\n") + 1
    assert blocks[0].name == f"Pairs.loop_{line}.0"
    assert blocks[0].notation == "; ".join(["layer_norm -> feed_forward -> add"] * 2)


@ENGINES
def test_the_loop_may_stand_in_the_forward_of_a_part(file, engine):
    blocks = describe(f"{file}::Owner", engine=engine, call="(torch.zeros(1, 5, 32),)").blocks
    line = SOURCE[: SOURCE.index("for one, other")].count("\n") + 1
    assert {b.name: b.notation for b in blocks} == {
        f"Owner.net.loop_{line}.0": "; ".join(["layer_norm -> feed_forward -> add"] * 2),
        "Owner": "linear -> stack(n=4)",
    }


@ENGINES
def test_rows_of_residual_modules(file, engine):
    blocks = describe(f"{file}::Rows", engine=engine, call="(torch.zeros(1, 5, 32),)").blocks
    rows = ["layer_norm -> self_attention -> add", "layer_norm -> feed_forward -> add"] * 2
    assert [b.notation for b in blocks] == ["; ".join(rows), "stack(n=4)"]


@ENGINES
def test_a_loop_of_less_than_layers_stays_a_part_of_its_block(file, engine):
    (block,) = describe(f"{file}::Taps", engine=engine, call="(torch.zeros(1, 32, 5),)").blocks
    assert block.name == "Taps"
    assert block.notation == "; ".join(["relu -> conv -> relu -> conv -> add"] * 3)


def test_the_parts_of_a_round_are_no_blocks_of_the_file(file):
    names = [block.name for block in describe(str(file), engine="static").blocks]
    assert not [name for name in names if name.startswith("Network")]


def test_a_round_is_checked(file):
    (result,) = check(f"{file}::Model", spec="post_ln", engine="static").results
    assert result.verdict == "match"
