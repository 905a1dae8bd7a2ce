"""The variants of a block: which decide its verdict, and what reports say of the others. Nothing is run here."""

import jsonschema
import pytest
import variant_models as models

from archcheck import check, describe
from archcheck.report.describe import describe_lines
from archcheck.report.schemas import check_schema, describe_schema
from archcheck.report.status import describe_status, exit_status
from archcheck.report.terminal import plain
from archcheck.report.text import check_lines

PRE, POST = {"norm_first": True}, {"norm_first": False}


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def writer(source):
        (tmp_path / "model.py").write_text(source)
        return "model.py"

    return writer


def static(target, spec, **options):
    report = check(target, spec, engine="static", **options)
    jsonschema.validate(report.to_dict(), check_schema())
    return report


def variants(result):
    return [(dict(v.when), v.default, v.verdict, v.family) for v in result.variants]


@pytest.mark.parametrize(("spec", "verdict", "status"), [("post_ln", "match", 0), ("pre_ln", "mismatch", 1)])
def test_the_default_variant_gives_the_verdict(write, spec, verdict, status):
    report = static(write(models.either()), spec)
    (result,) = report.results
    assert (result.verdict, dict(result.when), result.default) == (verdict, POST, True)
    assert result.coverage.variants == 2
    assert exit_status(report) == status
    other = "mismatch" if verdict == "match" else "match"
    assert variants(result) == [(POST, True, verdict, "post_ln"), (PRE, False, other, "pre_ln")]


def test_all_variants_are_results_where_all_count(write):
    report = static(write(models.either()), "post_ln", variants="all")
    assert [(dict(r.when), r.default, r.verdict) for r in report.results] == [
        (POST, True, "match"),
        (PRE, False, "mismatch"),
    ]
    assert [r.variants for r in report.results] == [(), ()]
    assert exit_status(report) == 1
    text = plain(check_lines(report))
    assert "Layer  MATCH  post_ln with norm_first=false" in text
    assert "(it is pre_ln) with norm_first=true" in text
    assert text.endswith(
        "2 variants: 1 match, 1 mismatch; 12 of 12 operations compared, 0 unresolved, 2 variants.\n"
    )


def test_a_setting_leaves_one_variant(write):
    (result,) = static(write(models.either()), "pre_ln", set={"norm_first": True}).results
    assert (result.verdict, result.when, result.variants, result.coverage.variants) == ("match", (), (), 1)


def test_where_no_default_decides_and_some_match_it_is_unresolved(write):
    report = static(write(models.either("norm_first")), "pre_ln")
    (result,) = report.results
    (finding,) = result.findings
    assert (result.verdict, dict(result.when), finding.code, exit_status(report)) == (
        "unresolved",
        {},
        "AC908",
        3,
    )
    assert finding.message == (
        "pre_ln is met when norm_first is true; it is not when norm_first is false, and no default decides"
    )
    assert finding.advice == "say which it is: --set norm_first=true or --set norm_first=false"
    assert [v.default for v in result.variants] == [True, True]
    text = plain(check_lines(report))
    assert "UNRESOLVED  a setting without a default decides whether it is pre_ln" in text
    assert "(default)" not in text
    assert "(default)" not in plain(describe_lines(describe(report.results[0].target, engine="static")))


@pytest.mark.parametrize(
    ("spec", "verdict"),
    [
        ("norm? -> attention -> add -> norm?; norm? -> feed_forward -> add -> norm?", "match"),
        ("resnet_basic", "mismatch"),
    ],
)
def test_where_no_default_decides_all_or_none_must_match(write, spec, verdict):
    (result,) = static(write(models.either("norm_first")), spec).results
    assert result.verdict == verdict


def test_the_reports_list_the_variants(write):
    file = write(models.either())
    text = plain(check_lines(static(file, "post_ln")))
    assert (
        "  variants: norm_first=false (default): matches post_ln\n            norm_first=true: pre_ln\n"
        in text
    )
    assert "code: forward, static, defaults" in plain(check_lines(static(file, "pre_ln")))
    assert all(len(line) <= 80 for line in text.splitlines())

    report = describe(file, engine="static")
    jsonschema.validate(report.to_dict(), describe_schema())
    assert [(dict(b.when), b.default, b.family) for b in report.blocks] == [
        (POST, True, "post_ln"),
        (PRE, False, "pre_ln"),
    ]
    text = plain(describe_lines(report))
    assert text.startswith("model.py:5  Layer  2 variants\n  when norm_first is false (default): post_ln\n")
    assert "  when norm_first is true: pre_ln\n      layer_norm -> self_attention -> add\n" in text
    assert text.count("'> add") == 2  # the default alone is drawn
    assert text.endswith("1 block, engine static.\n")


def test_a_variant_that_is_nothing_in_the_catalogue_says_so(write):
    source = models.either().replace("return x + self.ffn(self.norm2(x))", "return self.ffn(self.norm2(x))")
    file = write(source)
    assert "when norm_first is true: matches nothing" in plain(
        describe_lines(describe(file, engine="static"))
    )
    assert "norm_first=true: matches nothing" in plain(check_lines(static(file, "post_ln")))


def test_a_variant_that_was_not_seen_does_not_open_the_verdict(write):
    source = models.either().replace("x = x + self._sa(self.norm1(x))", "x = self.norm1(x + fused(x))")
    source = source.replace("return x + self.ffn(self.norm2(x))", "return self.norm2(x + self.ffn(x))")
    file = write("from fused import fused\n" + source)
    report = static(file, "post_ln")
    assert [r.verdict for r in report.results] == ["match"]
    assert "norm_first=true: not wholly seen" in plain(check_lines(report))
    assert describe_status(describe(file, engine="static")) == 0
    assert exit_status(check(file, engine="static")) == 0


def test_findings_of_a_variant_that_does_not_count_are_left_out(write):
    source = models.either().replace(
        "return x + self.ffn(self.norm2(x))", "n = self.norm2(x); return n + self.ffn(n)"
    )
    file = write(source)
    assert check(file, engine="static").findings == ()
    assert [f.code for f in check(file, engine="static", variants="all").findings] == ["AC230"]
