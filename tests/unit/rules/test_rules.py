"""Every rule on its own examples, the pages, and that no edit is lost."""

import pytest

from archcheck.diff import align
from archcheck.rules import ANSWERS, RULES, Example, Finding, Rule, codes, explain, findings, free_findings
from archcheck.rules.examples import example_graphs
from archcheck.rules.free import FreeRule


def run(example: Example, rules: tuple[Rule, ...] = RULES) -> tuple[Finding, ...]:
    spec, code = example_graphs(example)
    if not example.spec:
        return free_findings(code, rules=rules)
    return findings(align(spec, code), spec, code, rules=rules)


def cases(kind: str) -> list:
    return [
        pytest.param(rule, example, id=f"{rule.code}-{number}")
        for rule in RULES
        for number, example in enumerate(getattr(rule, kind))
    ]


@pytest.mark.parametrize(("rule", "example"), cases("INVALID"))
def test_wrong_examples_give_the_finding_and_no_other(rule: Rule, example: Example) -> None:
    assert {finding.code for finding in run(example) if finding.severity == rule.severity} == {rule.code}


@pytest.mark.parametrize(("rule", "example"), cases("VALID"))
def test_right_examples_do_not_give_the_finding(rule: Rule, example: Example) -> None:
    assert rule.code not in {finding.code for finding in run(example)}


@pytest.mark.parametrize(("rule", "example"), cases("INVALID"))
def test_without_the_rule_the_outcome_changes(rule: Rule, example: Example) -> None:
    others = tuple(other for other in RULES if other is not rule)
    try:
        left = [(finding.code, finding.message) for finding in run(example, others)]
    except ValueError:
        return
    assert left != [(finding.code, finding.message) for finding in run(example)]


@pytest.mark.parametrize(("rule", "example"), cases("INVALID"))
def test_findings_say_everything(rule: Rule, example: Example) -> None:
    for finding in run(example):
        assert finding.message
        assert finding.advice
        assert finding.label
        assert finding.expected or finding.found
        assert "None" not in finding.message
        assert "\n" not in finding.message
        assert finding.at is not None
        if not isinstance(rule, FreeRule):
            assert finding.spec_at is not None


@pytest.mark.parametrize(
    ("rule", "example"), [c for c in cases("INVALID") if not isinstance(c.values[0], FreeRule)]
)
def test_every_edit_is_in_exactly_one_finding(rule: Rule, example: Example) -> None:
    spec, code = example_graphs(example)
    alignment = align(spec, code)
    told = [edit for finding in findings(alignment, spec, code) for edit in finding.edits]
    assert sorted(map(str, told)) == sorted(map(str, alignment.edits))
    assert alignment.distance == len(alignment.edits)


def test_every_rule_has_a_page_with_examples_and_a_code_of_its_own() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    for rule in RULES:
        page = explain(rule.code)
        assert page == explain(rule.name)
        assert "Wrong" in page
        assert "Right" in page
        assert rule.name in page
    for answer in ANSWERS:
        assert answer.name in explain(answer.code.lower())
    assert [code for code, _ in codes()] == sorted(code for code, _ in codes())


def test_an_unknown_code_names_the_nearest() -> None:
    with pytest.raises(KeyError, match=r"did you mean AC\d"):
        explain("AC109")
    with pytest.raises(KeyError, match="missing-residual"):
        explain("missing-residuals")


def test_the_findings_are_those_of_the_design() -> None:
    post = "self_attention -> add -> layer_norm; feed_forward -> add -> layer_norm"
    pre = "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add"
    after = "layer_norm as n -> self_attention -> add(n); layer_norm as m -> feed_forward -> add(m)"
    inside = "self_attention -> layer_norm -> add; feed_forward -> layer_norm -> add"

    def found(spec: str, code: str) -> list[str]:
        return [finding.code for finding in run(Example(spec, code))]

    assert found(pre, post) == ["AC102", "AC102"]
    assert found(post, pre) == ["AC101", "AC101"]
    assert found(pre, after) == ["AC203", "AC203"]
    assert found(pre, inside) == ["AC103", "AC103"]
    assert found(post, inside) == ["AC101", "AC101"]
    assert found(post, post) == []
    assert found(pre, pre) == []


def test_the_message_says_where_it_is_and_where_it_should_be() -> None:
    [finding] = run(Example("self_attention -> add -> layer_norm", "layer_norm -> self_attention -> add"))
    assert finding.message == (
        "layer_norm (layer_norm_1) is inside the branch before self_attention; "
        "the figure has it on the stream, after the add"
    )
    assert finding.to_dict()["expected"] == "layer_norm on the stream, after the add"


def test_a_norm_that_was_moved_and_changed_gives_two_findings() -> None:
    found = run(Example("self_attention -> add -> layer_norm", "rms_norm -> self_attention -> add"))
    assert [finding.code for finding in found] == ["AC101", "AC003"]
    assert found[0].message.startswith("rms_norm (rms_norm_1) is inside the branch")


def test_a_value_that_is_not_read_is_named() -> None:
    spec = "inputs: [x, memory]\nblock: norm -> cross_attention(memory) -> add"
    [finding] = run(Example(spec, "layer_norm -> cross_attention -> add"))
    assert finding.code == "AC204"
    assert "does not read the input memory" in finding.message


def test_inputs_that_both_come_first_are_named() -> None:
    text = "inputs: [a, b]\ngraph:\n  m: a -> linear -> relu\n  out: b -> embedding -> cross_attention(m)\noutputs: [out]"
    swapped = text.replace("a, b", "b, a").replace("m: a", "m: b").replace("out: b", "out: a")
    found = run(Example(text, swapped))
    assert [one.code for one in found] == ["AC204", "AC204"]
    assert found[0].message.endswith("is taken from the input b; the figure takes it from the input a")


def test_what_is_missing_is_placed_at_its_neighbour_on_the_same_level() -> None:
    spec = "norm -> self_attention -> add; norm -> feed_forward -> add"
    [finding] = run(Example(spec, "layer_norm -> self_attention -> add; feed_forward -> add"))
    assert finding.at is not None
    assert finding.at.column == len("layer_norm -> self_attention -> add; ") + 1


def test_two_places_with_the_same_words_are_told_apart() -> None:
    body = "layer_norm -> self_attention -> add{}; layer_norm -> feed_forward -> add{}"
    [finding] = run(Example(body.format("", " -> layer_norm"), body.format(" -> layer_norm", "")))
    assert (
        "after the add of self_attention; the figure has it on the stream, after the add of feed_forward"
        in (finding.message)
    )
