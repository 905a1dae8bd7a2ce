"""Spec files: keys, types, positions inside every YAML style, and bad files (DESIGN section 10)."""

from __future__ import annotations

import os
import pickle
import time
from pathlib import Path

import pytest

from archcheck.graph import Span
from archcheck.spec import Deviation, Figure, SpecError, load_spec, read_text
from archcheck.spec.reader import read_file


def read(text):
    return read_text("archcheck: 1\n" + text, "f.yaml", "f")


def problems(text):
    with pytest.raises(SpecError) as caught:
        read(text)
    return caught.value.problems


def places(text):
    return [(p.span.line, p.span.column) for p in problems(text)]


FULL = """\
name: pre_ln
title: Pre-LN
description: >-
  Two
  lines
figure: {paper: "arXiv:2002.04745", label: "Figure 1, right", url: "https://arxiv.org/abs/2002.04745"}
block:
  - norm -> attention -> add
  - norm -> feed_forward -> add
model: embedding -> stack(n=6)[pre_ln] -> norm
inputs: {x: null, mask: "torch.ones(2, 2)"}
ignore: [scale, dropout]
strict: true
set: {norm_first: true, config.eps: 1e-5, n: 3, name: "3", xs: [1, a], none: null, expr: f(1)}
applies_to: ["*EncoderLayer"]
known_deviations:
  - plain text
  - {who: torch, how: other}
"""


def test_every_key_is_read():
    spec = read(FULL)
    assert (spec.name, spec.title, spec.description, spec.source) == (
        "pre_ln",
        "Pre-LN",
        "Two lines",
        "f.yaml",
    )
    assert spec.figure == Figure("arXiv:2002.04745", "Figure 1, right", "https://arxiv.org/abs/2002.04745")
    assert [n.op for n in spec.graph().operations()] == [
        "norm",
        "attention",
        "add",
        "norm",
        "feed_forward",
        "add",
    ]
    assert spec.graph().names == {"i1": "x", "i2": "mask"}
    assert spec.inputs == ("x", "mask")
    assert spec.input_values == (("mask", "torch.ones(2, 2)"),)
    assert spec.ignore == ("scale", "dropout")
    assert spec.strict is True
    assert spec.set == {
        "norm_first": True, "config.eps": 1e-5, "n": 3, "name": "3", "xs": (1, "a"), "none": None, "expr": "f(1)",
    }  # fmt: skip
    assert spec.applies_to == ("*EncoderLayer",)
    assert spec.known_deviations == (Deviation("plain text"), Deviation("other", "torch"))
    model = spec.model_graph()
    assert [n.op for n in model.operations()] == ["embedding", "stack", "norm"]
    assert model.nodes[2].inner == spec.graph()
    assert model.names == {"i1": "x"}
    assert hash(spec)


def test_a_spec_and_its_error_can_be_pickled():
    spec = read(FULL)
    assert pickle.loads(pickle.dumps(spec)) == spec
    with pytest.raises(SpecError) as caught:
        read("blok: norm")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.problems) == (str(caught.value), caught.value.problems)


def test_the_name_is_the_file_s_by_default(tmp_path):
    path = tmp_path / "my_block.yaml"
    path.write_text("archcheck: 1\nblock: norm\n")
    assert read_file(path).name == "my_block"
    assert load_spec(str(path)) == read_file(path) == load_spec(path)
    assert load_spec("my_block", [tmp_path]) == read_file(path)
    assert load_spec("my_block.yaml", [tmp_path]).source == str(path)


def test_an_order():
    spec = read("order: sublayer -> dropout -> add -> norm")
    assert [n.op for n in spec.order_graph(2).operations()] == ["sublayer", "dropout", "add", "norm"] * 2
    assert spec.block_names == ()
    with pytest.raises(LookupError, match="f has no block; it has no block at all"):
        spec.graph()
    with pytest.raises(LookupError):
        read("block: norm").order_graph()


def test_named_streams():
    spec = read(
        "inputs: [post, dual]\n"
        "graph:\n"
        "  f:        post -> sublayer\n"
        "  post_out: f -> add(post) -> layer_norm\n"
        "  dual_out: f -> add(dual)\n"
        "outputs: [post_out, dual_out]\n"
    )
    graph = spec.graph()
    assert [f"{n.op} {n.args}" for n in graph.operations()] == [
        "sublayer ('i1',)", "add ('s1', 'i1')", "layer_norm ('s2',)", "add ('s1', 'i2')",
    ]  # fmt: skip
    assert graph.outputs == ("s3", "s4")
    assert spec.block.is_graph


def test_blocks_and_a_model_of_two_stacks():
    spec = read(
        "inputs: [source, target]\n"
        "blocks:\n"
        "  enc: {block: 'norm -> attention -> add; norm -> feed_forward -> add', applies_to: Enc*}\n"
        "  dec:\n"
        "    inputs: [x, memory]\n"
        "    block: norm -> cross_attention(memory) -> add\n"
        "  both: enc -> enc\n"
        "model:\n"
        "  memory: source -> embedding -> stack(n=6)[both]\n"
        "  out: target -> embedding -> stack(memory, n=6)[dec] -> linear\n"
    )
    assert spec.block_names == ("enc", "dec", "both")
    assert spec.graph() == spec.graph("enc")
    assert len(list(spec.graph("both").operations())) == 12
    assert spec.blocks[0].applies_to == ("Enc*",)
    model = spec.model_graph()
    stacks = [n for n in model.nodes if n.op == "stack"]
    assert [stack.args for stack in stacks] == [("s1",), ("s3", "s2")]
    assert stacks[1].inner == spec.graph("dec")
    with pytest.raises(LookupError, match="'encoder'"):
        spec.graph("encoder")


def test_a_model_may_have_inputs_of_its_own():
    spec = read(
        "block: norm\ninputs: [h]\nmodel: {inputs: [tokens], block: 'tokens -> embedding -> stack[f]'}"
    )
    assert spec.model_graph().names == {"i1": "tokens"}


def test_the_spec_s_own_name_is_a_word_in_its_model_only():
    (problem,) = problems("name: layer\nblock: norm -> layer")
    assert "unknown word 'layer'" in problem.message
    assert read("name: x\ninputs: [x]\nblock: norm -> add(x)").graph().names == {"i1": "x"}
    assert read("name: norm\nblock: norm -> attention -> add").graph()


# -- positions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("block: norm -> nrm", (2, 16)),
        ("block:\n  - norm -> add\n  -   norm ->   nrm", (4, 17)),
        ("block: 'norm -> nrm'", (2, 17)),
        ('block: "norm -> nrm"', (2, 17)),
        ('block: "norm \\x2d> nrm"', (2, 20)),
        ("block: 'resize(mode=''a b'') -> nrm'", (2, 33)),
        ('block: "resize(mode=\\"a\\") -> nrm"', (2, 31)),
        ('block: "norm\\n  nrm -> add(input)"', (2, 17)),
        ("block: |\n  norm\n  norm -> nrm\n", (4, 11)),
        ("block: |2-\n   norm -> nrm\n", (3, 12)),
        ("block: >\n  norm ->\n  nrm\n", (4, 3)),
        ("block: norm ->\n  nrm\n", (3, 3)),
        ("block: 'norm ->\n\n   nrm'\n", (4, 4)),
        ('block: "norm -> \\\n   nrm"\n', (3, 4)),
        ("blocks:\n  b: {block: 'norm -> nrm'}", (3, 23)),
        ("graph: {a: norm -> nrm}", (2, 20)),
        ("order: norm -> nrm", (2, 16)),
        ('block: "é -> 𝕏" # é\nmodel: norm -> nrm', (2, 9)),
    ],
)
def test_positions_inside_every_style_of_scalar(text, place):
    assert place in places(text)


def test_windows_line_ends_and_a_byte_order_mark(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfarchcheck: 1\r\nblock:\r\n  - norm\r\n  - norm -> nrm\r\n")
    with pytest.raises(SpecError) as caught:
        read_file(path)
    assert caught.value.problems[0].span == Span(str(path), 4, 13, 4, 16)


def test_spans_of_steps_point_into_the_file():
    spec = read("block:\n  - self_attention -> dropout? -> add -> layer_norm\n")
    assert [(n.op, n.span.line, n.span.column) for n in spec.graph().operations()] == [
        ("self_attention", 3, 5), ("dropout", 3, 23), ("add", 3, 35), ("layer_norm", 3, 42),
    ]  # fmt: skip


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "message", "expected", "suggestion"),
    [
        ("blok: norm", (2, 1), "unknown key 'blok' in a spec", "block", "block"),
        ("block: norm\non: 1", (3, 1), "unknown key 'on'", "order", ""),
        ("block: norm\nblock: add", (3, 1), "the key 'block' is given twice (first in line 2)", "each key once", ""),
        ("block: norm\nfigure: {papr: x}", (3, 10), "unknown key 'papr' in `figure`", "paper", "paper"),
        ("block: norm\nfigure: {label: Figure 1, left}", (3, 27), "'left' is read as a key", "quotes", ""),
        ("block: norm\nfigure: x", (3, 9), "'figure' is 'x'", "a mapping with label, paper, url", ""),
        ("block: norm\nstrict: yes", (3, 9), "'strict' is 'yes'", "true or false", ""),
        ("block: norm\nstrict: 'true'", (3, 9), "'strict' is 'true'", "true or false", ""),
        ("block: norm\ntitle: [a]", (3, 8), "'title' is a list", "a text", ""),
        ("block: norm\ntitle:", (3, 1), "'title' has no value", "a value", ""),
        ("block: norm\nignore: [scal]", (3, 10), "unknown word 'scal'", "a word", "scale"),
        ("block: norm\nignore: {a: b}", (3, 9), "'ignore' is a mapping", "a list of words", ""),
        ("block: norm\napplies_to: [[a]]", (3, 14), "'applies_to' holds a list", "patterns", ""),
        ("block: norm\nset: [a]", (3, 6), "'set' is a list", "a mapping", ""),
        ("block: norm\nset: {a: {b: 1}}", (3, 10), "a mapping is no setting", "dotted keys", ""),
        ("block: norm\ninputs: [a, a]", (3, 13), "the name 'a' is given twice", "each name once", ""),
        ("block: norm\ninputs: [gate]", (3, 10), "'gate' is a word of the language", "gate_1", ""),
        ("block: norm\ninputs: [x, input]", (3, 13), "'input' is a word of the language", "another", ""),
        ("block: norm\ninputs: [skip]", (3, 10), "'skip' is a word of the language", "skip_1", ""),
        ("block: norm\ninputs: [a b]", (3, 10), "'a b' is no name of a value", "letters", ""),
        ("block: norm\ninputs: {x: [a]}", (3, 13), "'x' is a list", "an expression", ""),
        ("block: norm\noutputs: [y]", (2, 8), "there is no value 'y'", "input", ""),
        ("block: norm\nname: a b", (3, 7), "'a b' is no name", "letters", ""),
        ("block: norm\nknown_deviations: [[a]]", (3, 20), "'known_deviations' is a list", "who and how", ""),
        ("block: norm\nknown_deviations: [{when: a}]", (3, 21), "unknown key 'when'", "who", ""),
        ("block: {a: norm}", (2, 8), "'block' is a mapping", "a chain or a list", ""),
        ("block: []", (2, 8), "'block' is empty", "a chain", ""),
        ("block: ''", (2, 8), "there is no chain", "steps", ""),
        ("block: [[norm]]", (2, 9), "'block' holds a list", "a list of chains", ""),
        ("block:", (2, 1), "'block' has no value", "a value", ""),
        ("graph: norm", (2, 8), "'graph' is 'norm'", "a mapping from names to chains", ""),
        ("graph: {a: [norm]}", (2, 12), "'a' is a list", "a chain", ""),
        ("graph: {add: norm}", (2, 9), "'add' is a word of the language", "another name", ""),
        ("graph: {a: norm; add}", (2, 18), "a second chain", "one chain", ""),
        ("graph: {a: norm, b: input -> linear}", (2, 12), "nothing reads the result of 'norm'", "outputs", ""),
        ("order: norm; add", (2, 14), "a second chain", "one chain", ""),
        ("order: [norm, add]", (2, 8), "'order' is a list", "a chain", ""),
        ("order: norm -> sublayer -> add\nblock: norm", (2, 1), "'order' and 'block' stand in one", "one of", ""),
        ("order: norm\nblocks: {a: norm}", (2, 1), "'order' and 'blocks'", "one of them", ""),
        ("block: norm\ngraph: {a: norm}", (3, 1), "'graph' and 'block' stand in one spec", "one of", ""),
        ("title: a", (1, 1), "the spec declares nothing", "one of block, graph", ""),
        ("title: a\nblok: norm -> add", (3, 1), "unknown key 'blok'", "one of applies_to", "block"),
        ("blocks: [a]", (2, 9), "'blocks' is a list", "a mapping", ""),
        ("blocks: {}", (2, 9), "'blocks' is empty", "a name", ""),
        ("blocks: {add: norm}", (2, 10), "'add' is a word of the language", "another", ""),
        ("blocks: {a: {inputs: [x]}}", (2, 13), "has neither block nor graph", "one of", ""),
        ("blocks: {a: {block: norm, graph: {b: norm}}}", (2, 13), "has both block and graph", "one of", ""),
        ("blocks: {a: {block: norm, order: norm}}", (2, 27), "unknown key 'order' in the block 'a'", "block", ""),
        ("block: [self_attention(heads=8, causal=true) -> add]", (2, 9), "unbalanced bracket", "quotes", ""),
        ("blocks: {a: {block: norm(eps=1, affine=true)}}", (2, 21), "unbalanced bracket", "quotes", ""),
        ("block: [moe[linear] -> add]", (2, 12), "this is no valid YAML", "quotes around a chain", ""),
        ("block: &a norm\nmodel: *a", (3, 8), "anchors and aliases are not read", "written out", ""),
        ("block: !!python/name:os.system norm", (2, 8), "is not read in a spec", "without a tag", ""),
        ("block: norm\n? [a]\n: b", (3, 3), "a key must be a plain word", "key: value", ""),
        ("block: norm\n---\nblock: norm", (3, 1), "a second document", "one spec", ""),
        ("block: 'norm", (2, 13), "this is no valid YAML", "", ""),
        ("block: norm: add", (2, 12), "this is no valid YAML", "", ""),
        ("block: norm\n\ttitle: a", (3, 1), "this is no valid YAML", "", ""),
        ("block: \"\x07\"", (2, 9), "a character that YAML does not allow", "printable", ""),
        ("block: " + "[" * 5000, (2, 23), "the YAML nests too deeply", "16", ""),
        ("block: norm\nknown_deviations: [{who: a}]", (3, 20), "a known deviation says nothing", "'how'", ""),
        ("model: stack[layer]", (2, 14), "'layer' is neither a word nor a value", "input", "sublayer"),
    ],
)  # fmt: skip
def test_errors_of_files(text, place, message, expected, suggestion):
    found = next((p for p in problems(text) if message in p.message), None)
    assert found is not None, problems(text)
    assert (found.span.line, found.span.column) == place
    assert found.span.file == "f.yaml"
    assert expected in found.expected
    assert found.suggestion == suggestion


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", (1, 1), "the file is empty"),
        ("# nothing\n", (1, 1), "the file is empty"),
        ("---\n...\n", (1, 1), "the file is empty"),
        ("norm -> add", (1, 1), "the file holds 'norm -> add'"),
        ("- a", (1, 1), "the file holds a list"),
        ("block: norm", (1, 1), "the key 'archcheck' is missing"),
        ("archcheck: 2\nblock: norm", (1, 12), "version '2' of the language is unknown"),
        ("archcheck: [1]\nblock: norm", (1, 12), "version a list"),
    ],
)
def test_errors_of_whole_files(text, place, message):
    with pytest.raises(SpecError) as caught:
        read_text(text, "f.yaml")
    (problem,) = caught.value.problems
    assert message in problem.message
    assert (problem.span.line, problem.span.column) == place


def test_all_errors_of_a_file_are_reported_together_in_reading_order():
    text = (
        "titel: a\n"
        "strict: maybe\n"
        "block:\n"
        "  - norm attention\n"
        "  - nrm? -> add\n"
        "blocks:\n"
        "  other: linear -> lenear\n"
        "model: stack\n"
    )
    assert places(text) == [(2, 1), (3, 9), (5, 10), (6, 5), (8, 20), (9, 8)]


def test_blocks_that_contain_each_other():
    (problem,) = problems("blocks:\n  a: norm -> b\n  b: linear -> stack[c]\n  c: moe[a]\n")
    assert "these blocks contain each other" in problem.message
    assert all(f"'{name}'" in problem.message for name in "abc")
    (problem,) = problems("blocks: {a: norm -> a}")
    assert "'a' -> 'a'" in problem.message


def test_blocks_that_explode_are_bounded():
    text = "blocks:\n  b0: norm -> linear\n" + "".join(
        f"  b{i}: b{i - 1} -> b{i - 1}\n" for i in range(1, 40)
    )
    start = time.process_time()
    assert "more than 20,000 operations" in problems(text)[0].message
    stacks = text.replace(" -> b", "] -> stack[b").replace(": b", ": stack[b").replace("\n", "]\n")
    stacks = stacks.replace("blocks:]", "blocks:").replace("norm -> linear]", "norm -> linear")
    assert "more than 20,000 operations" in problems(stacks)[0].message
    assert time.process_time() - start < 10


def test_blocks_that_nest_deeply_are_bounded():
    text = "blocks:\n  b0: norm\n" + "".join(f"  b{i}: stack[b{i - 1}]\n" for i in range(1, 2000))
    assert "too deeply inside each other" in problems(text)[0].message
    text = "blocks:\n  b0: norm\n" + "".join(f"  b{i}: b{i - 1} -> linear\n" for i in range(1, 150))
    assert len(read(text).graph("b149").nodes) == 151


def test_aliases_cannot_explode():
    text = "a: &a [x, x]\n" + "".join(
        f"{chr(i)}: &{chr(i)} [*{chr(i - 1)}, *{chr(i - 1)}]\n" for i in range(98, 120)
    )
    assert any("anchors and aliases" in p.message for p in problems(text))


@pytest.mark.parametrize(
    ("data", "message", "place"),
    [
        (b"archcheck: 1\nblock: norm -> \xff\n", "the file is not UTF-8", (2, 16)),
        ("archcheck: 1".encode("utf-16"), "the file is not UTF-8", (1, 1)),
        (b"archcheck: 1\nblock: " + b"norm -> " * 1_300_000, "larger than 256 KB", (1, 1)),
        (b"", "the file is empty", (1, 1)),
    ],
)
def test_bad_files(tmp_path, data, message, place):
    path = tmp_path / "a.yaml"
    path.write_bytes(data)
    with pytest.raises(SpecError) as caught:
        read_file(path)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert (problem.span.line, problem.span.column) == place


def test_a_large_file_within_the_limit_is_quick():
    text = "block:\n" + "  - norm -> attention -> add\n" * 3000
    start = time.process_time()
    read(text)
    assert time.process_time() - start < 20


def test_files_that_cannot_be_read(tmp_path):
    for path, message in [(tmp_path, "cannot be read"), (tmp_path / "none.yaml", "cannot be read")]:
        with pytest.raises(SpecError, match=message):
            load_spec(path)
    if hasattr(os, "mkfifo") and Path("/dev/zero").exists():
        with pytest.raises(SpecError, match="larger than"):
            load_spec(Path("/dev/zero"))
