"""What a spec leaves open and the code does not: whether its convolutions run along a sequence; gates and joint streams."""

import pytest

from archcheck import check, describe

RESIDUAL = """
from torch import nn


class Block(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.conv1, self.conv2 = nn.{conv}(dim, dim, 3, padding=1), nn.{conv}(dim, dim, 3, padding=1)
        self.act = nn.ReLU()

    def forward(self, x):
        return x + self.conv2(self.act(self.conv1(x)))
"""


@pytest.mark.parametrize(
    "spec", ["conv -> relu -> conv -> add", "conv(kernel=3) -> relu -> conv(kernel=3) -> add"]
)
@pytest.mark.parametrize("conv", ["Conv1d", "Conv2d"])
def test_a_network_of_convolutions_is_itself_in_each_number_of_dimensions(spec, conv, tmp_path):
    file = tmp_path / "model.py"
    file.write_text(RESIDUAL.format(conv=conv))
    (result,) = check(f"{file}::Block", spec, engine="static").results
    assert result.verdict == "match"
    (other,) = check(f"{file}::Block", spec.replace("relu", "gelu"), engine="static").results
    assert other.verdict == "mismatch"


@pytest.mark.parametrize(
    ("conv", "kernel", "verdict"),
    [("Conv1d", 1, "match"), ("Conv2d", 1, "match"), ("Conv1d", 3, "mismatch"), ("Conv2d", 3, "mismatch")],
)
def test_a_network_of_convolutions_is_a_feed_forward_where_it_mixes_no_positions(
    conv, kernel, verdict, tmp_path
):
    file = tmp_path / "model.py"
    file.write_text(RESIDUAL.format(conv=conv).replace("3, padding=1", str(kernel)))
    (result,) = check(f"{file}::Block", "feed_forward -> add", engine="static").results
    assert result.verdict == verdict


TWO_STREAMS = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.q, self.k, self.v, self.k2, self.v2, self.out = (nn.Linear(dim, dim) for _ in range(6))

    def heads(self, x):
        return x.unflatten(-1, (4, -1)).transpose(1, 2)

    def attend(self, x, other):
        k = torch.cat([self.k(x), self.k2(other)], dim=1)
        v = torch.cat([self.v(x), self.v2({value})], dim=1)
        q, k, v = (self.heads(part) for part in (self.q(x), k, v))
        return self.out(nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))

    def forward(self, x, context):
        return x + self.attend(self.norm(x), context)
"""


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_a_stream_that_attends_to_itself_and_another_is_no_self_attention(engine, tmp_path):
    file = tmp_path / "model.py"
    file.write_text(TWO_STREAMS.format(value="other"))
    (block,) = describe(f"{file}::Block", engine=engine).blocks
    assert "joint_attention(context)" in block.notation
    (result,) = check(f"{file}::Block", "norm -> self_attention -> add", engine=engine).results
    assert result.verdict == "mismatch"


GATED = """
from torch import nn


class Block(nn.Module):
    def __init__(self, dim=64, hidden=128, length=16):
        super().__init__()
        self.norm, self.inner = nn.LayerNorm(dim), nn.LayerNorm(hidden)
        self.up, self.down, self.along = nn.Linear(dim, hidden), nn.Linear(hidden, dim), nn.Linear(length, length)

    def forward(self, x):
        h = nn.functional.gelu(self.up(self.norm(x)))
        gate = self.along(self.inner(h).transpose(1, 2)).transpose(1, 2)
        return x + self.down(h * gate)
"""


def test_a_value_gated_by_itself_normalized_and_mixed_is_a_gated_feed_forward(tmp_path):
    file = tmp_path / "model.py"
    file.write_text(GATED)
    (block,) = describe(f"{file}::Block", engine="static").blocks
    assert block.notation == "layer_norm -> gated_feed_forward -> add"


STEERED = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(dim, elementwise_affine=False), nn.Linear(dim, dim)

    def forward(self, x, text, steer):
        shift, scale, gate = steer.chunk(3, dim=-1)
        x = torch.cat([text, x], dim=1)
        return x + gate * self.linear((1 + scale) * self.norm(x) + shift)
"""


def test_what_steers_a_concatenation_is_no_stream(tmp_path):
    file = tmp_path / "model.py"
    file.write_text(STEERED)
    (view,) = describe(f"{file}::Block", engine="static").blocks
    assert "layer_norm -> modulate(steer) -> linear -> gate(steer) -> add" in view.notation
