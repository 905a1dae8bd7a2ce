"""Models of several towers: a spec of one stack speaks of each; what a model runs is not asked for again."""

import pytest

import archcheck

CODE = """
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attend = nn.MultiheadAttention(d, 4, batch_first=True)
        self.feed = nn.Sequential(nn.Linear(d, 64), nn.GELU(), nn.Linear(64, d))

    def forward(self, x):
        h = self.n1(x)
        x = x + self.attend(h, h, h)[0]
        return x + self.feed(self.n2(x))


class Tower(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.layers = nn.ModuleList(Layer(d) for _ in range(3))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Both(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.one, self.norm1 = Tower(d), nn.LayerNorm(d)
        self.start, self.other, self.norm2 = nn.Linear(d, d), Tower(d), nn.LayerNorm(d)

    def forward(self, x, y):
        first, second = self.norm1(self.one(x)), {second}
        return first.mean(1) @ second.mean(1).T


class DecoderLayer(Layer):
    def __init__(self, d=32):
        super().__init__(d)
        self.n3, self.cross = nn.LayerNorm(d), nn.MultiheadAttention(d, 4, batch_first=True)

    def forward(self, x, memory):
        h = self.n1(x)
        x = x + self.attend(h, h, h)[0]
        x = x + self.cross(self.n3(x), memory, memory)[0]
        return x + self.feed(self.n2(x))


class Seq2Seq(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.tower, self.norm1, self.norm2 = Tower(d), nn.LayerNorm(d), nn.LayerNorm(d)
        self.decoder = nn.ModuleList(DecoderLayer(d) for _ in range(3))

    def forward(self, x, y):
        memory = self.norm1(self.tower(x))
        for layer in self.decoder:
            y = layer(y, memory)
        return self.norm2(y)
"""
TWO_STACKS = """
archcheck: 1
name: two_stacks
blocks:
  layer: {block: "norm -> sublayer -> add"}
  crossed: {inputs: [x, memory], block: "norm -> cross_attention(memory) -> add"}
inputs: [source, target]
model:
  memory: source -> stack[layer]
  output: target -> stack(memory)[crossed] -> linear
"""
SECOND = "self.norm2(self.other(self.start(y)))"


def results(folder, engine, spec, second=SECOND):
    (folder / "model.py").write_text(CODE.replace("{second}", second))
    report = archcheck.check(str(folder / "model.py"), spec, engine=engine)
    return {r.name: (r.verdict, [f.code for f in r.findings]) for r in report.results}, report.not_checked


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_each_tower_is_as_the_figure_says(tmp_path, engine):
    found, left_out = results(tmp_path, engine, "pre_ln")
    assert found["Both"] == found["Seq2Seq"] == ("match", [])
    assert "Tower" not in found
    assert any(one.name == "Tower" and one.reason.startswith("a part of ") for one in left_out)


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_one_tower_that_is_not_is_a_finding(tmp_path, engine):
    found, _ = results(tmp_path, engine, "pre_ln", second="self.other(self.start(y))")
    assert found["Both"][0] == "mismatch"
    assert found["Both"][1][0] == "AC401"


@pytest.mark.parametrize(
    ("between", "verdict"),
    [
        ("self.start(self.norm1(x))", "match"),  # another stream, which a projection begins
        ("self.norm1(x)", "mismatch"),  # a norm in the midst of one stack
        ("self.start(x)", "mismatch"),  # no norm behind the first
    ],
)
def test_a_projection_behind_a_norm_begins_another_tower(tmp_path, between, verdict):
    second = f"self.norm2(self.other({between.replace('(x)', '(self.one(y))')}))"
    code = CODE.replace("self.norm1(self.one(x))", "x")
    (tmp_path / "model.py").write_text(code.replace("{second}", second))
    report = archcheck.check(f"{tmp_path / 'model.py'}::Both", "pre_ln", engine="static")
    assert [r.verdict for r in report.results if r.name == "Both"] == [verdict]


def test_a_stack_is_no_substitute_for_one_operation(tmp_path):
    """The Transformer's figure has a linear behind the decoder and no norm: a linear is missing, and no stack."""
    spec = tmp_path / "spec.yaml"
    spec.write_text(TWO_STACKS)
    found, _ = results(tmp_path, "static", str(spec))
    assert sorted(found["Seq2Seq"][1]) == ["AC001", "AC402", "AC402"]
