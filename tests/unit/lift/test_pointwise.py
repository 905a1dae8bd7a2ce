"""Activations that have no name, and noise inside a feed-forward."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from . import blocks as b

X = torch.randn(2, 5, b.D)
PRE = "layer_norm -> self_attention -> dropout -> add; layer_norm -> {} -> add"


class Polynomials(nn.Module):
    """Two polynomials with learned coefficients, in the way of xIELU."""

    def __init__(self):
        super().__init__()
        self.p, self.n = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
        self.register_buffer("eps", torch.tensor(-1e-6))

    def forward(self, x):
        p, n = F.softplus(self.p), 0.5 + F.softplus(self.n)
        low = (torch.expm1(torch.min(x, self.eps)) - x) * n + 0.5 * x
        return torch.where(x > 0, p * x * x + 0.5 * x, low)


class Snake(nn.Module):
    def __init__(self):
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(64))

    def forward(self, x):
        return x + torch.sin(self.alpha * x) ** 2 / (self.alpha + 1e-9)


@pytest.mark.parametrize("activation", [Polynomials, Snake])
def test_an_activation_without_a_name(activation):
    class Network(b.FeedForward):
        def __init__(self):
            super().__init__()
            self.act = activation()

    assert b.notation(b.Pre(feed_forward=Network), X) == PRE.format("feed_forward")


def test_a_sum_with_noise_between_is_a_residual_and_no_activation():
    class Network(b.FeedForward):
        def forward(self, x):
            x = self.a(x)
            return self.b(x + F.dropout(F.gelu(x), 0.1))

    found = b.notation(b.Pre(feed_forward=Network), X)
    assert "activation" not in found
    assert "gelu -> dropout" in found


def test_a_drop_path_may_stand_inside_a_feed_forward():
    class Network(b.FeedForward):
        def forward(self, x):
            return self.b(b.drop_path_floor(F.gelu(self.a(x))))

    assert b.notation(b.Pre(feed_forward=Network), X) == PRE.format("feed_forward")


@pytest.mark.parametrize(("dim", "word"), [(2, "squeeze_excite"), (1, "gate")])
def test_a_pool_over_the_positions_of_a_sequence_is_a_squeeze(dim, word):
    class Squeeze(nn.Module):
        def __init__(self):
            super().__init__()
            self.main, self.a, self.b = nn.Conv1d(8, 8, 3, padding=1), nn.Conv1d(8, 2, 1), nn.Conv1d(2, 8, 1)

        def forward(self, x):
            y = self.main(x)
            s = y.mean(dim=dim, keepdim=True).expand(-1, 8, -1)
            return x + y * torch.sigmoid(self.b(F.relu(self.a(s))))

    assert b.notation(Squeeze(), torch.randn(2, 8, 5)).split(" -> ")[-2] == word


class Convolutions(nn.Module):
    """A residual unit that begins with an activation (DAC, Kumar et al. 2023)."""

    def __init__(self, activation):
        super().__init__()
        self.one, self.two = activation(), activation()
        self.conv1, self.conv2 = nn.Conv1d(8, 8, 3, padding=1), nn.Conv1d(8, 8, 1)

    def forward(self, x):
        return x + self.conv2(self.two(self.conv1(self.one(x))))


class Wave(nn.Module):
    """Snake for one channel after the other."""

    def __init__(self):
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1, 8, 1))

    def forward(self, x):
        return x + (self.alpha + 1e-9).reciprocal() * torch.sin(self.alpha * x).pow(2)


class Leak(nn.Module):
    def forward(self, x):
        return x + F.gelu(x)


def test_an_activation_without_a_name_may_stand_before_the_first_projection():
    found = b.notation(Convolutions(Wave), torch.randn(2, 8, 5))
    assert found == "activation -> conv -> activation -> conv -> add"


def test_a_sum_with_an_activation_that_has_a_name_is_a_residual():
    assert b.notation(Convolutions(Leak), torch.randn(2, 8, 5)).startswith("(gelu -> add) -> conv")


class Padded(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.net = nn.LayerNorm(b.D), b.FeedForward()

    def forward(self, x, padding_mask):
        return x + self.net(self.norm(x)) * padding_mask


class Paddings(Padded):
    def forward(self, x, paddings):
        return x + self.net(self.norm(x)) * (1.0 - paddings[:, :, None])


class Everywhere(Padded):
    """A mask on the stream, on the branch and on their sum: what every result passes is no stream."""

    def forward(self, x, mask):
        x = x * mask
        return (x + self.net(self.norm(x)) * mask) * mask


class Gated(Padded):
    def forward(self, x, strength):
        return x + self.net(self.norm(x)) * strength


@pytest.mark.parametrize(
    ("block", "notation"),
    [
        (Padded, "layer_norm -> feed_forward -> add"),
        (Paddings, "layer_norm -> feed_forward -> add"),
        (Everywhere, "layer_norm -> feed_forward -> add"),
        (Gated, "layer_norm -> feed_forward -> gate(strength) -> add"),
    ],
)
def test_a_product_with_an_input_is_a_gate_unless_the_input_is_called_a_mask(block, notation):
    other = torch.ones(2, 5) if block is Paddings else torch.ones(2, 5, 1)
    assert b.notation(block(), X, other) == notation
