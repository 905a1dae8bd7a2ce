"""A call of a function that makes a module is described as that module."""

import pytest

from archcheck import check, describe

SOURCE = """
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim=64, norm_first=False):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, 4, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.norm_first = norm_first

    def forward(self, x):
        if self.norm_first:
            h = self.norm1(x)
            x = x + self.attn(h, h, h)[0]
            return x + self.mlp(self.norm2(x))
        x = self.norm1(x + self.attn(x, x, x)[0])
        return self.norm2(x + self.mlp(x))


def make(kind, dim=64, **options):
    return {"pre": lambda: Layer(dim, norm_first=True), "post": lambda: Layer(dim, **options)}[kind]()


def make_pair(x, times=2):
    return x * times
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "factory.py"
    path.write_text(SOURCE)
    return path


@pytest.mark.parametrize(
    ("call", "spec"),
    [("make('pre')", "pre_ln"), ("make('post', 32)", "post_ln"), ("make('post', norm_first=True)", "pre_ln")],
)
def test_the_module_that_a_function_makes_is_checked(file, call, spec):
    report = check(f"{file}::{call}", spec, engine="static")
    assert [result.verdict for result in report.results] == ["match"]


def test_a_call_that_the_function_cannot_answer_is_told(file):
    (error,) = describe(f"{file}::make('other')", engine="static").errors
    assert "KeyError" in error.message


def test_a_function_that_makes_a_module_asks_for_the_call(file):
    (block,) = describe(f"{file}::make", engine="static", set={"kind": "pre"}).blocks
    assert [one.reason for one in block.unresolved] == [
        "what make returns was not seen: it makes a Layer: name the call, as in make(...), to have that described"
    ]


def test_a_function_that_computes_is_described_itself(file):
    (block,) = describe(f"{file}::make_pair", engine="static").blocks
    assert not block.unresolved
