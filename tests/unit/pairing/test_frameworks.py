"""The same block in PyTorch, Keras and Flax is one block; a real difference between two of them is found."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from framework_blocks import FLAX, KERAS, TORCH

from archcheck import compare, describe

ROOT = Path(__file__).resolve().parents[3]
CLASSES = ("BertLayer", "GluBlock", "ConvStage")
FILES = {"modeling_x.py": TORCH, "modeling_tf_x.py": KERAS, "modeling_flax_x.py": FLAX}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, source in FILES.items():
        (tmp_path / name).write_text(source)
    return tmp_path


def changed(folder, file, old, new):
    source = (folder / file).read_text()
    assert old in source
    (folder / file).write_text(source.replace(old, new))


def verdicts(one, other):
    report = compare(one, other, engine="static")
    return [(result.verdict, [f.code for f in result.findings]) for result in report.results]


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("modeling_x.py::{}", "modeling_tf_x.py::TF{}"),
        ("modeling_x.py::{}", "modeling_flax_x.py::Flax{}"),
        ("modeling_tf_x.py::TF{}", "modeling_flax_x.py::Flax{}"),
    ],
)
def test_one_block_in_two_frameworks_is_equal_in_both_directions(folder, name, one, other):
    one, other = one.format(name), other.format(name)
    assert verdicts(one, other) == [("match", [])]
    assert verdicts(other, one) == [("match", [])]


def test_each_framework_shows_the_whole_block(folder):
    for target in (
        "modeling_x.py::BertLayer",
        "modeling_tf_x.py::TFBertLayer",
        "modeling_flax_x.py::FlaxBertLayer",
    ):
        (block,) = describe(target, engine="static").blocks
        assert block.notation == (
            "self_attention -> dropout -> add -> layer_norm; feed_forward -> dropout -> add -> layer_norm"
        )
        assert block.unresolved == ()


def test_files_of_two_frameworks_are_paired_by_their_classes(folder):
    report = compare("modeling_x.py", "modeling_tf_x.py", engine="static")
    pairs = {(r.name, r.other, r.verdict) for r in report.results}
    assert {(name, f"TF{name}", "match") for name in CLASSES} <= pairs


@pytest.mark.parametrize(
    ("file", "old", "new", "codes"),
    [
        ("modeling_tf_x.py", "self.dropout(output, training=training) + hidden", "output + hidden", ["AC002"]),
        ("modeling_flax_x.py", "nn.gelu(self.up(hidden_states), approximate=False)",
         "nn.relu(self.up(hidden_states))", ["AC003"]),
        ("modeling_flax_x.py", "nn.LayerNorm(epsilon=1e-12), nn.LayerNorm(epsilon=1e-12)",
         "nn.LayerNorm(epsilon=1e-12), nn.LayerNorm()", ["AC004"]),
        ("modeling_tf_x.py", "self.norm2(self.dropout(output", "self.norm1(self.dropout(output", ["AC211"]),
    ],
)  # fmt: skip
def test_a_difference_between_frameworks_is_found(folder, file, old, new, codes):
    changed(folder, file, old, new)
    prefix = "TF" if "_tf_" in file else "Flax"
    assert verdicts("modeling_x.py::BertLayer", f"{file}::{prefix}BertLayer") == [("mismatch", codes)]


def test_a_keras_layer_is_built_before_it_is_called(folder):
    changed(folder, "modeling_tf_x.py", "self.gamma * self.down", "self.scale * self.down")
    report = compare("modeling_x.py::ConvStage", "modeling_tf_x.py::TFConvStage", engine="static")
    assert [result.verdict for result in report.results] == ["error"]
    assert "no attribute 'scale'" in report.findings[0].message


@pytest.fixture
def twins():
    spec = importlib.util.spec_from_file_location("twins_tool", ROOT / "tools" / "twins.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["twins_tool"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["twins_tool"]


def test_the_tool_finds_the_pairs_and_says_which_agree(folder, twins, capsys):
    assert twins.main(["--path", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.endswith("agrees") for line in lines) == 2 * len(CLASSES)
    assert lines[-1] == "all: 6 of 6 pairs agree (100.0 %)"
    changed(folder, "modeling_tf_x.py", "self.dropout(output, training=training) + hidden", "output + hidden")
    assert twins.main(["--path", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "BertLayer TFBertLayer" in out
    assert "differs: AC002" in out
    assert re.search(r"\(modeling_x\.py:\d+ and modeling_tf_x\.py:\d+\)", out)


def test_dropouts_that_a_configuration_turns_off_are_compared_with_a_rate(folder, twins, capsys):
    (folder / "configuration_x.py").write_text(
        "class XConfig:\n    def __init__(self, hidden_dropout=0.0, layers=0):\n"
        "        self.hidden_dropout = hidden_dropout\n"
    )
    for file in ("modeling_x.py", "modeling_tf_x.py"):
        source = (folder / file).read_text()
        (folder / file).write_text("from configuration_x import XConfig\n" + source)
        changed(folder, file, "Dropout(rate=0.1)" if "tf" in file else "nn.Dropout(0.1)", {
            "modeling_x.py": "nn.Dropout(config.hidden_dropout)",
            "modeling_tf_x.py": "Dropout(rate=config.hidden_dropout)",
        }[file])  # fmt: skip
    changed(folder, "modeling_tf_x.py", "self.dropout(output, training=training) + hidden", "output + hidden")
    part = ["--path", str(folder), "--names", "BertLayer"]
    (folder / "modeling_flax_x.py").unlink()
    assert twins.main(part) == 0
    assert twins.main([*part, "--rate", "0.1"]) == 1
    assert "AC002" in capsys.readouterr().out
