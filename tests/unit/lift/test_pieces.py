"""A value that is cut into pieces and put together again: in its order it is that value, in another one it is not."""

import pytest
import torch
from torch import nn

from .blocks import D, notation


class Pieces(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.norm, self.f, self.body = nn.LayerNorm(D), nn.Linear(D, D), body

    def forward(self, x):
        return x + self.body(self.norm(x), self.f)


def joined(pieces):
    return torch.cat(pieces, 1)


ORDERED = {
    "each computed": lambda h, f: joined([f(p) for p in h.chunk(3, 1)]),
    "fewer than asked for": lambda h, f: joined([f(p) for p in h.chunk(4, 1)]),
    "put back": lambda h, f: f(joined(h.split(3, 1))),
    "one by one": lambda h, f: torch.stack([f(p) for p in h.unbind(1)], 1),
}
SHUFFLED = {
    "each computed": lambda h, f: joined([f(p) for p in h.chunk(3, 1)][::-1]),
    "put back": lambda h, f: f(joined(h.split(3, 1)[::-1])),
}


@pytest.mark.parametrize("body", ORDERED.values(), ids=ORDERED)
def test_in_order_it_is_the_value(body):
    assert notation(Pieces(body), torch.randn(2, 6, D)) == "layer_norm -> linear -> add"


@pytest.mark.parametrize("body", SHUFFLED.values(), ids=SHUFFLED)
def test_in_another_order_it_is_not(body):
    assert notation(Pieces(body), torch.randn(2, 6, D)) != "layer_norm -> linear -> add"
