"""Lists of a block's own parts are no stack, and an activation that adds something to its argument is no body."""

import pytest
import torch
from torch import nn

from archcheck import describe

D = 8


class Attend(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.f = nn.MultiheadAttention(D, 2, batch_first=True)

    def forward(self, x):
        h = self.norm(x)
        return x + self.f(h, h, h)[0]


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.f = nn.Sequential(nn.Linear(D, D), nn.GELU(), nn.Linear(D, D))

    def forward(self, x):
        return x + self.f(self.norm(x))


class ByNumber(nn.Module):
    """Two attentions (along time, along the batch) and a network, called one by one."""

    def __init__(self):
        super().__init__()
        self.layer = nn.ModuleList([Attend(), Attend(), Network()])

    def forward(self, x):
        x = self.layer[0](x)
        x = self.layer[1](x.transpose(0, 1)).transpose(0, 1)
        return self.layer[2](x)


class InLoop(ByNumber):
    """The same in a loop: a stack of three layers."""

    def forward(self, x):
        for layer in self.layer:
            x = layer(x)
        return x


class Snake(nn.Module):
    def __init__(self):
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1, D, 1))

    def forward(self, x):
        return x + (self.alpha + 1e-9).reciprocal() * torch.sin(self.alpha * x).pow(2)


class Unit(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = nn.Sequential(Snake(), nn.Conv1d(D, D, 3, padding=1), Snake(), nn.Conv1d(D, D, 1))

    def forward(self, x):
        return x + self.block(x)


ATTENDS = "layer_norm -> self_attention -> add"


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_parts_that_are_called_one_by_one_are_one_block(engine):
    (view,) = describe(f"{__file__}::ByNumber", engine=engine).blocks
    rest = "layer_norm -> feed_forward -> add"
    assert "; ".join(view.notation.strip().split(";\n")) == f"{ATTENDS}; {ATTENDS}; {rest}"


def test_layers_that_a_loop_calls_are_a_stack():
    views = describe(f"{__file__}::InLoop", engine="static").blocks
    assert any("stack" in view.notation for view in views)


def test_an_activation_that_adds_to_its_argument_is_no_layer():
    (view,) = describe(f"{__file__}::Unit", engine="static").blocks
    assert view.notation == "activation -> conv -> activation -> conv -> add"
