"""Long loops of a configured length: three rounds stand for all only while no other round can differ."""

from __future__ import annotations

import pytest
from conftest import block

from archcheck import check, describe
from archcheck.frontends.static import run

MODEL = """
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim, post=False):
        super().__init__()
        self.norm, self.post = nn.LayerNorm(dim), post
        self.f = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))

    def forward(self, x):
        if self.post:
            return self.norm(x + self.f(x))
        return x + self.f(self.norm(x))


class Model(nn.Module):
    def __init__(self, dim=8, depth=24):
        super().__init__()
        kinds = ["pre"] * 5 + ["post"] + ["pre"] * 18
        rates = [0.1 * i / depth for i in range(24)]
        self.layers = nn.ModuleList([Layer(dim, post={post}) for i in range(depth)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
"""
ODD = {
    "one in the middle": "i == 7",
    "counted from one": "i + 1 == 8",
    "counted from the end": "depth - 1 - i == 7",
    "each third": "i % 3 == 2",
    "by division": "i // 8 == 1",
    "two of them": "i in (7, 8)",
    "a list": "kinds[i] == 'post'",
}
ALIKE = {
    "none": "False",
    "none by number": "i == 99",
    "none by a rate": "rates[i] > 1.0",
    "all kinds are seen": "kinds[0] == 'post'",
}


@pytest.mark.parametrize("post", ODD.values(), ids=ODD)
def test_a_round_that_was_left_out_and_differs_is_found(tmp_path, post):
    (tmp_path / "model.py").write_text(MODEL.replace("{post}", post))
    report = check(f"{tmp_path}/model.py::Model", "norm -> feed_forward -> add", engine="static")
    verdicts = {r.verdict for r in report.results}
    assert verdicts == {"match", "mismatch"}


@pytest.mark.parametrize("post", ALIKE.values(), ids=ALIKE)
def test_rounds_that_cannot_differ_are_not_all_run(tmp_path, post):
    (tmp_path / "model.py").write_text(MODEL.replace("{post}", post))
    report = check(f"{tmp_path}/model.py::Model", "norm -> feed_forward -> add", engine="static")
    assert {r.verdict for r in report.results} == {"match"}
    assert [r.to_dict()["layers"]["read"] for r in report.results] == [3]


SCHEDULE = """
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim, rate):
        super().__init__()
        self.norm, self.f, self.drop = nn.LayerNorm(dim), nn.Linear(dim, dim), nn.Dropout(rate)

    def forward(self, x):
        return x + self.drop(self.f(self.norm(x)))


class Model(nn.Module):
    def __init__(self, dim=8, depths=(2, 6), rate=0.1):
        super().__init__()
        rates = [r.item() for r in torch.linspace(0, rate, sum(depths))]
        self.stages = nn.ModuleList(
            [nn.ModuleList([Layer(dim, rates[sum(depths[:s]) + i]) for i in range(n)]) for s, n in enumerate(depths)]
        )

    def forward(self, x):
        for stage in self.stages:
            for layer in stage:
                x = layer(x)
        return x
"""


def test_each_layer_has_its_number_of_a_schedule(tmp_path):
    """torch.linspace gives as many numbers as it is asked for, however many that are."""
    (tmp_path / "model.py").write_text(SCHEDULE)
    report = check(f"{tmp_path}/model.py::Model", "norm -> linear -> dropout -> add", engine="static")
    assert {r.verdict for r in report.results} == {"match"}


@pytest.mark.parametrize(
    "picked", ["getattr(self.layers, '5')", "self.layers[6]", "dict(self.layers.named_children())['4']"]
)
def test_a_member_that_a_round_left_out_would_make_is_made(reader, picked):
    init = "self.layers = nn.ModuleList([nn.Linear(dim, dim) for _ in range(depth)])"
    source = block(f"return x + {picked}(self.norm(x))", args="depth=8", init=init)
    assert reader.variants(source) == {(): "layer_norm -> linear -> add"}


def test_a_model_that_is_too_large_with_all_its_layers_is_read_in_part(tmp_path, monkeypatch):
    (tmp_path / "model.py").write_text(
        MODEL.replace("{post}", "False").replace(
            "x = layer(x)", "x = layer(x).tanh() if layer is self.layers[1] else layer(x)"
        )
    )
    whole = describe(f"{tmp_path}/model.py::Model", engine="static").blocks
    assert not any(block.unresolved for block in whole)
    monkeypatch.setattr(run, "MOST_OPERATIONS", 50)
    parts = describe(f"{tmp_path}/model.py::Model", engine="static").blocks
    assert any("layers" in one.reason for block in parts for one in block.unresolved)
