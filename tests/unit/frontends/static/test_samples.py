"""Three members that stand for a long list: what is read of them as if they were all is read again with all."""

from __future__ import annotations

import pytest

from archcheck import check, describe

LAYERS = """
from collections import OrderedDict

from torch import nn


class Layer(nn.Module):
    def __init__(self, dim, post=False):
        super().__init__()
        self.norm, self.post = nn.LayerNorm(dim), post
        self.f = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))

    def forward(self, x):
        return self.norm(x + self.f(x)) if self.post else x + self.f(self.norm(x))


class Model(nn.Module):
    def __init__(self, dim=8, depth=12):
        super().__init__()
        self.other = nn.RMSNorm(dim)
"""
RUN = """
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
"""
LIST = "self.layers = nn.ModuleList([Layer(dim) for _ in range(depth)])\n"
PRE = "layer_norm -> feed_forward -> add"
CHANGED = {
    "an attribute of one": (LIST + "self.layers[5].norm = nn.RMSNorm(dim)", [5]),
    "from the end": (LIST + "self.layers[-3].norm = nn.RMSNorm(dim)", [9]),
    "another one": (LIST + "self.layers[depth // 2] = Layer(dim, post=True)", [6]),
    "in a plain list": (
        "layers = [Layer(dim) for _ in range(depth)]\nlayers[7] = Layer(dim, True)\n"
        "self.layers = nn.ModuleList(layers)",
        [7],
    ),
    "in a loop with numbers": (
        LIST
        + "for i, layer in enumerate(self.layers):\n    if i % 4 == 3:\n        layer.norm = nn.RMSNorm(dim)",
        [3, 7, 11],
    ),
    "beside a list": (
        LIST
        + "for kind, layer in zip(['pre'] * 4 + ['post'] + ['pre'] * 7, self.layers):\n    layer.post = kind == 'post'",
        [4],
    ),
    "by its number and the length": (
        "self.layers = nn.ModuleList([Layer(dim, 2 * i == depth) for i in range(depth)])",
        [6],
    ),
    "the last one": (LIST + "self.layers[-1].norm = nn.RMSNorm(dim)", [11]),
}
BUILT = {
    "appended": ("self.layers = nn.ModuleList()\nfor _ in range(depth):\n    self.layers.append(Layer(dim))", 12),
    "one more": (LIST + "self.layers.append(Layer(dim))", 13),
    "one less": (LIST + "del self.layers[3]", 11),
    "twice": (LIST + "self.layers.extend(Layer(dim) for _ in range(depth))", 24),
    "a sequence": ("self.layers = nn.Sequential(*[Layer(dim) for _ in range(depth)])", 12),
    "by name": (
        "self.layers = nn.Sequential(OrderedDict((f'layer{i}', Layer(dim)) for i in range(depth)))", 12
    ),
    "added by name": (
        "self.layers = nn.Sequential()\nfor i in range(depth):\n    self.layers.add_module(f'layer{i}', Layer(dim))",
        12,
    ),
    "a generator": (
        "def made():\n    for _ in range(depth):\n        yield Layer(dim)\nself.layers = nn.ModuleList(made())",
        12,
    ),
    "every second": ("self.layers = nn.ModuleList([Layer(dim) for i in range(depth) if i % 2 == 0])", 6),
    "two for each": ("self.layers = nn.ModuleList([Layer(dim) for i in range(depth) for j in range(2)])", 24),
    "lists added": ("self.layers = nn.ModuleList([Layer(dim) for i in range(depth)] + [Layer(dim)])", 13),
    "counted": (
        "size = 0\nfor _ in range(depth):\n    size += 2\nself.layers = nn.ModuleList([Layer(dim) for _ in range(size)])",
        24,
    ),
}  # fmt: skip
READ = {
    "half of it": ("for layer in self.layers[: len(self.layers) // 2]:\n    x = layer(x)", "stack(n=6)"),
    "all of it": ("for layer in self.layers[: len(self.layers)]:\n    x = layer(x)", "stack(n=12)"),
    "backwards": ("for layer in reversed(self.layers):\n    x = layer(x)", "stack(n=12)"),
    "by number": (
        "for i, layer in enumerate(self.layers):\n    x = layer(self.other(x) if i == 8 else x)",
        "stack(n=8) -> rms_norm -> stack(n=4)",
    ),
    "without one": (
        "for i, layer in enumerate(self.layers):\n    if i != 4:\n        x = layer(x)", "stack(n=11)"
    ),
}  # fmt: skip


def _model(folder, init, forward=RUN):
    (folder / "model.py").write_text(LAYERS + _indented(init) + forward)
    return f"{folder}/model.py::Model"


def _notation(target):
    return describe(target, engine="static").to_dict()["blocks"][-1]["notation"]


def _indented(text):
    return "".join(f"        {line}\n" for line in text.splitlines())


@pytest.mark.parametrize(("init", "numbers"), CHANGED.values(), ids=CHANGED)
def test_the_layer_that_is_changed_later_is_told_by_its_number(tmp_path, init, numbers):
    report = check(_model(tmp_path, init), PRE, engine="static").to_dict()
    odd = [r for r in report["results"] if r["verdict"] == "mismatch"]
    assert [r["layers"]["paths"] for r in odd] == [[f"layers.{i}" for i in numbers]]


@pytest.mark.parametrize(("init", "length"), BUILT.values(), ids=BUILT)
def test_a_stack_has_as_many_layers_as_are_built(tmp_path, init, length):
    assert _notation(_model(tmp_path, init)) == f"stack(n={length})"


@pytest.mark.parametrize(("forward", "notation"), READ.values(), ids=READ)
def test_a_stack_has_as_many_layers_as_forward_runs(tmp_path, forward, notation):
    forward = f"\n    def forward(self, x):\n{_indented(forward)}        return x\n"
    assert _notation(_model(tmp_path, LIST, forward)) == notation


def test_small_members_that_are_no_stack_are_all_read(tmp_path):
    init = "self.layers = nn.ModuleList([nn.Linear(dim, dim) for _ in range(depth)])"
    assert _notation(_model(tmp_path, init)) == " -> ".join(["linear"] * 12)
