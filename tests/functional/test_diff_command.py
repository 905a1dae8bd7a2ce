"""`archcheck diff` as a user runs it."""

import json

import pytest
from command import ROOT, archcheck

POST_LN = ROOT / "fixtures" / "post_ln"


@pytest.mark.parametrize(
    ("one", "other", "status"),
    [
        ("ok_add_and_norm.py", "ok_multihead.py", 0),
        ("bad_pre_norm.py", "ok_multihead.py", 1),
        ("ok_multihead.py", "missing.py", 2),
    ],
)
def test_the_exit_status_says_whether_two_files_compute_the_same(tmp_path, one, other, status):
    said = archcheck("diff", POST_LN / one, POST_LN / other, "--no-exec", cwd=tmp_path)
    assert said.status == status, said.all


def test_json_is_the_document_of_check(tmp_path):
    said = archcheck(
        "diff", POST_LN / "bad_pre_norm.py", POST_LN / "ok_multihead.py", "--format", "json", cwd=tmp_path
    )
    document = json.loads(said.out)
    assert document["schema"] == "archcheck.check/1"
    (result,) = document["results"]
    assert result["target"].endswith("bad_pre_norm.py::EncoderLayer")
    assert result["spec"].endswith("ok_multihead.py::EncoderLayer")
    assert [f["code"] for f in result["findings"]].count("AC101") == 2


def test_two_columns_name_both_sides(tmp_path):
    said = archcheck("diff", POST_LN / "bad_pre_norm.py", POST_LN / "ok_multihead.py", cwd=tmp_path)
    assert "EncoderLayer of ok_multihead.py" in said.out
    assert "AC101 +" in said.out
    columns = [line for line in said.out.splitlines() if "  |  " in line or "> add" in line]
    assert len(columns) >= 6
    assert max(map(len, columns)) <= 80


def test_arguments_of_one_forward_are_refused(tmp_path):
    said = archcheck("diff", "a.py", "b.py", "--call", "(x,)", cwd=tmp_path)
    assert said.status == 2
    assert "--call" in said.err
