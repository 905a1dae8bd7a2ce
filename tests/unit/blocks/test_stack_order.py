"""The members of a stack in the order in which they run, whatever order their list has."""

from __future__ import annotations

import pytest

from archcheck import describe

MODEL = """
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim, post=False):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.f = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))

    def forward(self, x):
        return x + self.f(self.norm(x))


class Model(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.layers = nn.ModuleList([Layer(dim) for _ in range(12)])

    def forward(self, x):
        for layer in {layers}:
            x = layer(x)
        return x
"""


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize("layers", ["reversed(self.layers)", "self.layers[::-1]"])
def test_a_list_that_runs_backwards_is_a_stack(tmp_path, layers, engine):
    if engine == "trace":
        pytest.importorskip("torch")
    (tmp_path / "model.py").write_text(MODEL.replace("{layers}", layers))
    model = describe(f"{tmp_path}/model.py::Model", engine=engine).to_dict()["blocks"][-1]
    assert model["notation"] == "stack(n=12)"
