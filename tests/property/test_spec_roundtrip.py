"""Printing a parsed spec and parsing it again gives the same spec; expansion keeps its invariants."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from archcheck.graph import Graph
from archcheck.spec import (
    SpecError,
    expand_block,
    parse_block,
    parse_chain,
    print_block,
    print_chain,
    read_text,
)
from archcheck.spec.errors import Problems
from archcheck.spec.reader import read_file
from archcheck.spec.source import Origin, Source
from archcheck.spec.walk import steps_of
from archcheck.spec.yamltree import Mapping, read_tree

sys.path.insert(0, str(Path(__file__).parent))
from strategies import syntax_blocks, syntax_chains, valid_blocks


@given(syntax_blocks)
def test_parsing_what_was_printed_gives_the_same_syntax(chains):
    assert parse_block(print_block(chains)) == chains
    assert parse_block(print_block(chains, "\n")) == chains
    assert parse_block(print_block(chains).replace("->", "→")) == chains or "->" in repr(chains)


@given(syntax_chains)
def test_printing_is_canonical(chain):
    text = print_chain(chain)
    assert print_chain(parse_chain(text)) == text


@given(syntax_blocks)
def test_every_span_holds_its_step(chains):
    text = print_block(chains, "\n")
    lines = text.split("\n")
    for step in steps_of(parse_block(text, Origin.of(text, "f"))):
        span = step.span
        assert span is not None
        assert span.line == span.end_line
        piece = lines[span.line - 1][span.column - 1 : span.end_column - 1]
        reread = parse_chain(f"({piece})").steps[0].chains[0]
        assert reread.steps == (step,) or reread.head is not None


def refused(read):
    """The problems of what was read; any other exception fails the test."""
    try:
        read()
    except SpecError as error:
        problems = error.problems
    else:
        return ()
    assert problems
    return problems


@given(st.text(max_size=60) | st.text("norm->adbs()[]|?;,+*=\"' \n#\\.0159", max_size=60))
def test_any_text_is_read_or_refused(text):
    for problem in refused(lambda: parse_block(text)):
        assert problem.message
        assert problem.span.line >= 1 <= problem.span.column


@given(st.binary(max_size=80) | st.text(": -{}[]&*!|>'\"ab\n#?,%@`\t", max_size=80).map(str.encode))
def test_any_bytes_are_a_spec_or_an_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(data)
    refused(lambda: read_file(path))


@given(valid_blocks())
@settings(max_examples=200)
def test_a_graph_keeps_its_invariants(chains):
    graph = expand_block(chains)
    check_invariants(graph)
    assert expand_block(parse_block(print_block(chains))) == graph_without_spans(graph)


def graph_without_spans(graph: Graph) -> object:
    class Same:
        def __eq__(self, other):
            return shape(other) == shape(graph)

    return Same()


def shape(graph: Graph) -> object:
    nodes = [(n.id, n.words, n.args, n.attrs, n.name, n.inner and shape(n.inner)) for n in graph.nodes]
    return nodes, graph.inputs, graph.outputs, graph.options


def check_invariants(graph: Graph) -> None:
    seen: set[str] = set()
    for node in graph.nodes:
        assert seen.issuperset(node.args), "topological order"
        seen.add(node.id)
        if node.inner is not None:
            check_invariants(node.inner)
    read = {arg for node in graph.nodes for arg in node.args} | set(graph.outputs)
    read |= {option.entry for option in graph.options}
    assert all(node.id in read for node in graph.operations()), "no dead nodes"
    steps = [node.id for node in graph.operations()]
    assert steps == [f"s{number}" for number in range(1, len(steps) + 1)]
    for option in graph.options:
        inside = set(option.nodes)
        assert option.exit in inside
        assert option.entry not in inside
        for node in graph.nodes:
            if node.id not in inside:
                assert inside.intersection(node.args) <= {option.exit}
    for one in graph.options:
        for other in graph.options:
            common = set(one.nodes) & set(other.nodes)
            assert common in (set(), set(one.nodes), set(other.nodes)), "options nest"


@given(syntax_blocks, st.sampled_from(["plain", "single", "double", "literal", "folded", "list"]))
def test_spans_survive_every_yaml_style(chains, style):
    """A step has the same text at its span whatever quoting the chains are written in."""
    text = print_block(chains)
    if any(ord(c) > 126 or ord(c) < 32 for c in text) or (
        style == "plain" and (" #" in text or ": " in text)
    ):
        return
    written = {
        "plain": text,
        "single": "'" + text.replace("'", "''") + "'",
        "double": '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"',
        "literal": "|\n    " + text.replace("; ", "\n    "),
        "folded": ">\n    " + text.replace(" -> ", "\n    -> "),
        "list": "[" + ", ".join("'" + print_chain(c).replace("'", "''") + "'" for c in chains) + "]",
    }[style]
    document = f"first: 1\nblock: {written}\n"
    problems = Problems()
    tree = read_tree(Source("f", document), problems)
    assert isinstance(tree, Mapping)
    assert not problems.found
    value = tree.entries[1][1]
    scalars = value.items if style == "list" else (value,)
    for scalar in scalars:
        for index, character in enumerate(scalar.text):
            if not character.isspace():
                found = document[scalar.origin.offsets[index]]
                assert found == character or found in "\\'"


def test_a_spec_file_is_the_same_after_printing_its_block():
    text = "archcheck: 1\nblock: norm as n -> attention -> add(n)\n"
    first = read_text(text)
    again = read_text(f"archcheck: 1\nblock: {print_block(first.block.chains)}\n")
    assert first.block == again.block
