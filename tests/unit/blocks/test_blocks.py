"""Which modules are blocks, what a model is around them, and how they are written down."""

import pytest
import torch
from torch import nn

from archcheck.blocks.block import Tree, is_body, make_block
from archcheck.blocks.discover import discover
from archcheck.blocks.flow import Residual, flow
from archcheck.blocks.steps import Flow
from archcheck.diff import align
from archcheck.frontends.trace.record import record_module
from archcheck.graph.extract import calls, extract
from archcheck.judge import compare
from archcheck.lift import lift
from archcheck.spec import load_spec, print_chain

X = torch.randn(2, 5, 32)


def encoder(layers=3, norm_first=True, norm=True):
    layer = nn.TransformerEncoderLayer(32, 4, 64, norm_first=norm_first, batch_first=True)
    return nn.TransformerEncoder(
        layer, layers, nn.LayerNorm(32) if norm else None, enable_nested_tensor=False
    )


def recorded(module, *args):
    return record_module(module, args or (X,))[1]


def written(block):
    return "; ".join(print_chain(chain) for chain in block.chains)


PRE_LN = "layer_norm -> self_attention -> dropout -> add; layer_norm -> feed_forward -> dropout -> add"


def test_the_members_of_a_stack_are_the_blocks():
    found = discover([recorded(encoder())], named=True)
    (block,) = found.blocks
    assert (block.count, block.path, written(block)) == (3, "layers.0", PRE_LN)
    assert block.notes == ("the same in all 3 layers: layers.0 to layers.2",)
    (model,) = found.models
    assert written(model) == "stack(n=3) -> layer_norm"


def test_a_layer_that_differs_is_a_block_of_its_own():
    module = encoder()
    module.layers[1].norm_first = False
    found = discover([recorded(module)], named=True)
    assert [(b.path, b.count) for b in found.blocks] == [("layers.0", 2), ("layers.1", 1)]
    assert found.blocks[0].notes == ("the same in 2 of 3 layers: layers.0 and layers.2",)
    assert found.blocks[1].notes == ("layers.1 alone, of 3 layers",)


def test_a_layer_recorded_alone_and_in_its_place_is_one_block():
    layer = nn.TransformerEncoderLayer(32, 4, 64, norm_first=True, batch_first=True)
    found = discover([recorded(layer), recorded(encoder())], named=False)
    assert [b.path for b in found.blocks] == [""]


class Sublayers(nn.Module):
    """A block that holds its sublayers in a list, as T5 does."""

    def __init__(self):
        super().__init__()
        self.layer = nn.ModuleList([Part(nn.MultiheadAttention(32, 4, batch_first=True)), Part(nn.Sequential(
            nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 32)))])  # fmt: skip

    def forward(self, x):
        for layer in self.layer:
            x = layer(x)
        return x


class Part(nn.Module):
    def __init__(self, fn):
        super().__init__()
        self.norm, self.fn = nn.LayerNorm(32), fn

    def forward(self, x):
        n = self.norm(x)
        y = self.fn(n, n, n)[0] if isinstance(self.fn, nn.MultiheadAttention) else self.fn(n)
        return x + y


def test_a_list_of_sublayers_is_no_stack():
    (block,) = discover([recorded(Sublayers())], named=False).blocks
    assert block.path == ""
    assert written(block) == "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add"


def test_a_sublayer_alone_is_no_block_unless_it_is_named():
    attention = recorded(nn.TransformerEncoderLayer(32, 4).linear1, X)
    assert discover([attention], named=False).blocks == ()
    assert len(discover([attention], named=True).blocks) == 1


def test_a_block_cut_out_of_a_model_is_the_block_alone():
    module = encoder()
    recording = recorded(module)
    scope = next(s for s in calls(recording.graph) if s.path == "layers.1")
    inside = lift(extract(recording.graph, scope))
    alone = lift(recorded(module.layers[1]).graph)
    assert align(inside, alone, strict=True).distance == 0


def test_the_flow_of_a_model_has_its_stack():
    recording = recorded(encoder(2, norm=False))
    tree = Tree(recording)
    graph = tree.model
    (stack,) = graph.operations()
    assert stack.words == ("stack",)
    assert stack.attr("n") == 2
    assert align(stack.inner, tree.lifted("layers.0"), strict=True).distance == 0


class Late(Part):
    """The skip is taken after the norm."""

    def forward(self, x):
        x = self.norm(x)
        return x + self.fn(x)


class Across(nn.Module):
    """A value that two branches read at different depths: no single stream."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(32, 32), nn.Linear(32, 32), nn.Linear(32, 32)

    def forward(self, x):
        a = self.a(x)
        b = torch.relu(a)
        return self.b(a * x) * torch.tanh(b) + self.c(b)


class TwoStreams(nn.Module):
    def __init__(self):
        super().__init__()
        self.f, self.norm = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 32)), nn.LayerNorm(32)

    def forward(self, post, dual):
        f = self.f(post)
        return self.norm(post + f), dual + f


@pytest.mark.parametrize("module", [Late(nn.Linear(32, 32)), Across(), Sublayers()])
def test_what_is_written_is_the_graph(module):
    recording = recorded(module)
    block = make_block(recording, Tree(recording).lifted(""), "")
    assert align(load_spec(written(block)).graph(), block.graph, strict=True).distance == 0


def test_a_skip_after_the_norm_stands_on_the_stream():
    (norm, residual) = flow(lift(recorded(Late(nn.Linear(32, 32))).graph))
    assert norm.node.words == ("layer_norm",)
    assert isinstance(residual, Residual)
    assert residual.source is None


def test_two_streams_keep_both_results():
    graph = lift(recorded(TwoStreams(), X, X.clone()).graph)
    assert len(graph.outputs) == 2
    assert len(graph.inputs) == 2


def test_the_json_of_a_flow():
    graph = lift(recorded(encoder(1).layers[0]).graph)
    steps = Flow(flow(graph)).to_list()
    assert [list(step) for step in steps] == [["residual"], ["residual"]]
    first = steps[0]["residual"]
    assert [step["op"] for step in first["branch"]] == ["layer_norm", "self_attention", "dropout"]
    assert (first["join"], first["skip"], first["from"]) == ("add", [], None)
    assert first["branch"][0]["at"]["line"] > 0
    assert first["branch"][0]["name"] == "norm1"


@pytest.mark.parametrize(
    ("spec", "distance"),
    [
        ("layer_norm -> self_attention -> add; layer_norm -> linear -> relu -> dropout? -> linear -> add", 0),
        ("layer_norm -> self_attention -> add; layer_norm -> linear -> gelu -> linear -> add", 1),
        (
            "layer_norm -> self_attention -> add; layer_norm -> feed_forward[linear -> relu -> linear] -> add",
            0,
        ),
    ],
)
def test_a_box_written_out_in_a_spec_is_the_box(spec, distance):
    recording = recorded(encoder(1).layers[0])
    block = make_block(recording, Tree(recording).lifted(""), "")
    assert compare(block, load_spec(spec))[1].distance == distance


class _Beside(nn.Module):
    """Puts the features of a convolution beside its input, or beside those of another one."""

    def __init__(self, dense: bool) -> None:
        super().__init__()
        self.dense = dense
        self.conv, self.other = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 1)

    def forward(self, x):
        first = self.conv(x)
        return torch.cat([first, x if self.dense else self.other(first)], 1)


@pytest.mark.parametrize("dense", [True, False])
def test_features_beside_their_input_are_a_join(dense: bool) -> None:
    recording = record_module(_Beside(dense), (torch.randn(2, 8, 4, 4),))[1]
    assert is_body(Tree(recording).lifted("")) is dense
