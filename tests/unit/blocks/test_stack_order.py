"""The members of a stack in the order in which they run, whatever list they stand in, or none."""

from __future__ import annotations

import pytest

from archcheck import check, describe

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


NUMBERED = """
    def __init__(self, dim=8, depth=12):
        super().__init__()
        for i in range(depth):
            setattr(self, f"layer_{i}", Layer(dim))
        self.layer_7.norm = nn.RMSNorm(dim)
        self.layer_3.f.append(nn.Dropout(0.1))
        self.depth = depth

    def forward(self, x):
        for i in range(self.depth):
            layer = getattr(self, f"layer_{i}")
            x = layer(x)
        return x
"""


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_attributes_with_numbers_are_a_stack(tmp_path, engine):
    if engine == "trace":
        pytest.importorskip("torch")
    layer = MODEL.replace(
        "        return x + self.f(self.norm(x))",
        "        x = x + self.f(self.norm(x))\n        return x + self.f(x)",
    )
    (tmp_path / "model.py").write_text(layer.partition("    def __init__(self, dim=8")[0] + NUMBERED)
    spec = "layer_norm -> feed_forward(shared=f) -> add; feed_forward(shared=f) -> add"
    report = check(f"{tmp_path}/model.py::Model", spec, engine=engine).to_dict()
    told = {r["verdict"]: r["layers"]["paths"] for r in report["results"]}
    assert told["mismatch"] == ["layer.7"]
    assert len(told["match"]) == 11
    report = check(f"{tmp_path}/model.py::Model", spec.replace("layer_norm", "batch_norm"), engine=engine)
    assert [len(r.layers.paths) for r in report.results] == [11, 1]  # the same is said of layer_3
