"""A finding about a box that a module or a function computes as a whole points at its call."""

import pytest

from archcheck import check

SOURCE = """
import torch
import torch.nn.functional as F
from torch import nn


class Norm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(dim))

    def normed(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)

    def forward(self, x):
        return self.normed(x) * (1 + self.weight)


class Twice(nn.Module):
    def forward(self, x):
        return x * x.sigmoid()


def modulate(x, shift, scale):
    return x * (1 + scale) + shift


class Block(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.norm, self.last = Norm(dim), Norm(dim)
        self.condition = nn.Linear(dim, 2 * dim)
        self.net = nn.Sequential(nn.Linear(dim, dim), Twice(), nn.Linear(dim, dim))

    def forward(self, x, c):
        shift, scale = self.condition(c).chunk(2, -1)
        y = self.norm(x)
        y = modulate(y, shift, scale)
        y = self.net(y)
        return self.last(x + y)
"""
SPECS = {
    "rms_norm -> modulate(c) -> feed_forward -> add": "return self.last(x + y)",
    "rms_norm -> feed_forward -> add -> rms_norm": "y = modulate(y, shift, scale)",
    "rms_norm -> modulate(c) -> self_attention -> add -> rms_norm": "y = self.net(y)",
    "modulate(c) -> feed_forward -> add -> rms_norm": "y = self.norm(x)",
}


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize("spec", SPECS)
def test_the_call_is_where_one_would_edit(tmp_path, spec, engine):
    if engine == "trace":
        pytest.importorskip("torch")
    (tmp_path / "m.py").write_text(SOURCE)
    (result,) = check(
        f"{tmp_path / 'm.py'}::Block",
        spec,
        engine=engine,
        call="(torch.zeros(2, 3, 8), torch.zeros(2, 3, 8))",
    ).results
    (finding,) = result.findings
    assert finding.at is not None
    assert SOURCE.splitlines()[finding.at.line - 1].strip() == SPECS[spec]
