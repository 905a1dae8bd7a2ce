"""The command line without a model: usage that teaches, schemas, the catalogue, exit statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from archcheck.cli import main
from archcheck.cli.options import parse_value

BARE = [sys.executable, "-m", "archcheck"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["model.py", "--sepc", "post_ln"], "--spec"),
        (["chekc"], "did you mean 'check'"),
        (["describ"], "did you mean 'describe'"),
        (
            ["model.py", "--spec", "post_ln", "--engine", "onnx"],
            "'onnx' is not one of 'auto', 'static', 'trace', 'both'",
        ),
        (["model.py", "--spec", "post_ln", "--format", "sarif"], "'sarif' is not one of 'text', 'json'"),
        (["model.py", "--spec", "post_ln", "--set", "norm_first"], "write NAME=VALUE"),
        (["model.py", "--spec", "post_ln", "--set", "a b=1"], "write NAME=VALUE"),
        (["model.py", "--spec", "post_ln", "--set", "dim="], "gives no value"),
        (["model.py", "--spec", "post_ln", "--inputs", "="], "write the name of an argument"),
        (["model.py", "--spec", "post_ln", "--inputs", "mask="], "NAME=EXPR"),
        (["model.py", "--spec", "post_ln", "--timeout", "0"], "--timeout"),
        (
            ["model.py", "--spec", "post_ln", "--no-exec", "--engine", "trace"],
            "--no-exec and --engine trace contradict",
        ),
        (["describe", "model.py", "--no-exec", "--engine", "both"], "--no-exec and --engine both contradict"),
        (["model.py", "--spec", "post_ln", "--path", "nowhere"], "nowhere"),
        (["--spec", "post_ln"], "no target"),
        ([], "no target, and no [[tool.archcheck.check]] table"),
        (["describe"], "Missing argument"),
        (["explain", "AC1011"], "did you mean AC101? `archcheck"),
        (["specs", "schema", "--for", "nothing"], "'spec', 'check', 'describe'"),
    ],
)
def test_bad_usage_says_what_is_right_and_exits_with_2(
    args: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(args) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("document", ["spec", "check", "describe"])
def test_the_schemas_are_schemas(document: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["specs", "schema", "--for", document]) == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


def test_the_catalogue_is_listed_with_its_papers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["specs", "list"]) == 0
    text = capsys.readouterr().out
    assert all(len(line) <= 80 for line in text.splitlines())
    rows = {line.split()[0]: line for line in text.splitlines()}
    assert "arXiv:1706.03762" in rows["post_ln"]
    assert main(["specs", "list", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)["specs"]
    assert [row["name"] for row in listed] == list(rows)


def test_every_spec_of_the_catalogue_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    from archcheck.spec import catalogue

    for name in catalogue.names():
        assert main(["specs", "show", name]) == 0
        shown = capsys.readouterr().out
        assert shown.startswith(name)
        assert f"{name}.yaml" in shown
        assert main(["specs", "show", name, "--format", "yaml"]) == 0
        assert capsys.readouterr().out.strip() == catalogue.path(name).read_text(encoding="utf-8").strip()


def test_validate_says_all_that_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("archcheck: 1\nblock:\n  - self_atention -> add\n  - feed_forwrd -> add\n")
    assert main(["specs", "validate", "post_ln", str(bad)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "post_ln: ok\n"
    assert "bad.yaml:3:5" in captured.err
    assert "did you mean 'self_attention'" in captured.err
    assert "did you mean 'feed_forward'" in captured.err


def test_validate_without_a_name_checks_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["specs", "validate"]) == 0
    assert "post_ln: ok" in capsys.readouterr().out


def test_explain_knows_every_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    listed = capsys.readouterr().out.split("\n")
    codes = [line.split()[0] for line in listed if line]
    assert len(codes) > 20
    for code in codes:
        assert main(["explain", code]) == 0
        assert capsys.readouterr().out.startswith(code)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("False", False), ("none", None), ("null", None), ("4", 4), ("1e-5", 1e-5),
        ("[1, 2]", [1, 2]), ("gelu", "gelu"), ("'4'", "4"), ("transformer_base_v1()", "transformer_base_v1()"),
        ("", ""),
    ],
)  # fmt: skip
def test_values_are_literals_or_texts(text: str, value: object) -> None:
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert "\n  archcheck model.py                         what the file computes" in text
    for command in ("check", "describe", "specs", "explain"):
        assert f"\n  {command}" in text


def test_the_start_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom archcheck.cli import main\nmain(['--version'])\nmain(['check', '--help'])\n"
        "heavy = {'torch', 'networkx', 'libcst', 'yaml', 'rich', 'hypothesis'} & set(sys.modules)\n"
        "sys.exit(str(sorted(heavy)) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_reader_that_leaves_is_no_fault() -> None:
    reader = subprocess.Popen(
        [*BARE, "specs", "schema", "--for", "check"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stderr is not None
    reader.stdout.close()
    error = reader.stderr.read()
    assert reader.wait(timeout=60) == 141
    assert error == ""
    reader.stderr.close()


def test_an_inner_fault_is_one_line_and_debug_shows_all(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import archcheck.api

    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("wheels came off")

    monkeypatch.setattr(archcheck.api, "describe", broken)
    assert main(["describe", "model.py"]) == 2
    error = capsys.readouterr().err
    assert "internal error: RuntimeError: wheels came off" in error
    assert "--debug" in error
    assert "Traceback" not in error
    with pytest.raises(RuntimeError, match="wheels"):
        main(["describe", "model.py", "--debug"])


def test_ctrl_c_is_one_word(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import archcheck.rules

    def interrupted(code: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(archcheck.rules, "explain", interrupted)
    assert main(["explain", "AC101"]) == 130
    assert "interrupted" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "args", "said"),
    [
        ("cells.ipynb", ["{}", "--spec", "pre_ln"], "a notebook is no Python file"),
        ("empty.py", ["describe", "{}"], "Nothing to describe: there is no nn.Module class"),
        ("empty.py", ["identify", "{}"], "Nothing to identify: there is no nn.Module class"),
    ],
)
def test_a_target_with_nothing_in_it_says_why(
    name: str, args: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / name).write_text("")
    assert main([arg.format(tmp_path / name) for arg in args]) == 2
    assert said in " ".join(capsys.readouterr().out.split())


LAYER = """
from dataclasses import dataclass
from torch import nn


@dataclass
class Config:
    width: int = 8


class Layer(nn.Module):
    def __init__(self, config: Config, norm_first=True):
        super().__init__()
        self.norm, self.f, self.first = nn.LayerNorm(config.width), nn.Linear(config.width, config.width), norm_first

    def forward(self, x):
        return x + self.f(self.norm(x)) if self.first else self.norm(x + self.f(x))
"""


@pytest.mark.parametrize(
    ("setting", "note"),
    [
        ("norm_fist=false", "asks for the setting norm_fist; did you mean norm_first?"),
        ("config.widht=4", "asks for the setting config.widht; did you mean config.width?"),
        ("config.width=4", ""),
        ("norm_first=true", ""),
    ],
)
def test_a_setting_that_nothing_asks_for_is_named(tmp_path: Path, setting: str, note: str) -> None:
    (tmp_path / "m.py").write_text(LAYER)
    args = ["m.py", "--spec", "norm -> linear -> add", "--engine", "static", "--set", setting]
    done = subprocess.run([*BARE, *args], cwd=tmp_path, capture_output=True, text=True, check=False)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 0
    assert note in said if note else "asks for" not in said


def test_a_fault_in_one_class_leaves_the_answers_of_the_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from archcheck.frontends.static import read

    explore = read.explore

    def broken(library: Any, task: Any, *args: Any, **more: Any) -> Any:
        if task.name == "Broken":
            raise ZeroDivisionError("wheels came off")
        return explore(library, task, *args, **more)

    monkeypatch.setattr(read, "explore", broken)
    layer = (
        "    def __init__(self, d=8):\n        super().__init__()\n        self.norm = nn.LayerNorm(d)\n"
        "    def forward(self, x):\n        return x + self.norm(x)\n"
    )
    file = tmp_path / "two.py"
    file.write_text(
        f"from torch import nn\n\n\nclass Broken(nn.Module):\n{layer}\n\nclass Whole(nn.Module):\n{layer}"
    )
    main(["describe", str(file), "--engine", "static"])
    out = capsys.readouterr().out
    assert "Whole  no family" in out
    assert "a fault of archcheck, not of the code: ZeroDivisionError: wheels came off" in " ".join(
        out.split()
    )
