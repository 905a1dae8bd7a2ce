"""Layers that hand on their branch and their residual, for the next layer or the model's norm to add."""

import pytest

from archcheck import check

SOURCE = """
import torch
import torch.nn.functional as F
from torch import nn


class Norm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x, residual=None):
        if residual is None:
            return F.rms_norm(x, (x.shape[-1],), self.weight)
        x = x.float() + residual.float()
        residual = x
        return F.rms_norm(x, (x.shape[-1],), self.weight), residual


class Layer(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm1, self.norm2 = Norm(dim), Norm(dim)
        self.attn = nn.MultiheadAttention(dim, 4, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.drop = nn.Dropout(0.1)

    def forward(self, x, residual):
        if residual is None:
            residual = x
            x = self.norm1(x)
        else:
            x, residual = self.norm1(x, residual)
        x = self.attn(x, x, x)[0]
        x, residual = self.norm2(x, residual)
        return self.mlp(x), residual


class Model(nn.Module):
    def __init__(self, dim=64, depth=4):
        super().__init__()
        self.layers = nn.ModuleList(Layer(dim) for _ in range(depth))
        self.norm = Norm(dim)

    def forward(self, x):
        residual = None
        for layer in self.layers:
            x, residual = layer(x, residual)
        x, residual = self.norm(x, residual)
        return x
"""
SPEC = """
archcheck: 1
name: s
blocks:
  layer:
    block:
      - rms_norm -> self_attention -> add
      - rms_norm -> feed_forward -> {drop}add
model: stack[layer] -> rms_norm
"""
CHANGES = {
    "": {"match"},
    "return self.mlp(x), residual -> return residual, self.mlp(x)": {"match"},  # one sum all the same
    "residual = x\n            x = self.norm1(x) -> residual = x = self.norm1(x)": {"mismatch", "match"},
    "x, residual = self.norm(x, residual) -> x = self.norm(x)": {"mismatch"},
    "x, residual = layer(x, residual) -> x, residual = layer(x, None)": {"mismatch"},
    "x, residual = self.norm2(x, residual) -> x = self.norm2(x)": {"mismatch"},
    "return self.mlp(x), residual -> return self.mlp(x) + residual, residual": {"mismatch"},
}


def verdicts(tmp_path, source, engine="static", drop=""):
    (tmp_path / "m.py").write_text(source)
    (tmp_path / "s.yaml").write_text(SPEC.format(drop=drop))
    return check(f"{tmp_path / 'm.py'}::Model", str(tmp_path / "s.yaml"), engine=engine).results


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_residual_that_the_next_layer_adds(tmp_path, change, engine):
    if engine == "trace":
        pytest.importorskip("torch")
    old, _, new = change.partition(" -> ")
    assert not change or SOURCE.count(old) == 1
    results = verdicts(tmp_path, SOURCE.replace(old, new) if change else SOURCE, engine)
    assert {result.verdict for result in results} - {"match"} == CHANGES[change] - {"match"}


def test_what_passes_a_branch_on_to_its_sum_is_the_layers_own(tmp_path):
    """mamba_ssm drops out what the layer before handed on, in front of the sum."""
    source = SOURCE.replace(
        "x, residual = self.norm1(x, residual)", "x, residual = self.norm1(self.drop(x), residual)"
    )
    source = source.replace("self.norm = Norm(dim)", "self.norm, self.drop = Norm(dim), nn.Dropout(0.1)")
    source = source.replace("self.norm(x, residual)", "self.norm(self.drop(x), residual)")
    assert {r.verdict for r in verdicts(tmp_path, source, drop="dropout -> ")} == {"match"}


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("", "", "match"),
        ("return self.mlp(x), residual", "return residual, self.mlp(x)", "match"),
        ("return self.mlp(x), residual", "return self.mlp(x) + residual, residual", "mismatch"),
        ("return self.mlp(x), residual", "return self.mlp(x)", "mismatch"),
        ("        residual = x\n        return F", "        return F", "mismatch"),
        (
            "        x, residual = self.norm2(x, residual)",
            "        x, _ = self.norm2(x, residual)",
            "mismatch",
        ),
        ("x, residual = self.norm1(x, residual)", "x, _ = self.norm1(x, residual)", "mismatch"),
    ],
)
def test_such_a_layer_alone(tmp_path, old, new, verdict):
    """That it reads the sum of its inputs alone says what becomes of its two results."""
    assert not old or SOURCE.count(old) == 1
    (tmp_path / "m.py").write_text(SOURCE.replace(old, new) if old else SOURCE)
    spec = "rms_norm -> self_attention -> add ; rms_norm -> feed_forward -> add"
    (result,) = check(f"{tmp_path / 'm.py'}::Layer", spec, engine="static").results
    assert result.verdict == verdict


def test_a_figure_with_two_streams_sees_both(tmp_path):
    (tmp_path / "m.py").write_text(SOURCE)
    (tmp_path / "s.yaml").write_text(
        "archcheck: 1\nname: s\ninputs: [x, residual]\ngraph:\n"
        "  first: x -> add(residual)\n  second: first -> rms_norm -> self_attention -> add(first)\n"
        "  branch: second -> rms_norm -> feed_forward\noutputs: [branch, second]\n"
    )
    (result,) = check(f"{tmp_path / 'm.py'}::Layer", str(tmp_path / "s.yaml"), engine="static").results
    assert result.verdict == "match"
