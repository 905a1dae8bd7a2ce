"""Scopes, frames, spans and the facts about modules."""

from __future__ import annotations

import inspect

import pytest
import torch
from torch import nn
from trace_helpers import record, term, words

X = torch.randn(2, 5, 8)


def helper(module, x):
    return module.norm(x) * 2


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        return helper(self, x)


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()
        self.again = self.inner
        self.steps = nn.ModuleList([nn.Linear(8, 8), nn.Linear(8, 8)])
        self.listed = [nn.Linear(8, 8)]
        self.never = nn.Linear(8, 8)
        self.elsewhere = nn.Linear(8, 8)
        self.sequence = nn.Sequential(nn.ReLU(), nn.Identity())

    def forward(self, x):
        x = x + self.inner.forward(x)
        x = x + self.again(x)
        for step in self.steps:
            x = step(x)
        return self.sequence(self.listed[0](x))

    def other(self):
        return self.elsewhere


def line_of(function, text):
    lines, first = inspect.getsourcelines(function)
    return first + next(i for i, line in enumerate(lines) if text in line)


@pytest.fixture(scope="module")
def recording():
    return record(Outer(), X)


def test_calls_through_forward_have_their_scope(recording):
    first, second = [node for node in recording.graph.nodes if node.op == "layer_norm"]
    assert [scope.path for scope in first.scopes] == ["", "inner", "inner.norm"]
    assert [scope.call for scope in first.scopes] == [0, 0, 0]
    assert [scope.call for scope in second.scopes] == [0, 1, 1]
    assert first.scopes[1].instance == second.scopes[1].instance
    assert first.scopes[1].cls.endswith("Inner")


def test_frames_lead_from_the_target_inwards(recording):
    norm = next(node for node in recording.graph.nodes if node.op == "layer_norm")
    at = [(frame.span.line, frame.depth) for frame in norm.frames[:3]]
    assert at == [
        (line_of(Outer.forward, "self.inner.forward"), 1),
        (line_of(Inner.forward, "helper("), 2),
        (line_of(helper, "module.norm"), 2),
    ]
    assert norm.frames[3].depth == 3
    assert norm.frames[3].span.file.endswith("normalization.py")
    assert len(norm.frames) == 4
    assert norm.span == norm.frames[-1].span


def test_columns(recording):
    add = next(node for node in recording.graph.nodes if node.op == "add")
    text = inspect.getsource(Outer.forward).splitlines()[1]
    assert text[add.span.column - 1 : add.span.end_column - 1] == "x + self.inner.forward(x)"


def test_containers_are_scopes_but_no_frames(recording):
    relu = next(node for node in recording.graph.nodes if node.op == "relu")
    assert [scope.path for scope in relu.scopes] == ["", "sequence", "sequence.0"]
    assert [frame.depth for frame in relu.frames] == [1, 3]


def test_modules_in_plain_lists(recording):
    assert "parameter:listed.0.weight" in [f"{n.op}:{n.name}" for n in recording.graph.nodes]
    info = {info.path: info for info in recording.modules}
    assert info["listed.0"].calls == 1
    assert info["listed.0"].parameters == 72


def test_module_facts(recording):
    info = {info.path: info for info in recording.modules}
    assert info["inner"].instance == info["again"].instance
    assert info["inner"].calls == 2
    assert info["never"].calls == 0
    assert not info["never"].parameters_used
    assert not info["never"].mentioned
    assert info["elsewhere"].mentioned
    assert info["steps"].container
    assert info["steps"].mentioned
    assert info["steps.1"].mentioned
    assert info["steps.1"].parameters_used
    assert info["sequence.1"].calls == 1
    assert info["never"].built_at.line == line_of(Outer.__init__, "self.never")
    assert info["steps.1"].built_at.line == line_of(Outer.__init__, "self.steps")
    assert info[""].span.line == inspect.getsourcelines(Outer)[1]
    assert info[""].built_at is None


class Residual(nn.Module):
    """A wrapper whose module came from outside, and a parameter of its own."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.gain = nn.Parameter(torch.ones(8))

    def forward(self, x, *args, **kwargs):
        return x + self.gain * self.inner(x, *args, **kwargs)


def test_own_parameters_count_as_used():
    recording = record(Residual(nn.Linear(8, 8)), X)
    assert recording.modules[0].parameters_used
    assert term(recording.graph) == "add(x, mul(gain, linear(x, inner.weight, inner.bias)))"


class Overridden(nn.Module):
    """Overrides `__call__`, and sets forward on the instance."""

    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(8, 8)
        self.forward = self.chosen

    def __call__(self, x):
        return super().__call__(x)

    def chosen(self, x):
        return self.lin(x)


def test_forward_chosen_in_the_constructor():
    module = Overridden()
    recording = record(module, X)
    assert words(recording) == ["linear"]
    assert [scope.path for scope in recording.graph[recording.graph.outputs[0]].scopes] == ["", "lin"]
    assert module.forward == module.chosen


def block(x, weight):
    return helper_add(x, torch.relu(x @ weight))


def helper_add(x, y):
    return x + y


def test_a_plain_function_is_a_target():
    recording = record(block, X, torch.randn(8, 8))
    assert recording.name == "block"
    assert term(recording.graph) == "add(x, relu(matmul(x, weight)))"
    add = recording.graph[recording.graph.outputs[0]]
    assert [frame.depth for frame in add.frames] == [1, 1]
    assert add.scopes[0].path == ""


def test_the_fast_path_of_the_encoder_layer_hides_nothing():
    module = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    recording = record(module, X)
    assert words(recording).count("layer_norm") == 2
    assert words(recording).count("dropout") == 3
    attention = next(node for node in recording.graph.nodes if node.op == "multi_head_attention")
    assert attention.operands[:3] == ("query", "key", "value")
    assert len(set(attention.args[:3])) == 1
    assert attention.attr("heads") == 2
    assert attention.attr("p") == 0.1
    assert not module.training


@pytest.mark.parametrize("norm_first", [True, False])
def test_encoder_layer(norm_first):
    recording = record(nn.TransformerEncoderLayer(8, 2, 16, norm_first=norm_first), X)
    found = [word for word in words(recording) if word != "getitem"]
    pre = ["layer_norm", "multi_head_attention", "dropout", "add"]
    pre += ["layer_norm", "linear", "relu", "dropout", "linear", "dropout", "add"]
    post = ["multi_head_attention", "dropout", "add", "layer_norm"]
    post += ["linear", "relu", "dropout", "linear", "dropout", "add", "layer_norm"]
    assert found == (pre if norm_first else post)


@pytest.mark.parametrize("norm_first", [True, False])
def test_decoder_layer(norm_first):
    recording = record(nn.TransformerDecoderLayer(8, 2, 16, norm_first=norm_first), X, X.clone())
    own, cross = [node for node in recording.graph.nodes if node.op == "multi_head_attention"]
    assert own.args[0] == own.args[1]
    assert cross.args[1] == cross.args[2] == recording.graph.inputs[1]
    assert words(recording).count("layer_norm") == 3


def test_recording_is_picklable_and_the_same_twice():
    import pickle

    module = nn.TransformerEncoderLayer(8, 2, 16)
    one, two = record(module, X), record(module, X)
    assert one == two
    assert pickle.loads(pickle.dumps(one)) == one
