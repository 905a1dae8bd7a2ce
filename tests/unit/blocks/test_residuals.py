"""A residual or a norm that the model puts around the members of a list belongs to its layers."""

import pytest

from archcheck import check, describe

SOURCE = """
import torch
from torch import nn


class Attend(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.mha = nn.MultiheadAttention(dim, 4, batch_first=True)

    def forward(self, x):
        return self.mha(x, x, x)[0]


class Layer(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.norm1, self.norm2, self.attend = nn.LayerNorm(dim), nn.LayerNorm(dim), Attend(dim)
        self.net = nn.Sequential(nn.Linear(dim, 64), nn.GELU(), nn.Linear(64, dim))

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        return x + self.net(self.norm2(x))


class Model(nn.Module):
    def __init__(self, dim=32, depth=4):
        super().__init__()
        self.first = nn.Linear(dim, dim)
        self.layers = nn.ModuleList([Attend(dim) for _ in range(depth)])
        self.norms = nn.ModuleList([nn.LayerNorm(dim) for _ in range(depth)])
        self.scale, self.drop = nn.Parameter(torch.ones(depth, dim)), nn.Dropout(0.1)
        self.norm = nn.LayerNorm(dim)


class Pre(Model):
    def forward(self, x):
        x = self.first(x)
        for i, layer in enumerate(self.layers):
            normed = self.norms[i](x)
            x = x + self.scale[i] * layer(normed)
        return self.norm(x)


class Post(Model):
    def forward(self, x):
        x = self.first(x)
        for norm, layer in zip(self.norms, self.layers):
            x = norm(x + self.drop(layer(x)))
        return x


class Late(Model):
    def forward(self, x):
        x = self.first(x)
        for norm, layer in zip(self.norms, self.layers):
            normed = norm(x)
            x = normed + layer(normed)
        return self.norm(x)


class Shared(Model):
    def forward(self, x):
        x, states = self.first(x), ()
        for layer in self.layers:
            states += (x,)
            x = x + layer(self.norm(x))
        return self.norm(x), states


class Odd(Model):
    def forward(self, x):
        x = self.first(x)
        for i, (norm, layer) in enumerate(zip(self.norms, self.layers)):
            x = norm(layer(x) if i == 2 else x + layer(x))
        return x


class Half(Model):
    def forward(self, x):
        x = self.first(x)
        for i, layer in enumerate(self.layers):
            branch = layer(self.norms[i](x))
            x = x + (0.5 * branch if i == 1 else branch)
        return self.norm(x)


class Bare(Model):
    def forward(self, x):
        x = self.first(x)
        for i, layer in enumerate(self.layers):
            x = x + layer(self.norms[i](x) if i else x)
        return self.norm(x)


class Normed(Model):
    def forward(self, x):
        x = self.first(x)
        for i, layer in enumerate(self.layers):
            x = x + layer(self.norms[i](x))
            if i == 1:
                x = self.norm(x)
        return self.norm(x)


class Twice(Model):
    def __init__(self, dim=32, depth=12):
        super().__init__(dim, depth)
        self.layers = nn.ModuleList([Layer(dim) for _ in range(depth)])

    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x)
        return self.norm(x)


class Before(Twice):
    def forward(self, x):
        for norm, layer in zip(self.norms, self.layers):
            x = layer(norm(x))
        return self.norm(x)


class Behind(Twice):
    def forward(self, x):
        for norm, layer in zip(self.norms, self.layers):
            x = norm(layer(x))
        return self.norm(x)


class Sometimes(Twice):
    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = self.norm(layer(x)) if i % 6 == 5 else layer(x)
        return x


class First(Model):
    def forward(self, x):
        start = x = self.first(x)
        for layer in self.layers:
            x = start + layer(self.norm(x))
        return self.norm(x)


class Summed(Model):
    def forward(self, x):
        x = self.first(x)
        total = torch.zeros_like(x)
        for layer in self.layers:
            total = total + layer(x)
        return total


class Dense(Model):
    def forward(self, x):
        states = [self.first(x)]
        for layer in self.layers:
            states.append(layer(sum(states)))
        return states[-1]
"""
PRE = "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add"
ENGINES = pytest.mark.parametrize("engine", ["static", "trace"])


@ENGINES
@pytest.mark.parametrize(
    ("name", "layer", "model"),
    [
        ("Pre", "layer_norm -> self_attention -> layer_scale -> add", "linear -> stack(n=4) -> layer_norm"),
        ("Post", "self_attention -> dropout -> add -> layer_norm", "linear -> stack(n=4)"),
        ("Late", "layer_norm; self_attention -> add", "linear -> stack(n=4) -> layer_norm"),
        ("Shared", "layer_norm -> self_attention -> add", "linear -> stack(n=4) -> layer_norm"),
    ],
)
def test_a_layer_is_a_member_with_the_residual_around_it(file, engine, name, layer, model):
    if engine == "trace":
        pytest.importorskip("torch")
    blocks = describe(f"{file}::{name}", engine=engine, call="(torch.zeros(1, 5, 32),)").blocks
    assert {b.name: b.notation for b in blocks} == {f"{name}.layers.round.0": layer, name: model}


@ENGINES
@pytest.mark.parametrize(
    ("name", "layer"), [("Before", f"layer_norm; {PRE}"), ("Behind", f"{PRE} -> layer_norm")]
)
def test_a_norm_between_all_members_is_the_layers(file, engine, name, layer):
    if engine == "trace":
        pytest.importorskip("torch")
    blocks = describe(f"{file}::{name}", engine=engine, call="(torch.zeros(1, 5, 32),)").blocks
    model = "stack(n=12) -> layer_norm"
    assert {b.name: b.notation for b in blocks} == {f"{name}.layers.round.0": layer, name: model}


def test_a_norm_between_some_members_is_the_models(file):
    blocks = {b.name: b.notation for b in describe(f"{file}::Sometimes", engine="static").blocks}
    norm = "layer_norm(shared=norm)"
    assert blocks == {"Sometimes.layers.0": PRE, "Sometimes": f"stack(n=6) -> {norm} -> stack(n=6) -> {norm}"}


def test_a_layer_without_its_residual_is_another_one(file):
    blocks = describe(f"{file}::Odd", engine="static").blocks
    assert {b.name: b.notation for b in blocks} == {
        "Odd.layers.round.0": "self_attention -> add -> layer_norm",
        "Odd.layers.round.2": "self_attention -> layer_norm",
        "Odd": "linear -> stack(n=4)",
    }


@ENGINES
@pytest.mark.parametrize(
    ("name", "place", "layer"),
    [
        ("Half", 1, "layer_norm -> self_attention -> scale(0.5) -> add"),
        ("Bare", 0, "self_attention -> add"),
        ("Normed", 2, "layer_norm(shared=norm); layer_norm -> self_attention -> add"),
    ],
)
def test_a_layer_around_which_something_else_stands_is_named(file, name, place, layer, engine):
    if engine == "trace":
        pytest.importorskip("torch")
    blocks = describe(f"{file}::{name}", engine=engine, call="(torch.zeros(1, 5, 32),)").blocks
    found = {b.name: b.notation for b in blocks}
    usual = f"{name}.layers.round.{0 if place else 1}"
    assert found.pop(usual) == "layer_norm -> self_attention -> add"
    assert found.pop(f"{name}.layers.round.{place}").replace("(shared=norm)", "") == layer.replace(
        "(shared=norm)", ""
    )
    assert found == {name: "linear -> stack(n=4) -> layer_norm"}


def test_a_second_residual_around_each_of_twelve_layers_is_one_difference(file):
    (layer, model) = check(f"{file}::Twice", spec="pre_ln", engine="static").results
    line = SOURCE.split("\n").index("            x = x + layer(x)") + 1
    assert [(f.code, f.at.line) for f in layer.findings] == [("AC202", line)]
    assert "the same in all 12 layers: layers.round.0 to layers.round.11" in layer.notes
    assert model.verdict == "match"


@pytest.mark.parametrize("name", ["First", "Summed", "Dense"])
def test_what_is_joined_to_no_start_of_a_round_is_no_layer(file, name):
    assert [b.name for b in describe(f"{file}::{name}", engine="static").blocks] == [name]
