"""Chains to graphs: one test for each row of the table in DESIGN section 2, and the errors of meaning."""

from __future__ import annotations

import pytest

from archcheck.graph import Graph, Option, Span
from archcheck.spec import Chain, SpecError, WordStep, expand_block, parse_block
from archcheck.spec.expand import expand_order
from archcheck.spec.notation import parse_chain


def graph(text, **more):
    return expand_block(parse_block(text, "f.yaml", words=frozenset(more.get("blocks", ()))), **more)


def lines(found: Graph):
    """`id word args` of each node; inputs are left out."""
    return [f"{n.id} {n.op} {' '.join(n.args)}".strip() for n in found.nodes if n.id not in found.inputs]


def problems(text, **more):
    with pytest.raises(SpecError) as caught:
        graph(text, **more)
    return caught.value.problems


ROWS = {
    "post-ln": (
        "self_attention -> dropout? -> add -> layer_norm",
        ["s1 self_attention i1", "s2 dropout s1", "s3 add s2 i1", "s4 layer_norm s3"],
    ),
    "pre-ln": (
        "norm -> attention -> dropout? -> add",
        ["s1 norm i1", "s2 attention s1", "s3 dropout s2", "s4 add s3 i1"],
    ),
    "sandwich": (
        "rms_norm -> attention -> rms_norm -> add",
        ["s1 rms_norm i1", "s2 attention s1", "s3 rms_norm s2", "s4 add s3 i1"],
    ),
    "norm after the sublayer": (
        "attention -> rms_norm -> add",
        ["s1 attention i1", "s2 rms_norm s1", "s3 add s2 i1"],
    ),
    "the skip starts after the norm": (
        "norm as n -> attention -> add(n)",
        ["s1 norm i1", "s2 attention s1", "s3 add s2 s1"],
    ),
    "the skip comes from the block's input": (
        "attention -> add; norm -> cross_attention -> add(input)",
        ["s1 attention i1", "s2 add s1 i1", "s3 norm s2", "s4 cross_attention s3", "s5 add s4 i1"],
    ),
    "a chain from a named value": (
        "norm as n; n -> feed_forward -> add",
        ["s1 norm i1", "s2 feed_forward s1", "s3 add s2 s1"],
    ),
    "parallel, one norm": (
        "norm -> (attention + feed_forward) -> add",
        ["s1 norm i1", "s2 attention s1", "s3 feed_forward s1", "s4 add s2 s3 i1"],
    ),
    "parallel, two norms": (
        "(norm -> attention + norm -> feed_forward) -> add",
        ["s1 norm i1", "s2 attention s1", "s3 norm i1", "s4 feed_forward s3", "s5 add s2 s4 i1"],
    ),
    "concatenation": (
        "(conv , conv -> conv) -> conv",
        ["s1 conv i1", "s2 conv i1", "s3 conv s2", "s4 concat s1 s3", "s5 conv s4"],
    ),
    "layer scale and stochastic depth": (
        "norm -> attention -> layer_scale -> drop_path? -> add",
        ["s1 norm i1", "s2 attention s1", "s3 layer_scale s2", "s4 drop_path s3", "s5 add s4 i1"],
    ),
    "projection on the skip": (
        "conv -> batch_norm -> add(skip=conv -> batch_norm) -> relu",
        ["s1 conv i1", "s2 batch_norm s1", "s3 conv i1", "s4 batch_norm s3", "s5 add s2 s4", "s6 relu s5"],
    ),
    "a skip from a named value": (
        "batch_norm -> relu as p -> conv -> add(skip=p -> conv)",
        ["s1 batch_norm i1", "s2 relu s1", "s3 conv s2", "s4 conv s2", "s5 add s3 s4"],
    ),
    "macaron": (
        "layer_norm -> feed_forward -> dropout? -> scale(0.5) -> add",
        ["s1 layer_norm i1", "s2 feed_forward s1", "s3 dropout s2", "s4 scale s3", "s5 add s4 i1"],
    ),
    "choice": ("layer_norm|rms_norm", ["s1 layer_norm|rms_norm i1"]),
    "positions and a learned token": (
        "concat(parameter) -> add(positional)",
        ["p1 parameter", "s1 concat i1 p1", "p2 positional", "s2 add s1 p2"],
    ),
    "operands": (
        "modulate(positional) -> gate(input)",
        ["p1 positional", "s1 modulate i1 p1", "s2 gate s1 i1"],
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_rows_of_the_table(row):
    text, expected = ROWS[row]
    assert lines(graph(text)) == expected


def test_a_box_has_an_inner_graph_of_its_own():
    found = graph("gated_feed_forward[(linear -> silu * linear) -> linear] -> add")
    assert lines(found) == ["s1 gated_feed_forward i1", "s2 add s1 i1"]
    inner = found["s1"].inner
    assert lines(inner) == ["s1 linear i1", "s2 silu s1", "s3 linear i1", "s4 mul s2 s3", "s5 linear s4"]
    assert inner.inputs == ("i1",)
    assert graph("gated_feed_forward")["s1"].inner is None


def test_a_residual_inside_a_box_stays_inside():
    inner = graph("norm -> attention[linear -> add(input)]")["s2"].inner
    assert lines(inner) == ["s1 linear i1", "s2 add s1 i1"]


def test_the_inputs_of_a_box_are_its_operands_as_far_as_it_reads_them():
    two = graph("cross_attention(memory)[linear -> add(memory)]", inputs=("x", "memory"))["s1"]
    assert two.args == ("i1", "i2")
    assert lines(two.inner) == ["s1 linear i1", "s2 add s1 i2"]
    assert two.inner.names == {"i1": "input", "i2": "memory"}
    one = graph("cross_attention(memory)[linear]", inputs=("x", "memory"))["s1"]
    assert one.args == ("i1", "i2")
    assert one.inner.inputs == ("i1",)


def test_a_box_keeps_an_operand_that_an_absent_part_would_pass_on():
    node = graph("cross_attention(memory)[memory -> (input -> norm)?]", inputs=("x", "memory"))["s1"]
    assert node.inner.inputs == ("i1", "i2")
    assert node.inner.options == (Option(("s1",), "i2", "s1"),)


def test_attributes_and_spans_are_kept():
    node = graph("norm -> layer_norm(eps=1e-5)")["s2"]
    assert node.attr("eps") == 1e-5
    assert node.span == Span("f.yaml", 1, 9, 1, 29)


# -- optional parts --------------------------------------------------------------------------------


def options(text, **more):
    return set(graph(text, **more).options)


def test_an_optional_step():
    assert options("norm -> dropout? -> add") == {Option(("s2",), "s1", "s2")}


def test_an_optional_sublayer_with_an_optional_step_in_it():
    found = options("(norm -> cross_attention -> dropout? -> add)?")
    assert found == {Option(("s3",), "s2", "s3"), Option(("s1", "s2", "s3", "s4"), "i1", "s4")}


def test_an_optional_projection_on_the_skip():
    found = graph("conv -> add(skip=(conv -> batch_norm)?) -> relu")
    assert lines(found) == ["s1 conv i1", "s2 conv i1", "s3 batch_norm s2", "s4 add s1 s3", "s5 relu s4"]
    assert set(found.options) == {Option(("s2", "s3"), "i1", "s3")}


def test_an_optional_join_takes_its_operands_with_it():
    assert options("embedding -> add(positional)?") == {Option(("p1", "s2"), "s1", "s2")}
    assert options("linear -> add(skip=conv)?") == {Option(("s2", "s3"), "s1", "s3")}


def test_a_position_table_read_elsewhere_too_is_not_optional():
    found = graph("embedding -> add(positional)? -> norm -> add(positional)")
    assert set(found.options) == {Option(("s2",), "s1", "s2")}
    assert [n.op for n in found.nodes].count("positional") == 1


def test_each_parameter_is_another_one():
    assert [n.op for n in graph("mul(parameter) -> add(parameter)").nodes].count("parameter") == 2


def test_the_name_of_an_optional_step_is_the_value_behind_it():
    found = graph("norm? as n -> attention -> add(n)")
    assert lines(found)[-1] == "s3 add s2 s1"
    assert set(found.options) == {Option(("s1",), "i1", "s1")}


def test_doubled_parentheses_give_one_option():
    assert graph("((norm)?)? -> linear").options == (Option(("s1",), "i1", "s1"),)


@pytest.mark.parametrize(
    "text",
    [
        "(norm as n -> attention)? -> add(n)",
        "(norm -> linear as n -> attention)?; n -> feed_forward -> add",
    ],
)
def test_nothing_reads_into_an_optional_part(text):
    assert any("inside a part that may be absent" in p.message for p in problems(text))


# -- flat sums -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(linear + conv + pool) -> add", "s4 add s1 s2 s3 i1"),
        ("((linear + conv) + pool) -> add", "s4 add s1 s2 s3 i1"),
        ("(pool + (linear + conv)) -> add", "s4 add s1 s2 s3 i1"),
        ("linear -> add(input) -> add(positional)", "s2 add s1 i1 p1"),
        ("(linear * conv) -> mul", "s3 mul s1 s2 i1"),
        ("linear as f; conv -> add(skip=f -> add(input))", "s3 add s2 s1 i1"),
    ],
)
def test_sums_and_products_are_flat(text, expected):
    assert lines(graph(text))[-1] == expected


@pytest.mark.parametrize(
    "text",
    [
        "(linear * conv) -> add",  # another operation
        "(linear + conv)? -> add",  # the inner sum may be absent
        "(linear + conv) -> add?",  # the outer one may be
        "(linear + conv) as s -> add -> gate(s)",  # read twice
        "(linear + conv) -> dropout? -> add",  # not next to it while the step is there
        "(linear , conv) -> concat",  # concatenation has an order
        "(linear + conv) -> add|concat",  # a choice
        "(linear + conv) as s -> add(s)",  # read twice by one sum
    ],
)
def test_other_joins_are_not_merged(text):
    joins = [n for n in graph(text).operations() if set(n.words) & {"add", "mul", "concat"}]
    assert len(joins) == 2


def test_both_sums_in_one_optional_part_are_merged():
    found = graph("((linear + conv) -> add)? -> norm")
    assert lines(found) == ["s1 linear i1", "s2 conv i1", "s3 add s1 s2 i1", "s4 norm s3"]
    assert found.options == (Option(("s1", "s2", "s3"), "i1", "s3"),)


def test_a_sum_that_only_an_optional_part_reads_is_merged():
    found = graph("(linear + conv) as s\ninput -> (norm -> add(s))?")
    assert lines(found) == ["s1 linear i1", "s2 conv i1", "s3 norm i1", "s4 add s3 s1 s2"]
    assert found.options == (Option(("s3", "s4"), "i1", "s4"),)


def test_an_output_is_not_merged():
    found = expand_block(
        parse_block("(linear + conv)\ninput -> norm -> add(s)"), names=("s", "t"), outputs=("t", "s")
    )
    assert [n.op for n in found.operations()] == ["linear", "conv", "add", "norm", "add"]


# -- shared modules --------------------------------------------------------------------------------


def test_one_module_on_one_value_is_one_node():
    found = graph("(norm(shared=n) -> attention + norm(shared=n) -> feed_forward) -> add")
    assert lines(found) == ["s1 norm i1", "s2 attention s1", "s3 feed_forward s1", "s4 add s2 s3 i1"]


def test_one_module_on_two_values_is_two_nodes():
    found = graph("rms_norm(shared=n) -> attention -> add\nrms_norm(shared=n) -> feed_forward -> add")
    assert [n.attr("shared") for n in found.nodes if n.op == "rms_norm"] == ["n", "n"]


def test_a_shared_dropout_draws_twice():
    found = graph("(dropout(shared=d) -> linear + dropout(shared=d) -> conv)")
    assert [n.op for n in found.operations()].count("dropout") == 2


# -- streams, inputs, outputs ----------------------------------------------------------------------


def test_residual():
    chains = parse_block("post -> sublayer\nf -> add(post) -> layer_norm\nf -> add(dual)")
    found = expand_block(
        chains,
        names=("f", "post_out", "dual_out"),
        inputs=("post", "dual"),
        outputs=("post_out", "dual_out"),
    )
    assert lines(found) == ["s1 sublayer i1", "s2 add s1 i1", "s3 layer_norm s2", "s4 add s1 i2"]
    assert (found.inputs, found.outputs) == (("i1", "i2"), ("s3", "s4"))
    assert found.names == {"i1": "post", "i2": "dual"}


def test_the_first_input_is_also_called_input():
    found = graph("cross_attention(memory) -> add(x) -> gate(input)", inputs=("x", "memory"))
    assert lines(found) == ["s1 cross_attention i1 i2", "s2 add s1 i1", "s3 gate s2 i1"]


def test_two_notations_of_one_graph_are_equal():
    first = graph("norm as n -> attention -> add(n)")
    second = graph("norm\nattention -> add")
    assert lines(first) == lines(second)
    assert (first.inputs, first.outputs, first.options) == (second.inputs, second.outputs, second.options)


def test_an_order_is_repeated():
    found = expand_order(parse_chain("norm as n -> sublayer -> dropout? -> add"), 2)
    assert lines(found) == [
        "s1 norm i1", "s2 sublayer s1", "s3 dropout s2", "s4 add s3 i1",
        "s5 norm s4", "s6 sublayer s5", "s7 dropout s6", "s8 add s7 s4",
    ]  # fmt: skip
    assert len(found.options) == 2


# -- blocks ----------------------------------------------------------------------------------------

LAYER = {"layer": graph("norm -> attention -> add")}


def test_a_stack_holds_the_block():
    found = graph("embedding -> stack(n=6)[layer] -> norm", blocks=LAYER)
    assert lines(found) == ["s1 embedding i1", "s2 stack s1", "s3 norm s2"]
    assert found["s2"].inner == LAYER["layer"]
    assert found["s2"].attr("n") == 6


def test_a_stack_may_be_written_out():
    written = graph("stack[norm -> attention -> add]")["s1"].inner
    assert lines(written) == lines(LAYER["layer"])


def test_a_block_outside_a_stack_is_its_nodes():
    found = graph("layer -> layer? -> norm", blocks=LAYER)
    assert lines(found) == [
        "s1 norm i1", "s2 attention s1", "s3 add s2 i1",
        "s4 norm s3", "s5 attention s4", "s6 add s5 s3", "s7 norm s6",
    ]  # fmt: skip
    assert found.options == (Option(("s4", "s5", "s6"), "s3", "s6"),)


def test_a_block_that_ends_in_a_sum_is_flat_with_the_next():
    blocks = {"both": graph("(attention + feed_forward)")}
    assert lines(graph("norm -> both -> add", blocks=blocks))[-1] == "s4 add s2 s3 i1"


def test_a_block_reads_further_values_by_order_or_by_name():
    blocks = {"dec": graph("cross_attention(memory) -> add", inputs=("x", "memory"))}
    for text in ("dec(y)", "y -> dec(y)"):
        assert "cross_attention i" in lines(graph(text, inputs=("x", "y"), blocks=blocks))[0]
    assert lines(graph("dec", inputs=("x", "memory"), blocks=blocks))[0] == "s1 cross_attention i1 i2"
    stack = graph("stack(y, n=6)[dec]", inputs=("x", "y"), blocks=blocks)["s1"]
    assert stack.args == ("i1", "i2")
    assert stack.inner.names == {"i1": "x", "i2": "memory"}
    assert graph("stack[dec]", blocks=blocks)["s1"].args == ("i1",)
    assert "reads 'memory', too" in problems("dec -> norm", blocks=blocks)[0].message
    assert "is given 2" in problems("dec(y, y)", inputs=("x", "y"), blocks=blocks)[0].message
    assert "is given 2" in problems("stack(y, y)[dec]", inputs=("x", "y"), blocks=blocks)[0].message


def test_a_block_with_two_results_is_no_step():
    two = expand_block(parse_block("input -> norm\ninput -> conv"), names=("a", "b"), outputs=("a", "b"))
    assert "has 2 results" in problems("two -> norm", blocks={"two": two})[0].message


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "message", "expected", "suggestion"),
    [
        ("norm -> atention -> add", 9, "unknown word 'atention'", "a word", "attention"),
        ("layernorm -> add(input)", 1, "'layernorm' is neither a word nor a value", "a word", "layer_norm"),
        ("LayerNorm? -> add(input)", 1, "'LayerNorm' is no word", "a word", "layer_norm"),
        ("norm -> input", 9, "'input' is a value, not a step", "add(input)", ""),
        ("layer_norm(epps=1)", 1, "'layer_norm' has no attribute 'epps'", "eps", "eps"),
        ("linear|norm(eps=1)", 1, "'linear' has no attribute 'eps'", "bias", ""),
        ("attention(heads=eight)", 1, "'heads' is 'eight'", "a whole number", ""),
        ("attention(causal=1)", 1, "'causal' is '1'", "true or false", ""),
        ("norm(eps=true)", 1, "'eps' is 'true'", "a number", ""),
        ("stack(n=0)[norm]", 1, "'n' is '0'", "a whole number above 0", ""),
        ("norm as memory -> add(memry)", 19, "there is no value 'memry'", "memory", "memory"),
        ("attention(memory)", 1, "there is no value 'memory'", "declare it in `inputs`", ""),
        ("norm as n -> linear as n", 14, "the name 'n' is given twice", "each name once", ""),
        ("norm as add -> linear", 1, "'add' is a word of the language", "another name", ""),
        ("norm as input", 1, "'input' is a word of the language", "another name", ""),
        ("norm -> add(n) -> linear as n", 9, "the value 'n' is read before it exists", "an earlier step", ""),
        ("norm -> add -> linear -> add", 26, "this chain joins twice", "a new chain", ""),
        ("norm -> add -> linear -> add(skip=conv)", 26, "this chain joins twice", "add(n)", ""),
        ("add -> norm", 1, "'add' would join a value with itself", "add(n)", ""),
        ("norm; input -> linear", 1, "nothing reads the result of 'norm'", "a later chain", ""),
        ("norm -> (input -> linear) -> add", 1, "nothing reads the result of 'norm'", "outputs", ""),
        ("norm -> (input)? -> add", 9, "'?' marks a part that computes nothing", "'?' behind a step", ""),
        ("stack(n=6) -> norm", 1, "the stack does not say what it stacks", "stack(n=6)[", ""),
        ("norm(skip=conv)", 1, "'norm' has no skip", "on a join", ""),
        ("linear -> add[norm]", 11, "the join 'add' has no inside", "a box", ""),
        ("linear -> add|norm", 11, "a choice mixes joins and other words", "joins only", ""),
        ("norm|norm", 1, "names a word twice", "each word once", ""),
        ("moe[norm -> add(n)]", 5, "there is no value 'n'", "input", ""),
    ],
)
def test_errors_teach(text, place, message, expected, suggestion):
    found = next((p for p in problems(text) if message in p.message), None)
    assert found is not None, problems(text)
    assert (found.span.line, found.span.column) == (1, place) or message.startswith("there is no value 'n'")
    assert expected in found.expected
    assert found.suggestion == suggestion


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("layer(eps=1)", "takes no attributes"),
        ("layer[norm]", "is written out in `blocks`"),
        ("layer|norm", "a block stands in a choice"),
        ("norm as layer", "'layer' is a block"),
    ],
)
def test_errors_around_blocks(text, message):
    assert any(message in p.message for p in problems(text, blocks=LAYER))


def test_a_chain_of_a_graph_says_where_it_starts():
    with pytest.raises(SpecError, match="the chain 'b' does not say where it starts"):
        expand_block(parse_block("norm\nlinear -> add(a)"), names=("a", "b"))


@pytest.mark.parametrize(
    "text",
    [
        "self-attention -> add",
        "norm -> attention -> add\nnrm -> feed_forward -> add",
        "norm -> attention as x\ninput -> linear -> add(y)",
    ],
)
def test_a_wrong_name_is_one_error_and_not_two(text):
    (problem,) = problems(text)
    assert problem.span.end_line == problem.span.line


def test_a_wrong_head_is_marked_alone():
    assert problems("nrm -> attention -> add")[0].span == Span("f.yaml", 1, 1, 1, 4)


def test_syntax_that_code_has_built_has_no_place():
    with pytest.raises(SpecError, match="<chain>:1:1: unknown word 'nrm'"):
        expand_block((Chain((WordStep(("nrm",)),)),))


def test_problems_are_printed_with_place_expectation_and_suggestion():
    with pytest.raises(SpecError) as caught:
        graph("norm -> atention -> add\nrelu -> drpout")
    assert str(caught.value) == (
        "f.yaml:1:9: unknown word 'atention'; expected a word of the vocabulary; did you mean 'attention'?\n"
        "f.yaml:2:9: unknown word 'drpout'; expected a word of the vocabulary; did you mean 'dropout'?"
    )
