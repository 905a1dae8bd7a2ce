"""Parts that a constructor is given without annotations are those of a function that builds the class, in both engines."""

import pytest

from archcheck import describe

CODE = """
import copy
import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, dim, heads=4):
        super().__init__()
        self.heads, self.linears = heads, nn.ModuleList(nn.Linear(dim, dim) for _ in range(4))

    def forward(self, query, key, value, mask):
        b, n, d = query.shape
        q, k, v = [
            one(x).view(b, -1, self.heads, d // self.heads).transpose(1, 2)
            for one, x in zip(self.linears, (query, key, value))
        ]
        scores = q @ k.transpose(-2, -1) / (d // self.heads) ** 0.5
        if mask is not None:
            scores = scores.masked_fill(mask == 0, -1e9)
        return self.linears[-1]((scores.softmax(-1) @ v).transpose(1, 2).reshape(b, n, d))


class Network(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.up, self.down = nn.Linear(dim, hidden), nn.Linear(hidden, dim)

    def forward(self, x):
        return self.down(self.up(x).relu())


class Connection(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm, self.dropout = nn.LayerNorm(dim), nn.Dropout(0.1)

    def forward(self, x, sublayer):
        return x + self.dropout(sublayer(self.norm(x)))


class Layer(nn.Module):
    def __init__(self, dim, attend, feed_forward):
        super().__init__()
        self.attend, self.feed_forward = attend, feed_forward
        self.connections = nn.ModuleList(Connection(dim) for _ in range(2))

    def forward(self, x, mask):
        x = self.connections[0](x, lambda y: self.attend(y, y, y, mask))
        return self.connections[1](x, self.feed_forward)


class Model(nn.Module):
    def __init__(self, layer, depth, embed):
        super().__init__()
        self.layers, self.embed = nn.ModuleList(copy.deepcopy(layer) for _ in range(depth)), embed

    def forward(self, src, mask):
        x = self.embed(src)
        for layer in self.layers:
            x = layer(x, mask)
        return x


def make_model({arguments}vocab=50, dim=32):
    c = copy.deepcopy
    attend = Attention(dim)
    return Model(Layer(dim, c(attend), c(Network(dim, 64))), 3, nn.Embedding(vocab, dim))
"""


def described(folder, engine, name, arguments=""):
    file = folder / "model.py"
    file.write_text(CODE.replace("{arguments}", arguments))
    return describe(f"{file}::{name}", engine=engine)


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_a_layer_is_built_as_a_function_builds_it(tmp_path, engine):
    document = described(tmp_path, engine, "Layer")
    (block,) = document.blocks
    assert block.notation.strip().split("; ") == [
        "layer_norm -> self_attention -> dropout -> add",
        "layer_norm -> feed_forward -> dropout -> add",
    ]
    (attention,) = (node for node in block.graph.nodes if node.words[0] == "self_attention")
    assert CODE.splitlines()[attention.span.line - 1].strip().startswith("x = self.connections[0]")


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_a_function_that_makes_the_model_is_a_target(tmp_path, engine):
    """The table of tokens is built last, so that what the model reads are ids is learned by trying (trace)."""
    document = described(tmp_path, engine, "make_model()")
    assert [block.notation.strip() for block in document.blocks][-1] == "embedding -> stack(n=3)"


def test_a_function_that_needs_an_argument_builds_nothing(tmp_path):
    (block,) = described(tmp_path, "static", "Layer", "kind, ").blocks
    assert "(the argument attend is not given)" in str(block.graph.unresolved)


def test_a_function_that_acts_is_not_run_for_the_model_that_it_builds(tmp_path):
    """In the trace it would train, or write files; the static engine runs nothing."""
    source = CODE.replace("{arguments}", "").replace("def make_model", "def experiment")
    mark = tmp_path / "mark"
    acting = source.replace(
        "    c = copy.deepcopy\n", f"    open({str(mark)!r}, 'w').close()\n    c = copy.deepcopy\n"
    )
    (tmp_path / "model.py").write_text(acting)
    document = describe(f"{tmp_path / 'model.py'}::Layer", engine="trace")
    assert not document.blocks
    assert not mark.exists()
