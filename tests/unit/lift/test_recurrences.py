"""Recurrences that are written out are one box; what only looks like one stays what it is."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from archcheck import describe

D = 8


class Decayed(nn.Module):
    """A cumulative decay, a product of the sequence with it, a gated norm and a projection."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.into = nn.Linear(D, 3 * D)
        self.rate = nn.Parameter(torch.ones(D))
        self.skip = nn.Parameter(torch.ones(D))
        self.inner = nn.RMSNorm(D)
        self.out = nn.Linear(D, D)

    def forward(self, x):
        value, gate, step = self.into(self.norm(x)).chunk(3, dim=-1)
        decay = torch.exp(torch.cumsum(F.softplus(step) * -self.rate, dim=1))
        y = value * decay + value * self.skip
        return x + self.out(self.inner(y * F.silu(gate)))


class Receptance(nn.Module):
    """A mean weighted by exponentials, with a state that begins with zeros, and a receptance."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.k, self.v, self.r = nn.Linear(D, D), nn.Linear(D, D), nn.Linear(D, D)
        self.mix = nn.Parameter(torch.ones(D))
        self.out = nn.Linear(D, D)

    def forward(self, x):
        h = self.norm(x)
        h = h * self.mix + torch.roll(h, 1, dims=1) * (1 - self.mix)
        k, v = self.k(h), self.v(h)
        top, bottom = torch.exp(k) * v, torch.exp(k)
        later = (top + torch.exp(k + 1) * v) / (bottom + torch.exp(k + 1))
        return x + self.out(torch.sigmoid(self.r(h)) * later)


class Forgetting(Receptance):
    """Products of queries and keys that forget gates weigh, without a softmax: a matrix memory (mLSTM)."""

    def __init__(self):
        super().__init__()
        self.q, self.forget, self.inner = nn.Linear(D, D), nn.Linear(D, 1), nn.GroupNorm(2, D)

    def weighed(self, products, decay):
        return products * torch.exp(decay)

    def forward(self, x):
        h = self.norm(x)
        q, k, v = self.q(h), self.k(h), self.v(h)
        added = torch.cumsum(F.logsigmoid(self.forget(h)), dim=1)
        later = self.weighed(q @ k.transpose(1, 2), added - added.transpose(1, 2)) @ v
        later = self.inner(later.transpose(1, 2)).transpose(1, 2)
        return x + self.out(torch.sigmoid(self.r(h)) * later)


class Biased(Forgetting):
    """The same gates as a bias of a softmax: an attention (the Forgetting Transformer)."""

    def weighed(self, products, decay):
        return torch.softmax(products + decay, dim=-1)


class HandsOut(Receptance):
    """A state that the block returns beside its result, and a denominator that stays above a bound."""

    def forward(self, x):
        h = self.norm(x)
        k, v = self.k(h), self.v(h)
        state = torch.cumsum(torch.exp(k) * v, dim=1)
        below = torch.maximum(torch.cumsum(torch.exp(k), dim=1).abs(), torch.exp(-k))
        return x + self.out(torch.sigmoid(self.r(h)) * state / below), state


class Chosen(Decayed):
    """A softplus that is written out with a choice for large numbers."""

    def forward(self, x):
        value, gate, step = self.into(self.norm(x)).chunk(3, dim=-1)
        step = torch.where(step > 20.0, step, torch.log(1.0 + torch.exp(step)))
        decay = torch.exp(torch.cumsum(step * -self.rate, dim=1))
        return x + self.out(self.inner(value * decay * F.silu(gate)))


class Softened(nn.Module):
    """One exponential in a gate is no recurrence."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.a, self.b = nn.Linear(D, D), nn.Linear(D, D)

    def forward(self, x):
        return x + self.b(torch.exp(self.a(self.norm(x))))


class Counted(nn.Module):
    """Positions counted by a cumulative sum of a mask are no recurrence."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(16, D)
        self.norm = nn.LayerNorm(D)
        self.f = nn.Linear(D, D)

    def forward(self, x, mask):
        x = x + self.table(torch.cumsum(mask, dim=1))
        return x + self.f(self.norm(x))


@pytest.mark.parametrize("name", ["Decayed", "Receptance", "HandsOut", "Chosen"])
def test_a_recurrence_is_one_box_behind_the_norm(name):
    (view,) = describe(f"{__file__}::{name}", engine="static").blocks
    assert view.notation.strip() == "layer_norm -> recurrent -> add"
    assert not view.unresolved


@pytest.mark.parametrize("name", ["Softened", "Counted"])
def test_exponentials_and_sums_alone_are_none(name):
    (view,) = describe(f"{__file__}::{name}", engine="static").blocks
    assert "ssm" not in view.notation
    assert "recurrent" not in view.notation


def test_forget_gates_that_weigh_products_are_a_state_space_unless_a_softmax_reads_them():
    (memory,) = describe(f"{__file__}::Forgetting", engine="static").blocks
    assert memory.notation.strip() == "layer_norm -> ssm -> add"
    (attention,) = describe(f"{__file__}::Biased", engine="static").blocks
    assert "self_attention" in attention.notation


class Dropped(Decayed):
    """A dropout on the stream that the recurrence alone reads."""

    def forward(self, x):
        y = self.norm(x + self.out(x))
        value, gate, step = self.into(F.dropout(y, 0.1)).chunk(3, dim=-1)
        decay = torch.exp(torch.cumsum(F.softplus(step) * -self.rate, dim=1))
        return x + self.out(value * decay * F.silu(gate))


def test_a_dropout_before_a_recurrence_is_not_inside_of_it():
    (view,) = describe(f"{__file__}::Dropped", engine="static").blocks
    assert "dropout -> recurrent" in view.notation
