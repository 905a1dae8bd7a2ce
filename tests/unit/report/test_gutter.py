"""Rows of a graph and the lanes of the values that are read again."""

from __future__ import annotations

import pytest
from report_graphs import code_graph

from archcheck.report.gutter import FORK, OP, rows
from archcheck.spec import load_spec


def drawn(graph, **options) -> list[str]:
    return [f"{row.gutter} {row.label}".rstrip() for row in rows(graph, **options)]


def test_a_residual_is_one_lane_from_its_fork_to_its_join() -> None:
    spec = load_spec("self_attention -> dropout? -> add -> layer_norm; feed_forward -> add")
    assert drawn(spec.graph(), spec_side=True) == [
        ",- input",
        "|  self_attention",
        "|  dropout?",
        "'> add",
        "   layer_norm",
        ",-",
        "|  feed_forward",
        "'> add",
    ]


def test_parallel_branches_have_a_lane_each() -> None:
    spec = load_spec("layer_norm -> (self_attention + feed_forward) -> add")
    assert drawn(spec.graph()) == [
        ",----- input",
        "|      layer_norm",
        "| ,---",
        "| |    self_attention",
        "| | ,-",
        "| '-|> feed_forward",
        "'---'> add",
    ]


def test_two_streams_are_two_inputs_and_numbered_outputs() -> None:
    lines = drawn(load_spec("residual_dual").graph())
    assert lines[:2] == [",------- dual", "| ,----- post"]
    assert [line[-4:] for line in lines if "=>" in line] == ["=> 1", "=> 2"]


def test_a_memory_beside_the_stream_is_named_at_its_reader() -> None:
    spec = load_spec("cross_attention(memory) -> add; feed_forward -> add(positional)")
    labels = [row.label for row in rows(spec.graph())]
    assert "cross_attention(memory)" in labels
    assert "add(positional)" in labels
    assert "memory" not in labels


def test_more_values_than_lanes_are_named_instead_of_drawn() -> None:
    branches = " + ".join(["(linear + conv)", *["linear"] * 9])
    drawn_rows = rows(load_spec(f"({branches}) -> layer_norm").graph())
    assert all(len(row.gutter) <= 12 for row in drawn_rows)
    [join] = [row for row in drawn_rows if row.node.op == "add"]
    assert "linear" in join.label


@pytest.mark.parametrize(
    ("chain", "label"),
    [
        ("layer_norm(eps=1e-5) -> linear", "layer_norm(eps=1e-05)"),
        ("layer_norm|rms_norm -> linear", "layer_norm|rms_norm"),
        ("scale(0.5) -> linear", "scale(0.5)"),
        ("attention(heads=8, causal=true) -> add", "attention(heads=8, causal=true)"),
    ],
)
def test_spec_labels_are_notation(chain: str, label: str) -> None:
    assert label in [row.label for row in rows(load_spec(chain).graph(), spec_side=True)]


def test_every_operation_has_one_row_and_every_fork_a_later_reader() -> None:
    graph = code_graph("layer_norm -> self_attention -> add; layer_norm -> (linear * conv) -> add")
    found = rows(graph)
    ids = [node.id for node in graph.operations()]
    assert [row.node.id for row in found if row.kind == OP] == ids
    for row in found:
        if row.kind == FORK:
            below = ids[ids.index(row.node.id) + 1]
            assert set(graph.users[row.node.id]) - {below}
    assert found[-1].after.strip() == ""
