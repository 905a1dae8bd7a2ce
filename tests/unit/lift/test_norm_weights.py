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
        (f"{LENGTH} * self.scale * (self.length + float(False))", "scale_norm"),
        (f"{LENGTH} * self.gamma", "l2_norm"),
        (f"x + torch.tanh({LENGTH} * (self.length + 0.0))", "(scale_norm -> tanh -> add)"),
        (f"{LENGTH} * 8.0", "l2_norm -> scale(8.0)"),
        ("self.plain(x) * self.gamma", "layer_norm"),
        ("self.plain(x) * (self.gamma + 0.0) + self.beta", "layer_norm"),
        ("F.rms_norm(x, x.shape[-1:]) * self.gamma", "rms_norm"),
        ("self.plain(x) * self.length", "layer_norm -> layer_scale"),
        ("self.affine(x) * self.gamma", "layer_norm -> layer_scale"),
        ("self.plain(x) * torch.sigmoid(self.gamma)", "layer_norm -> gate"),
        ("F.rms_norm(x, x.shape[-1:]) * torch.tanh(self.gamma / 2)", "rms_norm -> gate"),
    ],
)
def test_weights_that_stand_behind_a_norm_are_its_own(tmp_path, norm, expected, arguments):
    (tmp_path / "m.py").write_text(HEAD.replace("{norm}", norm))
    target = f"{tmp_path / 'm.py'}::Block{arguments}"
    (block,) = describe(target, engine="static").to_dict()["blocks"]
    assert block["notation"] == f"{expected} -> feed_forward -> add"


BEFORE = """
import torch
import torch.nn.functional as F
from torch import nn

class Block(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.scale = dim ** 0.5
        self.gamma = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return {result}
"""


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (
            "x + F.normalize(self.gamma * self.net(x), dim=-1) * self.scale",
            "feed_forward -> layer_scale -> rms_norm -> add",
        ),
        ("x + F.normalize(self.net(x), dim=-1) * self.scale", "feed_forward -> rms_norm -> add"),
        ("x + self.net(F.normalize(x, dim=-1) * self.scale)", "rms_norm -> feed_forward -> add"),
    ],
)
def test_a_factor_that_the_reduction_reads_is_none_of_the_norm_and_the_linears_tell_the_width(
    tmp_path, result, expected, engine
):
    if engine == "trace":
        pytest.importorskip("torch")
    (tmp_path / "m.py").write_text(BEFORE.replace("{result}", result))
    call = "(torch.randn(2, 5, 32),)" if engine == "trace" else None
    (block,) = describe(f"{tmp_path / 'm.py'}::Block", engine=engine, call=call).to_dict()["blocks"]
    assert block["notation"] == expected


@pytest.mark.parametrize("factor", ["r * (1 + self.to(c))", "(1 + self.to(c)) * r"])
def test_a_condition_may_be_multiplied_with_the_factor_of_a_norm_first(tmp_path, factor):
    head = BEFORE.replace("def forward(self, x)", "def forward(self, x, c)")
    body = f"r = torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6)\n        x = x * ({factor})\n        return x"
    source = head.replace("return {result}", body).replace(
        "self.net =", "self.to = nn.Linear(dim, dim); self.net ="
    )
    (tmp_path / "m.py").write_text(source)
    (block,) = describe(f"{tmp_path / 'm.py'}::Block", engine="static").to_dict()["blocks"]
    assert block["notation"] == "rms_norm -> modulate(c)"
