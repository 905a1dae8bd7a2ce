"""Layers that a random number leaves out: what happens more often than not is read, and nothing forks."""

import pytest
from conftest import HEAD

SOURCE = (
    HEAD
    + """
import random
import numpy as np


class Layer(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm, self.f = nn.LayerNorm(dim), nn.Linear(dim, dim)

    def forward(self, x):
        return x + self.f(self.norm(x))


class Block(nn.Module):
    def __init__(self, dim=8, p=0.1, keep=0.9):
        super().__init__()
        self.first, self.second, self.p, self.keep = Layer(dim), Layer(dim), p, keep

    def forward(self, x):
        x = self.first(x)
        {condition}:
            x = self.second(x)
        return x
"""
)
BOTH = "layer_norm -> linear -> add; layer_norm -> linear -> add"
TAKEN = [
    "if not (self.training and random.random() < self.p)",
    "if not self.training or np.random.random() > self.p",
    "if not torch.rand(1).item() < self.p",
    "if torch.rand([]) >= self.p",
    "if np.random.uniform() < self.keep",
    "if self.p <= random.uniform(0, 1)",
    "if torch.empty(1).uniform_() > self.p",
]


@pytest.mark.parametrize("condition", TAKEN)
def test_what_a_draw_leaves_out_now_and_then_is_there(reader, condition):
    assert reader.notation(SOURCE.format(condition=condition)) == BOTH


@pytest.mark.parametrize("condition", ["if random.random() < self.p", "if np.random.uniform() > self.keep"])
def test_what_is_rare_is_not(reader, condition):
    assert reader.notation(SOURCE.format(condition=condition)) == "layer_norm -> linear -> add"


@pytest.mark.parametrize("condition", ["if random.random() < 0.5", "if random.uniform(-1, 1) < self.p"])
def test_both_ways_of_another_draw_are_looked_at(reader, condition):
    assert len(reader.variants(SOURCE.format(condition=condition))) == 2
