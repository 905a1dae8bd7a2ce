"""`archcheck mutate` as a user runs it."""

import json

import pytest
from command import ROOT, archcheck

FILE = ROOT / "fixtures" / "post_ln" / "ok_multihead.py"
LOOSE = "sublayer -> add -> norm; sublayer -> add -> norm"
TIGHT = (
    "self_attention -> dropout(0.1) -> add -> layer_norm(eps=1e-5); feed_forward[linear -> relu -> dropout(0.1) "
    "-> linear] -> dropout(0.1) -> add -> layer_norm(eps=1e-5)"
)


@pytest.mark.parametrize(("spec", "status"), [(LOOSE, 1), (TIGHT, 0), ("pre_ln", 2), ("nrom -> add", 2)])
def test_the_exit_status_says_whether_the_spec_notices_everything(tmp_path, spec, status):
    said = archcheck("mutate", FILE, "--spec", spec, "--no-exec", cwd=tmp_path)
    assert said.status == status, said.all


def test_json_lists_what_is_not_noticed(tmp_path):
    said = archcheck("mutate", FILE, "--spec", LOOSE, "--format", "json", "--no-exec", cwd=tmp_path)
    document = json.loads(said.out)
    advice = {one["advice"] for one in document["blocks"][0]["survivors"]}
    assert "write layer_norm for norm" in advice
