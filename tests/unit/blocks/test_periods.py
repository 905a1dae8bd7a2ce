"""Layers whose halves are members of one flat list are put together."""

import pytest

from archcheck import check, compare, describe

SOURCE = """
from torch import nn


class Attend(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mha = nn.MultiheadAttention(dim, 4, batch_first=True)

    def forward(self, x):
        h = self.norm(x)
        return x + self.mha(h, h, h)[0]


def network(dim):
    return nn.Sequential(nn.Linear(dim, 64), nn.GELU(), nn.Linear(64, dim))


class Network(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm, self.net = nn.LayerNorm(dim), network(dim)

    def forward(self, x):
        return x + self.net(self.norm(x))


class Residual(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.fn = fn

    def forward(self, x):
        return x + self.fn(x)


class SelfAttention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.mha = nn.MultiheadAttention(dim, 4, batch_first=True)

    def forward(self, x):
        return self.mha(x, x, x)[0]


class Encoder(nn.Module):
    def __init__(self, dim=32, depth=4):
        super().__init__()
        layers = []
        for _ in range(depth):
            layers += [Attend(dim), Network(dim)]
        self.layers = nn.Sequential(*layers, nn.LayerNorm(dim))

    def forward(self, x):
        return self.layers(x)


class Odd(Encoder):
    def __init__(self, dim=32):
        super().__init__(dim)
        self.layers[5] = Residual(network(dim))


class Post(nn.Sequential):
    def __init__(self, dim=32, depth=3):
        layers = []
        for _ in range(depth):
            layers += [Residual(SelfAttention(dim)), nn.LayerNorm(dim)]
            layers += [Residual(network(dim)), nn.LayerNorm(dim)]
        super().__init__(*layers)


class Layer(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.one, self.two = Attend(dim), Network(dim)

    def forward(self, x):
        return self.two(self.one(x))


class Nested(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.layers = nn.ModuleList([Layer(dim) for _ in range(4)])
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


class Attentions(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.layers = nn.ModuleList([Attend(dim) for _ in range(4)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Irregular(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.layers = nn.Sequential(Attend(dim), Network(dim), Attend(dim), Attend(dim), Network(dim))

    def forward(self, x):
        return self.layers(x)
"""
PRE = "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add"
POST = "self_attention -> add -> layer_norm; feed_forward -> add -> layer_norm"
ENGINES = pytest.mark.parametrize("engine", ["static", "trace"])


def notations(file, name, engine):
    if engine == "trace":
        pytest.importorskip("torch")
    blocks = describe(f"{file}::{name}", engine=engine, call="(torch.zeros(1, 5, 32),)").blocks
    return {block.name: block.notation for block in blocks}


@ENGINES
def test_two_members_are_a_layer_and_the_norm_behind_them_is_the_models(file, engine):
    found = notations(file, "Encoder", engine)
    assert found == {"Encoder.layers.round.0": PRE, "Encoder": "stack(n=4) -> layer_norm"}


@ENGINES
def test_norms_between_the_members_are_the_layers_and_the_target_may_be_the_list(file, engine):
    assert notations(file, "Post", engine) == {"Post.round.0": POST, "Post": "stack(n=3)"}


@ENGINES
@pytest.mark.parametrize(("name", "count"), [("Attentions", 4), ("Irregular", 5)])
def test_members_that_are_alike_or_do_not_repeat_stay_layers(file, engine, name, count):
    found = notations(file, name, engine)
    assert f"{name}.layers.0" in found
    assert found[name] == f"stack(n={count})"


def test_a_layer_that_differs_is_named(file):
    results = check(f"{file}::Odd", spec="pre_ln", engine="static").results
    assert [(r.name, r.verdict) for r in results] == [
        ("Odd.layers.round.0", "match"),
        ("Odd.layers.round.2", "mismatch"),
        ("Odd", "match"),
    ]
    assert [finding.code for finding in results[1].findings] == ["AC001"]
    assert "the same in 3 of 4 layers: layers.round.0, layers.round.1 and layers.round.3" in results[0].notes


def test_a_flat_list_equals_a_list_of_layers(file):
    results = compare(f"{file}::Encoder", f"{file}::Nested").results
    assert {result.verdict for result in results} == {"match"}


MACARON = """

class Macaron(nn.Sequential):
    def __init__(self, dim=32):
        super().__init__({members})
"""


@pytest.mark.parametrize(
    ("members", "stack"),
    [
        ("Network(dim), Attend(dim), Network(dim), nn.LayerNorm(dim)", False),
        ("Network(dim), Network(dim)", True),
        ("Attend(dim), Network(dim), Attend(dim)", True),
    ],
)
def test_feed_forwards_around_one_mixer_are_one_layer(tmp_path, members, stack):
    (tmp_path / "m.py").write_text(SOURCE + MACARON.format(members=members))
    found = describe(f"{tmp_path / 'm.py'}::Macaron", engine="static").blocks
    assert ("Macaron.0" in {block.name for block in found}) == stack
