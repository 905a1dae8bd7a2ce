"""Mutations of graphs, and which of them specs notice."""

import pytest

from archcheck import check, strength
from archcheck.diff import align
from archcheck.mutate import MUTATIONS, mutants
from archcheck.mutate.draft import branch, residuals
from archcheck.pairing import as_spec
from archcheck.report.mutate import strength_lines
from archcheck.report.status import strength_status
from archcheck.report.terminal import plain
from archcheck.spec import load_spec

BLOCK = """
from torch import nn


class Block(nn.Module):
    def __init__(self, dim=32, heads=4):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 64), nn.GELU(), nn.Dropout(0.1), nn.Linear(64, dim))
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        h = self.norm1(x)
        x = x + self.dropout(self.attention(h, h, h)[0])
        return x + self.dropout(self.mlp(self.norm2(x)))
"""
LOOSE = "norm -> sublayer -> add; norm -> sublayer -> add"
TIGHT = (
    "layer_norm(eps=1e-5) -> self_attention -> dropout(0.1) -> add; layer_norm(eps=1e-5) -> "
    "feed_forward[linear -> gelu -> dropout(0.1) -> linear] -> dropout(0.1) -> add"
)
PRE_LN = "layer_norm -> self_attention -> dropout -> add; layer_norm -> feed_forward -> dropout -> add"


def graph_of(text):
    return load_spec(text).graph()


def made(text, mutation):
    """The distances of the mutants of a chain from the chain, and what they say."""
    graph = graph_of(text)
    found = [mutant for name, mutant in mutants(graph) if name == mutation]
    return [(mutant.what, align(graph, mutant.graph, strict=True).distance) for mutant in found]


def equal(mutant, text):
    """Whether a mutant is exactly the block of a chain."""
    there = align(graph_of(text), mutant.graph, strict=True)
    return there.distance == 0 and align(as_spec(mutant.graph), graph_of(text), strict=True).distance == 0


def first(text, mutation, number=0):
    return [mutant for name, mutant in mutants(graph_of(text)) if name == mutation][number]


@pytest.mark.parametrize(
    ("mutation", "number", "text", "result"),
    [
        ("move a norm across the add", 0, "layer_norm -> self_attention -> add",
         "self_attention -> add -> layer_norm"),
        ("move a norm across the add", 0, "self_attention -> add -> layer_norm; feed_forward -> add",
         "layer_norm -> self_attention -> add; feed_forward -> add"),
        ("take the skip after the norm", 0, "layer_norm -> self_attention -> add",
         "layer_norm; self_attention -> add"),
        ("drop a residual", 0, "layer_norm -> self_attention -> add; feed_forward -> add",
         "layer_norm -> self_attention; feed_forward -> add"),
        ("double a residual", 0, "feed_forward -> add", "(feed_forward + input + input)"),
        ("make sequential branches parallel", 0,
         "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add",
         "(layer_norm -> self_attention + layer_norm -> feed_forward) -> add"),
        ("make parallel branches sequential", 0,
         "(layer_norm -> self_attention + layer_norm -> feed_forward) -> add",
         "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add"),
        ("make parallel branches sequential", 0, "layer_norm -> (self_attention + feed_forward) -> add",
         "layer_norm -> self_attention -> add; layer_norm -> feed_forward -> add"),
        ("drop a sublayer", 1, "self_attention -> add -> layer_norm; feed_forward -> add -> layer_norm",
         "self_attention -> add -> layer_norm"),
        ("drop a step", 0, "layer_norm -> self_attention -> add", "self_attention -> add"),
        ("move a dropout", 0, "self_attention -> dropout -> add", "self_attention -> add -> dropout"),
        ("swap a kind", 0, "layer_norm -> self_attention -> add", "rms_norm -> self_attention -> add"),
        ("swap neighbours", 0, "layer_norm -> self_attention -> add", "self_attention -> layer_norm -> add"),
        ("add a final norm", 0, "layer_norm -> self_attention -> add",
         "layer_norm -> self_attention -> add -> layer_norm"),
        ("change an attribute", 0, "layer_norm(eps=1e-5) -> self_attention -> add",
         "layer_norm(eps=1e-4) -> self_attention -> add"),
    ],
)  # fmt: skip
def test_a_mutation_makes_the_block_that_it_says(mutation, number, text, result):
    assert equal(first(text, mutation, number), result)


def test_every_mutation_of_the_list_has_a_mutant_that_differs(tmp_path):
    texts = (PRE_LN, "(layer_norm -> self_attention + layer_norm -> feed_forward) -> add")
    tried = set()
    for text in texts:
        graph = graph_of(text)
        for name, mutant in mutants(graph):
            tried.add(name)
            apart = align(graph, mutant.graph, strict=True).distance
            back = align(as_spec(mutant.graph), graph, strict=True).distance
            assert apart or back, mutant.what
    (tmp_path / "model.py").write_text(BLOCK)
    report = strength(str(tmp_path / "model.py"), LOOSE, engine="static")
    tried |= {name for block in report.blocks for name, _ in block.tried}
    assert tried == {name for name, _ in MUTATIONS}


def test_a_residual_knows_its_branch():
    graph = graph_of("layer_norm -> self_attention -> add; feed_forward -> add -> layer_norm")
    words = [[graph[key].op for key in branch(graph, unit)] for unit in residuals(graph)]
    assert words == [["layer_norm", "self_attention"], ["feed_forward"]]


@pytest.fixture
def of_block(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text(BLOCK)

    def run(spec, **options):
        return strength("model.py", spec, engine="static", **options)

    return run


def test_a_tight_spec_notices_every_mutation(of_block):
    report = of_block(TIGHT)
    (block,) = report.blocks
    assert block.survivors == ()
    assert block.count > 35
    assert strength_status(report) == 0


def test_a_loose_spec_does_not_and_the_report_says_which_words_to_add(of_block):
    report = of_block(LOOSE)
    (block,) = report.blocks
    said = {(one.mutation, one.what): one.advice for one in block.survivors}
    assert said["swap a kind", "layer_norm (norm1) becomes rms_norm"] == "write layer_norm for norm"
    assert said["swap a kind", "self_attention (attention) becomes recurrent"] == (
        "write self_attention for sublayer"
    )
    assert said["drop a step", "dropout is left out"].startswith("name it: … -> dropout")
    assert (
        "feed_forward[linear -> gelu -> dropout -> linear]"
        in said["swap a kind", "gelu (mlp.1) becomes relu"]
    )
    eps = "eps of layer_norm (norm1) is 0.0001 instead of 1e-05"
    assert said["change an attribute", eps] == "write layer_norm(eps=1e-05)"
    kinds = {one.mutation for one in block.survivors}
    assert not kinds & {"move a norm across the add", "drop a residual", "drop a sublayer"}
    shared = [
        one for one in block.survivors if one.mutation == "share a module"
    ]  # a box that is not open says nothing
    assert [one.within for one in shared] == [("feed_forward",)]
    assert strength_status(report) == 1
    text = plain(strength_lines(report))
    assert "write layer_norm for norm" in text
    assert f"{block.count - len(block.survivors)} of {block.count} mutations" in text


def test_following_the_advice_makes_the_spec_stronger(of_block):
    counts = [
        len(of_block(spec).blocks[0].survivors)
        for spec in (
            LOOSE,
            LOOSE.replace("norm", "layer_norm"),
            PRE_LN.replace("dropout", "dropout?"),
            PRE_LN,
            TIGHT,
        )
    ]
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) == len(counts)


def test_an_optional_step_and_an_ignored_family_are_named(of_block, tmp_path):
    optional = {one.advice for one in of_block(PRE_LN.replace("dropout", "dropout?")).blocks[0].survivors}
    assert "write dropout without `?`" in optional
    (tmp_path / "ignoring.yaml").write_text(f"archcheck: 1\nname: x\nignore: [norm]\nblock: {PRE_LN!r}\n")
    ignored = {one.advice for one in of_block("ignoring.yaml").blocks[0].survivors}
    assert "take `norm` out of `ignore`" in ignored


def test_a_block_that_does_not_match_is_not_mutated(of_block):
    report = of_block("post_ln")
    (block,) = report.blocks
    assert (block.result.verdict, block.count) == ("mismatch", 0)
    assert strength_status(report) == 2
    assert "cannot be mutated" in plain(strength_lines(report))


def test_a_bad_spec_and_a_missing_target_are_errors(of_block):
    assert [f.code for f in of_block("layer_nrom -> add").errors] == ["AC901"]
    report = strength("nowhere.py", LOOSE, engine="static")
    assert [f.code for f in report.errors] == ["AC902"]
    assert strength_status(report) == 2


def test_the_document_counts_what_it_lists(of_block):
    document = of_block(LOOSE).to_dict()
    assert document["schema"] == "archcheck.mutate/1"
    (block,) = document["blocks"]
    assert block["mutations"] == sum(kind["tried"] for kind in block["kinds"])
    assert block["noticed"] == sum(kind["noticed"] for kind in block["kinds"])
    assert block["mutations"] - block["noticed"] == len(block["survivors"])
    assert all(one["at"]["line"] > 13 for one in block["survivors"])


def test_what_makes_a_box_another_one_is_noticed_by_a_spec_that_leaves_it_closed(tmp_path):
    """Code with the mutation is judged as its mutant is: without the activation it has no feed-forward."""
    file = tmp_path / "model.py"
    file.write_text(BLOCK)
    (block,) = strength(str(file), PRE_LN, engine="static").blocks
    missed = [one.what for one in block.survivors if one.within]
    assert any("gelu" in what and "becomes relu" in what for what in missed)
    assert not any("gelu" in what and ("left out" in what or "linear" in what) for what in missed)
    for old, new, verdict in (("nn.GELU(), ", "", "mismatch"), ("nn.GELU()", "nn.ReLU()", "match")):
        file.write_text(BLOCK.replace(old, new))
        assert [r.verdict for r in check(str(file), PRE_LN, engine="static").results] == [verdict]


def test_a_depthwise_convolution_has_as_many_groups_as_channels(tmp_path):
    file = tmp_path / "model.py"
    source = BLOCK.replace(
        "self.mlp = ", "self.conv = nn.Conv2d(dim, dim, 3, padding=1, groups=dim)\n        self.mlp = "
    )
    file.write_text(source[: source.index("        h = self")] + "        return x + self.conv(x)\n")
    (block,) = strength(str(file), "depthwise_conv -> add", engine="static").blocks
    assert block.count
    assert not any("groups" in one.what for one in block.survivors)


@pytest.mark.parametrize(("kernel", "count"), [(3, 1), (1, 0)])
def test_one_module_cannot_have_two_kernels(tmp_path, kernel, count):
    file = tmp_path / "model.py"
    convs = f"self.one, self.two = nn.Conv2d(dim, dim, 3), nn.Conv2d(dim, dim, {kernel})\n        self.mlp = "
    source = BLOCK.replace("self.mlp = ", convs)
    file.write_text(
        source[: source.index("        h = self")] + "        return self.two(self.one(x)).relu()\n"
    )
    spec = f"conv(kernel=3) -> conv(kernel={kernel}) -> relu"
    (block,) = strength(f"{file}::Block", spec, engine="static").blocks
    assert block.result.verdict == "match"
    assert dict(block.tried).get("share a module", 0) == count
