"""Convolutions with shared filters, also as a product with a band matrix (Wu et al. 2019), and gates along the tokens."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from archcheck import describe

D, H, K = 8, 2, 3


class Banded(nn.Module):
    """Filters shared by the channels of a head, written along the diagonal of a matrix; rows are tokens."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.before, self.after = nn.Linear(D, 2 * D), nn.Linear(D, D)
        self.weight = nn.Parameter(torch.ones(H, 1, K))

    def mixed(self, x):
        T, B, C = x.size()
        weight = F.softmax(self.weight.view(H, K), dim=1)
        weight = weight.view(1, H, K).expand(T * B, H, K).contiguous().view(T, B * H, K).transpose(0, 1)
        x = x.view(T, B * H, C // H).transpose(0, 1)
        matrix = weight.new_zeros(B * H, T, T + K - 1, requires_grad=False)
        matrix.as_strided((B * H, T, K), (T * (T + K - 1), T + K, 1)).copy_(weight)
        matrix = matrix.narrow(2, K - 1, T)
        return torch.bmm(self.drop(matrix), x).transpose(0, 1).contiguous().view(T, B, C)

    def drop(self, matrix):
        return matrix

    def forward(self, x):
        return x + self.after(self.mixed(F.glu(self.before(self.norm(x)))))


class Dropped(Banded):
    """The same, with a dropout of the filters."""

    def drop(self, matrix):
        return F.dropout(matrix, 0.1, training=self.training)


class Kept(Banded):
    """The same, with what a decoder keeps between its calls; its first call has nothing of it."""

    def forward(self, x, incremental_state):
        h = F.glu(self.before(self.norm(x)))
        if incremental_state is not None:
            h = torch.cat([incremental_state["h"], h])
        return x + self.after(self.mixed(h))


class Shared(Banded):
    """The same convolution as a function, its filters made of a parameter (espnet's lightweight convolution)."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.Tensor(H, 1, K).uniform_(0, 1))

    def mixed(self, x):
        B, T, C = x.size()
        x = x.transpose(1, 2).contiguous().view(-1, H, T)
        weight = F.softmax(F.dropout(self.weight, 0.1, training=self.training), dim=-1)
        return F.conv1d(x, weight, padding=K // 2, groups=H).view(B, C, T).transpose(1, 2)


class Spatial(Banded):
    """A gate of a linear along the tokens, which come first, as an einsum (gMLP)."""

    def __init__(self):
        super().__init__()
        self.inner, self.tokens = nn.LayerNorm(D), nn.Parameter(torch.zeros(5, 5))
        self.last = nn.Linear(D, D)

    def forward(self, x):
        one, two = F.gelu(self.before(self.norm(x))).chunk(2, dim=-1)
        weight = self.tokens[: x.shape[0], : x.shape[0]]
        return x + self.last(one * torch.einsum("ij,jbd->ibd", weight, self.inner(two)))


class Summed(Banded):
    """A matrix of zeros into which weights are written at some places is no band."""

    def mixed(self, x):
        matrix = x.new_zeros(D, D)
        matrix[:H, :K] = self.weight.view(H, K)
        return torch.matmul(matrix, x)


@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("Banded", "convolution"),
        ("Dropped", "convolution"),
        ("Kept", "convolution"),
        ("Summed", "gated_feed_forward -> linear"),
    ],
)
def test_what_mixes_tokens_between_two_linears(name, box):
    (view,) = describe(f"{__file__}::{name}", engine="static").blocks
    assert view.notation.strip() == f"layer_norm -> {box} -> add"


class Cast(nn.Module):
    """What a weight takes from the value is its type and its shape."""

    def __init__(self):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(D), nn.Linear(D, D)
        self.one, self.two, self.three = (nn.Parameter(torch.ones(D)) for _ in range(3))

    def forward(self, x):
        h = self.linear(self.norm(x))
        h = h * self.one.type_as(h)
        h = h * self.two.expand_as(h)
        return x + h * self.three.to(h)


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_the_type_of_a_value_is_no_operand(engine):
    call = "torch.randn(2, 5, 8)" if engine == "trace" else None
    (view,) = describe(f"{__file__}::Cast", engine=engine, call=call).blocks
    scales = "layer_scale -> layer_scale -> layer_scale"
    assert view.notation.strip() == f"layer_norm -> linear -> {scales} -> add"
