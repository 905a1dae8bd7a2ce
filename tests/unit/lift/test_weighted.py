"""Attentions whose weights are no product of queries and keys, and attentions in blocks."""

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
        self.expert = nn.Sequential(nn.Linear(D, D), nn.GELU(), nn.Linear(D, D))


class Sampled(Base):
    """Weights from the query alone, values sampled at places that the query says."""

    def forward(self, x, memory):
        h = self.norm(x)
        weights = F.softmax(self.q(h), dim=-1)
        places = self.k(h).tanh()
        values = F.grid_sample(self.v(memory), places)
        return x + self.out((values * weights).sum(-1))


class Unprojected(Base):
    """As before, but of the memory as it is."""

    def forward(self, x, memory):
        h = self.norm(x)
        values = F.grid_sample(memory, self.k(h).tanh())
        return x + (values * F.softmax(self.q(h), dim=-1)).sum(-1)


class Separable(Base):
    """One weight a token, and a context that all tokens read."""

    def forward(self, x):
        h = self.norm(x)
        context = (F.softmax(self.q(h), dim=1) * self.k(h)).sum(dim=1, keepdim=True)
        return x + self.out(F.relu(self.v(h)) * context)


class Summed(Base):
    """The softmax is on the keys: values are summed up, and the queries read the sums (CoaT, Xu et al. 2021)."""

    def forward(self, x):
        h = self.norm(x)
        context = F.softmax(self.k(h), dim=1).transpose(-1, -2) @ self.v(h)
        return x + self.out(self.q(h) @ (context * 0.5))


class Angular(Base):
    def forward(self, x):
        h = self.norm(x)
        scores = (1 - torch.acos(self.q(h) @ self.k(h).transpose(-1, -2)) / 3.14159) ** 9
        return x + self.out(scores @ self.v(h))


class Blocked(Base):
    """The first tokens attend to all, the others to some; a mask; one projection."""

    def forward(self, x, mask):
        h = self.norm(x)
        q, k, v = self.q(h), self.k(h), self.v(h)
        first = F.softmax(q[:, :2] @ k.transpose(-1, -2), dim=-1) @ v
        near = F.softmax(q[:, 2:] @ k[:, 2:].transpose(-1, -2), dim=-1) @ v[:, 2:]
        far = F.softmax(q[:, 2:] @ k[:, :2].transpose(-1, -2), dim=-1) @ v[:, :2]
        return x + self.out(torch.cat([first, near + far], dim=1) * mask)


class Differential(Base):
    """One attention minus a learned part of another, normalized before the projection (Ye et al. 2024)."""

    def __init__(self):
        super().__init__()
        self.part, self.sub = nn.Parameter(torch.randn(D)), nn.RMSNorm(2 * D, elementwise_affine=False)
        self.out = nn.Linear(2 * D, D)

    def forward(self, x):
        h = self.norm(x)
        q, k, (one, two) = self.q(h), self.k(h), self.v(h).chunk(2, dim=1)
        both = [F.scaled_dot_product_attention(q, k, v.repeat(1, 2, 1)) for v in (one, two)]
        one, two = torch.cat(both, dim=-1).chunk(2, dim=1)
        return x + self.out(0.8 * self.sub(one - torch.exp((self.part * self.part).sum()) * two))


class Streams(Base):
    """Two streams in one value: each attends, the second to both, and one projection follows both (Qi et al. 2020)."""

    def forward(self, x):
        h = self.norm(x)
        parts = [part.chunk(2, dim=1) for part in (self.q(h), self.k(h), self.v(h))]
        (q1, q2), (k1, _), (v1, _) = parts
        one = self.out(F.softmax(q1 @ k1.transpose(-1, -2), dim=-1) @ v1)
        k, v = (torch.cat(part, dim=1) for part in parts[1:])
        return x + torch.cat([one, self.other(F.softmax(q2 @ k.transpose(-1, -2), dim=-1) @ v)], dim=1)

    def other(self, y):
        return self.out(y)


class Twins(Streams):
    """Each stream has a projection of its own."""

    def other(self, y):
        return self.expert[0](y)


class Finite(Base):
    """Rows without a key are not a number before they are nothing, and a gate of the input follows."""

    def forward(self, x):
        h = self.norm(x)
        y = F.softmax(self.q(h) @ self.k(h).transpose(-1, -2), dim=-1) @ self.v(h)
        return x + self.out(torch.nan_to_num(y) * torch.sigmoid(self.expert[0](h)))


class Landmarks(Base):
    """Three softmaxes, the second inverted by iteration, and a convolution of the values (Nyström, Xiong et al. 2021)."""

    def __init__(self):
        super().__init__()
        self.band = nn.Conv1d(D, D, 3, padding=1, groups=D)

    def forward(self, x):
        q, k, v = (part(self.norm(x)) for part in (self.q, self.k, self.v))
        few = [part.unflatten(1, (2, -1)).mean(dim=1) for part in (q, k)]
        pairs = ((q, few[1]), few, (few[0], k))
        first, second, third = (F.softmax(a @ b.transpose(-1, -2), dim=-1) for a, b in pairs)
        inverse, one = second.transpose(-1, -2) / second.abs().sum(dim=-1).max(), torch.eye(2)
        for _ in range(2):
            both = second @ inverse
            inverse = 0.25 * inverse @ (13 * one - both @ (15 * one - both @ (7 * one - both)))
        y = (first @ inverse) @ (third @ v)
        return x + self.out(y + self.band(v.transpose(1, 2)).transpose(1, 2))


class Mixed(Base):
    """A softmax over networks is a mixture of experts, no attention."""

    def forward(self, x):
        h = self.norm(x)
        weights = F.softmax(self.q(h), dim=-1)
        return x + self.out((weights * self.expert(h)).sum(-1, keepdim=True))


@pytest.mark.parametrize(
    ("name", "notation"),
    [
        ("Sampled", "layer_norm -> cross_attention(memory) -> add"),
        ("Unprojected", "layer_norm -> cross_attention(memory) -> add"),
        ("Separable", "layer_norm -> self_attention -> add"),
        ("Summed", "layer_norm -> self_attention -> add"),
        ("Angular", "layer_norm -> self_attention -> add"),
        ("Blocked", "layer_norm -> self_attention -> add"),
        ("Taken", "layer_norm -> self_attention -> add"),
        ("Streams", "layer_norm -> self_attention -> add"),
        ("Finite", "layer_norm -> self_attention -> add"),
        ("Landmarks", "layer_norm -> self_attention -> add"),
    ],
)
def test_an_attention_by_what_it_computes(name, notation):
    (view,) = describe(f"{__file__}::{name}", engine="static").blocks
    assert view.notation.strip() == notation
    assert not view.unresolved


def test_two_projections_are_two_attentions():
    (view,) = describe(f"{__file__}::Twins", engine="static").blocks
    assert view.notation.strip() == "layer_norm -> (self_attention , self_attention) -> add"


def test_a_softmax_over_networks_is_no_attention():
    (view,) = describe(f"{__file__}::Mixed", engine="static").blocks
    assert "attention" not in view.notation


class Switched(nn.Module):
    """The most probable expert for each token, in a loop; the probabilities are results, too."""

    def __init__(self):
        super().__init__()
        self.norm, self.route = nn.LayerNorm(D), nn.Linear(D, 2)
        self.experts = nn.ModuleList(
            [nn.Sequential(nn.Linear(D, D), nn.GELU(), nn.Linear(D, D)) for _ in range(2)]
        )

    def forward(self, x):
        h = self.norm(x)
        probabilities = F.softmax(self.route(h), dim=-1)
        best, routes = torch.max(probabilities, dim=-1)
        y = h.new_zeros(h.shape)
        for i in range(2):
            chosen = torch.eq(routes, i).nonzero(as_tuple=True)[0]
            y[chosen, :] = self.experts[i](h[chosen, :])
        return x + y * best.view(-1, 1), probabilities.sum(0), best


def test_the_most_probable_expert_is_a_mixture_of_experts():
    (view,) = describe(f"{__file__}::Switched", engine="static").blocks
    assert view.notation.strip() == "layer_norm -> moe -> add"


class Jittered(Switched):
    """Noise that only the router sees (Fedus et al. 2021, section 2.2)."""

    def route_of(self, h):
        return self.route(h * torch.empty_like(h).uniform_(0.9, 1.1))

    def forward(self, x):
        h = self.norm(x)
        best, routes = torch.max(F.softmax(self.route_of(h), dim=-1), dim=-1)
        y = h.new_zeros(h.shape)
        for i in range(2):
            chosen = torch.eq(routes, i).nonzero(as_tuple=True)[0]
            y[chosen, :] = self.experts[i](h[chosen, :])
        return x + y * best.view(-1, 1)


def test_noise_before_the_router_alone_belongs_to_the_experts():
    (view,) = describe(f"{__file__}::Jittered", engine="static").blocks
    assert view.notation.strip() == "layer_norm -> moe -> add"


class Heads(Switched):
    """The router chooses projections of queries and outputs; what they feed is an attention (JetMoE, Shen et al. 2024)."""

    def __init__(self):
        super().__init__()
        self.into = nn.ModuleList([nn.Linear(D, D) for _ in range(2)])
        self.back = nn.ModuleList([nn.Linear(D, D) for _ in range(2)])
        self.k, self.v = nn.Linear(D, D), nn.Linear(D, D)

    def forward(self, x):
        h = self.norm(x)
        weight, routes = torch.topk(F.softmax(self.route(h), dim=-1), 1)
        q = torch.cat([self.into[i](h[routes[:, 0] == i]) for i in range(2)])
        y = F.softmax(q @ self.k(h).transpose(-1, -2), dim=-1) @ self.v(h)
        y = torch.cat([self.back[i](y[routes[:, 0] == i]) for i in range(2)])
        return x + y * weight


def test_an_attention_of_routed_projections_is_an_attention():
    (view,) = describe(f"{__file__}::Heads", engine="static").blocks
    assert view.notation.strip() == "layer_norm -> self_attention -> add"


class Taken(nn.Module):
    """Two attentions to one memory, of which one is taken from the other (Ye et al. 2024), of self or of another input."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.q, self.kv, self.out = nn.Linear(D, 2 * D), nn.Linear(D, 3 * D), nn.Linear(D, D)

    def forward(self, x, memory=None):
        q, other = self.q(self.norm(x)).chunk(2, dim=-1)
        k, also, v = self.kv(self.norm(x) if memory is None else memory).chunk(3, dim=-1)
        first = F.scaled_dot_product_attention(q, k, v)
        return x + self.out(first - F.scaled_dot_product_attention(other, also, v))


class Crossed(Taken):
    def forward(self, x, memory):
        return super().forward(x, memory)


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize(
    ("name", "notation"),
    [
        ("Taken", "layer_norm -> self_attention -> add"),
        ("Crossed", "layer_norm -> cross_attention(memory) -> add"),
    ],
)
def test_a_difference_of_attentions_to_one_memory_is_one(name, notation, engine):
    (view,) = [v for v in describe(f"{__file__}::{name}", engine=engine).blocks if v.default]
    assert view.notation.strip() == notation


class Gathered(Base):
    """Values of a memory, gathered at the corners of places that the query says: sampling, written out."""

    def forward(self, x, memory):
        h = self.norm(x)
        weights = F.softmax(self.q(h), dim=-1)
        place = self.k(h).tanh()
        low = place.floor()
        part, values = place - low, self.v(memory)
        near, far = values.gather(1, low.long()), values.gather(1, low.long() + 1)
        sampled = torch.cat([(1 - part) * near + part * far, near], dim=-1)
        return x + self.out((sampled * weights).sum(-1))


def test_values_that_the_query_picks_are_those_of_the_memory():
    (view,) = describe(f"{__file__}::Gathered", engine="static").blocks
    assert view.notation == "layer_norm -> cross_attention(memory) -> add"
