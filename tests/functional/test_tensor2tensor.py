"""The case that archcheck comes from: the Transformer's own code, read from its wheels and never imported."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from archcheck import check, describe

MODEL = "tensor2tensor/models/transformer.py"
LAST, CHANGED = "1.15.7", ("1.2.4", "1.2.5")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory):
    """The unpacked wheel of a version."""
    folder = tmp_path_factory.mktemp("tensor2tensor")

    def unpacked(version: str) -> Path:
        place = folder / version
        if not place.exists():
            command = ["download", "--quiet", "--no-deps", "--dest", str(folder), f"tensor2tensor=={version}"]
            subprocess.run([sys.executable, "-m", "pip", *command], check=True)
            [file] = folder.glob(f"tensor2tensor-{version}-*.whl")
            zipfile.ZipFile(file).extractall(place)
        return place

    return unpacked


def answers(folder: Path, function: str, configuration: str, spec: str) -> dict[str, list[str]]:
    """For each checked part its verdict and the codes of its errors."""
    report = check(f"{folder / MODEL}::{function}", spec, engine="static", set={"hparams": configuration})
    return {
        r.name: [r.verdict, *(f.code for f in r.findings if f.severity == "error")] for r in report.results
    }


@pytest.mark.parametrize(
    ("configuration", "family"),
    [
        ("transformer_base_v1()", "post_ln"),
        ("transformer_base_v2()", "pre_ln"),
        ("transformer_base_v3()", "pre_ln"),
        ("transformer_base()", "pre_ln"),
    ],
)
@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_the_last_release_in_all_its_configurations(wheel, configuration, family, part):
    target = f"{wheel(LAST) / MODEL}::transformer_{part}"
    report = describe(target, engine="static", set={"hparams": configuration})
    layer, model = report.blocks
    assert layer.family == (family if part == "encoder" else f"{family}_decoder")
    assert model.notation.startswith("stack(")
    assert "n=6" in model.notation
    assert model.notation.endswith("-> layer_norm") == (family == "pre_ln")  # the final norm came with Pre-LN
    assert not layer.unresolved
    assert not model.unresolved
    assert "tensorflow" not in sys.modules


def test_the_figure_against_the_published_and_the_default_configuration(wheel):
    folder = wheel(LAST)
    assert answers(folder, "transformer_encoder", "transformer_base_v1()", "post_ln") == {
        "transformer_encoder.layer.0": ["match"]
    }
    assert answers(folder, "transformer_encoder", "transformer_base()", "post_ln") == {
        "transformer_encoder.layer.0": ["mismatch", "AC101", "AC101"]
    }
    assert answers(folder, "transformer_decoder", "transformer_base()", "post_ln_decoder") == {
        "transformer_decoder.layer_idx.0": ["mismatch", "AC101", "AC101", "AC101"]
    }


def test_pre_ln_has_its_final_norm(wheel):
    found = answers(wheel(LAST), "transformer_encoder", "transformer_base()", "pre_ln")
    assert found == {"transformer_encoder.layer.0": ["match"], "transformer_encoder": ["match"]}


def test_the_change_of_2017_10_06(wheel):
    before, after = (wheel(version) for version in CHANGED)
    for part, end in (("encoder", ""), ("decoder", "_decoder")):
        name = f"transformer_{part}.layer.0"
        for folder, spec, other in ((before, "post_ln", "pre_ln"), (after, "pre_ln", "post_ln")):
            assert answers(folder, f"transformer_{part}", "transformer_base()", spec + end)[name] == ["match"]
            wrong = answers(folder, f"transformer_{part}", "transformer_base()", other + end)[name]
            assert wrong[0] == "mismatch"
            assert set(wrong[1:]) == {"AC102" if other == "pre_ln" else "AC101"}


def test_findings_point_at_the_calls_that_norm_what_a_sublayer_reads(wheel):
    target = f"{wheel(LAST) / MODEL}::transformer_encoder"
    [result] = check(target, "post_ln", engine="static", set={"hparams": "transformer_base()"}).results
    assert [finding.at.line for finding in result.findings] == [213, 245]  # layer_preprocess(x, hparams)
    for finding in result.findings:
        assert finding.at.file.endswith("transformer_layers.py")
        assert finding.spec_at is not None
        assert finding.spec_at.file.endswith("post_ln.yaml")
