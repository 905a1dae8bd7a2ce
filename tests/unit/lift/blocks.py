"""Small blocks in the styles of real code, for the tests of the lift."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from archcheck.blocks.block import Tree, make_block
from archcheck.frontends.trace.record import record_module
from archcheck.spec import print_chain

D, H = 32, 4


def notation(module, *args):
    """The chains of a module's block as text, as a run with these arguments records it."""
    recording = record_module(module, args)[1]
    block = make_block(recording, Tree(recording).lifted(""), "")
    assert block.chains is not None
    return "; ".join(print_chain(c) for c in block.chains)


class RMS(nn.Module):
    def __init__(self, d=D):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))

    def forward(self, x):
        kind = x.dtype
        x = x.float()
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)
        return self.weight * x.to(kind)


class OnePlusRMS(RMS):
    def forward(self, x):
        y = x.float() * torch.rsqrt(x.float().square().mean(-1, keepdim=True) + 1e-6)
        return (y * (1.0 + self.weight.float())).type_as(x)


class NormalizeRMS(RMS):
    def forward(self, x):
        return F.normalize(x, dim=-1) * D**0.5 * self.weight


class Affine(nn.Module):
    def __init__(self, d=D):
        super().__init__()
        self.a = nn.Parameter(torch.ones(d))
        self.b = nn.Parameter(torch.zeros(d))


class StdNorm(Affine):
    def forward(self, x):
        return self.a * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-6) + self.b


class SqrtNorm(Affine):
    def forward(self, x):
        u = x.mean(-1, keepdim=True)
        v = (x - u).pow(2).mean(-1, keepdim=True)
        return self.a * ((x - u) / torch.sqrt(v + 1e-6)) + self.b


class VarMeanNorm(Affine):
    def forward(self, x):
        v, m = torch.var_mean(x, -1, keepdim=True, unbiased=False)
        return (x - m) * torch.rsqrt(v + 1e-5) * self.a + self.b


class StdMeanNorm(Affine):
    def forward(self, x):
        s, m = torch.std_mean(x, -1, unbiased=False, keepdim=True)
        return (x - m) / (s + 1e-5) * self.a + self.b


class ScaleNorm(nn.Module):
    def __init__(self, d=D):
        super().__init__()
        self.g = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.g * x / x.norm(dim=-1, keepdim=True).clamp(min=1e-5)


class Centred(Affine):
    """No norm: it subtracts the mean and divides by nothing."""

    def forward(self, x):
        return self.a * (x - x.mean(-1, keepdim=True)) + self.b


class Attention(nn.Module):
    def __init__(self, d=D, heads=H):
        super().__init__()
        self.heads, self.scale = heads, (d // heads) ** -0.5
        self.qkv = nn.Linear(d, 3 * d)
        self.out = nn.Linear(d, d)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(x).reshape(b, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        mask = torch.tril(torch.ones(t, t, dtype=torch.bool))
        w = ((q @ k.transpose(-2, -1)) * self.scale).masked_fill(~mask, float("-inf")).softmax(-1)
        return self.drop(self.out((self.drop(w) @ v).transpose(1, 2).reshape(b, t, c)))


class EinsumAttention(Attention):
    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (z.view(b, t, self.heads, -1) for z in self.qkv(x).chunk(3, -1))
        w = F.softmax(torch.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(c // self.heads), dim=-1)
        return self.out(torch.einsum("bhqk,bkhd->bqhd", w, v).flatten(2))


class FusedAttention(Attention):
    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in self.qkv(x).split(c, dim=-1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).contiguous().view(b, t, c))


class LinearAttention(Attention):
    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in self.qkv(x).chunk(3, -1))
        q, k = F.elu(q) + 1, F.elu(k) + 1
        y = q @ (k.transpose(-2, -1) @ v)
        return self.out(y.transpose(1, 2).reshape(b, t, c))


class NormedAttention(Attention):
    """Norms on queries and keys, a soft cap on the scores, a gate on the result."""

    def __init__(self, d=D, heads=H):
        super().__init__(d, heads)
        self.qn, self.kn, self.gate = RMS(d // heads), RMS(d // heads), nn.Linear(d, d)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (z.view(b, t, self.heads, -1).transpose(1, 2) for z in self.qkv(x).chunk(3, -1))
        s = 50.0 * torch.tanh(self.qn(q) @ self.kn(k).transpose(-2, -1) / 50.0)
        y = (s.softmax(-1) @ v).transpose(1, 2).reshape(b, t, c)
        return self.out(y * torch.sigmoid(self.gate(x)))


class FeedForward(nn.Module):
    def __init__(self, act=F.gelu, d=D):
        super().__init__()
        self.a, self.b, self.act = nn.Linear(d, 64), nn.Linear(64, d), act

    def forward(self, x):
        return self.b(self.act(self.a(x)))


class Gated(nn.Module):
    def __init__(self, d=D):
        super().__init__()
        self.a, self.g, self.b = nn.Linear(d, 64), nn.Linear(d, 64), nn.Linear(64, d)

    def forward(self, x):
        return self.b(F.silu(self.g(x)) * self.a(x))


class FusedGated(nn.Module):
    def __init__(self, d=D):
        super().__init__()
        self.a, self.b = nn.Linear(d, 128), nn.Linear(64, d)

    def forward(self, x):
        a, g = self.a(x).chunk(2, -1)
        return self.b(F.silu(g) * a)


class Experts(nn.Module):
    """Two of four experts for each token, and their weighted sum."""

    def __init__(self, d=D):
        super().__init__()
        self.router = nn.Linear(d, 4, bias=False)
        self.experts = nn.ModuleList(FeedForward(F.relu, d) for _ in range(4))

    def forward(self, x):
        b, t, c = x.shape
        flat = x.reshape(-1, c)
        weights, chosen = torch.topk(self.router(flat).softmax(-1), 2, dim=-1)
        out = torch.zeros_like(flat)
        for i, expert in enumerate(self.experts):
            token, rank = torch.where(chosen == i)
            out.index_add_(0, token, expert(flat[token]) * weights[token, rank, None])
        return out.reshape(b, t, c)


def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * torch.pow(x, 3))))


def gelu_erf(x):
    return x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))


def drop_path_bernoulli(x, p=0.1):
    mask = x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(1 - p)
    return x * mask.div_(1 - p)


def drop_path_floor(x, p=0.1):
    keep = 1 - p
    mask = keep + torch.rand((x.shape[0],) + (1,) * (x.ndim - 1))
    return x.div(keep) * mask.floor_()


class Pre(nn.Module):
    """x + drop(scale * f(norm(x))), twice."""

    def __init__(
        self, norm=nn.LayerNorm, attention=Attention, feed_forward=FeedForward, drop=None, scale=None
    ):
        super().__init__()
        self.n1, self.n2 = norm(D), norm(D)
        self.attention, self.feed_forward = attention(), feed_forward()
        self.drop = drop or (lambda x: x)
        self.scale = scale
        if scale is not None:
            self.g1, self.g2 = nn.Parameter(torch.full((D,), scale)), nn.Parameter(torch.full((D,), scale))

    def forward(self, x):
        a = self.attention(self.n1(x))
        x = x + self.drop(a if self.scale is None else a * self.g1)
        f = self.feed_forward(self.n2(x))
        return x + self.drop(f if self.scale is None else self.g2 * f)
