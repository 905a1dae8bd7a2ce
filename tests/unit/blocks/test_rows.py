"""A stack is a row of layers, each of which reads the one before it; what a model does beside that is said."""

import pytest

from archcheck import check, describe

SOURCE = """
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, 4)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        h = self.normed = self.norm1(x)
        x = x + self.attn(h, h, h)[0]
        return x + self.mlp(self.norm2(x))


class Model(nn.Module):
    def __init__(self, dim=64, depth=4):
        super().__init__()
        self.layers = nn.ModuleList(Layer(dim) for _ in range(depth))
        self.norm, self.drop, self.proj = nn.LayerNorm(dim), nn.Dropout(0.1), nn.Linear(dim, dim)

    def forward(self, x):
        seen = []
        for layer in self.layers:
            {body}
        return self.norm({result})
"""


@pytest.mark.parametrize(
    ("body", "result", "reason"),
    [
        ("x = layer(x)", "x", ""),
        ("x = layer(x.transpose(0, 1)).transpose(0, 1)", "x", ""),
        ("x = self.drop(layer(x))", "x", ""),
        ("x = layer(x); seen.append(x)", "seen[-1]", ""),
        ("x = layer(x); seen.append(x)", "torch.stack(seen)[-1]", ""),
    ],
)
def test_what_stands_between_layers_is_said(tmp_path, body, result, reason):
    (tmp_path / "m.py").write_text(SOURCE.format(body=body, result=result))
    (found,) = check(f"{tmp_path / 'm.py'}::Model", "pre_ln", engine="static").results[-1:]
    assert found.name == "Model"
    assert found.verdict == ("unresolved" if reason else "match")
    assert [one.message for one in found.findings if one.code == "AC904"] == ([reason] if reason else [])


def test_where_something_stands_between_layers_there_are_several_stacks(tmp_path):
    body = "x = layer(x) if layer is not self.layers[2] else layer(self.norm(x))"
    (tmp_path / "m.py").write_text(SOURCE.format(body=body, result="x"))
    view = describe(f"{tmp_path / 'm.py'}::Model", engine="static").blocks[-1]
    assert (
        view.notation.strip()
        == "stack(n=2) -> layer_norm(shared=norm) -> stack(n=2) -> layer_norm(shared=norm)"
    )
    assert not view.unresolved


def test_what_stands_between_layers_that_were_not_built_is_not_known(tmp_path):
    source = SOURCE.format(body="x = self.proj(layer(x))", result="x").replace("depth=4", "depth=40")
    (tmp_path / "m.py").write_text(source)
    (found,) = check(f"{tmp_path / 'm.py'}::Model", "pre_ln", engine="static").results[-1:]
    assert found.verdict == "unresolved"
    reasons = [one.message for one in found.findings if one.code == "AC904"]
    assert reasons == ["linear stands between the layers of a stack"]


ADDED = """x = layer(x)
            if layer is not self.layers[3]:
                x = x + self.table"""


def test_a_table_that_is_added_between_layers_is_no_other_stream(tmp_path):
    source = SOURCE.format(body=ADDED, result="x").replace(
        "        self.norm, self.drop",
        "        self.table = nn.Parameter(torch.zeros(1, 5, dim))\n        self.norm, self.drop",
    )
    (tmp_path / "m.py").write_text(source)
    for engine in ("static", "trace"):
        view = describe(f"{tmp_path / 'm.py'}::Model", engine=engine).blocks[-1]
        chain = " -> add(positional) -> ".join(["stack(n=1)"] * 4)
        assert view.notation.strip() == f"{chain} -> layer_norm"
        assert not view.unresolved


REFINED = """
class Pointing(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weights, self.values = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))

    def forward(self, x, memory, points):
        values = nn.functional.grid_sample(self.values(memory), points)
        x = self.norm1(x + (values * self.weights(x).softmax(-1)).sum(-1))
        return self.norm2(x + self.mlp(x))


class Decoder(nn.Module):
    def __init__(self, dim=64, depth=6):
        super().__init__()
        self.layers, self.box = nn.ModuleList(Pointing(dim) for _ in range(depth)), nn.Linear(dim, 2)

    def forward(self, x, memory, points):
        for layer in self.layers:
            x = layer(x, memory, points)
            points = points + self.box(x)
        return x
"""


def test_places_that_are_refined_between_layers_are_nothing_that_a_stack_shows(tmp_path):
    (tmp_path / "m.py").write_text(SOURCE.format(body="x = layer(x)", result="x") + REFINED)
    view = describe(f"{tmp_path / 'm.py'}::Decoder", engine="static").blocks[-1]
    assert view.notation.strip() == "stack(memory, n=6)"
    assert not view.unresolved


@pytest.mark.parametrize(
    ("kept", "result", "notation"),
    [
        ("x", "seen[1]", "stack(n=2) -> layer_norm"),
        ("x", "torch.stack(seen)[1]", "stack(n=2) -> layer_norm"),
        ("x", "x + seen[0]", "stack(n=1); stack(n=3) -> add -> layer_norm"),
        ("x * torch.sigmoid(x)", "x + seen[1]", "stack(n=2) -> (stack(n=2) + silu) -> layer_norm"),
    ],
)
def test_a_layer_whose_result_is_read_ends_a_stack(tmp_path, kept, result, notation):
    body = f"x = layer(x); seen.append({kept})"
    (tmp_path / "m.py").write_text(SOURCE.format(body=body, result=result))
    for engine in ("static", "trace"):
        view = describe(f"{tmp_path / 'm.py'}::Model", engine=engine).blocks[-1]
        assert view.notation.strip() == notation
        assert not view.unresolved


LAYER = "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add"


@pytest.mark.parametrize(
    ("result", "notation"),
    [
        ("self.layers[1].normed", f"{LAYER} -> layer_norm -> layer_norm"),
        (
            "x + self.layers[3].normed",
            f"{LAYER}; {LAYER}; {LAYER}; layer_norm as l1 -> self_attention -> add;"
            " (layer_norm -> feed_forward -> add) -> add(l1) -> layer_norm",
        ),
    ],
)
def test_of_layers_whose_inside_is_read_all_is_shown(tmp_path, result, notation):
    source = SOURCE.format(body="x = layer(x)", result=result)
    (tmp_path / "m.py").write_text(source)
    view = describe(f"{tmp_path / 'm.py'}::Model", engine="static").blocks[-1]
    assert "; ".join(line.strip() for line in view.notation.splitlines()).replace(";;", ";") == notation
    assert not view.unresolved
    (tmp_path / "m.py").write_text(source.replace("depth=4", "depth=40"))
    assert describe(f"{tmp_path / 'm.py'}::Model", engine="static").blocks[-1].unresolved


def test_of_features_that_are_put_together_each_ends_a_stack(tmp_path):
    body = "x = layer(x); seen.append(x)"
    (tmp_path / "m.py").write_text(SOURCE.format(body=body, result="torch.cat([seen[1], seen[3]])"))
    (found,) = check(f"{tmp_path / 'm.py'}::Model", "pre_ln", engine="static").results[-1:]
    assert found.verdict == "mismatch"


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        ("self.drop(self.norm(x))", "match"),  # a head, of which the figure does not speak
        ("self.norm(x) @ self.norm.weight", "match"),
        ("start + self.norm(x)", "mismatch"),
        ("self.drop(self.norm(x)).add(start)", "mismatch"),
    ],
)
def test_a_residual_around_all_layers_is_no_head(tmp_path, result, verdict):
    source = SOURCE.format(body="x = layer(x)", result="x").replace("return self.norm(x)", f"return {result}")
    (tmp_path / "m.py").write_text(source.replace("seen = []", "start = x"))
    report = check(f"{tmp_path / 'm.py'}::Model", "pre_ln", engine="static")
    assert report.results[-1].verdict == verdict
