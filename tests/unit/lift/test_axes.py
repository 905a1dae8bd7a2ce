"""Which axis an operation works on, and what follows from it: token mixing, response norms, joint streams."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from archcheck.blocks.block import Tree, make_block
from archcheck.frontends.trace.record import record_module
from archcheck.spec import print_chain

D, N = 32, 6
X = torch.randn(2, N, D)


def notation(module, *args):
    recording = record_module(module, args)[1]
    block = make_block(recording, Tree(recording).lifted(""), "")
    assert block.chains is not None
    return "; ".join(print_chain(c) for c in block.chains)


class Mixing(nn.Module):
    """Normalizes the channels, turns the value or not, and runs a network along the last axis."""

    def __init__(self, turned, square=False):
        super().__init__()
        self.turned, size = turned, D if square or not turned else N
        self.norm = nn.LayerNorm(D)
        self.net = nn.Sequential(nn.Linear(size, 64), nn.GELU(), nn.Linear(64, size))

    def forward(self, x):
        h = self.norm(x)
        h = self.net(h.transpose(1, 2)).transpose(1, 2) if self.turned else self.net(h)
        return x + h


class PointwiseAlongTokens(nn.Module):
    """A convolution of kernel 1 works on axis 1, which here holds the tokens."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.net = nn.Sequential(nn.Conv1d(N, 64, 1), nn.GELU(), nn.Conv1d(64, N, 1))

    def forward(self, x):
        return x + self.net(self.norm(x))


class PointwiseAlongChannels(nn.Module):
    """The same behind a transposition: axis 1 holds the channels."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.net = nn.Sequential(nn.Conv1d(D, 64, 1), nn.GELU(), nn.Conv1d(64, D, 1))

    def forward(self, x):
        return x + self.net(self.norm(x).transpose(1, 2)).transpose(1, 2)


class Image(nn.Module):
    """Channels first, turned for the norm and the network: both work on the channels."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.net = nn.Sequential(nn.Linear(D, 64), nn.GELU(), nn.Linear(64, D))

    def forward(self, x):
        return x + self.net(self.norm(x.permute(0, 2, 3, 1))).permute(0, 3, 1, 2)


@pytest.mark.parametrize(
    ("module", "args", "word"),
    [
        (Mixing(True), (X,), "token_mixing"),
        (Mixing(True, square=True), (torch.randn(2, D, D),), "token_mixing"),
        (Mixing(False), (X,), "feed_forward"),
        (PointwiseAlongTokens(), (X,), "token_mixing"),
        (PointwiseAlongChannels(), (X,), "feed_forward"),
        (Image(), (torch.randn(2, D, 5, 5),), "feed_forward"),
    ],
)
def test_a_network_mixes_tokens_if_it_runs_along_another_axis_than_the_norm(module, args, word):
    assert notation(module, *args) == f"layer_norm -> {word} -> add"


class Response(nn.Module):
    """The response normalization, with the root of the squares or `torch.norm`, over these axes."""

    def __init__(self, dims=(1, 2), by_hand=False, over=-1, summed=True):
        super().__init__()
        self.gamma, self.beta = (nn.Parameter(torch.zeros(D)) for _ in range(2))
        self.dims, self.by_hand, self.over, self.summed = dims, by_hand, over, summed

    def forward(self, x):
        if self.by_hand:
            response = x.pow(2).sum(dim=self.dims, keepdim=True).sqrt()
        else:
            response = torch.norm(x, p=2, dim=self.dims, keepdim=True)
        ratio = response / (response.mean(dim=self.over, keepdim=True) + 1e-6)
        scaled = self.gamma * (x * ratio) + self.beta
        return scaled + x if self.summed else scaled


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_response_norm_by_what_it_computes(by_hand):
    assert notation(Response(by_hand=by_hand), torch.randn(2, 5, 5, D)) == "grn"


@pytest.mark.parametrize(
    ("dims", "over", "found"), [(1, -1, True), (-2, 2, True), (-1, 2, False), (1, -2, False)]
)
def test_the_positions_of_a_sequence_are_one_axis(dims, over, found):
    assert ("grn" in notation(Response(dims=dims, over=over), torch.randn(2, 5, D))) is found


def test_a_response_norm_without_its_sum_is_none():
    assert "grn" not in notation(Response(summed=False), torch.randn(2, 5, 5, D))


def test_a_norm_over_one_axis_of_an_image_is_no_response_norm():
    assert "grn" not in notation(Response(dims=(1,)), torch.randn(2, 5, 5, D))


class Joint(nn.Module):
    """Two streams, projected apart, that attend together; a condition shifts, scales and gates them."""

    def __init__(self, crossed=False):
        super().__init__()
        self.crossed = crossed
        self.condition = nn.Sequential(nn.SiLU(), nn.Linear(D, 4 * D))
        self.norms = nn.ModuleList([nn.LayerNorm(D, elementwise_affine=False) for _ in range(2)])
        self.qkv = nn.ModuleList([nn.Linear(D, 3 * D) for _ in range(2)])
        self.out = nn.ModuleList([nn.Linear(D, D) for _ in range(2)])

    def forward(self, x, y, c):
        shift, scale, gate, other = self.condition(c).unsqueeze(1).chunk(4, dim=-1)
        hs = [norm(v) * (1 + scale) + shift for norm, v in zip(self.norms, (x, y), strict=True)]
        parts = [qkv(h).chunk(3, dim=-1) for qkv, h in zip(self.qkv, hs, strict=True)]
        q, k, v = (torch.cat(pair, dim=1) for pair in zip(*parts, strict=True))
        mixed = F.scaled_dot_product_attention(q.unsqueeze(1), k.unsqueeze(1), v.unsqueeze(1)).squeeze(1)
        first, second = mixed[:, :N], mixed[:, N:]
        if self.crossed:
            first, second = second, first
        return x + gate * self.out[0](first), y + other * self.out[1](second)


def test_streams_that_attend_together_get_a_box_each():
    assert notation(Joint(), X, X.clone(), torch.randn(2, D)) == (
        "input -> layer_norm -> modulate(c) as m1; y -> layer_norm -> modulate(c) as m2; "
        "m1 -> joint_attention(m2) -> gate(c) as g1; input -> add(g1) as a1; "
        "m2 -> joint_attention(m1) -> gate(c) as g2; y -> add(g2) as a2"
    )


def test_the_part_that_is_taken_says_which_stream_it_is():
    assert "m2 -> joint_attention(m1) -> gate(c) as g1; input -> add(g1)" in notation(
        Joint(crossed=True), X, X.clone(), torch.randn(2, D)
    )


class Summaries(nn.Module):
    """Tokens attend to themselves and to a summary of them (Guo et al. 2022, transient global attention)."""

    def __init__(self):
        super().__init__()
        self.norm, self.inner = nn.LayerNorm(D), nn.LayerNorm(D)
        self.q, self.k, self.v, self.o = (nn.Linear(D, D) for _ in range(4))

    def forward(self, x):
        h = self.norm(x)
        g = self.inner(h.mean(dim=1, keepdim=True))
        k, v = (torch.cat([w(h), w(g)], dim=1) for w in (self.k, self.v))
        return x + self.o(torch.softmax(self.q(h) @ k.transpose(-1, -2), dim=-1) @ v)


def test_a_summary_of_the_stream_is_no_stream_beside_it():
    assert notation(Summaries(), X) == "layer_norm -> self_attention -> add"


class Conditioned(nn.Module):
    """The condition is projected before anything reads the stream."""

    def __init__(self):
        super().__init__()
        self.ada = nn.Sequential(nn.SiLU(), nn.Linear(D, 3 * D))
        self.norm = nn.LayerNorm(D)
        self.net = nn.Sequential(nn.Linear(D, 64), nn.GELU(), nn.Linear(64, D))

    def forward(self, x, c):
        shift, scale, gate = self.ada(c).unsqueeze(1).chunk(3, dim=-1)
        return x + gate * self.net(self.norm(x) * (1 + scale) + shift)


def test_the_stream_is_what_goes_on_though_the_condition_is_read_first():
    assert (
        notation(Conditioned(), X, torch.randn(2, D))
        == "layer_norm -> modulate(c) -> feed_forward -> gate(c) -> add"
    )


class Queries(nn.Module):
    """A cross-attention whose queries get positions, which are another input, for the attention alone."""

    def __init__(self, by_hand=False):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.attn = nn.MultiheadAttention(D, 4, batch_first=True)
        self.q, self.k, self.v = (nn.Linear(D, D) for _ in range(3)) if by_hand else (None, None, None)

    def forward(self, x, memory, places, queries):
        h = self.norm(x)
        if self.q is None:
            return x + self.attn(h + queries, memory + places, memory, need_weights=False)[0]
        q, k, v = self.q(h + queries), self.k(memory + places), self.v(memory)
        return x + torch.softmax(q @ k.transpose(-1, -2), dim=-1) @ v


@pytest.mark.parametrize("by_hand", [False, True])
def test_positions_on_the_queries_belong_to_the_attention(by_hand):
    args = (X, X.clone(), X.clone(), X.clone())
    assert notation(Queries(by_hand), *args) == "layer_norm -> cross_attention(memory) -> add"


class SideBySide(nn.Module):
    """An attention and a hidden layer side by side, projected together; or two attentions."""

    def __init__(self, attentions):
        super().__init__()
        self.attentions = attentions
        self.qkv = nn.ModuleList([nn.Linear(D, 3 * D) for _ in range(2)])
        self.hidden = nn.Linear(D, D)
        self.out = nn.Linear(2 * D, D)

    def one(self, x, qkv):
        q, k, v = qkv(x).chunk(3, dim=-1)
        return F.scaled_dot_product_attention(q.unsqueeze(1), k.unsqueeze(1), v.unsqueeze(1)).squeeze(1)

    def forward(self, x):
        first = self.one(x, self.qkv[0])
        second = self.one(x, self.qkv[1]) if self.attentions == 2 else F.gelu(self.hidden(x))
        return x + self.out(torch.cat([first, second], dim=-1))


def test_a_network_beside_an_attention_is_no_group_of_heads():
    assert notation(SideBySide(1), X) == "(self_attention , linear -> gelu) -> linear -> add"


def test_attentions_side_by_side_are_groups_of_heads():
    assert "linear -> gelu" not in notation(SideBySide(2), X)
