"""What is added to an attention's weighted sum belongs to it where it is made of the values or the weights."""

import pytest
import torch
from torch import nn

from . import blocks as b

X = torch.randn(2, 5, b.D)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(b.D, b.D) for _ in range(4))
        self.conv = nn.Conv1d(b.D, b.D, 3, padding=1, groups=b.D)
        self.table = nn.Parameter(torch.randn(5, b.D))

    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        weights = (q @ k.transpose(-1, -2)).softmax(-1)
        return self.o(weights @ v + self.beside(x, v, weights))


class Convolved(Attention):
    def beside(self, x, v, weights):
        return self.conv(v.transpose(1, 2)).transpose(1, 2)


class Relative(Attention):
    def beside(self, x, v, weights):
        return weights @ self.table


class Other(Attention):
    def beside(self, x, v, weights):
        return self.conv(x.transpose(1, 2)).transpose(1, 2)


@pytest.mark.parametrize("attention", [Convolved, Relative])
def test_a_local_part_of_an_attention_is_inside_of_it(attention):
    found = b.notation(b.Pre(attention=attention), X)
    assert found.startswith("layer_norm -> self_attention -> add")


def test_a_convolution_of_what_the_attention_reads_stands_beside_it():
    found = b.notation(b.Pre(attention=Other), X)
    assert "depthwise_conv" in found
