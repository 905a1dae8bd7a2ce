"""The notation: every construct of the grammar, and what a wrong one is told."""

from __future__ import annotations

import time

import pytest

from archcheck.graph import Span
from archcheck.spec import (
    Chain,
    GroupStep,
    SpecError,
    WordStep,
    parse_block,
    parse_chain,
    print_block,
    print_chain,
)

W = WordStep


def step(text):
    (found,) = parse_chain(text).steps
    return found


def errors(text, **more):
    with pytest.raises(SpecError) as caught:
        parse_block(text, "f.yaml", **more)
    return caught.value.problems


def only(text, **more):
    (problem,) = errors(text, **more)
    return problem


def test_a_chain_of_words():
    assert parse_chain("norm -> attention → add") == Chain((W(("norm",)), W(("attention",)), W(("add",))))


@pytest.mark.parametrize(
    "text", ["norm; attention -> add", "norm\nattention -> add", "\n norm ;\n\n attention->add\n"]
)
def test_chains_are_separated_by_line_ends_or_semicolons(text):
    assert parse_block(text) == (Chain((W(("norm",)),)), Chain((W(("attention",)), W(("add",)))))


def test_a_chain_may_be_broken_beside_an_arrow_and_inside_parentheses():
    text = "norm ->\n attention\n -> (linear\n + conv)\n -> add(\n n)"
    assert print_block(parse_block(text)) == "norm -> attention -> (linear + conv) -> add(n)"


def test_choice_optional_and_name():
    assert step("layer_norm|rms_norm? as n") == W(("layer_norm", "rms_norm"), optional=True, name="n")


@pytest.mark.parametrize(
    ("text", "attrs"),
    [
        ("layer_norm(eps=1e-5)", (("eps", 1e-5),)),
        ("self_attention(heads=8, causal=true)", (("heads", 8), ("causal", True))),
        ("dropout(p=0.1)", (("p", 0.1),)),
        ("dropout(0.1)", (("p", 0.1),)),
        ("scale(0.5)", (("value", 0.5),)),
        ("scale(-2)", (("value", -2),)),
        ("scale(inf)", (("value", float("inf")),)),
        ("stack(6)[norm]", (("n", 6),)),
        ("dropout|drop_path(.5)", (("p", 0.5),)),
        ("rms_norm(shared=n)", (("shared", "n"),)),
        (
            "conv(kernel=(3, 3), padding=(1,), stride=())",
            (("kernel", (3, 3)), ("padding", (1,)), ("stride", ())),
        ),
        ("resize(mode='a b', factor=null)", (("mode", "a b"), ("factor", None))),
        (r'resize(mode="a\"b\u0041")', (("mode", 'a"bA'),)),
    ],
)
def test_attributes(text, attrs):
    found = step(text).attrs
    assert found == attrs
    assert [type(value) for _, value in found] == [type(value) for _, value in attrs]


def test_values_that_a_word_reads():
    assert step("cross_attention(memory, heads=8)").values == ("memory",)
    assert step("add(input)").values == ("input",)
    assert step("stack(memory, n=6)[layer]").values == ("memory",)


def test_skip_is_a_chain():
    assert step("add(skip=conv -> batch_norm)").skip == parse_chain("conv -> batch_norm")
    assert step("add(skip=p -> conv)").skip == Chain((W(("conv",)),), head="p")
    group = step("add(skip=(conv -> batch_norm)?)").skip.steps[0]
    assert group == GroupStep((parse_chain("conv -> batch_norm"),), optional=True)


@pytest.mark.parametrize(("mark", "join"), [("+", "sum"), ("*", "product"), (",", "concat")])
def test_groups(mark, join):
    branches = (parse_chain("norm -> attention"), parse_chain("linear"))
    assert step(f"(norm -> attention {mark} linear)") == GroupStep(branches, join)


def test_a_group_of_one_chain_has_no_join():
    assert step("(norm -> add)? as n") == GroupStep(
        (parse_chain("norm -> add"),), None, optional=True, name="n"
    )


def test_the_inside_of_a_box():
    box = step("gated_feed_forward[(linear -> silu * linear) -> linear; dropout]")
    assert box.inside == parse_block("(linear -> silu * linear) -> linear\ndropout")


def test_a_bare_name_at_the_head_is_a_value_unless_it_is_a_word():
    assert parse_chain("n -> feed_forward").head == "n"
    assert parse_chain("input -> norm").head == "input"
    assert parse_chain("norm -> add").head is None
    assert parse_chain("layer -> norm").head == "layer"
    assert parse_chain("layer -> norm", words=frozenset({"layer"})).head is None
    assert parse_chain("p") == Chain((), "p")


def test_a_value_may_be_named_again():
    assert parse_chain("input as r -> norm") == Chain(
        (GroupStep((Chain((), "input"),), name="r"), W(("norm",)))
    )


def test_spans_are_exact():
    norm, group, add = parse_chain("norm -> (linear\n  + conv)? as g ->  add(n)", "f").steps
    assert norm.span == Span("f", 1, 1, 1, 5)
    assert group.span == Span("f", 1, 9, 2, 16)
    assert group.chains[1].span == Span("f", 2, 5, 2, 9)
    assert add.span == Span("f", 2, 21, 2, 27)


@pytest.mark.parametrize(
    ("text", "place", "message", "expected"),
    [
        ("norm attention", (1, 6), "unexpected 'attention'", "'->'"),
        ("norm -> -> add", (1, 9), "a step is missing behind the arrow", "a step"),
        ("-> add", (1, 1), "a step is missing before the arrow", "a step"),
        ("norm ->", (1, 6), "a step is missing behind the arrow", "a step"),
        ("norm => add", (1, 6), "'=>' is no arrow", "an arrow"),
        ("norm - add", (1, 6), "'-' is no arrow", "an arrow"),
        ("(a + b * c)", (1, 8), "'*' and '+' stand in one group", "parentheses of its own"),
        ("norm + linear", (1, 6), "'+' stands outside a group", "parentheses"),
        ("(norm", (1, 1), "'(' is never closed", "')'"),
        ("norm)", (1, 5), "')' closes nothing", "an opening bracket"),
        ("(norm]", (1, 6), "'(' is closed by ']'", "')'"),
        ("norm as", (1, 6), "'as' is followed by nothing", "a name"),
        ("norm as 3", (1, 6), "'as' is followed by '3'", "a name"),
        ("norm|", (1, 5), "a word is missing behind '|'", "a word"),
        ("3 -> norm", (1, 1), "unexpected '3'", "a word or '('"),
        ("norm(3)", (1, 6), "'norm' takes no bare value", "eps"),
        ("norm|scale(3)", (1, 12), "'norm|scale' takes no bare value", "key=…"),
        ("norm(eps=1, eps=2)", (1, 13), "'eps' is given twice", "one value"),
        ("scale(1, value=2)", (1, 10), "'value' is given twice", "one value"),
        ("scale(value=2, 1)", (1, 16), "'value' is given twice", "one value"),
        ("add(skip=conv, skip=conv)", (1, 16), "'skip' is given twice", "one value"),
        ("norm(eps=)", (1, 6), "'eps' has no value", "eps=…"),
        ("norm(eps=1 2)", (1, 10), "this is no value of an attribute", "a number"),
        ("norm(eps=(1,,2))", (1, 13), "an item is missing", "between the commas"),
        ("norm()", (1, 5), "an item is missing", "a value or key=…"),
        ("feed_forward[]", (1, 13), "the box is opened, but empty", "a chain"),
        ("feed_forward[linear](shared=n)", (1, 21), "'(' stands too late", "word(…)[…]? as name"),
        ("(a; b)", (1, 3), "';' stands inside parentheses", "one chain"),
        ("norm?(eps=1)", (1, 6), "'(' stands too late", "word(…)[…]? as name"),
        ("norm -> # attention", (1, 9), "'#' starts no comment", "a comment"),
        ("norm(mode='a)", (1, 11), "a text in quotes does not end", "closing '"),
        (r'norm(mode="\q")', (1, 11), "unknown escape", r"\n"),
        ("norm -> @x", (1, 9), "unexpected '@x'", "a word"),
        ("scale(" + "1" * 41 + ")", (1, 7), "a number is too long", "40 digits"),
        ("", (1, 1), "there is no chain", "steps"),
        ("(norm + )", (1, 7), "a chain is missing", "a word"),
        ("nrm? -> add", (1, 1), "'nrm' is no word, and a value cannot be optional", "a word before '?'"),
    ],
)
def test_errors_say_what_where_and_what_instead(text, place, message, expected):
    problem = next(p for p in errors(text) if message in p.message)
    assert (problem.span.line, problem.span.column) == place
    assert problem.span.file == "f.yaml"
    assert expected in problem.expected


def test_all_errors_of_a_text_are_gathered():
    text = "norm attention -> (a + b * c)\nadd(=) -> norm(eps=)\nlinear ->"
    assert [(p.span.line, p.span.column) for p in errors(text)] == [(1, 6), (1, 26), (2, 5), (2, 16), (3, 8)]


def test_a_second_chain_is_refused_where_one_is_wanted():
    with pytest.raises(SpecError, match="a second chain"):
        parse_chain("norm; add")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * 10_000, "nest too deeply"),
        ("(" * 10_000 + "norm" + ")" * 10_000, "nest too deeply"),
        ("moe[" * 10_000 + "norm" + "]" * 10_000, "nest too deeply"),
        ("add(skip=" * 10_000 + "norm" + ")" * 10_000, "nest too deeply"),
        ("conv(kernel=" + "(" * 5000 + ")" * 5000 + ")", "nest too deeply"),
        ("norm -> " * 1_300_000, "too long to read"),
        ("1" * 200_000 + "x", "unexpected"),
        ('"' + '\\"' * 100_000, "does not end"),
        ("'" * 99_999, "unexpected"),
        ("@ " * 100_000, "more than 100 errors"),
        ("norm(" * 60 + ")" * 60, "no value of an attribute"),
        ("x" * 200_000 + "?", "is no word"),
    ],
)
def test_pathological_input_is_refused_quickly(text, message):
    start = time.process_time()
    problems = errors(text)
    assert time.process_time() - start < 5
    assert any(message in problem.message for problem in problems)
    assert all(len(str(problem)) < 400 for problem in problems)


def test_a_long_flat_block_is_read():
    assert len(parse_block("norm -> attention -> add\n" * 5000)) == 5000


@pytest.mark.parametrize(
    ("chain", "reason"),
    [
        (Chain(()), "empty chain"),
        (Chain((GroupStep(()),)), "no notation"),
        (Chain((GroupStep((Chain((W(("norm",)),)),), "sum"),)), "no notation"),
        (Chain((W(()),)), "without a word"),
        (Chain((W(("moe",), inside=()),)), "empty inside"),
        (Chain((W(("moe",), name="a b"),)), "no name"),
        (Chain((W(("moe",), values=("true",)),)), "no name"),
    ],
)
def test_what_has_no_notation_is_not_printed(chain, reason):
    with pytest.raises(ValueError, match=reason):
        print_chain(chain)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("norm→add", "norm -> add"),
        ("layer_norm( eps = 0.00001 )", "layer_norm(eps=1e-5)"),
        ("scale(value=0.5)", "scale(0.5)"),
        ("dropout(0.1)", "dropout(p=0.1)"),
        ("stack(n=6, memory)[norm\nadd(input)]", "stack(memory, n=6)[norm; add(input)]"),
        ("( a,b )", "(a , b)"),
        ("resize(mode='nearest')", "resize(mode=nearest)"),
        ("resize(mode='true')", 'resize(mode="true")'),
    ],
)
def test_canonical_text(written, canonical):
    assert print_block(parse_block(written)) == canonical
