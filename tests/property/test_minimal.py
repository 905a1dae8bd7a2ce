"""The edits are minimal: 200 pairs of the 10,000 that `python -m tests.property.minimal` compares."""

from __future__ import annotations

from archcheck.graph import Graph, Node
from tests.property.minimal import SAME, Verdict, compare, pairs, text


def test_no_explanation_is_cheaper_than_the_one_that_is_found() -> None:
    wrong = [one for left, right in pairs(200, seed=1) if not (one := compare(left, right)).agrees]
    assert [(text(one.left), text(one.right), one.found.cost, one.least) for one in wrong] == []


def test_a_dearer_explanation_would_be_noticed() -> None:
    left, right = next(pair for pair in pairs(10, seed=1) if compare(*pair).found.distance)
    verdict = compare(left, right)
    assert not Verdict(left, right, verdict.found, verdict.least - 2 * SAME).agrees


def _graph(*steps: tuple[str, str, tuple[str, ...]]) -> Graph:
    nodes = (Node("x", ("input",), name="x"), *(Node(name, (word,), args) for name, word, args in steps))
    return Graph(nodes, ("x",), (nodes[-1].id,))


def test_what_stands_behind_a_step_that_stands_for_two_is_decided_once() -> None:
    """The scale of the code stands for both of the spec: the dropout behind it cannot be extra and paired, too."""
    left = _graph(
        ("n1", "dropout", ("x",)),
        ("n2", "scale", ("n1",)),
        ("n3", "add", ("n2", "x")),
        ("n4", "scale", ("n3",)),
        ("n6", "add", ("n4", "n3", "n2")),
    )
    right = _graph(
        ("n1", "dropout", ("x",)),
        ("m2", "dropout", ("n1",)),
        ("n2", "scale", ("m2",)),
        ("n6", "add", ("m2", "n2", "x", "n2")),
    )
    verdict = compare(left, right)
    assert verdict.agrees
    extra = {edit.found for edit in verdict.found.edits if edit.kind == "insert"}
    assert extra.isdisjoint({(code,) for _, code in verdict.found.pairs if code != "n6"})
