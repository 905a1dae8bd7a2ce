"""Which engine answers: static alone, trace where static leaves something open, both compared."""

from dataclasses import replace

import jsonschema
import pytest
import variant_models as models

from archcheck import check, describe, engine
from archcheck.cli import main
from archcheck.frontends.static import read_target
from archcheck.graph.recording import Failure
from archcheck.report.schemas import check_schema, describe_schema
from archcheck.report.status import describe_status, exit_status


@pytest.fixture
def write(tmp_path):
    def writer(source, name="model.py"):
        (tmp_path / name).write_text(source)
        return str(tmp_path / name)

    return writer


@pytest.fixture
def traces(monkeypatch, tmp_path):
    """A trace that gives what reading another source gives, and notes what it was asked for."""
    asked = []

    def install(source, *, settings=(), failure=None):
        def trace(request):
            asked.append(request.target)
            if failure is not None:
                return [Failure(request.target, "AC903", failure)]
            other = tmp_path / "traced.py"
            other.write_text(source)
            found = read_target(str(other), settings=dict(settings))
            place = request.target.partition("::")[0]
            return [
                replace(r, engine="trace", target=f"{place}::{r.name}", settings=tuple(settings), notes=())
                for r in found
                if r.default and ("::" not in request.target or request.target.endswith(f"::{r.name}"))
            ]

        monkeypatch.setattr(engine, "_trace", trace)
        return asked

    return install


@pytest.fixture
def no_trace(monkeypatch):
    def trace(request):
        raise AssertionError("a trace was started")

    monkeypatch.setattr(engine, "_trace", trace)


@pytest.mark.usefixtures("no_trace")
@pytest.mark.parametrize("name", ["static", "auto"])
def test_what_reading_resolves_is_not_traced(write, name):
    (result,) = check(write(models.plain(models.POST)), "post_ln", engine=name).results
    assert (result.verdict, result.engine) == ("match", "static")


@pytest.mark.usefixtures("no_trace")
def test_static_never_traces(write):
    report = check(write(models.unseen()), "post_ln", engine="static")
    assert [r.verdict for r in report.results] == ["unresolved"]
    (finding, *_) = report.results[0].findings
    assert (finding.code, "--engine trace" in finding.advice) == ("AC904", True)


def test_auto_traces_what_reading_leaves_open_and_says_why(write, traces):
    asked = traces(models.plain(models.POST))
    file = write(models.unseen())
    report = check(file, "post_ln")
    assert [(r.verdict, r.engine) for r in report.results] == [("match", "trace")]
    assert asked == [f"{file}::Layer"]
    (note,) = report.notes
    assert note.startswith("Layer: traced, because static could not resolve ")
    assert "fused" in note
    assert describe(file).engine == "trace"


def test_where_the_trace_fails_the_static_answer_stays(write, traces):
    traces("", failure="RuntimeError: no")
    report = check(write(models.unseen()), "post_ln")
    assert [(r.verdict, r.engine) for r in report.results] == [("unresolved", "static")]
    assert report.notes[0].endswith("and the trace failed: RuntimeError: no")


@pytest.mark.usefixtures("no_trace")
def test_no_exec_is_auto_without_trace(write):
    report = check(write(models.unseen()), "post_ln", no_exec=True)
    assert [r.verdict for r in report.results] == ["unresolved"]
    assert report.notes[0].endswith("; not traced: --no-exec")


@pytest.mark.usefixtures("no_trace")
def test_without_torch_nothing_is_traced(write, monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    report = check(write(models.unseen()), "post_ln")
    assert [r.verdict for r in report.results] == ["unresolved"]
    assert report.notes[0].endswith("; not traced: torch is not installed")


def test_several_classes_of_a_file_are_traced_in_one_child(write, traces):
    resolved = models.plain(models.POST)
    asked = traces(resolved + resolved.replace("class Layer", "class Other"))
    source = models.unseen()
    file = write(source + source.replace("class Layer", "class Other"))
    report = check(file, "post_ln")
    assert asked == [file]
    assert [(r.name, r.verdict, r.engine) for r in report.results] == [
        ("Layer", "match", "trace"),
        ("Other", "match", "trace"),
    ]


def test_what_cannot_be_read_is_traced(write, traces, monkeypatch):
    traces(models.plain(models.POST))
    file = write(models.plain(models.POST))
    monkeypatch.setattr(engine, "_static", lambda request: [Failure(f"{file}::Layer", "AC903", "it gave up")])
    report = check(f"{file}::Layer", "post_ln")
    assert [(r.verdict, r.engine) for r in report.results] == [("match", "trace")]
    assert report.notes == ("Layer: traced, because static could not resolve it gave up",)


@pytest.mark.usefixtures("no_trace")
def test_a_target_that_is_not_there_is_not_traced():
    (result,) = check("nowhere.py", "post_ln").results
    assert [f.code for f in result.findings] == ["AC902"]


def test_both_engines_agree(write, traces):
    traces(models.plain(models.POST))
    report = check(write(models.plain(models.POST)), "post_ln", engine="both")
    assert [(r.verdict, r.findings) for r in report.results] == [("match", ())]
    assert report.notes == ()


def test_both_engines_disagree(write, traces):
    traces(models.plain(models.PRE))
    file = write(models.plain(models.POST))
    report = check(file, "post_ln", engine="both")
    (result,) = report.results
    (finding,) = result.findings
    assert (result.verdict, result.engine, exit_status(report)) == ("unresolved", "both", 3)
    assert (finding.code, finding.severity) == ("AC905", "error")
    assert "static has self_attention (attn)" in finding.message
    assert "the trace layer_norm (norm1)" in finding.message
    assert finding.at is not None
    jsonschema.validate(report.to_dict(), check_schema())

    described = describe(file, engine="both")
    assert described.engine == "static+trace"
    assert [f.code for f in described.blocks[0].findings] == ["AC905"]
    assert describe_status(described) == 3
    jsonschema.validate(described.to_dict(), describe_schema())


def test_the_default_variant_is_compared_with_the_trace(write, traces):
    traces(models.either())
    report = check(write(models.either()), "post_ln", engine="both")
    assert [r.verdict for r in report.results] == ["match"]


def test_a_trace_with_settings_is_compared_with_the_variant_that_has_them(write, traces):
    traces(models.either(), settings={"norm_first": True}.items())
    report = check(write(models.either("norm_first")), "pre_ln", engine="both", variants="all")
    assert not [f for r in report.results for f in r.findings if f.code == "AC905"]


def test_what_one_engine_alone_has_is_said(write, traces):
    traces("", failure="RuntimeError: no")
    report = check(write(models.plain(models.POST)), "post_ln", engine="both")
    assert [r.verdict for r in report.results] == ["match"]
    alone, failed = report.notes
    assert alone == "Layer: only static has it, so there is nothing to compare it with"
    assert failed.endswith("model.py: the trace failed: RuntimeError: no")


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"engine": "onnx"}, "no engine 'onnx'"), ({"engine": "both", "no_exec": True}, "no_exec forbids that")],
)
def test_what_contradicts_itself_is_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        check("model.py", "post_ln", **settings)
    with pytest.raises(ValueError, match=said):
        describe("model.py", **settings)


@pytest.mark.usefixtures("no_trace")
def test_the_command_line_hands_the_engine_over(write, capsys):
    file = write(models.unseen())
    assert main([file, "--spec", "post_ln", "--no-exec"]) == 3
    assert "not traced: --no-exec" in capsys.readouterr().err
    assert main(["describe", file, "--engine", "static"]) == 3


GIVEN = """
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.attn, self.ffn = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)

    def forward(self, x, second):
        x = self.norm1(x + self.attn(x))
        if second is not None:
            x = self.norm2(x + self.ffn(second))
        return x
"""


def test_engines_are_compared_on_what_the_same_call_computes(write, traces, monkeypatch):
    traces(GIVEN.replace("second is not None", "False"))
    file = write(GIVEN)
    assert [f.code for f in describe(file, engine="both").blocks[0].findings] == ["AC905"]

    without = engine._trace
    told = lambda request: [replace(r, given=("second=None",)) for r in without(request)]  # noqa: E731
    monkeypatch.setattr(engine, "_trace", told)
    described = describe(file, engine="both")
    assert not [f for f in described.blocks[0].findings if f.code == "AC905"]
    assert described.notes == ("Layer: compared where forward is given second=None: there the engines agree",)


def test_what_reading_leaves_open_is_no_disagreement_and_the_trace_answers(write, traces):
    traces(models.plain(models.POST))
    report = check(write(models.unseen()), "post_ln", engine="both")
    assert [(r.verdict, r.engine, r.findings) for r in report.results] == [("match", "trace", ())]
    assert "static could not resolve" in report.notes[0]
    assert report.notes[0].endswith("so there is nothing to compare the trace with")


@pytest.mark.parametrize(("place", "parted"), [("0", False), ("1", True)])
def test_a_setting_of_the_trace_decides_a_condition_that_compares_it(write, traces, place, parted):
    source = models.either("place=0").replace("self.norm_first = norm_first", "self.norm_first = place == 0")
    traces(models.plain(models.PRE), settings={"place": place}.items())
    report = check(write(source), "pre_ln", engine="both", variants="all")
    assert len(report.results) == 2
    assert any(f.code == "AC905" for r in report.results for f in r.findings) is parted
