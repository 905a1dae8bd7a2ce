"""The lift sees what code computes, in whatever way it is written."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from archcheck.blocks.block import Tree, make_block
from archcheck.blocks.flow import flow
from archcheck.diff import align
from archcheck.frontends.trace.record import record_module
from archcheck.lift import lift
from archcheck.lift.work import Work
from archcheck.spec import load_spec, print_chain
from archcheck.vocabulary import CANONICAL

from . import blocks as b

X = torch.randn(2, 5, b.D)
PRE = "{n} -> self_attention{d} -> add; {n} -> {f} -> add"


def notation(module, *args):
    recording = record_module(module, args or (X,))[1]
    block = make_block(recording, Tree(recording).lifted(""), "")
    assert block.chains is not None
    return "; ".join(print_chain(c) for c in block.chains)


NORMS = [
    (nn.LayerNorm, "layer_norm"),
    (nn.RMSNorm, "rms_norm"),
    (b.RMS, "rms_norm"),
    (b.OnePlusRMS, "rms_norm"),
    (b.NormalizeRMS, "rms_norm"),
    (b.StdNorm, "layer_norm"),
    (b.SqrtNorm, "layer_norm"),
    (b.VarMeanNorm, "layer_norm"),
    (b.StdMeanNorm, "layer_norm"),
    (b.ScaleNorm, "scale_norm"),
]


@pytest.mark.parametrize(("norm", "word"), NORMS)
def test_norms_by_what_they_compute(norm, word):
    assert notation(b.Pre(norm)) == PRE.format(n=word, d=" -> dropout", f="feed_forward")


def test_what_only_looks_like_a_norm_is_none():
    assert "norm" not in notation(b.Pre(b.Centred))


@pytest.mark.parametrize(
    "attention", [b.EinsumAttention, b.FusedAttention, b.LinearAttention, b.NormedAttention]
)
def test_attention_by_what_it_computes(attention):
    assert notation(b.Pre(attention=attention)) == PRE.format(n="layer_norm", d="", f="feed_forward")


FEED_FORWARDS = [
    (lambda: b.FeedForward(b.gelu_tanh), "feed_forward", "gelu_tanh"),
    (lambda: b.FeedForward(b.gelu_erf), "feed_forward", "gelu"),
    (lambda: b.FeedForward(lambda x: x * torch.sigmoid(x)), "feed_forward", "silu"),
    (lambda: b.FeedForward(lambda x: x * torch.sigmoid(1.702 * x)), "feed_forward", "quick_gelu"),
    (lambda: b.FeedForward(lambda x: torch.pow(F.relu(x), 2)), "feed_forward", "relu_squared"),
    (lambda: b.FeedForward(lambda x: x.clamp(min=0)), "feed_forward", "relu"),
    (lambda: b.FeedForward(lambda x: x * torch.tanh(F.softplus(x))), "feed_forward", "mish"),
    (b.Gated, "gated_feed_forward", "silu"),
    (b.FusedGated, "gated_feed_forward", "silu"),
]


@pytest.mark.parametrize(("make", "word", "activation"), FEED_FORWARDS)
def test_feed_forward_by_what_it_computes(make, word, activation):
    recording = record_module(b.Pre(feed_forward=make), (X,))[1]
    graph = lift(recording.graph)
    (box,) = [n for n in graph.nodes if n.words[0] == word]
    assert activation in [n.words[0] for n in box.inner.nodes]


def test_a_fused_gate_is_two_linears_inside():
    graphs = [lift(record_module(b.Pre(feed_forward=f), (X,))[1].graph) for f in (b.Gated, b.FusedGated)]
    insides = [next(n.inner for n in g.nodes if n.words[0] == "gated_feed_forward") for g in graphs]
    assert align(insides[0], insides[1], strict=True).distance == 0


def test_experts_are_one_box():
    assert notation(b.Pre(feed_forward=b.Experts)) == PRE.format(n="layer_norm", d=" -> dropout", f="moe")


@pytest.mark.parametrize("drop", [b.drop_path_bernoulli, b.drop_path_floor])
def test_drop_path_and_layer_scale(drop):
    found = notation(b.Pre(b.RMS, b.FusedAttention, b.Gated, drop, 1e-5))
    assert found == "; ".join(
        f"rms_norm -> {f} -> layer_scale -> drop_path -> add"
        for f in ("self_attention", "gated_feed_forward")
    )


@pytest.mark.parametrize(("squash", "word"), [(torch.tanh, "gate"), (torch.exp, "layer_scale")])
def test_a_learned_factor_that_passes_a_nonlinearity_is_a_gate(squash, word):
    class Gate(b.Pre):
        def __init__(self):
            super().__init__()
            self.alpha = nn.Parameter(torch.zeros(1))

        def forward(self, x):
            return x + squash(self.alpha) * self.attention(self.n1(x))

    assert notation(Gate()) == f"layer_norm -> self_attention -> dropout -> {word} -> add"


class Masked(b.Pre):
    def forward(self, x, lengths):
        mask = torch.arange(x.shape[1])[None, :] < lengths[:, None]
        x = x + self.attention(self.n1(x))
        return x * mask.unsqueeze(-1).to(x.dtype)


def test_a_product_with_a_comparison_is_a_mask():
    found = notation(Masked(), X, torch.tensor([5, 3]))
    assert found == "layer_norm -> self_attention -> dropout -> add"


@pytest.mark.parametrize(
    ("bounds", "words"),
    [((-1e10, 1e10), "layer_norm"), ((-60000.0, None), "layer_norm"), ((-3, 3), "clamp -> layer_norm")],
)
def test_a_clamp_where_half_precision_ends_is_plumbing(bounds, words):
    class Guarded(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.lin = nn.LayerNorm(b.D), nn.Linear(b.D, b.D)

        def forward(self, x):
            return x + self.lin(self.norm(x.clamp(*bounds)))

    assert notation(Guarded()) == f"{words} -> linear -> add"


def test_dropout_with_no_effect_is_kept_and_marked():
    class Block(b.Pre):
        def forward(self, x):
            return x + F.dropout(self.feed_forward(self.n1(x)), 0.0)

    graph = lift(record_module(Block(), (X,))[1].graph)
    (drop,) = [n for n in graph.nodes if n.words[0] == "dropout"]
    assert drop.noop


class Wrong(b.Pre):
    def forward(self, x):
        x = self.n1(x)
        x = x + self.attention(x)
        x = self.n2(x)
        return x + self.feed_forward(x)


class Stale(b.Pre):
    def forward(self, x):
        y = self.n1(x + self.attention(x))
        return self.n2(x + self.feed_forward(y))


class Parallel(b.Pre):
    def forward(self, x):
        h = self.n1(x)
        return x + self.attention(h) + self.feed_forward(h)


class DeepNorm(b.Pre):
    def forward(self, x):
        x = self.n1(2.0 * x + self.attention(x))
        return self.n2(x * 2.0 + self.feed_forward(x))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Wrong, "layer_norm; self_attention -> dropout -> add -> layer_norm; feed_forward -> add"),
        (Stale, "self_attention -> dropout -> add; layer_norm -> feed_forward -> add(input) -> layer_norm"),
        (Parallel, "layer_norm -> (self_attention -> dropout + feed_forward) -> add"),
        (
            DeepNorm,
            "self_attention -> dropout -> add(skip=scale(2.0)) -> layer_norm; "
            "feed_forward -> add(skip=scale(2.0)) -> layer_norm",
        ),
    ],
)
def test_the_edges_decide(block, expected):
    assert notation(block()) == expected


ALL = [b.Pre, Wrong, Stale, Parallel, DeepNorm]
ALL += [lambda n=n: b.Pre(n) for n, _ in NORMS]
ALL += [
    lambda: b.Pre(feed_forward=b.Experts),
    lambda: b.Pre(b.RMS, b.NormedAttention, b.Gated, b.drop_path_floor, 0.1),
]


@pytest.mark.parametrize("make", ALL)
def test_invariants(make):
    raw = record_module(make(), (X,))[1].graph
    work = Work(raw)
    from archcheck.lift import PASSES

    for step in PASSES:
        step(work)
    graph = work.graph()
    ids = [n.id for n in raw.operations()]
    origins = [o for n in graph.operations() for o in n.origin]
    assert sorted(o for o in {*origins, *work.plumbing} if o in ids) == sorted(ids)
    assert len(origins) == len(set(origins))
    assert {n.words[0] for n in graph.operations()} <= CANONICAL
    seen = set()
    for node in graph.nodes:
        assert all(a in seen for a in node.args)
        seen.add(node.id)
    again = lift(graph)
    assert [(n.id, n.words, n.args) for n in again.nodes] == [(n.id, n.words, n.args) for n in graph.nodes]


@pytest.mark.parametrize("make", ALL)
def test_the_notation_says_the_graph(make):
    graph = lift(record_module(make(), (X,))[1].graph)
    assert flow(graph) is not None
    spec = load_spec(notation(make()))
    assert align(spec.graph(), graph, strict=True).distance == 0


def test_unknown_operations_on_the_stream_are_unresolved():
    class Strange(b.Pre):
        def forward(self, x):
            x = x + self.attention(self.n1(x))
            return torch.special.bessel_j0(x)

    graph = lift(record_module(Strange(), (X,))[1].graph)
    assert [u.value for u in graph.unresolved] == [graph.outputs[0]]


class Differences(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.norm, self.f, self.how = nn.LayerNorm(b.D), nn.Linear(b.D, b.D), how

    def forward(self, x):
        y = self.norm(x)
        return self.how(x, y, self.f(y))


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (lambda x, y, z: x - (-z), "layer_norm -> linear -> add"),
        (lambda x, y, z: x - torch.neg(z), "layer_norm -> linear -> add"),
        (lambda x, y, z: x + ((z + y) - y), "layer_norm -> linear -> add"),
        (lambda x, y, z: x - z, "layer_norm -> linear -> subtract"),
        (lambda x, y, z: x + (y - (z + y)), "layer_norm -> ((linear -> add) -> subtract) -> add"),
    ],
)
def test_a_difference_that_is_a_sum_is_one(how, expected):
    assert notation(Differences(how)) == expected
