"""Scaffolds run in torch, pass ruff, and are what their spec says through both engines."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import archcheck
from archcheck.judge import judge
from archcheck.scaffolding import ScaffoldError, scaffold
from archcheck.spec import catalogue, load_spec
from archcheck.vocabulary import CANONICAL, is_a

CATALOGUE = catalogue.names()
# What no single operation stands for, and what needs a choice that a figure does not show.
REFUSED = frozenset({"math", "compare", "where", "topk", "argmax", "gather", "scatter", "unfold", "opaque"})
# A word with what it needs around it.
AROUND = {
    "embedding": "embedding -> layer_norm",
    "glu": "linear -> glu -> add",
    "maxout": "linear -> maxout -> add",
    "matmul": "linear -> matmul(input)",
    "concat": "linear -> relu -> concat -> linear",
    "maximum": "linear -> maximum(input) -> add",
    "resize": "conv -> resize",
    "split": "linear -> split -> linear -> add",
    "conv_transpose": "conv -> conv_transpose -> add",
    "squeeze_excite": "conv -> squeeze_excite -> add",
    "token_mixing": "layer_norm -> token_mixing -> add",
}
UNMATCHED = frozenset({
    "matmul", "split", "grn", "div", "neg", "join", "fft", "joint_attention", "maxout",
})  # fmt: skip


def built(text: str, tmp_path, name: str):
    """The class of that name, out of a file with the text."""
    path = tmp_path / "made.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("made", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def spec_of(word: str) -> str:
    if word in AROUND:
        return AROUND[word]
    if is_a(word, "join"):
        return f"layer_norm -> linear -> {word}"
    if word in ("cross_attention", "joint_attention", "modulate"):
        return f"layer_norm -> {word}(c) -> add"
    return f"layer_norm -> linear -> {word} -> add"


@pytest.mark.parametrize("word", sorted(CANONICAL - REFUSED - {"stack"}))
def test_every_word_runs(word, tmp_path):
    text = scaffold(spec_of(word))
    block = built(text, tmp_path, "Block")()
    image = "2d" in text or "ChannelsLast" in text
    x = torch.rand(2, 64, 8, 8) if image else torch.rand(2, 64, 64)
    if word == "embedding":
        x = torch.randint(0, 1000, (2, 64))
    more = {"cross_attention": [torch.rand(2, 7, 64)], "joint_attention": [torch.rand(2, 7, 64)],
            "modulate": [torch.rand(2, 64)]}.get(word, [])  # fmt: skip
    made = block(x, *more)
    if word == "matmul":
        assert made.shape == (2, 64, 64)
    elif word == "resize":
        assert made.shape == (2, 64, 16, 16)
    elif word == "embedding":
        assert made.shape == (2, 64, 64)
    else:
        assert made.shape == x.shape
    assert made.isfinite().all() or word in ("acos", "log", "rsqrt", "sqrt", "pow")


@pytest.mark.parametrize("word", sorted(REFUSED))
def test_a_word_that_says_too_little_is_refused(word):
    with pytest.raises(ScaffoldError, match="cannot scaffold"):
        scaffold(f"layer_norm -> {word} -> add")


def test_every_word_is_read_back():
    """In one process and with one reader: what it knows of torch is read once."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    from tests.property.scaffolded import read, written

    wrong = {}
    for word in sorted(CANONICAL - REFUSED - UNMATCHED - {"stack"}):
        spec = load_spec(spec_of(word))
        verdict = judge(read(written(spec)), spec, word, near=False).verdict
        if verdict != "match":
            wrong[word] = verdict
    assert wrong == {}


@pytest.mark.parametrize(
    "name", ["vit", "resnet_basic", "transformer", "t5", "residual_dual", "pre_ln", "wav2vec2"]
)
def test_models_run(name, tmp_path):
    text = scaffold(name)
    cls = {"vit": "Vit", "resnet_basic": "ResnetBasic", "transformer": "Transformer", "t5": "T5",
           "residual_dual": "ResidualDual", "pre_ln": "PreLn", "wav2vec2": "Wav2vec2"}[name]  # fmt: skip
    model = built(text, tmp_path, cls)()
    ids, stream = torch.randint(0, 1000, (2, 9)), torch.rand(2, 9, 64)
    arguments = {
        "vit": [torch.rand(2, 3, 32, 32)], "resnet_basic": [torch.rand(2, 64, 8, 8)], "transformer": [ids, ids[:, :5]],
        "t5": [ids, stream], "residual_dual": [stream, stream], "pre_ln": [stream],
        "wav2vec2": [torch.rand(2, 64, 8, 8)],
    }[name]  # fmt: skip
    made = model(*arguments)
    shape = {"vit": (2, 65, 10), "resnet_basic": (2, 64, 8, 8), "transformer": (2, 5, 1000), "t5": (2, 9, 1000),
             "pre_ln": (2, 9, 64), "wav2vec2": (2, 64, 64)}  # fmt: skip
    if name == "residual_dual":
        assert [tuple(one.shape) for one in made] == [(2, 9, 64)] * 2
    else:
        assert tuple(made.shape) == shape[name]


def test_ruff_has_nothing_to_say(tmp_path):
    import ruff.__main__ as ruff

    for name in CATALOGUE:
        (tmp_path / f"{name}.py").write_text(scaffold(name))
    command = [ruff.find_ruff_bin(), "check", "--isolated", "--no-cache", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_catalogue_matches_itself(name, tmp_path):
    path = tmp_path / "made.py"
    path.write_text(scaffold(name))
    report = archcheck.check(str(path), name, engine="static")
    assert {result.verdict for result in report.results} == {"match"}, [r.findings for r in report.results]


TRACED = [
    "post_ln", "vit", "t5", "gpt_j", "convnext_v2", "gmlp", "mlp_mixer", "poolformer", "sd3", "whisper", "xlnet_two_stream",
]  # fmt: skip


@pytest.mark.parametrize("name", TRACED)
def test_the_catalogue_matches_itself_in_a_trace(name, tmp_path):
    path = tmp_path / "made.py"
    path.write_text(scaffold(name))
    report = archcheck.check(str(path), name, engine="trace")
    assert {result.verdict for result in report.results} == {"match"}, [r.findings for r in report.results]


def test_the_command_writes_a_file(tmp_path):
    out = tmp_path / "layer.py"
    done = subprocess.run(
        [sys.executable, "-m", "archcheck", "scaffold", "post_ln", "-o", str(out)],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert out.read_text() == scaffold(load_spec("post_ln"))


def test_the_command_refuses_with_status_2():
    done = subprocess.run(
        [sys.executable, "-m", "archcheck", "scaffold", "norm -> opaque -> add"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "cannot scaffold 'opaque'" in done.stderr
    assert "Traceback" not in done.stderr
