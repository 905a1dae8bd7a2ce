"""A model that calls one layer again and again (ALBERT, Universal Transformer) is a stack whose layers are shared."""

import pytest

from archcheck import check, describe

SOURCE = """
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, 4, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        h = self.norm1(x)
        x = x + self.attn(h, h, h)[0]
        return x + self.mlp(self.norm2(x))


class Model(nn.Module):
    def __init__(self, dim=64, depth=4):
        super().__init__()
        self.depth = depth
        self.layers = {layers}
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):
        {loop}
            x = layer(x)
        return self.norm(x)
"""
SPEC = """
archcheck: 1
name: s
blocks:
  layer:
    block:
      - layer_norm -> self_attention -> add
      - layer_norm -> feed_forward -> add
model: {stack}[layer] -> layer_norm
"""
OWN, SHARED = "stack", "stack(shared=layer)"
OVER = "for layer in self.layers:"
LISTS = {
    "nn.ModuleList([Layer(dim) for _ in range(depth)])": (OVER, OWN),
    "nn.ModuleList([Layer(dim)] * depth)": (OVER, SHARED),
    "nn.ModuleList([Layer(dim)])": ("for layer in [self.layers[0]] * 4:", SHARED),
    "Layer(dim)": ("layer = self.layers\n        for _ in range(self.depth):", SHARED),
}


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize("layers", LISTS)
def test_whether_layers_are_shared(tmp_path, layers, engine):
    if engine == "trace":
        pytest.importorskip("torch")
    loop, stack = LISTS[layers]
    (tmp_path / "m.py").write_text(SOURCE.format(layers=layers, loop=loop))
    for declared in (OWN, SHARED):
        (tmp_path / "s.yaml").write_text(SPEC.format(stack=declared))
        report = check(f"{tmp_path / 'm.py'}::Model", str(tmp_path / "s.yaml"), engine=engine)
        layer, model = report.results
        assert layer.verdict == "match"
        codes = [finding.code for finding in model.findings]
        assert codes == ([] if stack == declared else ["AC210" if stack == SHARED else "AC211"])


def test_what_a_model_with_shared_layers_is_called(tmp_path):
    loop, _ = LISTS["Layer(dim)"]
    (tmp_path / "m.py").write_text(SOURCE.format(layers="Layer(dim)", loop=loop))
    *_, model = describe(f"{tmp_path / 'm.py'}::Model", engine="static").blocks
    assert model.notation.strip() == "stack(shared=layers) -> layer_norm"
