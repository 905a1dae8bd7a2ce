"""A deep model is compared layer by layer: equal layers are one answer, and the odd one is named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from command import archcheck

import archcheck as package
from archcheck.report.schemas import check_schema

LAYERS = 32
ODD = 7
MODEL = f"""\
import torch.nn as nn


class Layer(nn.Module):
    def __init__(self, late=False, rate=0.1):
        super().__init__()
        self.norm1 = nn.LayerNorm(32)
        self.norm2 = nn.LayerNorm(32)
        self.attention = nn.MultiheadAttention(32, 4, batch_first=True)
        self.feed_forward = nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 32))
        self.dropout = nn.Dropout(rate)
        self.late = late

    def attend(self, x):
        return self.dropout(self.attention(x, x, x, need_weights=False)[0])

    def forward(self, x):
        if self.late:
            x = self.norm1(x + self.attend(x))
        else:
            x = x + self.attend(self.norm1(x))
        return x + self.dropout(self.feed_forward(self.norm2(x)))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Layer(LATE, RATE) for i in range({LAYERS})])
        self.norm = nn.LayerNorm(32)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)
"""
MOST = "layers.0 to layers.6 and layers.8 to layers.31"
WITHOUT_ODD = [f"layers.{n}" for n in range(LAYERS) if n != ODD]
EVERY = [f"layers.{n}" for n in range(LAYERS)]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "model.py"
    file.write_text(MODEL.replace("LATE", f"i == {ODD}").replace("RATE", "0.1"))
    return file


def document(file: Path, spec: str, engine: str, name: str = "::Model") -> dict[str, Any]:
    said = archcheck(
        f"{file.name}{name}", "--spec", spec, "--engine", engine, "--format", "json", cwd=file.parent
    )
    found: dict[str, Any] = json.loads(said.out)
    jsonschema.validate(found, check_schema())
    return found


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_the_one_layer_that_differs_is_named(model: Path, engine: str) -> None:
    said = archcheck("model.py::Model", "--spec", "pre_ln", "--engine", engine, cwd=model.parent)
    assert said.status == 1
    text = re.sub(r"\n\s+", " ", said.out)
    assert f"note: the same in 31 of 32 layers: {MOST}" in text
    assert (
        "note: layers.7 differs: layer_norm (norm1) is on the stream, after the add; the figure has" in text
    )
    assert re.findall(r"(Model\S*)  (MATCH|MISMATCH)", said.out) == [
        ("Model.layers.0", "MATCH"),
        ("Model.layers.7", "MISMATCH"),
        ("Model", "MATCH"),
    ]
    assert said.out.count("AC102 norm-outside-residual") == 1


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_the_document_tells_the_layers_of_each_answer(model: Path, engine: str) -> None:
    most, odd, whole = document(model, "pre_ln", engine)["results"]
    assert most["layers"] == {"owner": "Model", "paths": WITHOUT_ODD, "read": LAYERS, "length": LAYERS}
    assert odd["layers"]["paths"] == ["layers.7"]
    assert whole["layers"] is None


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_what_all_layers_have_is_told_once(model: Path, engine: str) -> None:
    said = archcheck("model.py::Model", "--spec", "post_ln", "--engine", engine, cwd=model.parent)
    text = re.sub(r"\n\s+", " ", said.out)
    assert "AC101 norm-inside-residual (2 times: lines 21, 22)" in said.out
    assert "AC101 norm-inside-residual (line 22): as in layers.0" in said.out
    assert said.out.count("To follow the figure") == 1
    assert "note: layers.7 differs: no AC101 (line 21)" in text


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_layers_that_differ_in_what_the_spec_does_not_ask_are_one_answer(model: Path, engine: str) -> None:
    model.write_text(MODEL.replace("LATE", "False").replace("RATE", "i / 100"))
    found = document(model, "pre_ln", engine)
    assert [one["verdict"] for one in found["results"]] == ["match", "match"]
    assert found["results"][0]["layers"]["paths"] == EVERY
    assert found["results"][0]["notes"] == ["the same in all 32 layers: layers.0 to layers.31"]


def test_a_layer_that_is_a_variant_of_its_class_is_still_checked(model: Path) -> None:
    """The class alone matches by its defaults; the model has one of the other variant."""
    found = document(model, "pre_ln", "static", name="")
    verdicts = {one["name"]: one["verdict"] for one in found["results"]}
    assert verdicts == {"Layer": "match", "Model.layers.7": "mismatch", "Model": "match"}


def test_many_kinds_of_layers_are_counted(model: Path) -> None:
    model.write_text(
        MODEL.replace("LATE", "False")
        .replace("RATE", "i / 100")
        .replace("self.norm1 = nn.LayerNorm(32)", "self.norm1 = nn.LayerNorm(32, eps=rate)")
    )
    spec = "layer_norm(eps=0.0) -> self_attention -> add; layer_norm -> feed_forward -> add"
    report = package.check(f"{model}::Model", spec=spec, engine="trace")
    layers = [one for one in report.results if one.layers]
    assert [one.layers.paths[0] for one in layers if one.layers] == EVERY
    assert report.results[0].notes[-1] == "27 more kinds of layers differ"
