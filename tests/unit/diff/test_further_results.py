"""A first result of an early layer is not all that a block computes."""

import pytest

from archcheck import check, describe

SOURCE = """
from torch import nn


class Base(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.norm1, self.one = nn.LayerNorm(dim), nn.Linear(dim, dim)
        self.norm2, self.two = nn.LayerNorm(dim), nn.Linear(dim, dim)
        self.early, self.late = nn.Linear(dim, 4), nn.Linear(dim, 10)


class Heads(Base):
    def forward(self, x):
        x = x + self.one(self.norm1(x))
        early = self.early(x)
        x = x + self.two(self.norm2(x))
        return early, self.late(x)


class Pooled(Base):
    def forward(self, x):
        x = x + self.one(self.norm1(x))
        return x, self.late(self.norm2(x)[:, 0]).tanh()


class Streams(Base):
    def forward(self, x, y):
        return x + self.one(self.norm1(x)), y + self.two(self.norm2(y))
"""
FIRST = "layer_norm -> linear -> add"
ENGINES = pytest.mark.parametrize("engine", ["static", "trace"])


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "model.py"
    made.write_text(SOURCE)
    return made


def codes(file, name, spec, engine):
    if engine == "trace":
        pytest.importorskip("torch")
    (result,) = check(f"{file}::{name}", spec, engine=engine).results
    return result.verdict, [finding.code for finding in result.findings if finding.edits]


@ENGINES
def test_a_head_behind_further_layers_is_a_difference(file, engine):
    assert codes(file, "Heads", f"{FIRST}; linear", engine) == ("mismatch", ["AC205"])


@ENGINES
def test_it_is_described(file, engine):
    if engine == "trace":
        pytest.importorskip("torch")
    (block,) = describe(f"{file}::Heads", engine=engine).blocks
    assert len(block.graph.outputs) == 2
    assert sum(node.op == "add" for node in block.graph.nodes) == 2


@ENGINES
@pytest.mark.parametrize("name", ["Pooled", "Streams"])
def test_a_pooled_value_and_a_second_stream_are_none(file, name, engine):
    assert codes(file, name, FIRST, engine) == ("match", [])
