"""The numbers of heads of an attention that is written out, and how wide they are."""

import pytest

from archcheck import check, describe

SOURCE = """
import math
import torch
import torch.nn.functional as F
from torch import nn


class Split(nn.Module):
    def __init__(self, dim=64, heads=4, shared=2):
        super().__init__()
        self.dim = dim
        self.heads, self.shared, self.size = heads, shared, dim // heads
        self.qkv, self.out, self.norm = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim), nn.LayerNorm(dim)
        self.q, self.k, self.v = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.few = nn.ModuleList([nn.Linear(dim, shared * self.size) for _ in range(2)])
        self.one = nn.ModuleList([nn.Linear(dim, self.size) for _ in range(2)])
        self.fused = nn.Linear(dim, dim + 2 * self.size)

    def attend(self, q, k, v):
        weights = ((q @ k.transpose(-2, -1)) / math.sqrt(self.size)).softmax(-1)
        return (weights @ v).transpose(1, 2).flatten(2)

    def mix(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(x).split(self.dim, dim=2)
        q, k, v = (one.view(b, t, self.heads, c // self.heads).transpose(1, 2) for one in (q, k, v))
        return self.attend(q, k, v)

    def forward(self, x):
        return x + self.out(self.mix(self.norm(x)))


class Packed(Split):
    def mix(self, x):
        b, t, c = x.shape
        qkv = self.qkv(x).reshape(b, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        return self.attend(*qkv.unbind(0))


class OfEachHead(Split):
    def mix(self, x):
        qkv = self.qkv(x).view(*x.shape[:-1], -1, 3 * self.size).transpose(1, 2)
        return self.attend(*qkv.chunk(3, dim=-1))


class Inside(Split):
    def mix(self, x):
        qkv = self.qkv(x).view(*x.shape[:-1], self.heads, 3, self.size)
        return self.attend(*(qkv[..., i, :].transpose(1, 2) for i in range(3)))


class Batched(Split):
    def mix(self, x):
        b, t, c = x.shape
        x = x.transpose(0, 1)
        q, k, v = (f(x).view(-1, b * self.heads, self.size).transpose(0, 1) for f in (self.q, self.k, self.v))
        mixed = torch.bmm(torch.bmm(q, k.transpose(1, 2)).softmax(-1), v)
        return mixed.transpose(0, 1).reshape(t, b, c).transpose(0, 1)


class Einsum(Split):
    def mix(self, x):
        q, k, v = (f(x).unflatten(-1, (self.heads, -1)) for f in (self.q, self.k, self.v))
        weights = torch.einsum("bihd,bjhd->bhij", q, k).softmax(-1)
        return torch.einsum("bhij,bjhd->bihd", weights, v).flatten(2)


class Rotary(Split):
    def mix(self, x):
        q, k, v = (f(x).view(*x.shape[:-1], -1, self.size).transpose(1, 2) for f in (self.q, self.k, self.v))
        angles = torch.arange(self.size).float()
        cos, sin = angles.cos(), angles.sin()

        def turned(one):
            first, second = one.chunk(2, dim=-1)
            return one * cos + torch.cat((-second, first), dim=-1) * sin

        return self.attend(turned(q), turned(k), v)


class Module(Split):
    def __init__(self, dim=64, heads=4):
        super().__init__()
        self.mha = nn.MultiheadAttention(dim, heads, batch_first=True)

    def mix(self, x):
        return self.mha(x, x, x, need_weights=False)[0]


class Grouped(Split):
    def mix(self, x):
        q = self.q(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k, v = (f(x).unflatten(-1, (self.shared, -1)).transpose(1, 2) for f in self.few)
        k, v = (one.repeat_interleave(self.heads // self.shared, dim=1) for one in (k, v))
        return self.attend(q, k, v)


class Expanded(Split):
    def mix(self, x):
        b, t, _ = x.shape
        q = self.q(x).view(b, t, self.heads, self.size).transpose(1, 2)
        k, v = (f(x).view(b, t, self.shared, self.size).transpose(1, 2) for f in self.few)
        more = b, self.shared, self.heads // self.shared, t, self.size
        k, v = (one[:, :, None].expand(more).reshape(b, self.heads, t, self.size) for one in (k, v))
        return self.attend(q, k, v)


class Native(Split):
    def mix(self, x):
        q, k, v = (f(x).view(*x.shape[:-1], -1, self.size).transpose(1, 2) for f in (self.q, *self.few))
        return F.scaled_dot_product_attention(q, k, v, enable_gqa=True).transpose(1, 2).flatten(2)


class Uneven(Split):
    def mix(self, x):
        q, k, v = self.fused(x).split([self.dim, self.size, self.size], dim=-1)
        q, k, v = (one.view(*x.shape[:-1], -1, self.size).transpose(1, 2) for one in (q, k, v))
        return self.attend(q, k, v)


class Single(Split):
    def mix(self, x):
        q = self.q(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k, v = (f(x).unsqueeze(1) for f in self.one)
        return self.attend(q, k, v)


class Cut(Split):
    def mix(self, x):
        qkv = self.fused(x).view(*x.shape[:-1], self.heads + 2, self.size)
        q, k, v = qkv[..., :-2, :], qkv[..., [-2], :], qkv[..., [-1], :]
        return self.attend(*(one.transpose(1, 2) for one in (q, k, v)))
"""
SPEC = """
archcheck: 1
name: grouped
block: ["layer_norm -> self_attention(heads=4, kv_heads=2, head_dim=16) -> add"]
"""
ALL = ["Split", "Packed", "OfEachHead", "Inside", "Batched", "Einsum", "Rotary", "Module"]
TOLD = dict.fromkeys(ALL, (4, 4, 16))
TOLD |= {
    "Grouped": (4, 2, 16),
    "Expanded": (4, 2, 16),
    "Native": (4, 2, 16),
    "Single": (4, 1, 16),
    "Uneven": (4, 1, 16),
}
ENGINES = pytest.mark.parametrize("engine", ["static", "trace"])


@pytest.fixture
def file(tmp_path):
    (tmp_path / "m.py").write_text(SOURCE)
    return tmp_path / "m.py"


def attention(file, name, engine):
    if engine == "trace":
        pytest.importorskip("torch")
    (block,) = describe(f"{file}::{name}", engine=engine, call="(torch.zeros(2, 5, 64),)").blocks
    (node,) = [n for n in block.to_dict()["graph"]["nodes"] if n["op"] == "self_attention"]
    return node["attrs"]


@ENGINES
@pytest.mark.parametrize("name", TOLD)
def test_heads_are_told_whatever_the_spelling(file, name, engine):
    told = attention(file, name, engine)
    assert tuple(told[key] for key in ("heads", "kv_heads", "head_dim") if key in told) == TOLD[name]


def test_heads_that_are_cut_out_of_more_are_not_guessed(file):
    assert "heads" not in attention(file, "Cut", "static")


@ENGINES
@pytest.mark.parametrize(
    ("name", "wrong"), [("Grouped", []), ("Native", []), ("Split", [30]), ("Single", [30])]
)
def test_a_spec_may_give_the_heads_of_keys(file, tmp_path, name, wrong, engine):
    if engine == "trace":
        pytest.importorskip("torch")
    (tmp_path / "s.yaml").write_text(SPEC)
    options = {"engine": engine, "call": "(torch.zeros(2, 5, 64),)"}
    (result,) = check(f"{file}::{name}", tmp_path / "s.yaml", **options).results
    assert [f.at.line for f in result.findings if f.code != "AC220"] == wrong
    assert {f.code for f in result.findings} - {"AC220"} == ({"AC004"} if wrong else set())
    assert result.verdict == ("mismatch" if wrong else "match")


KERAS = """
from keras import layers


class Layer(layers.Layer):
    def __init__(self):
        super().__init__()
        self.norm, self.attend = layers.LayerNormalization(), layers.{made}

    def call(self, x):
        h = self.norm(x)
        return x + self.attend(h, h)
"""


@pytest.mark.parametrize(
    ("made", "heads"),
    [("MultiHeadAttention(4, 16)", (4, 4, 16)), ("GroupQueryAttention(16, 8, 2)", (8, 2, 16))],
)
def test_attentions_of_keras_tell_theirs(file, made, heads):
    file.write_text(KERAS.replace("{made}", made))
    told = attention(file, "Layer", "static")
    assert tuple(told[key] for key in ("heads", "kv_heads", "head_dim")) == heads


GUESSED = """
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm, self.mha = nn.LayerNorm(dim), nn.MultiheadAttention(dim, heads, batch_first=True)

    def forward(self, x):
        h = self.norm(x)
        return x + self.mha(h, h, h)[0]
"""
CHAIN = "layer_norm -> self_attention(heads=8) -> add"


@ENGINES
@pytest.mark.parametrize(
    ("target", "given", "verdict"),
    [("Layer", {}, "unresolved"), ("Layer", {"heads": 8}, "match"), ("Layer(64, 4)", {}, "mismatch")],
)
def test_a_number_that_nobody_gave_is_no_difference(tmp_path, target, given, verdict, engine):
    if engine == "trace":
        pytest.importorskip("torch")
    (tmp_path / "g.py").write_text(GUESSED)
    (result,) = check(f"{tmp_path / 'g.py'}::{target}", CHAIN, engine=engine, set=given).results
    assert result.verdict == verdict
