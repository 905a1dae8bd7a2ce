"""What bad input gets: a named finding, what to do next, an exit status, and never a traceback."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from command import ROOT, archcheck

GOOD = (ROOT / "fixtures" / "post_ln" / "ok_add_and_norm.py").read_text()

MODULE = """\
import os, sys, time
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, size=8):
        super().__init__()
        {constructor}
        self.linear = nn.Linear(size, size)
        self.norm = nn.LayerNorm(size)

    def forward(self, x):
        {forward}
        return self.norm(x + self.linear(x))
"""


def module(constructor: str = "pass", forward: str = "pass") -> str:
    return MODULE.format(constructor=constructor, forward=forward)


EXPLODING = "archcheck: 1\n" + "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)  # fmt: skip

SPECS = {
    "anchors that explode": (EXPLODING, ("AC901",)),
    "a line of ten megabytes": ("archcheck: 1\nblock: " + "attention -> " * 800_000 + "add\n", ("AC901",)),
    "a cycle of anchors": ("archcheck: 1\nblock: &a [*a]\n", ("AC901",)),
    "a cycle of blocks": (
        "archcheck: 1\nblocks:\n  a: {block: \"b -> add\"}\n  b: {block: \"a -> add\"}\nmodel: stack[a]\n",
        ("AC901",),
    ),
    "an unknown word": ("archcheck: 1\nblock: self_atention -> add\n", ("AC901", "self_attention")),
    "an unknown key": ("archcheck: 1\nblok: attention -> add\n", ("AC901", "'block'")),
    "the same key twice": ("archcheck: 1\nblock: attention -> add\nblock: norm\n", ("AC901", "twice")),
    "no YAML": ("archcheck: 1\nblock: [attention\n", ("AC901",)),
    "no text": ("archcheck: 1\nblock: \0attention\n", ("AC901",)),
    "an empty file": ("", ("AC901",)),
    "deep nesting": ("archcheck: 1\nblock: " + "(" * 5000 + "norm" + ")" * 5000 + "\n", ("AC901",)),
}  # fmt: skip


@pytest.mark.parametrize("case", SPECS)
def test_a_bad_spec_is_named_at_its_place_and_nothing_runs(case: str, tmp_path: Path) -> None:
    text, words = SPECS[case]
    (tmp_path / "bad.yaml").write_text(text)
    (tmp_path / "model.py").write_text("raise SystemExit('the model must not run')\n")
    begun = time.monotonic()
    said = archcheck("model.py", "--spec", "bad.yaml", cwd=tmp_path, timeout=60)
    assert said.status == 2
    assert time.monotonic() - begun < 60
    assert "bad.yaml:" in said.all
    assert "must not run" not in said.all
    assert len(said.all) < 100_000
    for word in words:
        assert word in said.all


def test_a_spec_that_does_not_exist_is_answered_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(GOOD)
    said = archcheck("model.py", "--spec", "post_nl", cwd=tmp_path)
    assert said.status == 2
    assert "post_ln" in said.all


SOURCES = {
    "does not parse": ("class Layer(\n", ("AC902", "line 1")),
    "recurses": ("x = " + "(" * 5000 + ")" * 5000 + "\n", ("AC902",)),
    "is binary": ("\0\1\2", ("AC902",)),
    "raises on import": ("raise ValueError('no licence')\n", ("no licence",)),
    "exits on import": ("import sys\nsys.exit(7)\n", ("AC90",)),
    "imports what is not there": ("import nowhere_to_be_found\n", ("nowhere_to_be_found",)),
    "never ends on import": ("while True: pass\n", ("AC903", "--timeout")),
    "holds no module": ("x = 1\n", ("AC906",)),
    "constructor raises": (module("raise ValueError('size of seven')"), ("AC903", "size of seven")),
    "constructor hangs": (module("time.sleep(1000)"), ("AC903", "--timeout")),
    "constructor exits": (module("sys.exit(3)"), ("AC903",)),
    "constructor kills the process": (module("os._exit(3)"), ("AC903",)),
    "constructor crashes": (module("os.abort()"), ("AC903",)),
    "constructor eats memory": (module("self.x = bytearray(1 << 34)"), ("AC903", "memory")),
    "constructor recurses": (module("Layer()"), ("AC903",)),
    "forward raises": (module(forward="raise RuntimeError('half a step')"), ("AC903", "half a step")),
    "forward hangs": (module(forward="while True: pass"), ("AC903", "--timeout")),
    "an argument that cannot be guessed": (
        module().replace("size=8", "frobnicator, size=8").replace("pass\n        self", "frobnicator.turn()\n        self"),
        ("AC902", "--set frobnicator="),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SOURCES)
def test_a_bad_target_is_named_with_what_to_do(case: str, tmp_path: Path) -> None:
    text, words = SOURCES[case]
    (tmp_path / "bad.py").write_text(text)
    limit = 5 if "--timeout" in words else 60
    said = archcheck("bad.py", "--spec", "post_ln", "--engine", "trace", "--timeout", limit, cwd=tmp_path)
    assert said.status == 2, said.all
    assert "1 error" in said.out
    assert "bad.py" in said.out
    for word in words:
        assert word in said.out, said.out


# What the static engine says of the same sources. It runs none of them: what would hang, eat memory or fail on
# import does not, and the class is compared; what the code itself raises is said.
READ: dict[str, tuple[int, tuple[str, ...]]] = {
    "does not parse": (2, ("AC902", "bad.py:1", "never closed")),
    "recurses": (2, ("AC902", "nested")),
    "is binary": (2, ("AC902", "null bytes")),
    "raises on import": (2, ("AC906",)),
    "exits on import": (2, ("AC906",)),
    "imports what is not there": (2, ("AC906",)),
    "never ends on import": (2, ("AC906",)),
    "holds no module": (2, ("AC906",)),
    "constructor raises": (2, ("AC903", "size of seven")),
    "constructor hangs": (1, ("AC006",)),
    "constructor exits": (2, ("AC903", "SystemExit")),
    "constructor kills the process": (2, ("AC903", "SystemExit")),
    "constructor crashes": (2, ("AC903", "SystemExit")),
    "constructor eats memory": (1, ("AC006",)),
    "constructor recurses": (2, ("AC903", "endless recursion")),
    "forward raises": (2, ("AC903", "half a step")),
}


@pytest.mark.parametrize("case", READ)
def test_a_bad_target_is_read_without_running_it(case: str, tmp_path: Path) -> None:
    status, words = READ[case]
    (tmp_path / "bad.py").write_text(SOURCES[case][0])
    said = archcheck("bad.py", "--spec", "post_ln", "--engine", "static", cwd=tmp_path, timeout=60)
    assert said.status == status, said.all
    assert "Traceback" not in said.all
    for word in words:
        assert word in said.out, said.out


def test_the_other_targets_are_still_checked(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(GOOD)
    bad = ("does not parse", "exits on import", "constructor kills the process")
    for number, case in enumerate(bad):
        (tmp_path / f"bad{number}.py").write_text(SOURCES[case][0])
    said = archcheck(
        "bad0.py", "bad1.py", "bad2.py", "good.py", "--spec", "post_ln", "--engine", "trace", cwd=tmp_path
    )
    assert said.status == 2
    assert "1 match" in said.out
    assert "3 error" in said.out
    said = archcheck(".", "--spec", "post_ln", "--engine", "trace", cwd=tmp_path)
    assert "1 match" in said.out
    for name in ("bad0.py", "bad1.py", "bad2.py"):
        assert name in said.out


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("nowhere.py", ("nowhere.py",)),
        ("model.py::Encoderlayer", ("EncoderLayer",)),
        ("torch.nn:TransformerEncoderLayr", ("TransformerEncoderLayer",)),
        ("no_such_package.module:Class", ("no_such_package",)),
        ("model.py::EncoderLayer(", ("EncoderLayer",)),
        ("empty", ("empty",)),
    ],
)
def test_a_target_that_is_not_there_is_answered_with_the_nearest_one(
    target: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "model.py").write_text(GOOD)
    (tmp_path / "empty").mkdir()
    said = archcheck(target, "--spec", "post_ln", cwd=tmp_path)
    assert said.status == 2
    for word in words:
        assert word in said.all


UNRESOLVED = module(forward="x = x + torch.from_numpy(x.detach().numpy() * 2)")


def test_what_cannot_be_seen_is_unresolved_and_no_pass(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(UNRESOLVED)
    said = archcheck("model.py", "--spec", "linear -> add -> layer_norm", cwd=tmp_path)
    assert said.status == 3, said.all
    assert "UNRESOLVED" in said.out
    assert "model.py" in said.out


def test_a_mismatch_outweighs_what_is_unresolved_and_an_error_outweighs_both(tmp_path: Path) -> None:
    (tmp_path / "unresolved.py").write_text(UNRESOLVED)
    (tmp_path / "mismatch.py").write_text(module())
    chain = "linear -> add -> rms_norm"
    assert archcheck("unresolved.py", "mismatch.py", "--spec", chain, cwd=tmp_path).status == 1
    said = archcheck("unresolved.py", "mismatch.py", "nowhere.py", "--spec", chain, cwd=tmp_path)
    assert said.status == 2


def test_without_torch_the_answer_is_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('no torch here')\n")
    (tmp_path / "model.py").write_text(GOOD)
    said = archcheck(
        "model.py", "--spec", "post_ln", "--engine", "trace", cwd=tmp_path, PYTHONPATH=f"{tmp_path}:{ROOT}"
    )
    assert said.status == 2
    assert "pip install 'archcheck[torch]'" in said.all


def test_an_output_that_cannot_be_written_is_bad_usage(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(GOOD)
    said = archcheck("model.py", "--spec", "post_ln", "--output", "no/such/folder/x.txt", cwd=tmp_path)
    assert said.status == 2
    assert "no/such/folder/x.txt" in said.err


def test_a_comment_without_a_reason_or_with_an_unknown_code_is_an_error(tmp_path: Path) -> None:
    line = "class EncoderLayer(nn.Module):"
    for comment, words in (
        ("ignore[AC101]", "reason"),
        ("ignore[AC999] why", "AC999"),
        ("ingore[AC101] x", "neither"),
    ):
        (tmp_path / "model.py").write_text(GOOD.replace(line, f"{line}  # archcheck: {comment}"))
        said = archcheck("model.py", "--spec", "post_ln", cwd=tmp_path)
        assert said.status == 2
        assert "AC907" in said.out
        assert words in said.out


@pytest.mark.parametrize("warnings", ["default", "error"])
def test_what_python_warns_about_in_the_code_is_not_said(tmp_path, warnings):
    (tmp_path / "model.py").write_text(GOOD + '\nPATH = "\\e[0m"\n')
    said = archcheck(
        "check", "model.py", "--spec", "post_ln", "--no-exec", cwd=tmp_path,
        PYTHONWARNINGS=warnings,
    )  # fmt: skip
    assert said.status == 0, said.all
    assert "Warning" not in said.all
