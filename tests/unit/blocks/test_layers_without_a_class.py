"""Layers that are written as `Sequential`, in a list beside a stem and a head."""

import pytest

from archcheck import check

SOURCE = """
from torch import nn


class Residual(nn.Module):
    def __init__(self, dim, fn):
        super().__init__()
        self.norm, self.fn = nn.LayerNorm(dim), fn

    def forward(self, x):
        return {forward}


class Attention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.mha = nn.MultiheadAttention(dim, 4, batch_first=True)

    def forward(self, x):
        return self.mha(x, x, x)[0]


def network(dim):
    return nn.Sequential(nn.Linear(dim, 64), nn.GELU(), nn.Linear(64, dim))


def layer(dim):
    return nn.Sequential(Residual(dim, Attention(dim)), Residual(dim, network(dim)))


def model(dim=32, depth=3):
    return nn.Sequential(nn.Linear(dim, dim), *[layer(dim) for _ in range(depth)], {end})


def listed(dim=32, depth=3):
    return Listed(dim, depth)


class Listed(nn.Module):
    def __init__(self, dim, depth):
        super().__init__()
        self.layers, self.norm = nn.ModuleList([layer(dim) for _ in range(depth)]), nn.Sequential({end})

    def forward(self, x):
        for one in self.layers:
            x = one(x)
        return self.norm(x)
"""
RIGHT, END = "x + self.fn(self.norm(x))", "nn.LayerNorm(dim)"


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize("target", ["model()", "listed()"])
@pytest.mark.parametrize(
    ("forward", "end", "codes"),
    [
        (RIGHT, END, set()),
        ("self.norm(x + self.fn(x))", END, {"AC102"}),
        (RIGHT, "nn.Identity()", {"AC401"}),
    ],
)
def test_a_list_that_is_called_may_be_a_layer(tmp_path, target, engine, forward, end, codes):
    if engine == "trace":
        pytest.importorskip("torch")
    (tmp_path / "m.py").write_text(SOURCE.format(forward=forward, end=end))
    report = check(f"{tmp_path / 'm.py'}::{target}", "pre_ln", engine=engine)
    assert {one.code for result in report.results for one in result.findings} == codes
    if not codes:
        assert [result.verdict for result in report.results] == ["match", "match"]
        if target == "listed()":  # and not the file of torch's Sequential
            assert {one["at"]["file"].rpartition("/")[2] for one in report.to_dict()["results"]} == {"m.py"}
