"""Blocks with several streams: which one a flow follows, and what it says of the others."""

from dataclasses import replace

import pytest
from torch import nn

from archcheck import describe
from archcheck.blocks.flow import OpStep, Parallel, flow, flow_of_all
from archcheck.graph import Graph, Node
from archcheck.lift import lift


def words(steps):
    """The words of a flow, residuals as `[…]+`."""
    found = []
    for step in steps:
        if isinstance(step, OpStep):
            found.append(step.node.words[0])
        elif isinstance(step, Parallel):
            found.append("|".join(words(b) for b in step.branches))
        else:
            found.append(f"[{words(step.branch)}]+")
    return " ".join(found)


def graph(inputs, outputs, **nodes):
    """A canonical graph: `name=(word, argument, …)`."""
    made = [Node(i, ("input",), name=i) for i in inputs]
    made += [Node(key, (word,), tuple(args)) for key, (word, *args) in nodes.items()]
    return Graph(tuple(made), tuple(inputs), tuple(outputs))


def test_a_memory_that_is_prepared_first_is_not_the_stream():
    one = graph(
        ["x", "memory", "position"], ["n"], m=("add", "memory", "position"), a=("cross_attention", "x", "m"),
        s=("add", "x", "a"), n=("layer_norm", "s"),
    )  # fmt: skip
    assert words(flow(one)) == "[cross_attention]+ layer_norm"


TOKENS = {
    "n1": ("layer_norm", "x"), "n2": ("layer_norm", "c"), "both": ("concat", "n1", "n2"),
    "a": ("self_attention", "both"), "s1": ("add", "x", "a"), "s2": ("add", "c", "a"),
    "n3": ("layer_norm", "s1"), "n4": ("layer_norm", "s2"), "all": ("concat", "n3", "n4"),
    "f": ("feed_forward", "all"), "o1": ("add", "s1", "f"), "o2": ("add", "s2", "f"),
}  # fmt: skip


def test_where_streams_are_concatenated_each_flow_follows_its_own():
    one = graph(["x", "c"], ["o1", "o2"], **TOKENS)
    assert words(flow(one)) == "[layer_norm concat self_attention]+ [layer_norm concat feed_forward]+"
    assert words(flow_of_all(one, flow(one))) == words(flow(one))  # both streams pass the same sublayers


def test_the_norm_behind_a_sublayer_of_the_other_stream_is_said_with_it():
    one = graph(
        ["x", "c"], ["o1", "o2"], a=("self_attention", "x"), s=("add", "x", "a"), o1=("layer_norm", "s"),
        f=("feed_forward", "c"), t=("add", "c", "f"), o2=("layer_norm", "t"),
    )  # fmt: skip
    assert words(flow_of_all(one, flow(one))) == "[self_attention]+ layer_norm [feed_forward]+ layer_norm"


def test_sublayers_of_the_other_stream_are_said_in_their_places():
    one = graph(
        ["x", "c"], ["o1", "o2"], n1=("layer_norm", "x"), n2=("layer_norm", "c"),
        a1=("joint_attention", "n1", "n2"), a2=("joint_attention", "n2", "n1"), s1=("add", "x", "a1"),
        f1=("gated_feed_forward", "s1"), o1=("add", "s1", "f1"),
        s2=("add", "c", "a2"), f2=("feed_forward", "s2"), o2=("add", "s2", "f2"),
    )  # fmt: skip
    assert words(flow(one)) == "[layer_norm joint_attention]+ [gated_feed_forward]+"
    everything = words(flow_of_all(one, flow(one)))
    assert everything == "[layer_norm joint_attention]+ [gated_feed_forward]+ [feed_forward]+"


def test_a_module_that_serves_both_streams_is_said_once():
    """As in XLNet (Yang et al. 2019, section 2.3): content and query stream share their weights."""
    one = graph(
        ["x", "g"], ["o", "p"], a=("self_attention", "x"), o=("add", "x", "a"), b=("cross_attention", "g", "x"),
        p=("add", "g", "b"),
    )  # fmt: skip
    shared = replace(one, nodes=tuple(replace(n, name="attention") if n.id in "ab" else n for n in one.nodes))
    assert words(flow_of_all(one, flow(one))) == "[self_attention]+ [cross_attention]+"
    assert words(flow_of_all(shared, flow(shared))) == "[self_attention]+"


def test_a_shared_module_of_streams_with_sublayers_of_their_own_is_said_for_each():
    """As in LXMERT (Tan and Bansal 2019, section 2.2): only the cross-attention is shared."""
    one = graph(
        ["x", "g"], ["o", "p"], a=("cross_attention", "x", "g"), s=("add", "x", "a"),
        b=("cross_attention", "g", "x"), t=("add", "g", "b"), c=("self_attention", "s"), o=("add", "s", "c"),
        d=("feed_forward", "t"), p=("add", "t", "d"),
    )  # fmt: skip
    names = {"a": "both", "b": "both", "c": "mine", "d": "yours"}
    one = replace(one, nodes=tuple(replace(n, name=names.get(n.id, n.name)) for n in one.nodes))
    assert (
        words(flow_of_all(one, flow(one)))
        == "[cross_attention]+ [cross_attention]+ [self_attention]+ [feed_forward]+"
    )


def test_a_projection_behind_finished_sublayers_has_a_residual_of_its_own():
    one = graph(
        ["x"], ["o"], a=("self_attention", "x"), s=("add", "x", "a"), f=("feed_forward", "s"),
        t=("add", "s", "f"), l=("linear", "t"), o=("add", "x", "l"),
    )  # fmt: skip
    assert words(flow(one)) == "[self_attention]+ [feed_forward]+ [linear]+"


def test_a_concatenation_and_its_projection_are_one_branch():
    one = graph(
        ["x"], ["o"], a=("self_attention", "x"), c=("concat", "x", "a"), l=("linear", "c"), o=("add", "x", "l"),
    )  # fmt: skip
    assert words(flow(one)) == "[[self_attention]+ linear]+"


class Modulated(nn.Module):
    def __init__(self, d=8):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.f = nn.Linear(d, d)
        self.c = nn.Linear(d, 2 * d)

    def forward(self, x, condition):
        scale, gate = self.c(condition).chunk(2, dim=-1)
        return x + gate * self.f(self.norm(x) * (1 + scale))


def test_a_factor_around_one_modulates_and_any_other_gates():
    (view,) = describe(f"{__file__}::Modulated", engine="static").blocks
    assert view.notation.strip() == "layer_norm -> modulate(condition) -> linear -> gate(condition) -> add"


class Side(nn.Module):
    """Two attentions side by side in a list of modules, then two networks: no stack."""

    def __init__(self, d=8):
        super().__init__()
        self.layers = nn.ModuleList([Both(nn.Linear(d, d), nn.Linear(d, d)), Both(Network(d), Network(d))])

    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x)
        return x


class Both(nn.Module):
    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, x):
        return sum([part(x) for part in self.parts])


class Network(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm, self.a, self.b = nn.LayerNorm(d), nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, x):
        return self.b(self.a(self.norm(x)).relu())


def test_members_that_run_side_by_side_are_no_stack():
    (view,) = describe(f"{__file__}::Side", engine="static").blocks
    wanted = "(linear + linear) -> add; (layer_norm -> feed_forward + layer_norm -> feed_forward) -> add"
    assert "; ".join(view.notation.strip().splitlines()).replace(";;", ";") == wanted


def test_a_second_stream_may_have_sizes_of_its_own():
    """As in TNT (Han et al. 2021); a result that carries no input of its shape, such as a count, is none."""
    raw = Graph(
        (
            Node("x", ("input",), name="x", shape=(2, 3, 8)), Node("y", ("input",), name="y", shape=(2, 16)),
            Node("f", ("relu",), ("x",), shape=(2, 3, 8)), Node("a", ("add",), ("x", "f"), shape=(2, 3, 8)),
            Node("m", ("mean",), ("a",), attrs=(("dim", 1),), shape=(2, 16)), Node("b", ("add",), ("y", "m"), shape=(2, 16)),
            Node("c", ("add",), ("m", "b"), shape=(2, 1)),
        ),
        ("x", "y"), ("a", "b", "c"),
    )  # fmt: skip
    assert lift(raw).outputs == ("a", "b")


class Reserved(nn.Module):
    """An input whose name is a word of the notation."""

    def __init__(self):
        super().__init__()
        self.f = Network(8)

    def forward(self, x, skip):
        return x + self.f(x * skip)


def test_an_input_may_have_a_name_that_is_a_word_of_the_notation():
    (view,) = describe(f"{__file__}::Reserved", engine="static").blocks
    assert "gate(skip_)" in view.notation


TWO_STACKS = """
from torch import nn


class Double(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm, self.memory_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.f = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))
        self.g = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))

    def forward(self, x, memory):
        x = x + self.f(self.norm(x + memory))
        return x, memory + self.g(self.memory_norm(memory))


class Single(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm, self.f = nn.LayerNorm(dim), nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))

    def forward(self, x, memory):
        return x + self.f(self.norm(x + memory))


class Model(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.doubles = nn.ModuleList([Double(dim) for _ in range(3)])
        self.singles = nn.ModuleList([Single(dim) for _ in range(3)])

    def forward(self, x, memory):
        for block in self.doubles:
            x, memory = block(x, memory)
        for block in self.singles:
            x = block(x, memory)
        return x
"""


def test_a_stack_may_read_the_second_stream_of_the_stack_before_it(tmp_path):
    """The joint and the single blocks of Flux: what the first stack hands on is one node of the model's graph."""
    (tmp_path / "model.py").write_text(TWO_STACKS)
    views = describe(f"{tmp_path}/model.py::Model", engine="static").blocks
    model = next(view for view in views if view.name == "Model")
    assert [n.words[0] for n in model.graph.operations()] == ["stack", "stack"]


class Steered(nn.Module):
    """adaLN on the bare stream; a projection of the skip stands between the input and the result."""

    def __init__(self, normed=True):
        super().__init__()
        self.say, self.gate, self.skip = nn.Linear(8, 16), nn.Linear(8, 8), nn.Linear(8, 8)
        self.mix = nn.TransformerEncoderLayer(8, 1).self_attn
        self.recurrent = nn.GRU(8, 8)
        self.norm = nn.LayerNorm(8) if normed else nn.Identity()

    def forward(self, x, c):
        scale, shift = self.say(c).chunk(2, dim=-1)
        y = x * (1 + scale) + shift
        x = x + self.gate(c) * self.mix(y, y, y)[0]
        return self.skip(x) + self.recurrent(self.norm(x))[0]


class SteeredWithoutNorm(Steered):
    """The same, and no norm that says which of the inputs it is."""

    def __init__(self):
        super().__init__(normed=False)


@pytest.mark.parametrize("name", ["Steered", "SteeredWithoutNorm"])
def test_a_condition_that_is_read_first_is_not_the_stream_behind_a_projected_skip(name):
    view, *_ = describe(f"{__file__}::{name}", engine="static").blocks
    assert view.notation.startswith("modulate(c) -> self_attention -> gate(c) -> add")


MASKED = """\
import torch
import torch.nn.functional as F
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.norm, self.qkv, self.out = nn.LayerNorm(dim), nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.norm2, self.up, self.down = nn.LayerNorm(dim), nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x, mask, scale):
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
        x = x + self.out(F.scaled_dot_product_attention(q, k, v, attn_mask=mask))
        return x + self.down(F.gelu(self.up(self.norm2(x)))){more}


class Model(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.layers = nn.ModuleList([Layer(dim) for _ in range(4)])

    def forward(self, x, lengths):
        mask = torch.tensor([int(n) for n in lengths.tolist()])
        scale = torch.tensor([float(n) for n in lengths.tolist()])
        for layer in self.layers:
            x = layer(x, mask, scale)
        return x
"""


def test_what_a_stack_reads_for_its_masks_alone_is_no_operand_of_it(tmp_path):
    file = tmp_path / "masked.py"
    for more, seen in (("", True), (" * scale", False)):
        file.write_text(MASKED.format(more=more))
        model = next(b for b in describe(f"{file}::Model", engine="static").blocks if b.name == "Model")
        assert (not model.unresolved) == seen
        assert model.notation.strip().endswith("stack(n=4)") == seen
