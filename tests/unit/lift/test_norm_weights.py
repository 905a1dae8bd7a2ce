"""The learned weights of norms that stand outside of the norm's own call."""

import pytest

from archcheck import describe

HEAD = """
import torch
import torch.nn.functional as F
from torch import nn

class Norm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale = dim ** 0.5
        self.plain = nn.LayerNorm(dim, elementwise_affine=False)
        self.affine = nn.LayerNorm(dim)
        self.gamma = nn.Parameter(torch.ones(dim))
        self.beta = nn.Parameter(torch.zeros(dim))
        self.length = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return {norm}

class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = Norm(dim)
        self.net = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        return x + self.net(self.norm(x))
"""

LENGTH = "F.normalize(x, dim=-1)"


@pytest.mark.parametrize("arguments", ["", "(32)"])
@pytest.mark.parametrize(
    ("norm", "expected"),
    [
        (f"{LENGTH} * self.scale * self.gamma", "rms_norm"),
        (f"{LENGTH} * self.scale * (self.gamma + 1)", "rms_norm"),
        (f"{LENGTH} * self.scale * self.length", "scale_norm"),
        (f"{LENGTH} * self.gamma", "l2_norm"),
        ("self.plain(x) * self.gamma", "layer_norm"),
        ("self.plain(x) * (self.gamma + 0.0) + self.beta", "layer_norm"),
        ("F.rms_norm(x, x.shape[-1:]) * self.gamma", "rms_norm"),
        ("self.plain(x) * self.length", "layer_norm -> layer_scale"),
        ("self.affine(x) * self.gamma", "layer_norm -> layer_scale"),
    ],
)
def test_weights_that_stand_behind_a_norm_are_its_own(tmp_path, norm, expected, arguments):
    (tmp_path / "m.py").write_text(HEAD.replace("{norm}", norm))
    target = f"{tmp_path / 'm.py'}::Block{arguments}"
    (block,) = describe(target, engine="static").to_dict()["blocks"]
    assert block["notation"] == f"{expected} -> feed_forward -> add"
