"""Layers that share a part, and parts of a layer that the model runs again: AC210 of a whole model."""

import pytest

import archcheck

SPEC = """
archcheck: 1
name: encoder
title: encoder
blocks:
  layer:
    block:
      - {norm} -> self_attention -> add
      - layer_norm -> feed_forward -> add
model: stack[layer] -> layer_norm
"""
MODEL = """
from torch import nn


class Layer(nn.Module):
    def __init__(self, d, norm, network, act):
        super().__init__()
        self.n1, self.n2, self.act = norm, nn.LayerNorm(d), act
        self.a = nn.MultiheadAttention(d, 4, batch_first=True)
        self.up, self.down = network, nn.Linear(2 * d, d)

    def forward(self, x):
        h = self.n1(x)
        x = x + self.a(h, h, h, need_weights=False)[0]
        return x + self.down(self.act(self.up(self.n2(x))))


class Model(nn.Module):
    def __init__(self, d=32, depth=4):
        super().__init__()
        norm, network, act = nn.LayerNorm(d), nn.Linear(d, 2 * d), nn.GELU()
        self.layers = nn.ModuleList(Layer(d, {norm}, {network}, {act}) for _ in range(depth))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return {final}(x)
"""
OWN = {
    "norm": "nn.LayerNorm(d)",
    "network": "nn.Linear(d, 2 * d)",
    "act": "nn.GELU()",
    "final": "self.norm",
}


def checked(folder, engine, spec="layer_norm", **changes):
    if engine == "trace":
        pytest.importorskip("torch")
    (folder / "model.py").write_text(MODEL.format(**{**OWN, **changes}))
    (folder / "spec.yaml").write_text(SPEC.format(norm=spec))
    report = archcheck.check(f"{folder / 'model.py'}::Model", str(folder / "spec.yaml"), engine=engine)
    (model,) = (result for result in report.results if result.name == "Model")
    return model.verdict, [(finding.code, finding.label) for finding in model.findings]


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"norm": "norm"}, "one layer_norm (layers.0.n1) in several layers"),
        ({"final": "self.layers[-1].n2"}, "a part of a layer is used once more"),
        ({"final": "self.layers[0].n1"}, "a part of a layer is used once more"),
    ],
)
def test_a_part_of_the_layers_in_two_places(tmp_path, engine, changes, label):
    verdict, found = checked(tmp_path, engine, **changes)  # where `norm` is not called, AC220 says so, too
    assert (verdict, found[0]) == ("mismatch", ("AC210", label))


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize(
    ("spec", "changes"), [("layer_norm", {"act": "act"}), ("layer_norm(shared=n)", {"norm": "norm"})]
)
def test_what_layers_may_share(tmp_path, engine, spec, changes):
    """What has no parameters, and what the figure marks."""
    assert checked(tmp_path, engine, spec, **changes) == ("match", [])


def test_a_weight_inside_of_a_box_that_has_others_of_its_own_is_no_finding(tmp_path):
    assert checked(tmp_path, "static", network="network") == ("match", [])


def test_what_a_layer_never_calls_is_said_of_the_layer_and_not_of_the_model_again(tmp_path):
    unused = MODEL.replace("self.up, self.down = ", "self.n3, self.up, self.down = nn.LayerNorm(d), ")
    (tmp_path / "model.py").write_text(unused.format(**OWN))
    blocks = archcheck.describe(f"{tmp_path / 'model.py'}::Model", engine="static").blocks
    assert [b.name for b in blocks for f in b.findings if f.code == "AC220"] == ["Model.layers.0"]


def test_two_models_that_share_alike_are_equal(tmp_path):
    shared, own = tmp_path / "shared.py", tmp_path / "own.py"
    shared.write_text(MODEL.format(**{**OWN, "norm": "norm"}))
    own.write_text(MODEL.format(**OWN))

    def codes(one, other):
        report = archcheck.compare(f"{one}::Model", f"{other}::Model", engine="static")
        return [(result.name, finding.code) for result in report.results for finding in result.findings]

    assert codes(shared, shared) == []
    assert codes(shared, own) == [("Model", "AC210")]
