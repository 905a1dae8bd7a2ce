"""Low-rank updates of linears."""

import torch
import torch.nn.functional as F
from torch import nn

from . import blocks as b

X = torch.randn(2, 5, b.D)


class Updated(nn.Module):
    """A linear with a low-rank update beside it."""

    def __init__(self, d_in, d_out):
        super().__init__()
        self.weight = nn.Linear(d_in, d_out)
        self.down, self.up = nn.Linear(d_in, 2, bias=False), nn.Linear(2, d_out, bias=False)
        self.drop = nn.Dropout(0.1)

    def update(self, x):
        return self.up(self.down(self.drop(x))) * 0.5

    def forward(self, x):
        return self.weight(x) + self.update(x)


def network(kind):
    class Network(b.FeedForward):
        def __init__(self):
            super().__init__()
            self.a, self.b = kind(b.D, 4 * b.D), kind(4 * b.D, b.D)

    return b.notation(b.Pre(feed_forward=Network), X)


def test_a_low_rank_update_belongs_to_its_linear():
    assert network(Updated) == network(nn.Linear)


def test_an_adapter_with_an_activation_is_no_update():
    class Bottleneck(Updated):
        def update(self, x):
            return self.up(F.relu(self.down(x)))

    assert "add(skip=linear)" in network(Bottleneck)


def test_a_reciprocal_is_no_linear_map():
    class Reciprocal(Updated):
        def update(self, x):
            return self.up(1 / self.down(x))

    assert network(Reciprocal) != network(nn.Linear)


def test_an_update_that_others_read_stays():
    class Read(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = Updated(b.D, b.D)

        def forward(self, x):
            update = self.linear.update(x)
            return (self.linear.weight(x) + update) * update

    found = b.notation(Read(), X)
    assert "add" in found
