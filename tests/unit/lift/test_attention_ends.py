"""What belongs to an attention behind its weighted sum, and to a network of pointwise convolutions."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from archcheck import describe

D = 8


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.q, self.k, self.v = nn.Linear(D, D), nn.Linear(D, D), nn.Linear(D, D)
        self.out = nn.Linear(D, D)
        self.local = nn.Conv1d(D, D, 3, padding=1, groups=D)

    def read(self, x):
        h = self.norm(x)
        return self.q(h), self.k(h), self.v(h)


class Pooled(Base):
    """The queries are added to what they read (MViTv2)."""

    def forward(self, x):
        q, k, v = self.read(x)
        y = F.softmax(q @ k.transpose(-2, -1), dim=-1) @ v
        return x + self.out(y + q)


class Local(Base):
    """A convolution of the values is added as a position (CSWin)."""

    def forward(self, x):
        q, k, v = self.read(x)
        y = F.scaled_dot_product_attention(q, k, v)
        return x + self.out(y + self.local(v.transpose(1, 2)).transpose(1, 2))


class Divided(Base):
    """A linear attention whose last channel holds the sum of its weights (EfficientViT)."""

    def forward(self, x):
        q, k, v = self.read(x)
        v = F.pad(v, (0, 1), value=1.0)
        y = F.relu(q) @ (F.relu(k).transpose(-2, -1) @ v)
        y = y[..., :-1] / (y[..., -1:] + 1e-5)
        return x + self.out(y)


class Activated(Base):
    """The output projection begins with an activation (LeViT)."""

    def forward(self, x):
        y = F.scaled_dot_product_attention(*self.read(x))
        return x + self.out(F.gelu(y))


class Mixed(Base):
    """Heads exchange their weights, which are normalized then (DeepViT)."""

    def __init__(self):
        super().__init__()
        self.heads, self.renorm = nn.Parameter(torch.randn(2, 2)), nn.LayerNorm(2)

    def forward(self, x):
        q, k, v = (t.unflatten(-1, (2, D // 2)).transpose(1, 2) for t in self.read(x))
        weights = F.softmax(q @ k.transpose(-2, -1), dim=-1)
        weights = torch.einsum("bhij,hg->bgij", weights, self.heads)
        weights = self.renorm(weights.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return x + self.out((weights @ v).transpose(1, 2).flatten(2))


class Joined(Base):
    """What is cut into parts and put together again is what it was (HunyuanVideo)."""

    def forward(self, x):
        h = self.norm(x)
        h = torch.cat([h[:, :2], h[:, 2:]], dim=1)
        y = F.scaled_dot_product_attention(self.q(h), self.k(h), self.v(h))
        one, two = y.split(2, dim=1)
        return x + self.out(torch.cat([one, two], dim=1))


class Beside(Base):
    """A network that runs beside an attention without a projection is no part of it."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(D, D), nn.GELU(), nn.Linear(D, D))

    def forward(self, x):
        h = self.norm(x)
        y = F.scaled_dot_product_attention(self.q(h), self.k(h), self.v(h))
        return x + (y + self.net(h))


class Cascade(nn.Module):
    """Each group of channels reads its part and what the group before it gives (EfficientViT, Liu et al. 2023)."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(D)
        self.qkv = nn.ModuleList([nn.Conv2d(D // 2, 3 * D // 2, 1) for _ in range(2)])
        self.local = nn.Conv2d(D // 2, D // 2, 3, padding=1, groups=D // 2)
        self.out = nn.Sequential(nn.ReLU(), nn.Conv2d(D, D, 1))

    def forward(self, x):
        parts = self.norm(x).chunk(2, dim=1)
        part, found = parts[0], []
        for i, qkv in enumerate(self.qkv):
            if i > 0:
                part = part + parts[i]
            q, k, v = qkv(part).chunk(3, dim=1)
            q, k, v = self.local(q).flatten(2), k.flatten(2), v.flatten(2)
            part = (v @ F.softmax(q.transpose(-2, -1) @ k, dim=-1).transpose(-2, -1)).view(part.shape)
            found.append(part)
        return x + self.out(torch.cat(found, 1))


class Masked(Base):
    """The mask is made of the stream itself, and not of the norm of it."""

    def forward(self, x):
        q, k, v = self.read(x)
        return x + self.out(F.scaled_dot_product_attention(q, k, v, attn_mask=x.abs().sum(-1)[:, None] > 0))


class Biased(Base):
    """The scores get a bias that is computed of the stream itself."""

    def forward(self, x):
        q, k, v = self.read(x)
        return x + self.out(F.softmax(q @ k.transpose(-2, -1) + self.local(x).mean(), dim=-1) @ v)


class Multiscale(Base):
    """Queries, keys and values are put together and pass a convolution before they are taken apart."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Conv1d(3 * D, 3 * D, 1, groups=3)
        self.out = nn.Linear(2 * D, D)

    def forward(self, x):
        qkv = torch.cat(self.read(x), dim=-1).transpose(1, 2)
        scales = torch.cat([qkv, self.mix(qkv)], dim=1).unflatten(1, (2, 3 * D)).transpose(2, 3)
        y = F.scaled_dot_product_attention(*scales.chunk(3, dim=-1))
        return x + self.out(y.transpose(1, 2).flatten(2))


class Pointwise(nn.Module):
    """Convolutions of kernel 1 with norms, or of kernel 3, or with a depthwise one between them."""

    def __init__(self, kernel=1, depthwise=False):
        super().__init__()
        deep = [nn.Conv2d(32, 32, 3, padding=1, groups=32), nn.ReLU()] if depthwise else []
        self.net = nn.Sequential(
            nn.Conv2d(D, 32, kernel, padding="same"), nn.BatchNorm2d(32), nn.ReLU(), *deep,
            nn.Conv2d(32, D, kernel, padding="same"), nn.BatchNorm2d(D),
        )  # fmt: skip

    def forward(self, x):
        return x + self.net(x)


class Sized(Base):
    """The sizes of an image, as numbers."""

    def forward(self, x, size: list[int]):
        height, width = size
        x = x[:, : height * width] * max(height / width, 1.0)
        return x + self.out(self.norm(x))


@pytest.mark.parametrize(
    ("name", "notation"),
    [
        ("Pooled", "layer_norm -> self_attention -> add"),
        ("Local", "layer_norm -> self_attention -> add"),
        ("Divided", "layer_norm -> self_attention -> add"),
        ("Activated", "layer_norm -> self_attention -> add"),
        ("Mixed", "layer_norm -> self_attention -> add"),
        ("Joined", "layer_norm -> self_attention -> add"),
        ("Beside", "layer_norm -> (self_attention + feed_forward) -> add"),
        ("Masked", "layer_norm -> self_attention -> add"),
        ("Biased", "layer_norm -> self_attention -> add"),
        ("Multiscale", "layer_norm -> self_attention -> add"),
        ("Cascade", "batch_norm -> self_attention -> add"),
        ("Pointwise", "feed_forward -> batch_norm -> add"),
        ("Pointwise(3)", "conv -> batch_norm -> relu -> conv -> batch_norm -> add"),
        (
            "Pointwise(1, True)",
            "conv -> batch_norm -> relu -> depthwise_conv -> relu -> conv -> batch_norm -> add",
        ),
        ("Sized", "scale; layer_norm -> linear -> add"),
    ],
)
def test_a_box_by_what_it_computes(name, notation):
    (view,) = [v for v in describe(f"{__file__}::{name}", engine="static").blocks if v.default]
    assert "; ".join(view.notation.strip().split(";\n")) == notation
    assert not view.unresolved


class SomeNormed(Base):
    """A norm of the stream that not all of queries, keys and values pass is no part of the attention."""

    def __init__(self, which="q", whole=False):
        super().__init__()
        self.which = which
        self.whole = nn.MultiheadAttention(D, 2, batch_first=True) if whole else None

    def forward(self, x):
        h = self.norm(x)
        q, k, v = (h if name in self.which else x for name in "qkv")
        if self.whole is not None:
            return x + self.whole(q, k, v, need_weights=False)[0]
        y = F.softmax(self.q(q) @ self.k(k).transpose(-2, -1), dim=-1) @ self.v(v)
        return x + self.out(y)


class Whole(SomeNormed):
    def __init__(self, which="q"):
        super().__init__(which, whole=True)


class TwoNorms(Base):
    """Queries and values have a norm each."""

    def __init__(self):
        super().__init__()
        self.other = nn.LayerNorm(D)

    def forward(self, x):
        h, other = self.norm(x), self.other(x)
        y = F.softmax(self.q(h) @ self.k(other).transpose(-2, -1), dim=-1) @ self.v(other)
        return x + self.out(y)


APART = "layer_norm -> cross_attention(input) -> add"


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize(
    ("target", "notation"),
    [
        ("SomeNormed('q')", APART),
        ("SomeNormed('qk')", APART),
        ("SomeNormed('qkv')", "layer_norm -> self_attention -> add"),
        ("SomeNormed('')", "self_attention -> add"),
        ("Whole('q')", APART),
        ("Whole('qk')", APART),
        ("Whole('qkv')", "layer_norm -> self_attention -> add"),
    ],
)
def test_a_norm_that_not_all_of_an_attention_reads_stands_before_it(target, notation, engine):
    (view,) = [v for v in describe(f"{__file__}::{target}", engine=engine).blocks if v.default]
    assert view.notation == notation


def test_queries_and_values_with_a_norm_each_are_two_streams():
    (view,) = describe(f"{__file__}::TwoNorms", engine="static").blocks
    assert view.notation.count("layer_norm") == 2
    assert "cross_attention" in view.notation


class SomeGated(Base):
    """A gated network whose gate or value alone reads a norm."""

    def __init__(self, which="gv"):
        super().__init__()
        self.which = which

    def forward(self, x):
        h = self.norm(x)
        gate, value = (h if name in self.which else x for name in "gv")
        return x + self.out(F.silu(self.q(gate)) * self.k(value))


@pytest.mark.parametrize(
    ("target", "notation"),
    [
        ("SomeGated('gv')", "layer_norm -> gated_feed_forward -> add"),
        ("SomeGated('')", "gated_feed_forward -> add"),
        ("SomeGated('g')", "(layer_norm -> linear -> silu * linear) -> linear -> add"),
        ("SomeGated('v')", "(linear -> silu * layer_norm -> linear) -> linear -> add"),
    ],
)
def test_a_norm_that_only_a_gate_reads_is_not_inside_of_a_network(target, notation):
    (view,) = [v for v in describe(f"{__file__}::{target}", engine="static").blocks if v.default]
    assert view.notation == notation


class Dynamic(nn.Module):
    """Weights that a projection computes, then an attention that reads the stream behind them."""

    def __init__(self):
        super().__init__()
        self.weigh, self.one, self.two = nn.Linear(D, 5), nn.LayerNorm(D), nn.LayerNorm(D)
        self.q, self.k, self.v, self.out = (nn.Linear(D, D) for _ in range(4))

    def forward(self, x):
        weights = torch.softmax(self.weigh(x), dim=-1)
        x = self.one(x + weights @ x)
        scores = torch.softmax(self.q(x) @ self.k(x).transpose(1, 2), dim=-1)
        return self.two(x + self.out(scores @ self.v(x)))


class Talking(Dynamic):
    """Weights that are mixed and added back to themselves."""

    def forward(self, x):
        scores = self.q(x) @ self.k(x).transpose(1, 2)
        scores = scores + F.relu(scores)
        return self.two(x + self.out(torch.softmax(scores, dim=-1) @ self.v(x)))


def test_a_product_behind_a_residual_is_not_what_an_attention_weighs_by():
    (view,) = describe(f"{__file__}::Dynamic", engine="static").blocks
    before, _, after = view.notation.strip().replace("\n", "; ").rpartition("; ")
    assert before.split() == "linear -> softmax -> matmul(input) -> add -> layer_norm".split()
    assert after.strip() == "self_attention -> add -> layer_norm"
    (view,) = describe(f"{__file__}::Talking", engine="static").blocks
    assert view.notation.strip() == "self_attention -> add -> layer_norm"


class Heads(nn.Module):
    """An attention with its projections, or without the last one."""

    def __init__(self, projected):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(D, D) for _ in range(3))
        self.out = nn.Linear(D, D) if projected else nn.Identity()

    def forward(self, x):
        return self.out(F.scaled_dot_product_attention(self.q(x), self.k(x), self.v(x)))


class Rectified(nn.Module):
    """The update passes an activation (GTrXL, Parisotto et al. 2019)."""

    def __init__(self):
        super().__init__()
        self.norm, self.attention = nn.LayerNorm(D), Heads(True)

    def forward(self, x):
        return x + F.relu(self.attention(self.norm(x)))


class Unprojected(nn.Module):
    """A network behind an attention without a projection: its first linear is not the attention's."""

    def __init__(self):
        super().__init__()
        self.attention, self.one, self.two = Heads(False), nn.Linear(D, D), nn.Linear(D, D)

    def forward(self, x):
        return x + self.two(F.relu(self.one(self.attention(x))))


def test_a_projection_in_the_module_of_the_attention_is_its_own_also_before_an_activation():
    (view,) = describe(f"{__file__}::Rectified", engine="static").blocks
    assert view.notation.strip() == "layer_norm -> self_attention -> relu -> add"
    (view,) = describe(f"{__file__}::Unprojected", engine="static").blocks
    assert view.notation.strip() == "self_attention -> feed_forward -> add"
