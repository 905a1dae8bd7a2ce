"""AC220 on the facts about a module tree, AC230 on blocks, and when a spec silences it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archcheck.diff import align
from archcheck.graph import Graph, Span
from archcheck.graph.recording import ModuleInfo
from archcheck.rules import findings, free_findings
from archcheck.rules.examples import as_code, read

TARGET = ModuleInfo("", "model.Block", 0, calls=1)
ATTENTION = ModuleInfo("attn", "model.Attention", 1, calls=1, parameters=4)
UNUSED = ModuleInfo(
    "drop", "torch.nn.modules.dropout.Dropout", 2, mentioned=False, built_at=Span("model.py", 12, 9)
)


def unused(*modules: ModuleInfo) -> list[str]:
    return [f.topic for f in free_findings(Graph(), (TARGET, ATTENTION, *modules)) if f.code == "AC220"]


def test_a_module_that_nothing_reaches_is_reported_where_it_is_built() -> None:
    [finding] = free_findings(Graph(), (TARGET, ATTENTION, UNUSED))
    assert (finding.code, finding.severity) == ("AC220", "warning")
    assert finding.message == "drop (Dropout) is built in the constructor and never reached in forward"
    assert finding.at == Span("model.py", 12, 9)


def test_where_no_line_builds_it_by_name_the_class_that_holds_it_is_named() -> None:
    holder = replace(TARGET, span=Span("model.py", 3, 1))
    module = replace(UNUSED, built_at=None, span=Span("torch/nn/modules/dropout.py", 50, 1))
    [finding] = free_findings(Graph(), (holder, ATTENTION, module))
    assert finding.at == holder.span


@pytest.mark.parametrize(
    "change",
    [
        {"calls": 1},
        {"parameters_used": True},
        {"mentioned": True},
        {"instance": 1},
        {"cls": "torch.nn.modules.linear.Identity"},
        {"container": True},
    ],
)
def test_what_could_be_used_is_not_reported(change: dict) -> None:
    assert unused(UNUSED) == ["drop"]
    assert unused(replace(UNUSED, **change)) == []


def test_only_the_outermost_of_unused_modules_is_reported() -> None:
    parent = replace(UNUSED, path="extra", cls="model.Extra", instance=5)
    child = replace(UNUSED, path="extra.norm", instance=6)
    assert unused(parent, child) == ["extra"]


def test_a_module_with_a_part_that_is_used_is_not_reported() -> None:
    parent = replace(UNUSED, path="extra", cls="model.Extra", instance=5)
    assert unused(parent, replace(UNUSED, path="extra.proj", instance=6, calls=2)) == []


def test_members_of_a_list_stand_for_the_list() -> None:
    members = tuple(replace(UNUSED, path=f"norms.{n}", instance=7 + n) for n in range(2))
    holder = ModuleInfo("norms", "torch.nn.ModuleList", 6, container=True, mentioned=True)
    assert unused(holder, *members) == []
    assert unused(replace(holder, mentioned=False), *members) == ["norms"]


PRE = "layer_norm -> self_attention -> drop_path -> add; layer_norm -> feed_forward -> add"


def test_an_odd_sibling_is_named_with_the_others() -> None:
    [finding] = free_findings(as_code(read(PRE)))
    assert (finding.code, finding.severity, finding.topic) == ("AC230", "warning", "drop_path")
    assert finding.message.startswith(
        "feed_forward (feed_forward_6) has no drop_path in its branch; self_attention"
    )
    assert len(finding.related) == 1


@pytest.mark.parametrize(
    ("spec", "warned"),
    [
        ("norm -> attention -> drop_path? -> add; norm -> feed_forward -> drop_path? -> add", True),
        ("norm -> attention -> add; norm -> feed_forward -> add", True),
        ("norm -> attention -> drop_path -> add; norm -> feed_forward -> add", False),
    ],
)
def test_a_figure_that_shows_the_difference_explains_it(spec: str, warned: bool) -> None:
    left, right = read(spec), as_code(read(PRE))
    alignment = align(left, right)
    assert alignment.distance == 0
    assert [f.code for f in findings(alignment, left, right)] == (["AC230"] if warned else [])


def test_what_the_comparison_reports_is_not_reported_twice() -> None:
    left = read("norm -> attention -> add; norm -> feed_forward -> add")
    right = as_code(read("layer_norm -> self_attention -> add; layer_norm as n -> feed_forward -> add(n)"))
    assert [f.code for f in findings(align(left, right), left, right)] == ["AC203"]


@pytest.mark.parametrize(
    "code",
    [
        "self_attention -> add -> layer_norm; cross_attention -> add -> layer_norm; feed_forward -> add -> layer_norm",
        "layer_norm -> self_attention -> dropout -> add -> layer_norm; feed_forward -> dropout -> add -> layer_norm",
        "self_attention -> add; feed_forward -> add",
        "layer_norm -> self_attention -> add",
        "conv -> batch_norm -> relu -> conv -> batch_norm -> add -> relu",
        "layer_norm -> self_attention -> add; layer_norm -> cross_attention; layer_norm -> feed_forward -> add",
        "layer_norm as n -> (self_attention + feed_forward) -> add(n)",
        "inputs: [post, dual]\ngraph:\n  f: post -> self_attention -> dropout\n  p: f -> add(post) -> layer_norm\n"
        "  d: f -> add(dual)\n  g: p -> feed_forward -> dropout\n  p2: g -> add(p) -> layer_norm\n"
        "  d2: g -> add(d)\noutputs: [p2, d2]",
    ],
)
def test_ordinary_blocks_are_not_reported(code: str) -> None:
    assert free_findings(as_code(read(code))) == ()
