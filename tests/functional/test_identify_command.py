"""`archcheck identify` as a user runs it."""

import json

import jsonschema
import pytest
from command import ROOT, archcheck

from archcheck.report.schemas import identify_schema

POST, PRE = (ROOT / "fixtures" / "post_ln" / name for name in ("ok_add_and_norm.py", "bad_pre_norm.py"))
STACKED = """
import torch.nn as nn
from layer import EncoderLayer

class Tower(nn.Module):
    def __init__(self, dim=16, depth=3):
        super().__init__()
        self.rungs = nn.ModuleList([EncoderLayer(dim, 2) for _ in range(depth)])

    def forward(self, x):
        for rung in self.rungs:
            x = rung(x)
        return x
"""


@pytest.mark.parametrize(("file", "family"), [(POST, "post_ln"), (PRE, "pre_ln")], ids=["post", "pre"])
def test_the_family_comes_first_and_the_document_fits_its_schema(tmp_path, file, family):
    said = archcheck("identify", file, "--format", "json", "--no-exec", cwd=tmp_path)
    document = json.loads(said.out)
    jsonschema.validate(document, identify_schema())
    (block,) = document["blocks"]
    assert said.status == 0
    assert block["matches"][0] == family
    assert block["nearest"], "the nearest others are named, too"
    assert all(near["distance"] > 0 and near["difference"] for near in block["nearest"])
    assert not {near["spec"] for near in block["nearest"]} & set(block["matches"])


def test_a_folder_a_package_and_a_module_inside_a_model(tmp_path):
    package = tmp_path / "towers"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "layer.py").write_text(PRE.read_text())
    (package / "tower.py").write_text(STACKED.replace("from layer", "from .layer"))
    for target in (package, "towers"):
        said = archcheck("identify", target, "--no-exec", cwd=tmp_path)
        assert said.status == 0, said.all
        assert "is pre_ln" in said.out
    inside = archcheck(
        "identify", "towers.tower:Tower", "--at", "rungs.1", "--nearest", 0, "--no-exec", cwd=tmp_path
    )
    assert inside.status == 0, inside.all
    assert "Tower.rungs.1" in inside.out
    assert "is pre_ln" in inside.out
    assert "near " not in inside.out
    lost = archcheck("identify", "towers.tower:Tower", "--at", "rung.1", "--no-exec", cwd=tmp_path)
    assert lost.status == 2
    assert "rungs.1" in lost.out, "the message names a path that is there"


def test_what_was_not_seen_matches_nothing(tmp_path):
    (tmp_path / "model.py").write_text(
        "import torch.nn as nn\nfrom somewhere import mystery\n"
        "class Block(nn.Module):\n"
        "    def __init__(self, dim=8):\n        super().__init__()\n"
        "        self.norm = nn.LayerNorm(dim)\n        self.f = nn.Linear(dim, dim)\n"
        "    def forward(self, x):\n        return mystery(x) + self.f(self.norm(x))\n"
    )
    said = archcheck("identify", "model.py", "--no-exec", cwd=tmp_path)
    assert said.status == 3, said.all
    assert "not seen" in said.out
    assert "  is " not in said.out


def test_a_target_that_is_not_there(tmp_path):
    said = archcheck("identify", "nothing.py", "--no-exec", cwd=tmp_path)
    assert said.status == 2
    assert "AC902" in said.out


PREACTIVATION = """
import torch.nn as nn
from torch.nn import functional as F


class Bottleneck(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.norms = nn.ModuleList([nn.BatchNorm2d(dim) for _ in range(3)])
        self.convs = nn.ModuleList([nn.Conv2d(dim, dim, size, padding=size // 2) for size in (1, 3, 1)])

    def forward(self, x):
        y = x
        for norm, conv in zip(self.norms, self.convs):
            y = conv(F.relu(norm(y)))
        return x + y
"""


def test_where_norms_stand_counts_more_than_how_many_convolutions_there_are(tmp_path):
    """Three norms that stand before their convolutions: no ResNet bottleneck, whose norms stand behind them."""
    (tmp_path / "block.py").write_text(PREACTIVATION)
    said = archcheck("identify", "block.py", "--format", "json", "--no-exec", cwd=tmp_path)
    (block,) = json.loads(said.out)["blocks"]
    assert not block["matches"]
    assert block["nearest"][0]["spec"] == "resnet_preact"
