"""What a description says of a block is a spec that the block meets, and one with another wiring does not."""

import pytest

from archcheck import check, describe

SOURCE = """
import torch
from torch import nn


class Base(nn.Module):
    def __init__(self, d=8):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.p, self.f, self.g, self.h = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, d), nn.Linear(3 * d, d)


class StepFirst(Base):
    \"\"\"The step is projected before the stream is read, and added inside of the branch (DiffWave).\"\"\"

    def forward(self, x, step):
        step = self.p(step)
        return x + self.f(self.norm(x + step))


class Dense(Base):
    def forward(self, x):
        a = self.f(x).relu()
        b = self.g(a).relu()
        return self.h(torch.cat([x, a, b], dim=-1))


class Difference(Base):
    def forward(self, x):
        n = self.norm(x)
        return x + self.p(self.f(n) - self.g(n))


class OneNorm(Base):
    def forward(self, x):
        x = x + self.f(self.norm(x))
        return x + self.g(self.norm(x))


class NamedAsAWord(Base):
    def forward(self, x, scale):
        return x + self.f(self.norm(x) * self.p(scale))
"""
INPUTS = {"StepFirst": ["x", "step"], "NamedAsAWord": ["x", "scale_"]}
WRONG = {
    "StepFirst": "linear as l1 -> add(l1) -> layer_norm -> linear as l2 -> add(l2)",
    "OneNorm": "layer_norm -> linear -> add\nlayer_norm -> linear -> add",
    "Difference": "layer_norm -> (linear + linear) -> linear -> add",
}


def verdict(folder, name, block):
    lines = ["archcheck: 1", "name: own", *([f"inputs: {INPUTS[name]}"] if name in INPUTS else []), "block:"]
    (folder / "own.yaml").write_text("\n".join([*lines, *(f"  - {line}" for line in block.split("\n"))]))
    target = f"{folder / 'model.py'}::{name}"
    (result,) = check(target, str(folder / "own.yaml"), engine="static").results
    return result.verdict


@pytest.mark.parametrize("name", ["StepFirst", "Dense", "Difference", "OneNorm", "NamedAsAWord"])
def test_a_block_meets_its_own_notation(tmp_path, name):
    (tmp_path / "model.py").write_text(SOURCE)
    (view,) = describe(f"{tmp_path / 'model.py'}::{name}", engine="static").blocks
    assert verdict(tmp_path, name, view.notation.strip().replace(";\n", "\n")) == "match"
    if name in WRONG:
        assert verdict(tmp_path, name, WRONG[name]) == "mismatch"


def test_the_stream_is_what_the_result_carries_on_as_it_is(tmp_path):
    (tmp_path / "model.py").write_text(SOURCE)
    document = describe(f"{tmp_path / 'model.py'}::StepFirst", engine="static").to_dict()
    ((step,),) = [block["flow"] for block in document["blocks"]]
    branch = step["residual"]["branch"]
    assert [one["op"] for one in branch] == ["add", "layer_norm", "linear"]
    assert step["residual"]["from"] is None
