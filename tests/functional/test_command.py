"""The commands on real models: documents, comments, tables, streams and statuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from command import ROOT, archcheck

import archcheck as package
from archcheck.report.schemas import check_schema, describe_schema

FIXTURES = ROOT / "fixtures" / "post_ln"
BAD = (FIXTURES / "bad_pre_norm.py").read_text()
CLASS = "class EncoderLayer(nn.Module):"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(BAD)
    return tmp_path


def test_the_main_job_draws_both_sides_and_says_what_to_do(folder: Path) -> None:
    said = archcheck("model.py", "--spec", "post_ln", cwd=folder)
    assert said.status == 1
    lines = said.out.splitlines()
    assert re.match(
        r"model\.py:\d+  EncoderLayer  MISMATCH  2 differences from post_ln \(it is \w+\)$", lines[0]
    )
    assert lines[2].startswith("  figure: post_ln.yaml")
    assert sum("AC101 +" in line for line in lines) == 2
    assert sum("AC101 -" in line for line in lines) == 2
    numbers = [place + 1 for place, text in enumerate(BAD.splitlines()) if "<- AC101" in text]
    assert f"AC101 norm-inside-residual (2 times: lines {numbers[0]}, {numbers[1]})" in said.out
    assert lines[-1] == "1 block: 1 mismatch; 8 of 8 operations compared, 0 unresolved, 1 variant."
    assert all(len(line) <= 80 for line in lines)


def test_check_as_a_word_and_options_first_are_the_same(folder: Path) -> None:
    plain = archcheck("model.py", "--spec", "post_ln", cwd=folder)
    assert archcheck("check", "model.py", "--spec", "post_ln", cwd=folder) == plain
    assert archcheck("--spec", "post_ln", "model.py", cwd=folder) == plain


def test_the_check_document_follows_its_schema(folder: Path) -> None:
    said = archcheck("model.py", "nowhere.py", "--spec", "post_ln", "--format", "json", cwd=folder)
    document = json.loads(said.out)
    jsonschema.validate(document, check_schema())
    assert document["schema"] == "archcheck.check/1"
    assert document["summary"] == {"match": 0, "mismatch": 1, "unresolved": 0, "error": 1}
    findings = document["results"][0]["findings"]
    assert [finding["code"] for finding in findings] == ["AC101", "AC101"]
    assert Path(findings[0]["at"]["file"]).name == "model.py"
    assert findings[0]["spec_at"]["file"].endswith("post_ln.yaml")


def test_the_document_from_python_is_the_document_of_the_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for _ in range(2):
        said = archcheck("model.py", "--spec", "post_ln", "--format", "json", cwd=folder)
        assert json.loads(said.out) == json.loads(
            json.dumps(package.check("model.py", spec="post_ln").to_dict())
        )
        said = archcheck("describe", "model.py", "--format", "json", cwd=folder)
        assert json.loads(said.out) == json.loads(json.dumps(package.describe("model.py").to_dict()))


@pytest.mark.parametrize(
    "target", ["fixtures/post_ln/ok_torch_layer.py", "fixtures/residual_dual/ok_residual_dual.py"]
)
def test_the_describe_document_follows_its_schema(target: str) -> None:
    said = archcheck("describe", target, "--format", "json", cwd=ROOT)
    assert said.status == 0
    document = json.loads(said.out)
    jsonschema.validate(document, describe_schema())
    assert document["blocks"]


def test_describe_prints_notation_drawing_and_lines(folder: Path) -> None:
    said = archcheck("describe", "model.py::EncoderLayer", cwd=folder)
    assert said.status == 0
    assert "\n  layer_norm -> self_attention -> dropout -> add\n" in said.out
    number = BAD[: BAD.index("self.self_attn(self.norm1(x))")].count("\n") + 1
    assert re.search(rf"\n  \|  self_attention +self_attn +{number}\n", said.out)


def test_without_a_spec_every_block_is_shown_and_what_looks_wrong() -> None:
    target = ROOT / "fixtures" / "pre_ln" / "warn_dropout_unused.py"
    said = archcheck(target, cwd=ROOT)
    assert said.status == 0
    assert "AC220 unused-module" in said.out
    assert "no spec was asked for" in said.out
    assert archcheck(target, "--fail-on", "warning", cwd=ROOT).status == 1
    document = json.loads(archcheck(target, "--format", "json", cwd=ROOT).out)
    jsonschema.validate(document, check_schema())
    assert document["results"] == []
    assert "AC220" in [finding["code"] for finding in document["blocks"][0]["findings"]]


def test_a_comment_on_the_class_names_the_spec(folder: Path) -> None:
    (folder / "model.py").write_text(BAD.replace(CLASS, f"{CLASS}  # archcheck: spec=post_ln"))
    said = archcheck("model.py", cwd=folder)
    assert said.status == 1
    assert "2 differences from post_ln" in said.out


def test_a_table_in_pyproject_names_target_spec_and_arguments(folder: Path) -> None:
    (folder / "pyproject.toml").write_text(
        '[[tool.archcheck.check]]\ntarget = "model.py::EncoderLayer"\nspec = "own.yaml"\nset = {d_model = 48}\n'
    )
    (folder / "own.yaml").write_text("archcheck: 1\norder: layer_norm -> sublayer -> dropout -> add\n")
    said = archcheck(cwd=folder)
    assert said.status == 0, said.all
    assert "MATCH  own" in said.out
    assert archcheck("model.py", cwd=folder).out == said.out


def test_a_finding_is_silenced_with_its_code_and_a_reason(folder: Path) -> None:
    (folder / "model.py").write_text(BAD.replace("# <- AC101", "# archcheck: ignore[AC101] released so"))
    said = archcheck("model.py", "--spec", "post_ln", cwd=folder)
    assert said.status == 0, said.all
    assert "MATCH  post_ln, 2 suppressed" in said.out
    (folder / "model.py").write_text(BAD.replace("# <- AC101", "# archcheck: ignore[AC102] another code"))
    said = archcheck("model.py", "--spec", "post_ln", cwd=folder)
    assert said.status == 1
    assert said.out.count("unused: nothing to ignore for AC102") == 2


def test_settings_choose_the_variant(folder: Path) -> None:
    layer = "torch.nn:TransformerEncoderLayer"
    assert archcheck(layer, "--spec", "pre_ln", "--set", "norm_first=true", cwd=folder).status == 0
    assert archcheck(layer, "--spec", "pre_ln", "--set", "norm_first=false", cwd=folder).status == 1


def test_results_go_to_standard_output_and_notes_to_standard_error(folder: Path) -> None:
    said = archcheck("model.py", "--spec", "post_ln", "--output", "out.txt", cwd=folder)
    assert said.out == ""
    assert (folder / "out.txt").read_text() == archcheck("model.py", "--spec", "post_ln", cwd=folder).out
    quiet = archcheck("model.py", "--spec", "post_ln", "--quiet", cwd=folder)
    assert quiet.err == ""
    assert "MISMATCH" in quiet.out


def test_declared_passes_over_what_names_no_spec(folder: Path) -> None:
    said = archcheck("--declared", "model.py", cwd=folder)
    assert (said.status, said.out) == (0, "")
    (folder / "model.py").write_text(BAD.replace(CLASS, f"{CLASS}  # archcheck: spec=post_ln"))
    assert archcheck("--declared", "model.py", cwd=folder).status == 1
