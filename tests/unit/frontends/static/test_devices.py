"""What code does on rare devices is not what it does; functions with gradients of their own compute what they say."""

import pytest

from archcheck import describe

pytest.importorskip("torch")

import torch  # below, not by importorskip: this file is also read as it stands
from torch import nn

D = 8


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Linear(D, D)
        self.norm = nn.LayerNorm(D)


class NotIn(Base):
    def forward(self, x):
        if x.device.type not in ("mps", "xla"):
            return x + self.f(self.norm(x))
        return x + self.f(x)


class Differs(Base):
    def forward(self, x):
        if x.device.type != "mps":
            return x + self.f(self.norm(x))
        return x + self.f(x)


class Equals(Base):
    def forward(self, x):
        if x.device.type == "mps" or x.device.type in ("xla", "hpu"):
            return x + self.f(x)
        return x + self.f(self.norm(x))


@pytest.mark.parametrize("name", ["NotIn", "Differs", "Equals"])
def test_a_rare_device_is_not_the_one_that_code_runs_on(name):
    (view,) = describe(f"{__file__}::{name}", engine="static").blocks
    assert view.notation == "layer_norm -> linear -> add"


class Noise(torch.autograd.function.InplaceFunction):
    @staticmethod
    def forward(ctx, x, p):
        noise = torch.empty(x.size(0), x.size(-1)).bernoulli_(1 - p).div_(1 - p)
        ctx.noise = noise[:, None, :]
        return x.clone().mul_(ctx.noise)


class Dropped(Base):
    """A dropout with a backward of its own, in place by its class."""

    def forward(self, x):
        return x + Noise.apply(self.f(self.norm(x)), 0.1)


class Rest(Base):
    """A tensor of a number beside another tensor is no operation that nobody knows."""

    def forward(self, x):
        return x + self.f(self.norm(x)) * x.new_tensor(0.5)


@pytest.mark.parametrize(
    ("name", "begin"), [("Dropped", "layer_norm -> linear -> drop"), ("Rest", "layer_norm -> linear -> ")]
)
def test_functions_of_torch_that_few_call(name, begin):
    (view,) = describe(f"{__file__}::{name}", engine="static").blocks
    assert not view.unresolved
    assert view.notation.startswith(begin)
