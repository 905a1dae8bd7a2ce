"""Dropout and drop path that choose between the value and 0 by a random mask."""

import pytest

from archcheck import describe

SOURCE = """
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.linear, self.p = nn.LayerNorm(64), nn.Linear(64, 64), 0.1

    def drop(self, x):
        {body}

    def forward(self, x):
        return x + self.drop(self.linear(self.norm(x)))
"""
BODIES = {
    "masked_fill": (
        "mask = (1 - torch.empty_like(x).bernoulli_(1 - self.p)).to(torch.bool)",
        "return x.masked_fill(mask, 0) * (1.0 / (1 - self.p))",
        "dropout",
    ),
    "where": (
        "keep = torch.rand(x.shape) > self.p",
        "return torch.where(keep, x, 0.0) / (1 - self.p)",
        "dropout",
    ),
    "where zeros": (
        "drop = torch.rand(x.shape) < self.p",
        "return torch.where(drop, torch.zeros_like(x), x / (1 - self.p))",
        "dropout",
    ),
    "samples": (
        "keep = torch.rand(x.shape[0], 1, 1) > self.p",
        "return torch.where(keep, x / (1 - self.p), 0.0)",
        "drop_path",
    ),
    "samples, by an index": (
        "drop = torch.rand(x.shape[0]).lt(self.p)[:, None, None]",
        "return x.masked_fill(drop, 0.0) * (1.0 / (1 - self.p))",
        "drop_path",
    ),
    "dropout of ones": (
        "ones = torch.ones(x.shape[0], 1, 1)",
        "return x * torch.nn.functional.dropout(ones, self.p, self.training)",
        "drop_path",
    ),
    "detached": (
        "keep = torch.rand(x.size(0), 1, 1)",
        "return x * keep.ge_(self.p).div(1 - self.p).detach()",
        "drop_path",
    ),
    "filled with something else": (
        "mask = torch.rand(x.shape) < self.p",
        "return x.masked_fill(mask, 1.0) / (1 - self.p)",
        "scale(1.1111111111111112)",
    ),
}


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize("name", BODIES)
def test_a_choice_by_a_random_mask(name, engine, tmp_path):
    *lines, word = BODIES[name]
    file = tmp_path / "model.py"
    file.write_text(SOURCE.format(body="\n        ".join(lines)))
    (block,) = describe(f"{file}::Layer", engine=engine).blocks
    assert block.notation == f"layer_norm -> linear -> {word} -> add"
