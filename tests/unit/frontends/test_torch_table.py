"""The plain table of torch functions."""

import subprocess
import sys

import pytest

from archcheck.frontends.targets.torch_table import _ROWS, bare, lookup
from archcheck.vocabulary import RAW

ENTRIES = [(name, row[1]) for row in _ROWS for name in row[0].split()]


def test_every_word_is_a_raw_word():
    assert {word for _, word in ENTRIES} <= RAW


def test_no_name_stands_twice():
    names = [name for name, _ in ENTRIES]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("torch.nn.functional.layer_norm", "layer_norm"),
        ("torch.Tensor.__iadd__", "add"),
        ("torch.Tensor.__radd__", "add"),
        ("torch.Tensor.add_", "add"),
        ("torch.add", "add"),
        ("operator.add", "add"),
        ("torch.ops.aten.add", "add"),
        ("torch.ops.torchvision.roi_align", "resize"),
        ("torch.cdist", "math"),
        ("torch.Tensor.__getitem__", "slice"),
        ("torch.Tensor.__setitem__", "scatter"),
        ("torch.Tensor.__matmul__", "matmul"),
        ("torch.special.expit", "sigmoid"),
        ("torch.linalg.vector_norm", "vector_norm"),
        ("torch.relu_", "relu"),
        ("torch.Tensor.__invert__", "compare"),
        ("torch.nn.functional.mse_loss", "math"),
        ("torch.nan_to_num", "identity"),
        ("torch.nn.functional.scaled_dot_product_attention", "scaled_dot_product_attention"),
    ],
)
def test_one_operation_in_all_its_spellings(name, word):
    entry = lookup(name)
    assert entry is not None
    assert entry.word == word


@pytest.mark.parametrize(
    "name", ["mine.relu", "torch.nn.functional.no_such", "torch.ops.mine.relu", "relu6x"]
)
def test_unknown_names_are_unknown(name):
    assert lookup(name) is None


def test_the_qualified_name_wins_over_the_bare_one():
    assert lookup("torch.embedding").params[0] == "weight"
    assert lookup("torch.nn.functional.embedding").params[0] == "input"


def test_bare():
    assert bare("torch.Tensor.mul_") == "mul"
    assert bare("numpy.add") is None


def test_the_table_and_the_entry_point_import_no_torch():
    code = (
        "import sys, archcheck.frontends.targets, archcheck.frontends.trace; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
