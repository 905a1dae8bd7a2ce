"""What the recorder sees: every spelling, in-place writes, views, nested results, and what it must not pretend to see."""

from __future__ import annotations

import threading
import warnings
from collections import OrderedDict
from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint
from trace_helpers import live, record, term, words

X = torch.randn(2, 5, 8)


class Body(nn.Module):
    """A few layers, and a forward given from outside."""

    def __init__(self, body):
        super().__init__()
        self.lin = nn.Linear(8, 8)
        self.seq = nn.Sequential(nn.Linear(8, 8), nn.ReLU(inplace=True))
        self.idle = nn.Identity()
        self.scales = [nn.Parameter(torch.ones(8))]
        self.plain = torch.ones(8)
        self.register_buffer("table", torch.ones(5, 8))
        self.body = body

    def forward(self, x, *rest, **more):
        return self.body(self, x, *rest, **more)


def run(body, *args, **kwargs):
    return record(Body(body), *(args or (X,)), **kwargs)


ADDITIONS = {
    "operator": lambda s, x: x + torch.sin(x),
    "swapped": lambda s, x: torch.sin(x) + x,
    "function": lambda s, x: torch.add(x, torch.sin(x)),
    "method": lambda s, x: x.add(torch.sin(x)),
    "keyword": lambda s, x: torch.add(input=x, other=torch.sin(x)),
    "aten": lambda s, x: torch.ops.aten.add(x, torch.sin(x)),
    "overload": lambda s, x: torch.ops.aten.add.Tensor(x, torch.sin(x)),
    "out": lambda s, x: torch.add(x, torch.sin(x), out=torch.empty_like(x)),
}


@pytest.mark.parametrize("name", ADDITIONS)
def test_an_addition_in_every_spelling(name):
    found = term(run(ADDITIONS[name]).graph)
    assert found in ("add(x, sin(x))", "add(sin(x), x)")


INPLACE = {
    "iadd": lambda s, y, x: y.__iadd__(x),
    "add_": lambda s, y, x: y.add_(x),
    "statement": lambda s, y, x: exec("y += x", {}, {"y": y, "x": x}),
    "out": lambda s, y, x: torch.add(y, x, out=y),
    "copy": lambda s, y, x: y.copy_(y + x),
    "data": lambda s, y, x: y.data.add_(x),
    "whole_view": lambda s, y, x: y.view(-1).add_(x.reshape(-1)),
}


@pytest.mark.parametrize("name", INPLACE)
def test_in_place_writes_reach_every_later_reader(name):
    def body(self, x):
        y = torch.sin(x)
        INPLACE[name](self, y, x)
        return y * 2

    found = term(run(body).graph)
    assert "add(" in found, found
    assert found.startswith("mul[2](")


def test_an_alias_reads_the_written_value():
    def body(self, x):
        y = torch.sin(x)
        skip = y
        y += x
        return skip * 2

    assert term(run(body).graph) == "mul[2](add(sin(x), x))"


def test_a_write_through_a_part_keeps_the_rest():
    def body(self, x):
        y = torch.sin(x)
        y[..., 0] += 1
        return y

    found = term(run(body).graph)
    assert found.startswith("scatter(")
    assert "add[1](slice(sin(x)))" in found


def test_a_write_into_a_sibling_view_is_not_seen_by_the_other():
    def body(self, x):
        left, right = torch.sin(x).unsafe_chunk(2, dim=-1)
        y = torch.sin(x)
        a, b = y[..., :4], y[..., 4:]
        a.add_(1)
        return b, left, right

    assert term(run(body).graph) == "slice(sin(x))"


def test_a_write_to_the_base_is_seen_by_a_view():
    def body(self, x):
        y = torch.sin(x)
        flat = y.view(-1)
        y.add_(1)
        return flat

    assert term(run(body).graph) == "reshape(add[1](sin(x)))"


def test_inplace_modules():
    assert term(run(lambda s, x: s.seq(x)).graph) == "relu(linear(x, seq.0.weight, seq.0.bias))"
    assert term(run(lambda s, x: F.relu(torch.sin(x), inplace=True)).graph) == "relu(sin(x))"


def test_batch_norm_statistics_do_not_become_the_result():
    module = nn.BatchNorm1d(8)
    recording = record(module, torch.randn(4, 8))
    out = recording.graph[recording.graph.outputs[0]]
    assert out.op == "batch_norm"
    assert out.operands[:3] == ("input", "weight", "bias")


SCALARS = {
    "x * 0.5": (lambda s, x: x * 0.5, "mul[0.5](x)"),
    "0.5 * x": (lambda s, x: 0.5 * x, "mul[0.5](x)"),
    "1 - x": (lambda s, x: 1 - x, "subtract[r1](x)"),
    "x - 1": (lambda s, x: x - 1, "subtract[1](x)"),
    "1 / x": (lambda s, x: 1 / x, "div[r1](x)"),
    "2 ** x": (lambda s, x: 2**x, "pow[r2](x)"),
    "x ** 2": (lambda s, x: x**2, "pow[2](x)"),
    "square": (lambda s, x: x.square(), "pow[2](x)"),
    "rsub": (lambda s, x: torch.rsub(x, 1), "subtract[r1](x)"),
    "alpha": (lambda s, x: torch.add(x, torch.sin(x), alpha=2), "add(x, mul[2](sin(x)))"),
    "sub alpha": (lambda s, x: torch.sub(x, torch.sin(x), alpha=3), "subtract(x, mul[3](sin(x)))"),
    "matmul": (lambda s, x: s.scales[0].__rmatmul__(x), "matmul(x, scales.0)"),
    "addcmul": (lambda s, x: torch.addcmul(x, x, x, value=2), "add(x, mul[2](mul(x, x)))"),
    "std": (lambda s, x: x.std(-1), "sqrt(var(x))"),
    "where": (lambda s, x: torch.where(x > 0, x, 0.0), "where[0.0](compare[0](x), x)"),
    "reciprocal": (lambda s, x: x.reciprocal(), "pow[-1](x)"),
    "max": (lambda s, x: torch.max(x, dim=-1)[0], "getitem[0](amax(x))"),
    "max of two": (lambda s, x: torch.max(x, x), "maximum(x, x)"),
}


@pytest.mark.parametrize("name", SCALARS)
def test_scalars_are_attributes(name):
    body, expected = SCALARS[name]
    assert term(run(body).graph) == expected


def test_addmm_is_a_linear_layer_only_with_parameters():
    def conv1d(self, x):
        return torch.addmm(self.lin.bias, x.view(-1, 8), self.lin.weight).view(x.shape)

    assert "linear(reshape(x), lin.weight, lin.bias)" in term(run(conv1d).graph)
    flat = X.view(-1, 8)
    free = run(lambda s, x: torch.addmm(x, x, x.new_ones(8, 8), beta=0.5), flat)
    assert term(free.graph) == "add(mul[0.5](x), matmul(x, ones(x)))"


def test_results_with_several_values():
    def body(self, x):
        first, second = x.chunk(2, dim=-1)
        return first * second

    recording = run(body)
    assert term(recording.graph) == "mul(getitem[0](chunk(x)), getitem[1](chunk(x)))"
    chunk = next(node for node in recording.graph.nodes if node.op == "chunk")
    assert chunk.attr("parts") == 2


def test_nested_results_of_recurrent_layers():
    recording = record(nn.LSTM(8, 8, batch_first=True), X)
    assert "recurrent" in words(recording)
    assert term(recording.graph).startswith("getitem[0](recurrent(input")
    assert len(recording.graph.outputs) == 3


@dataclass
class Output:
    hidden: torch.Tensor
    extra: tuple


@pytest.mark.parametrize(
    "wrap",
    [
        lambda a, b: (a, b),
        lambda a, b: [a, b],
        lambda a, b: {"a": a, "b": b},
        lambda a, b: OrderedDict(a=a, b=(b, None)),
        lambda a, b: Output(a, (b, 3)),
    ],
)
def test_outputs_of_every_container(wrap):
    recording = run(lambda s, x: wrap(torch.sin(x), torch.cos(x)))
    assert [term(recording.graph, key) for key in recording.graph.outputs] == ["sin(x)", "cos(x)"]


def test_inputs_have_the_names_of_forwards_parameters():
    class Module(nn.Module):
        def forward(self, x, pair, *, memory=None, **more):
            return x + pair[1] + memory["k"] + more["extra"]

    recording = record(Module(), X, (X.clone(), X.clone()), memory={"k": X.clone()}, extra=X.clone())
    assert [recording.graph[key].name for key in recording.graph.inputs] == [
        "x",
        "pair.1",
        "memory.k",
        "extra",
    ]


def test_sources_are_told_apart():
    made_outside = torch.ones(8)

    def body(self, x):
        return (
            x * self.scales[0]
            + self.plain
            + self.table
            + made_outside
            + self.lin.weight[0]
            + torch.tensor(2.0)
        )

    graph = run(body).graph
    by_kind = {(node.op, node.name) for node in graph.nodes if node.is_source}
    assert ("parameter", "scales.0") in by_kind
    assert ("parameter", "lin.weight") in by_kind
    assert ("buffer", "table") in by_kind
    assert ("constant", "plain") in by_kind
    assert ("constant", "") in by_kind
    assert not graph.unresolved


def test_a_scalar_constant_keeps_its_value():
    half = torch.tensor(0.5)
    graph = run(lambda s, x: x * half).graph
    assert [node.attr("value") for node in graph.nodes if node.op == "constant"] == [0.5]


def test_identity_records_nothing_but_counts():
    recording = run(lambda s, x: s.idle(torch.sin(x)))
    assert term(recording.graph) == "sin(x)"
    assert {info.path: info.calls for info in recording.modules}["idle"] == 1


def test_dropout_with_p_zero_is_recorded():
    recording = record(nn.Dropout(0.0), X)
    (node,) = [node for node in recording.graph.nodes if node.op == "dropout"]
    assert node.attr("p") == 0.0


def test_dropout_with_p_zero_leaves_the_skip_alone():
    def body(self, x):
        return x + torch.sin(F.dropout(x, 0.0))

    assert term(run(body).graph) == "add(x, sin(dropout(x)))"


def test_a_cast_to_the_same_type_is_nothing():
    assert term(run(lambda s, x: torch.sin(x).float().contiguous()).graph) == "sin(x)"
    assert term(run(lambda s, x: torch.sin(x).double()).graph) == "cast(sin(x))"


@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpointing_is_transparent(reentrant):
    def body(self, x):
        return x + checkpoint(self.seq, torch.sin(x), use_reentrant=reentrant)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        recording = run(body)
    assert term(recording.graph) == "add(x, relu(linear(sin(x), seq.0.weight, seq.0.bias)))"
    assert {info.path: info.calls for info in recording.modules}["seq.1"] == 1


class Squared(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x * grad


def test_autograd_functions_keep_the_dataflow():
    assert term(run(lambda s, x: Squared.apply(s.lin(x)) + x).graph).startswith("add(mul(linear(")


def test_vmap_keeps_the_dataflow():
    assert "mul[2](" in term(run(lambda s, x: torch.vmap(lambda row: row * 2)(torch.sin(x))).graph)
    assert not run(lambda s, x: torch.vmap(lambda row: row * 2)(x)).graph.unresolved


def test_einops():
    import einops

    recording = run(lambda s, x: einops.rearrange(torch.sin(x), "b t (h d) -> b h t d", h=2))
    assert "opaque" not in words(recording)
    assert "sin(x)" in term(recording.graph)


def test_iterating_over_a_tensor():
    assert term(run(lambda s, x: next(iter(torch.sin(x)))).graph) == "getitem[0](unbind(sin(x)))"


class TestWhatCannotBeSeen:
    """Never silently a constant."""

    def unresolved(self, body, *args):
        graph = run(body, *args).graph
        assert len(graph.unresolved) == 1, graph.unresolved
        (gap,) = graph.unresolved
        assert gap.span is not None
        assert gap.span.file == __file__
        assert gap.reason
        assert gap.value in live(graph)
        assert graph[gap.value].op == "opaque"
        assert not any(node.op == "constant" for node in graph.nodes)
        return gap

    def test_threads(self):
        def body(self, x):
            results = []
            thread = threading.Thread(target=lambda: results.append(x * 2))
            thread.start()
            thread.join()
            return x + results[0]

        assert "thread" in self.unresolved(body).reason

    def test_scripted_functions(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scripted = torch.jit.script(_double)
        assert "scripted" in self.unresolved(lambda s, x: x + scripted(x)).reason

    @pytest.mark.parametrize(
        "back",
        [torch.from_numpy, torch.tensor, torch.as_tensor, torch.asarray, lambda a: torch.tensor(a.tolist())],
    )
    def test_numpy_round_trips(self, back):
        gap = self.unresolved(lambda s, x: x + back(torch.sin(x).numpy()))
        assert "numpy" in gap.reason

    def test_lists_of_numbers(self):
        assert "tolist" in self.unresolved(lambda s, x: x + torch.tensor(x.tolist())).reason

    def test_a_decision_by_value_is_noted(self):
        recording = run(lambda s, x: x * 2 if bool(x.sum() > 0) else x)
        assert any("decides" in note for note in recording.notes)

    def test_a_number_taken_out_is_noted(self):
        recording = run(lambda s, x: x * x.mean().item())
        assert any(".item" in note or "(item)" in note for note in recording.notes)


def _double(x: torch.Tensor) -> torch.Tensor:
    return x * 2


def test_unknown_functions_are_opaque_and_keep_their_operands():
    recording = run(lambda s, x: torch.special.bessel_j0(torch.sin(x)))
    out = recording.graph[recording.graph.outputs[0]]
    assert out.op == "opaque"
    assert out.attr("name") == "torch.special.bessel_j0"
    assert term(recording.graph, out.args[0]) == "sin(x)"


def test_values_stay_alive_so_that_identities_are_not_reused():
    def body(self, x):
        total = x
        for _ in range(200):
            total = total + torch.sin(total) * 2
        return total

    recording = run(body)
    adds = [node for node in recording.graph.nodes if node.op == "add"]
    assert all(node.args[0] in (recording.graph.inputs[0], adds[i - 1].id) for i, node in enumerate(adds))


def test_modules_are_left_as_they_were():
    module = Body(lambda s, x: s.seq(x)).eval()
    own = module.seq.forward
    record(module, X)
    assert not module.training
    assert "forward" not in module.__dict__
    assert module.seq.forward == own


def test_an_error_in_forward_passes_through_and_cleans_up():
    def body(self, x):
        raise ValueError("no")

    module = Body(body)
    with pytest.raises(ValueError, match="no"):
        record(module, X)
    assert "forward" not in module.__dict__
