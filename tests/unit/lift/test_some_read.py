"""A norm that only some parts of a box read is no part of it: it is seen, whatever the box is."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from archcheck import check, describe

D = 8


class Base(nn.Module):
    def __init__(self, which=""):
        super().__init__()
        self.which = which
        self.norm = nn.LayerNorm(D)
        self.a, self.b, self.c, self.d = (nn.Linear(D, D) for _ in range(4))
        self.out = nn.Linear(D, D)
        self.mix = nn.Parameter(torch.ones(D))
        self.rate = nn.Parameter(torch.ones(D))

    def of(self, name, x, h):
        return h if name in self.which else x


class Ssm(Base):
    """Value v, gate g, step s."""

    def forward(self, x):
        h = self.norm(x)
        v, g, s = self.a(self.of("v", x, h)), self.b(self.of("g", x, h)), self.c(self.of("s", x, h))
        decay = torch.exp(torch.cumsum(F.softplus(s) * -self.rate, dim=1))
        return x + self.out((v * decay) * F.silu(g))


class SsmC(Base):
    def forward(self, x):
        h = self.norm(x)
        v, g, s = self.a(self.of("v", x, h)), self.b(self.of("g", x, h)), self.c(self.of("s", x, h))
        q = self.d(self.of("q", x, h))
        decay = torch.exp(torch.cumsum(F.softplus(s) * -self.rate, dim=1))
        y = torch.einsum("btd,bte->bde", v * decay, q)
        return x + self.out(torch.einsum("btd,bde->bte", q, y) * F.silu(g))


class Rec(Base):
    def shift(self, h):
        return h * self.mix + torch.roll(h, 1, dims=1) * (1 - self.mix)

    def forward(self, x):
        h = self.norm(x)
        k, v, r = (self.shift(self.of(n, x, h)) for n in "kvr")
        k, v, r = self.a(k), self.b(v), self.c(r)
        top, bottom = torch.exp(k) * v, torch.exp(k)
        later = (top + torch.exp(k + 1) * v) / (bottom + torch.exp(k + 1))
        return x + self.out(torch.sigmoid(r) * later)


class Channel(Base):
    def shift(self, h):
        return h * self.mix + torch.roll(h, 1, dims=1) * (1 - self.mix)

    def forward(self, x):
        h = self.norm(x)
        k, r = (self.shift(self.of(n, x, h)) for n in "kr")
        return x + torch.sigmoid(self.a(r)) * self.out(torch.relu(self.b(k)).square())


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(D, 16), nn.Linear(16, D)

    def forward(self, x):
        return self.b(F.relu(self.a(x)))


class Moe(Base):
    """Router r, experts e, shared expert s."""

    def __init__(self, which="", shared=False):
        super().__init__(which)
        self.router = nn.Linear(D, 4, bias=False)
        self.experts = nn.ModuleList(Network() for _ in range(4))
        self.shared = Network() if shared else None

    def forward(self, x):
        h = self.norm(x)
        r, e = self.of("r", x, h), self.of("e", x, h)
        b, t, c = x.shape
        flat = e.reshape(-1, c)
        weights, chosen = torch.topk(self.router(r.reshape(-1, c)).softmax(-1), 2, dim=-1)
        out = torch.zeros_like(flat)
        for i, expert in enumerate(self.experts):
            token, rank = torch.where(chosen == i)
            out.index_add_(0, token, expert(flat[token]) * weights[token, rank, None])
        out = out.reshape(b, t, c)
        if self.shared is not None:
            out = out + self.shared(self.of("s", x, h))
        return x + out


class MoeShared(Moe):
    def __init__(self, which=""):
        super().__init__(which, True)


class MoeOnItsInput(Moe):
    """The experts' results are added to what they read."""

    def forward(self, x):
        h = self.norm(x).flatten(0, 1)
        weights, chosen = torch.topk(self.router(h).softmax(-1), 2, dim=-1)
        out = h.clone()
        for i, expert in enumerate(self.experts):
            token, rank = torch.where(chosen == i)
            out.index_add_(0, token, expert(h[token]) * weights[token, rank, None])
        return x + out.view_as(x)


class Se(Base):
    def forward(self, x):
        h = self.norm(x)
        v, p = self.of("v", x, h), self.of("p", x, h)
        return x + v * torch.sigmoid(self.b(F.relu(self.a(p.mean(1, keepdim=True)))))


class GatedAttention(Base):
    def forward(self, x):
        h = self.norm(x)
        q, g = self.of("q", x, h), self.of("g", x, h)
        y = F.softmax(self.a(q) @ self.b(q).transpose(-2, -1), dim=-1) @ self.c(q)
        return x + self.out(y * torch.sigmoid(self.d(g)))


class Weighed(Base):
    """Separable attention: weights w, values v."""

    def forward(self, x):
        h = self.norm(x)
        w, v = self.of("w", x, h), self.of("v", x, h)
        s = F.softmax(self.a(w), dim=1)
        return x + self.out((s * self.b(v)).sum(1, keepdim=True))


class LinearAttention(Base):
    def forward(self, x):
        h = self.norm(x)
        q, k, v, z = (self.of(n, x, h) for n in "qkvz")
        y = F.elu(self.a(q)) @ (F.elu(self.b(k)).transpose(-2, -1) @ self.c(v))
        z = torch.sigmoid(self.d(z))
        return x + self.out(y * z)


ALL = {
    "Ssm": "vgs", "SsmC": "vgsq", "Rec": "kvr", "Channel": "kr", "Moe": "re", "MoeShared": "res", "Se": "vp",
    "GatedAttention": "qg", "Weighed": "wv", "LinearAttention": "qkvz",
}  # fmt: skip
SOME = [
    (name, which)
    for name, parts in ALL.items()
    for which in [*parts, parts[1:]]
    if 0 < len(which) < len(parts) and (name, which) not in {("Moe", "r"), ("MoeShared", "r")}
]


def block(target, engine="static"):
    (view,) = [v for v in describe(f"{__file__}::{target}", engine=engine).blocks if v.default]
    return view


def verdict(target, spec):
    (result,) = check(f"{__file__}::{target}", spec=spec, engine="static").to_dict()["results"]
    return result["verdict"]


def box(name):
    """The block without any norm, and the word of its only box."""
    plain = block(f"{name}()").notation
    assert plain.endswith(" -> add")
    return plain.removesuffix(" -> add")


@pytest.mark.parametrize("name", ALL)
def test_without_a_norm_and_with_one_before_all_it_is_one_box(name):
    word = box(name)
    assert " " not in word
    assert block(f"{name}('{ALL[name]}')").notation == f"layer_norm -> {word} -> add"


@pytest.mark.parametrize(("name", "which"), SOME)
def test_a_norm_before_a_part_of_it_is_seen(name, which):
    if (name, which) == ("Se", "p"):
        assert block("Se('p')").notation == "gate -> add"  # what leads to a gate is inside of it
        return
    assert "layer_norm" in block(f"{name}('{which}')").notation
    assert verdict(f"{name}('{which}')", f"{box(name)} -> add") == "mismatch"


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize(
    ("which", "notation"),
    [
        ("e", "layer_norm -> moe(input) -> add"),
        ("r", "input -> layer_norm as l1; input -> moe(l1) as m1; input -> add(m1)"),
    ],
)
def test_experts_and_their_router_may_read_two_values(which, notation, engine):
    assert "; ".join(block(f"Moe('{which}')", engine).notation.strip().split(";\n")) == notation


@pytest.mark.parametrize("target", ["LinearAttention('z')", "GatedAttention('g')"])
def test_the_gate_of_an_attention_may_read_another_norm(target):
    opened = "(self_attention * layer_norm -> linear -> sigmoid) -> linear -> add"
    assert block(target).notation == opened


class Masked(Ssm):
    """What is normed for one projection is masked before: it is still the stream."""

    def __init__(self):
        super().__init__("g")

    def forward(self, x):
        h = self.norm(x * self.mix)
        decay = torch.exp(torch.cumsum(F.softplus(self.c(x)) * -self.rate, dim=1))
        return x + self.out(self.a(x) * decay * F.silu(self.b(h)))


def test_a_norm_behind_a_scale_is_a_norm_of_the_stream():
    assert verdict("Masked()", "recurrent -> add") == "mismatch"
    assert "layer_norm" in block("Masked()").notation


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_a_residual_inside_of_a_mixture_is_no_part_of_it(engine):
    assert "moe" not in block("MoeOnItsInput()", engine).notation
    assert verdict("MoeOnItsInput()", "layer_norm -> moe -> add") == "mismatch"
