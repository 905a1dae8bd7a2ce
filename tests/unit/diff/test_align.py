"""The comparison, on blocks in the notation: what is equal, and the cheapest explanation of what is not."""

from __future__ import annotations

import pytest

from archcheck.diff import Alignment, align, align_order
from archcheck.graph import Graph, Node
from archcheck.rules.examples import as_code, read
from archcheck.spec import read_text

POST = "self_attention -> dropout? -> add -> layer_norm; feed_forward -> dropout? -> add -> layer_norm"
PRE = "layer_norm -> self_attention -> dropout? -> add; layer_norm -> feed_forward -> dropout? -> add"
RESNET = "conv -> batch_norm -> relu -> conv -> batch_norm -> add(skip=(conv -> batch_norm)?) -> relu"


def compare(spec: str, code: str, **options: object) -> Alignment:
    return align(read(spec), as_code(read(code)), **options)  # type: ignore[arg-type]


def kinds(spec: str, code: str, **options: object) -> list[str]:
    found = compare(spec, code, **options)
    assert found.optimal
    assert found.distance == len(found.edits)
    return sorted(edit.kind for edit in found.edits)


EQUAL = [
    (POST, POST.replace("?", "")),
    (POST, POST.replace(" -> dropout?", "")),
    (PRE, PRE.replace("layer_norm", "layer_norm(eps=1e-5)")),
    ("norm -> sublayer -> add", "rms_norm -> gated_feed_forward -> add"),
    ("layer_norm|rms_norm -> attention -> add", "rms_norm -> self_attention -> add"),
    ("norm -> attention -> layer_scale -> drop_path? -> add", "layer_norm -> self_attention -> drop_path -> layer_scale -> add"),
    ("norm -> attention -> dropout? -> scale(0.5) -> add", "layer_norm -> self_attention -> scale(0.5) -> dropout -> add"),
    ("norm -> attention -> add", "layer_norm -> self_attention -> scale(1) -> add"),
    ("norm -> attention -> add", "layer_norm -> self_attention -> dropout -> add -> drop_path"),
    ("layer_norm as n -> attention -> add(n)", "layer_norm; self_attention -> add"),
    ("norm -> (attention + feed_forward) -> add", "layer_norm -> (feed_forward + self_attention) -> add"),
    ("norm -> (attention + feed_forward) -> dropout? -> add", "layer_norm -> (self_attention + feed_forward) -> add"),
    ("norm -> (attention + feed_forward) -> dropout? -> add", "layer_norm -> (self_attention + feed_forward) -> dropout -> add"),
    ("(norm -> attention + norm -> feed_forward) -> add", "(layer_norm -> feed_forward + layer_norm -> self_attention) -> add"),
    (RESNET, RESNET.replace("?", "")),
    (RESNET, "conv -> batch_norm -> relu -> conv -> batch_norm -> add -> relu"),
    (f"{PRE}; (layer_norm -> cross_attention -> dropout? -> add)?", PRE.replace("?", "")),
    (f"{PRE}; (layer_norm -> cross_attention -> dropout? -> add)?", PRE.replace("?", "") + "; layer_norm -> cross_attention -> add"),
    ("feed_forward[linear -> gelu -> dropout? -> linear]", "feed_forward[linear -> gelu -> linear]"),
    ("feed_forward", "feed_forward[linear -> relu -> linear]"),
    ("gated_feed_forward[(linear -> silu * linear) -> linear]", "gated_feed_forward[(linear * linear -> silu) -> linear]"),
    ("feed_forward -> dropout", "feed_forward[linear -> gelu -> dropout -> linear] -> dropout"),
    ("embedding -> add(positional)", "embedding -> add(parameter)"),
    ("batch_norm -> relu as p -> conv -> add(skip=p -> conv)", "batch_norm as n -> relu -> conv -> add(skip=n -> relu -> conv)"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "code"), EQUAL)
def test_equal_blocks_are_equal(spec: str, code: str) -> None:
    assert kinds(spec, code) == []


DIFFERENT = [
    (PRE, POST, ["move", "move"]),
    (POST, PRE, ["move", "move"]),
    (f"{POST}; convolution -> add -> layer_norm", f"{PRE}; layer_norm -> convolution -> add", ["move"] * 3),
    (PRE, "layer_norm; self_attention -> add; layer_norm; feed_forward -> add", ["rewire", "rewire"]),
    (POST, "layer_norm; self_attention -> add; layer_norm; feed_forward -> add", ["delete", "insert"]),
    (PRE, "self_attention -> layer_norm -> add; feed_forward -> layer_norm -> add", ["move", "move"]),
    (POST, "self_attention -> add -> layer_norm", ["sublayer"]),
    (POST, "feed_forward -> add -> layer_norm", ["sublayer"]),
    (PRE, f"{PRE}; layer_norm -> feed_forward -> add", ["sublayer"]),
    (PRE, "layer_norm -> self_attention; layer_norm -> feed_forward -> add", ["delete"]),
    (PRE, "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add(input)", ["rewire"]),
    (PRE, PRE.replace("layer_norm", "rms_norm"), ["substitute", "substitute"]),
    (PRE, PRE.replace("dropout? -> add", "add -> dropout"), ["move", "move"]),
    ("norm -> attention -> dropout -> add", "layer_norm -> self_attention -> add", ["delete"]),
    ("norm -> (attention + feed_forward) -> add", PRE, ["branch"]),
    (PRE, "layer_norm -> (self_attention + feed_forward) -> add", ["branch"]),
    ("norm -> (attention + feed_forward) -> add", "(layer_norm -> self_attention + layer_norm -> feed_forward) -> add", ["split"]),
    ("(norm -> attention + norm -> feed_forward) -> add", "layer_norm -> (self_attention + feed_forward) -> add", ["merged"]),
    (RESNET, RESNET.replace(" -> relu -> conv", " -> conv"), ["delete"]),
    ("conv -> batch_norm -> relu -> conv -> batch_norm -> add -> relu", "batch_norm -> relu -> conv -> batch_norm -> relu -> conv -> add", ["move", "move"]),
    ("feed_forward[linear -> gelu -> linear]", "feed_forward[linear -> relu -> linear]", ["substitute"]),
    ("embedding -> add(positional) -> norm", "embedding -> layer_norm", ["delete"]),
    ("norm -> attention -> add", "layer_norm -> self_attention -> add -> relu", ["insert"]),
    ("norm -> attention -> concat", "layer_norm -> self_attention -> add", ["substitute"]),
    ("stack(n=6)[norm -> linear -> add] -> norm", "stack(n=5)[layer_norm -> linear -> add] -> layer_norm", ["attribute"]),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "code", "edits"), DIFFERENT)
def test_differences_have_the_shortest_explanation(spec: str, code: str, edits: list[str]) -> None:
    assert kinds(spec, code.replace("?", "")) == edits


def test_attributes_are_compared_where_the_spec_gives_them() -> None:
    assert kinds("layer_norm(eps=1e-5) -> linear", "layer_norm(eps=1.0000001e-5) -> linear") == []
    assert kinds("layer_norm(eps=1e-5) -> linear", "layer_norm(eps=1e-6) -> linear") == ["attribute"]
    assert kinds("layer_norm -> linear(bias=true)", "layer_norm(eps=1e-6) -> linear(bias=false)") == [
        "attribute"
    ]
    found = compare("self_attention(heads=8)", "self_attention")
    assert found.distance == 0
    assert [what for _, _, what in found.unseen] == ["heads"]


def test_a_box_that_the_spec_opens_and_the_code_does_not_show_is_unseen() -> None:
    found = compare("feed_forward[linear -> gelu -> linear]", "feed_forward")
    assert found.distance == 0
    assert [what for _, _, what in found.unseen] == ["inside"]


def test_edits_inside_a_box_say_so() -> None:
    [edit] = compare(
        "norm -> feed_forward[linear -> gelu -> linear] -> add",
        "layer_norm -> feed_forward[linear -> linear] -> add",
    ).edits
    assert edit.kind == "delete"
    assert len(edit.within) == 1


def test_ignored_families_are_left_out_on_both_sides() -> None:
    assert (
        kinds(
            "norm -> attention -> add", "layer_norm -> self_attention -> scale(0.5) -> add", ignore=("scale",)
        )
        == []
    )
    assert (
        kinds("norm -> attention -> scale(2) -> add", "self_attention -> add", ignore=("scale", "norm")) == []
    )
    assert kinds("norm -> attention -> add", "layer_norm -> self_attention -> scale(0.5) -> add") == [
        "insert"
    ]


def test_strict_compares_everything_in_its_order() -> None:
    swapped = "layer_norm -> self_attention -> scale(0.5) -> dropout -> add"
    assert kinds(
        "norm -> attention -> add", "layer_norm -> self_attention -> dropout -> add", strict=True
    ) == ["insert"]
    assert kinds("norm -> attention -> dropout -> scale(0.5) -> add", swapped) == []
    assert kinds("norm -> attention -> dropout -> scale(0.5) -> add", swapped, strict=True) == ["move"]


def test_a_step_that_does_nothing_may_be_absent_or_present() -> None:
    code = read("layer_norm -> self_attention -> dropout -> add")
    from dataclasses import replace

    quiet = replace(code, nodes=tuple(replace(n, noop=n.op == "dropout") for n in code.nodes))
    for spec in (
        "norm -> attention -> add",
        "norm -> attention -> dropout -> add",
        "norm -> attention -> add -> dropout?",
    ):
        assert align(read(spec), quiet).distance == 0


def test_two_boxes_that_are_one_module() -> None:
    shared = "self_attention -> add -> layer_norm(shared=n); feed_forward -> add -> layer_norm(shared=n)"
    assert kinds(shared.replace("(shared=n)", ""), shared) == ["merged"]
    assert kinds(shared, shared) == []
    assert kinds(shared, shared.replace("(shared=n)", "")) == ["split"]


def test_several_streams_go_by_name_and_else_in_order() -> None:
    text = "archcheck: 1\nname: two\ninputs: [{}, {}]\ngraph:\n  f: {} -> feed_forward\n  a: f -> add({}) -> layer_norm\n  b: f -> add({})\noutputs: [a, b]"
    graph = read_text(text.format("post", "dual", "post", "post", "dual")).graphs()
    other = read_text(text.format("dual", "post", "post", "post", "dual")).graphs()
    third = read_text(text.format("x", "y", "x", "x", "y")).graphs()
    [[spec], [by_name], [in_order]] = [list(g.values()) for g in (graph, other, third)]
    assert align(spec, by_name).distance == 0
    assert align(spec, in_order).distance == 0


def test_a_condition_that_the_spec_does_not_name_is_not_compared() -> None:
    spec = read("norm -> cross_attention -> add")
    nodes = (
        Node("x", ("input",), name="x"), Node("m", ("input",), name="memory"), Node("n", ("layer_norm",), ("x",)),
        Node("k", ("rms_norm",), ("m",)), Node("c", ("cross_attention",), ("n", "k")), Node("a", ("add",), ("c", "x")),
    )  # fmt: skip
    assert align(spec, Graph(nodes, ("x", "m"), ("a",))).distance == 0


def test_a_missing_output_is_an_edit() -> None:
    spec = read("inputs: [x]\ngraph:\n  a: x -> linear\n  b: a -> relu\noutputs: [b, a]")
    code = read("linear -> relu")
    assert [edit.kind for edit in align(spec, code).edits] == ["output"]


def test_order_repeats_its_chain_for_every_sublayer() -> None:
    spec = read_text("archcheck: 1\nname: o\norder: sublayer -> dropout? -> add -> norm")
    found = align_order(spec.order_graph, as_code(read(POST.replace("?", ""))))
    assert (found.distance, found.repeats) == (0, 2)
    found = align_order(spec.order_graph, as_code(read(PRE.replace("?", ""))))
    assert found.distance == 2
    found = align_order(spec.order_graph, as_code(read(f"{POST}; relu".replace("?", ""))))
    assert [edit.kind for edit in found.edits] == ["insert"]


def test_the_nearest_pair_is_named_for_what_is_missing() -> None:
    code = as_code(read("self_attention -> add; feed_forward -> add -> layer_norm"))
    [edit] = align(read(POST), code).edits
    assert edit.near is not None
    assert code[edit.near[1]].op == "add"
    assert code[edit.near[1]].id == next(n.id for n in code.nodes if n.op == "add")


def test_a_long_chain_ends_in_time() -> None:
    layer = "layer_norm -> self_attention -> dropout -> add; layer_norm -> feed_forward -> dropout -> add"
    graph = read("; ".join([layer] * 40))
    assert align(graph, graph).distance == 0
    wrong = read("; ".join([layer] * 20 + [layer.replace("dropout -> add", "add")] + [layer] * 19))
    assert align(graph, wrong).distance == 2


def test_edits_do_not_depend_on_the_run() -> None:
    first = compare(PRE, POST.replace("?", ""))
    assert all(compare(PRE, POST.replace("?", "")) == first for _ in range(3))
