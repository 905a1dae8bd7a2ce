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


SETTINGS = """
from . import tables as known


def takes_more(cls):
    plain = cls.__init__

    def __init__(self, **kwargs):
        plain(self)
        for key, value in kwargs.items():
            setattr(self, key, value)

    cls.__init__ = __init__
    return cls


@takes_more
class Settings:
    width = 8
    stages = 2

    def changed(self, **kwargs):
        self.steps = kwargs.pop("steps", 0)
        return self

    @property
    def manner(self):
        return getattr(self, "_manner", "soft")

    @manner.setter
    def manner(self, manner):
        self._manner = manner

    @property
    def activation(self):
        return known.ACTIVATIONS[self.manner]
"""
TABLES = """
from torch import nn

ACTIVATIONS = {"soft": nn.Softplus, "hard": nn.ReLU}


def copy_(this, other):
    this.data.copy_(other)
"""
RUNNING = """
import functools

import torch
from torch import nn

from . import tables as init
from .settings import Settings


def prepared(*names):
    def wrap(function):
        @functools.wraps(function)
        def wrapped(self, *args, **kwargs):
            for name in names:
                getattr(self, name).requires_grad_(False)
            return function(self, *args, **kwargs)
        return wrapped
    return wrap


class Running(nn.Module):
    def __init__(self, settings):
        super().__init__()
        for part in ("first", "last"):
            setattr(self, f"{part}_stage", nn.Linear(settings.width, settings.width))
        for number in range(settings.stages):
            setattr(self, f"stage{number}", nn.Linear(settings.width, settings.width))
        self.weighted = nn.MultiheadAttention(settings.width, 2, batch_first=True)
        self.settings = settings
        init.copy_(self.stage1.weight, torch.eye(settings.width))

    @prepared("first_stage", "weighted")
    def forward(self, tokens):
        try:
            from not_installed_at_all import quick
        except ImportError:
            quick = None
        mixed, weights = self.weighted(query=tokens, key=tokens, value=tokens)
        act = self.settings.activation()
        tokens = self.last_stage(act(self.first_stage(tokens))) + self.stage1(self.stage0(mixed))
        assert quick is None, (f"{quick} is "
            "there")
        return tokens


def run():
    torch.manual_seed(0)
    settings = Settings(manner="hard").changed(steps=2)
    outcome = settings.steps * Running(settings)(torch.randn(1, 3, 8))
    return [round(value, 4) for value in outcome.flatten().tolist()]
"""


def test_a_renamed_copy_computes_the_same(tmp_path):
    files = {"__init__": "", "settings": SETTINGS, "tables": TABLES, "running": RUNNING}
    library, out = tmp_path / "library", tmp_path / "out"
    library.mkdir()
    for name, text in files.items():
        (library / f"{name}.py").write_text(text)
    labels = tmp_path / "labels.yaml"
    labels.write_text(
        yaml.safe_dump([{"id": "one", "module": "library.running", "class": "run", "target": "x:run()"}])
    )
    tool = [sys.executable, ROOT / "tools" / "renamed.py", library, "--out", out, "--labels", labels]
    subprocess.run([*map(str, tool), "--jobs", "1"], check=True, capture_output=True)
    (new,) = yaml.safe_load((out / "labels" / "labels.yaml").read_text())
    copied = "".join(path.read_text() for path in (out / "lib" / "library").glob("*.py"))
    for name in ("weighted", "manner", "activation", "wrapped", "takes_more", "Settings", "copy_(this"):
        assert not re.search(rf"\b{re.escape(name)}\b", copied), name
    results = []
    for folder, function in ((tmp_path, "run"), (out / "lib", new["class"])):
        code = f"from library import running; print(running.{function}())"
        done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
        assert not done.returncode, done.stderr
        results.append(done.stdout)
    assert results[0] == results[1]
