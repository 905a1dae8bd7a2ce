"""`load_spec`, chains in place of files, the catalogue, the schema, and what an import costs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from archcheck.spec import SpecError, catalogue, load_spec, parse_block, print_block, read_text, yamltree
from archcheck.spec.errors import Problems
from archcheck.spec.schema import spec_schema
from archcheck.spec.source import Source
from archcheck.spec.yamltree import read_tree

CATALOGUE = catalogue.names()


def test_a_chain_with_the_word_sublayer_is_an_order():
    spec = load_spec("norm -> sublayer -> add")
    assert spec.order is not None
    assert spec.block is None
    assert [n.op for n in spec.order_graph(1).operations()] == ["norm", "sublayer", "add"]


@pytest.mark.parametrize(
    "text",
    [
        "self_attention -> add -> norm",
        "norm -> attention -> add; norm -> feed_forward -> add",
        "layer_norm|rms_norm?",
    ],
)
def test_other_chains_are_a_block(text):
    spec = load_spec(text)
    assert print_block(spec.block.chains) == text
    assert spec.graph().outputs
    assert spec.source == "<chain>"
    assert spec.text == text


def test_an_undefined_operand_of_an_inline_chain_is_an_input():
    graph = load_spec("norm -> cross_attention(memory) -> add; modulate(c) -> gate(c)").graph()
    assert graph.names == {"i1": "input", "i2": "memory", "i3": "c"}
    with pytest.raises(SpecError, match=r"<chain>:1:\d+: there is no value 'nrm1'.*did you mean 'norm1'"):
        load_spec("layer_norm as norm1 -> attention -> add(nrm1)")
    with pytest.raises(SpecError, match="'nrm' is neither a word nor a value"):
        load_spec("nrm -> attention -> add")


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("post_lm", "there is no spec 'post_lm'.*did you mean 'post_ln'"),
        ("nowhere.yaml", "there is no file 'nowhere.yaml'"),
        ("no/where", "there is no file 'no/where'"),
        ("my spec.yaml", "there is no file 'my spec.yaml'"),
        ("", "there is no spec ''"),
        ("norm -> ", "a step is missing"),
        ("x" * 300, "there is no spec"),
        ("a\0b", "there is no spec"),
        ("norm; sublayer -> norm -> add -> add", "joins twice"),
        ("norm -> sublayer -> add -> add", "joins twice"),
    ],
)
def test_references_that_lead_nowhere(ref, message):
    with pytest.raises(SpecError, match=message):
        load_spec(ref)


def test_the_search_path_comes_before_the_catalogue(tmp_path):
    (tmp_path / "post_ln.yaml").write_text("archcheck: 1\ntitle: mine\nblock: norm\n")
    assert load_spec("post_ln", [tmp_path]).title == "mine"
    assert load_spec("post_ln").title != "mine"


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_catalogue_loads_and_fits_the_schema(name):
    spec = catalogue.load(name)
    assert spec.name == name
    assert load_spec(name) == spec
    graphs = [*spec.graphs().values()] + [g for g in [spec.model_graph()] if g]
    assert graphs
    for body in (spec.block, *spec.blocks, spec.model):
        if body is not None:
            words = frozenset(block.name for block in spec.blocks)
            again = tuple(chain for c in body.chains for chain in parse_block(print_block((c,)), words=words))
            assert again == body.chains
    jsonschema.validate(yaml.safe_load(catalogue.path(name).read_text("utf-8")), spec_schema())


def test_the_catalogue_is_found_from_a_wheel_before_a_checkout(tmp_path, monkeypatch):
    first, second = tmp_path / "_specs", tmp_path / "specs"
    monkeypatch.setattr(catalogue, "_PLACES", (first, second))
    with pytest.raises(FileNotFoundError, match="reinstall"):
        catalogue.names()
    second.mkdir()
    (second / "b.yaml").write_text("archcheck: 1\nblock: norm\n")
    assert catalogue.names() == ("b",)
    shutil.copytree(second, first)
    assert catalogue.path("b").parent == first
    with pytest.raises(LookupError, match="'c'; it has b"):
        catalogue.path("c")


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(spec_schema())


@pytest.mark.parametrize(
    "text",
    [
        "block: norm", "order: sublayer -> add", "graph: {a: norm}", "blocks: {a: norm}", "model: stack[norm]",
        "blocks: {a: {block: [norm], inputs: [x]}}\nmodel: {b: norm}", "block: [norm]\nmodel: {block: norm}",
        "graph: {a: input -> norm}\ninputs: {x: null}\noutputs: a\nignore: scale\nset: {a: [1, true]}\nknown_deviations: x",
    ],
)  # fmt: skip
def test_the_schema_accepts_what_the_loader_accepts(text):
    text = "archcheck: 1\n" + text
    read_text(text)
    jsonschema.validate(yaml.safe_load(text), spec_schema())


@pytest.mark.parametrize(
    "text",
    [
        "title: a", "block: norm\norder: norm", "block: norm\ngraph: {a: norm}", "blok: norm", "block: []", "block: {a: norm}",
        "order: norm\nblocks: {a: norm}", "block: norm\nstrict: 1", "block: norm\nignore: [scal]", "blocks: {}",
        "block: norm\nfigure: {papr: a}", "blocks: {a: {inputs: [x]}}", "graph: norm", "block: norm\nset: {a: {b: 1}}",
        "block: norm\nname: a b",
    ],
)  # fmt: skip
def test_the_schema_refuses_what_the_loader_refuses(text):
    text = "archcheck: 1\n" + text
    with pytest.raises(SpecError):
        read_text(text)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), spec_schema())


def test_importing_the_language_imports_neither_yaml_nor_networkx_nor_torch():
    code = (
        "import sys; import archcheck.spec as s; s.load_spec('norm -> sublayer -> add');"
        "print([m for m in ('yaml', 'networkx', 'torch') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "file", [*sorted(catalogue.directory().glob("*.yaml")), None], ids=lambda f: f.stem if f else "odd"
)
def test_both_yaml_parsers_give_the_same_tree(file, monkeypatch):
    """libyaml's, where PyYAML has it, and PyYAML's own: positions included."""
    text = (
        file.read_text()
        if file
        else "a: é → b\nc: {x: 'é', y: [1, 2]}\nd: |\n  é\n   x\ne: >-\n  a\n\n  c\nf: \"a\\tb\"\ng:\n"
    )
    source = Source("f.yaml", text)
    assert yamltree._fast_loader() is not None
    quick = read_tree(source, Problems())
    monkeypatch.setattr(yamltree, "_fast_loader", lambda: None)
    assert quick is not None
    assert read_tree(source, Problems()) == quick


@pytest.mark.parametrize(
    "text", ["\ufeffa: b\nc: d\n", "a: [b\n", "a: \ud800\n", "a: b\na: c\n", "a: *b\n", "a: b\n---\nc: d\n"]
)
def test_where_the_parsers_differ_the_slower_one_is_heard(text, monkeypatch):
    source, found, slow = Source("f.yaml", text), Problems(), Problems()
    quick = read_tree(source, found)
    monkeypatch.setattr(yamltree, "_fast_loader", lambda: None)
    assert (quick, found) == (read_tree(source, slow), slow)
