"""A gated network that one wrong operation keeps from being a box is compared part by part."""

import pytest

from archcheck import check, compare
from archcheck.diff.opened import opened
from archcheck.spec import load_spec

SOURCE = """
import torch.nn.functional as F
from torch import nn


class Right(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.norm1, self.norm2 = nn.RMSNorm(dim), nn.RMSNorm(dim)
        self.attn = nn.MultiheadAttention(dim, 4, batch_first=True)
        self.gate, self.up = nn.Linear(dim, 64), nn.Linear(dim, 64)
        self.down = nn.Linear(64, dim)

    def forward(self, x):
        h = self.norm1(x)
        x = x + self.attn(h, h, h)[0]
        return x + self.net(x, self.norm2(x))

    def net(self, x, h):
        return self.down(F.silu(self.gate(h)) * self.up(h))


class Sum(Right):
    def net(self, x, h):
        return self.down(F.silu(self.gate(h)) + self.up(h))


class Half(Right):
    def net(self, x, h):
        return self.down(F.silu(self.gate(h)) * self.up(x))


class Missing(Right):
    def forward(self, x):
        h = self.norm1(x)
        return x + self.attn(h, h, h)[0]
"""


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "model.py"
    made.write_text(SOURCE)
    return made


@pytest.mark.parametrize(
    ("name", "codes"), [("Right", []), ("Sum", ["AC003"]), ("Half", ["AC204"]), ("Missing", ["AC006"])]
)
def test_one_wrong_operation_is_one_difference(file, name, codes):
    (result,) = check(f"{file}::{name}", spec="llama", engine="static").results
    assert [finding.code for finding in result.findings] == codes
    assert result.distance == len(codes)
    assert result.optimal


@pytest.mark.parametrize("names", [("Sum", "Right"), ("Right", "Sum")])
def test_of_two_implementations_either_may_have_the_box(file, names):
    (result,) = compare(*(f"{file}::{name}" for name in names)).results
    assert [finding.code for finding in result.findings] == ["AC003"]


def test_the_operations_of_a_box_and_its_options_take_its_place():
    spec = "linear -> (feed_forward[linear -> relu -> dropout? -> linear] -> add)? -> relu"
    (graph,) = load_spec(spec).graphs().values()
    (box,) = [node.id for node in graph.nodes if node.inner is not None]
    flat = opened(graph, [box])
    words = [node.words[0] for node in flat.operations()]
    assert words == ["linear", "linear", "relu", "dropout", "linear", "add", "relu"]
    known = set(flat.by_id)
    assert all({*o.nodes, o.entry, o.exit} <= known for o in flat.options)
    assert sorted(len(o.nodes) for o in flat.options) == [1, 5]
    assert opened(graph, ["nothing"]) is graph
