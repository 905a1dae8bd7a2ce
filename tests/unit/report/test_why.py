"""`--why`: what corresponds, why no other reading matches, and which catalogue spec is near."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from archcheck import check
from archcheck.report.schemas import check_schema
from archcheck.report.text import check_lines
from archcheck.results import CheckReport, Result

HEAD = """\
import torch.nn as nn


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(64)
        self.norm2 = nn.LayerNorm(64)
        self.attention = nn.MultiheadAttention(64, 4, batch_first=True)
        self.feed_forward = nn.Sequential(nn.Linear(64, 256), nn.GELU(), nn.Linear(256, 64))

    def attend(self, x):
        return self.attention(x, x, x, need_weights=False)[0]

    def forward(self, x):
"""
PRE_NORM = """\
        x = x + self.attend(self.norm1(x))
        return x + self.feed_forward(self.norm2(x))
"""
NO_NORM_BEFORE_THE_LAST = """\
        x = x + self.attend(self.norm1(x))
        return x + self.feed_forward(x)
"""


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    return tmp_path / "layer.py"


def checked(file: Path, forward: str, spec: str) -> CheckReport:
    file.write_text(HEAD + forward)
    return check(str(file), spec=spec, engine="static")


def only(report: CheckReport) -> Result:
    (result,) = report.results
    return result


def shown(report: CheckReport, *, why: bool = True) -> str:
    lines = check_lines(report, why=why)
    return " ".join("".join(str(getattr(piece, "text", piece)) for piece in line).strip() for line in lines)


def test_a_near_catalogue_spec_is_named_with_the_difference(layer: Path) -> None:
    report = checked(layer, NO_NORM_BEFORE_THE_LAST, "post_ln")
    near = only(report).nearest[0]
    assert (near.spec, near.distance) == ("pre_ln", 1)
    assert "no layer_norm" in near.difference
    assert f"This is pre_ln with 1 difference: {near.difference}." in shown(report, why=False)


def test_where_the_asked_spec_is_as_near_nothing_else_is_named(layer: Path) -> None:
    report = checked(layer, NO_NORM_BEFORE_THE_LAST, "pre_ln")
    assert only(report).distance == 1
    assert "This is" not in shown(report)


def test_a_spec_that_matches_is_named_once(layer: Path) -> None:
    report = checked(layer, PRE_NORM, "post_ln")
    assert "(it is pre_ln)" in shown(report)
    assert "This is" not in shown(report)


def test_every_pair_has_both_places(layer: Path) -> None:
    report = checked(layer, PRE_NORM, "post_ln")
    why = only(report).why
    assert why is not None
    assert [(pair.expected, pair.found) for pair in why.pairs] == [
        ("self_attention", "self_attention"),
        ("add", "add"),
        ("feed_forward", "feed_forward"),
        ("add", "add"),
    ]
    lines = (HEAD + PRE_NORM).splitlines()
    for pair in why.pairs:
        assert pair.spec_at is not None
        assert pair.at is not None
        assert "x = x +" in lines[pair.at.line - 1] or "return" in lines[pair.at.line - 1]
    assert "Why: 2 differences 4 operations stand for each other:" in shown(report)
    assert "Why:" not in shown(report, why=False)


def test_the_other_readings_of_parallel_branches_say_why_they_are_no_nearer(layer: Path) -> None:
    report = checked(layer, PRE_NORM, "norm -> (attention + feed_forward) -> add")
    result = only(report)
    assert result.distance == 1
    assert result.why is not None
    readings = {one.reading: one for one in result.why.tried}
    written = readings["as written"]
    assert written.distance is not None
    assert written.distance > 1
    assert written.difference
    other = readings["the parallel branches of the figure in sequence: feed_forward, then attention"]
    assert other.distance is None or other.distance > 1
    assert all(one.distance is None or one.distance >= result.distance for one in result.why.tried)


def test_the_other_repeats_of_an_order_are_kept(layer: Path, tmp_path: Path) -> None:
    spec = tmp_path / "order.yaml"
    spec.write_text("archcheck: 1\nname: mine\norder: norm -> sublayer -> norm -> add\n")
    result = only(checked(layer, PRE_NORM, str(spec)))
    assert result.distance == 2
    assert result.why is not None
    tried = {one.reading: one.distance for one in result.why.tried}
    assert set(tried) == {"the chain of `order` once", "the chain of `order` 3 times"}
    assert all(distance is not None and distance >= 2 for distance in tried.values())


def test_the_document_has_it_and_follows_its_schema(layer: Path) -> None:
    document = json.loads(json.dumps(checked(layer, PRE_NORM, "post_ln").to_dict()))
    jsonschema.validate(document, check_schema())
    why = document["results"][0]["why"]
    assert {"expected", "spec_at", "found", "at"} == set(why["pairs"][0])
    assert {"spec", "distance", "difference", "optimal"} == set(document["results"][0]["nearest"][0])
    match = json.loads(json.dumps(checked(layer, PRE_NORM, "pre_ln").to_dict()))
    assert match["results"][0]["why"] is None
