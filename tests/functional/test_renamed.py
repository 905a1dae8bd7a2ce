"""tools/renamed.py: a copy of a library in which all its own names are others, and the labels that ask for it."""

import re
import subprocess
import sys
from pathlib import Path

import yaml

from archcheck import describe

ROOT = Path(__file__).resolve().parents[2]

PARTS = '''
import torch
from torch import nn


def zero_if_none(value):
    return 0.0 if value is None else value


class Perceptron(nn.Module):
    """Two projections."""

    def __init__(self, width, hidden, dropout=0.1):
        super().__init__()
        self.register_buffer("unit", torch.ones(1))
        self.grow = nn.Linear(width, hidden)
        self.shrink = nn.Linear(hidden, width)
        self.dropout = nn.Dropout(zero_if_none(dropout))

    def forward(self, tokens):
        grown = self.grow(tokens)
        return self.dropout(self.shrink(torch.relu(grown))) * self.unit
'''
BLOCK = '''
from torch import nn

from .parts import Perceptron as Network

NORMS = {"layer": nn.LayerNorm, "rms": nn.RMSNorm}


class Encoder(nn.Module):
    """A block."""

    def __init__(self, width=8, kind_of_norm="layer", **kwargs):
        super().__init__()
        hidden = kwargs.pop("hidden_width", 16)
        for name in ("norm1", "norm2"):
            setattr(self, name, NORMS[kind_of_norm](width))
        self.norm = NORMS[kind_of_norm](width)
        self.network = Network(width, hidden=hidden)

    @property
    def last_norm(self):
        return self.norm

    def forward(self, tokens):
        for position, part in enumerate([self.network]):
            tokens = tokens + part(self.last_norm(tokens))
        return tokens
'''


def test_a_renamed_copy_is_described_alike(tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    (library / "__init__.py").write_text("")
    (library / "parts.py").write_text(PARTS)
    (library / "blocks.py").write_text(BLOCK)
    label = {
        "id": "one", "module": "library.blocks", "class": "Encoder",
        "target": "library.blocks:Encoder(8, kind_of_norm='rms', hidden_width=32)",
    }  # fmt: skip
    (tmp_path / "labels.yaml").write_text(yaml.safe_dump([label, {**label, "module": "another.blocks"}]))
    out = tmp_path / "out"
    command = [
        sys.executable,
        ROOT / "tools" / "renamed.py",
        library,
        "--out",
        out,
        "--labels",
        tmp_path / "labels.yaml",
    ]
    subprocess.run([*map(str, command), "--jobs", "1"], check=True, capture_output=True)
    (new,) = yaml.safe_load((out / "labels" / "labels.yaml").read_text())
    text = (out / "lib" / "library" / "blocks.py").read_text() + (
        out / "lib" / "library" / "parts.py"
    ).read_text()
    for name in (
        "Encoder",
        "Perceptron",
        "Network",
        "network",
        "grow",
        "unit",
        "hidden",
        "tokens",
        "kind_of_norm",
        "last_norm",
    ):
        assert not re.search(rf"\b{name}\b", text), name
    assert re.search(r"\bforward\b", text)
    assert re.search(r"\bRMSNorm\b", text)
    (before,) = describe(label["target"], engine="static", path=[str(tmp_path)]).blocks
    (after,) = describe(new["target"], engine="static", path=[str(out / "lib")]).blocks
    assert before.notation == after.notation == "rms_norm -> feed_forward -> dropout -> scale -> add"
