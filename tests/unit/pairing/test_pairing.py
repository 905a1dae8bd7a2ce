"""Two implementations against each other: what counts as equal, which blocks are paired, and what is said."""

import jsonschema
import pytest

from archcheck import compare
from archcheck.report.schemas import check_schema
from archcheck.report.status import exit_status
from archcheck.report.terminal import plain
from archcheck.report.text import check_lines

HEAD = "import torch\nfrom torch import nn\n"
LAYER = """
class {name}(nn.Module):
    def __init__(self, dim=32, heads=4):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps={eps}), nn.LayerNorm(dim, eps=1e-5)
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.up, self.down = nn.Linear(dim, {wide}), nn.Linear({wide}, dim)
        self.inside, self.dropout = nn.Dropout({inside}), nn.Dropout({rate})

    def ff(self, x):
        return self.down({hidden})

    def forward(self, x):
        {first}
        return x + self.dropout(self.ff(self.norm2(x)))
"""
PLAIN = {
    "name": "Layer", "eps": "1e-5", "wide": "64", "inside": "0.1", "rate": "0.1",
    "hidden": "torch.relu(self.up(x))",
    "first": "h = self.norm1(x); x = x + self.dropout(self.attention(h, h, h)[0])",
}  # fmt: skip


def layer(**changes):
    return LAYER.format(**{**PLAIN, **changes})


@pytest.fixture
def against(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(one, other, a="a.py", b="b.py", **options):
        (tmp_path / "a.py").write_text(HEAD + one)
        (tmp_path / "b.py").write_text(HEAD + other)
        report = compare(a, b, engine="static", **options)
        jsonschema.validate(report.to_dict(), check_schema())
        return report

    return run


def codes(report):
    return [(result.verdict, [finding.code for finding in result.findings]) for result in report.results]


DROPPED = "torch.relu(self.inside(self.up(x)))"
POST = "x = self.norm1(x + self.dropout(self.attention(x, x, x)[0]))"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("match", [])),
        ({"wide": "128"}, ("match", [])),
        ({"hidden": "nn.functional.relu(self.up(x))", "name": "Other"}, ("match", [])),
        ({"eps": "1e-12"}, ("mismatch", ["AC004"])),
        ({"hidden": DROPPED}, ("mismatch", ["AC002"])),
        ({"hidden": DROPPED, "inside": "0.0"}, ("match", [])),
        ({"first": POST}, ("mismatch", ["AC102"])),
        ({"first": "h = self.norm1(x); x = x + self.attention(h, h, h)[0]"}, ("mismatch", ["AC001"])),
        ({"first": PLAIN["first"].replace("norm1", "norm2")}, ("mismatch", ["AC210"])),
    ],
)  # fmt: skip
def test_what_differs_is_found_and_what_does_not_is_equal(against, changes, expected):
    report = against(layer(**changes), layer())
    assert codes(report) == [expected]
    assert exit_status(report) == (0 if expected[0] == "match" else 1)


def test_a_difference_is_the_reverse_seen_from_the_other_side(against):
    assert codes(against(layer(), layer(first=POST))) == [("mismatch", ["AC101"])]
    assert codes(against(layer(), layer(hidden=DROPPED))) == [("mismatch", ["AC001"])]
    shared = PLAIN["first"].replace("norm1", "norm2")
    assert codes(against(layer(), layer(first=shared))) == [("mismatch", ["AC211"])]
    assert codes(against(layer(first=shared), layer(first=shared))) == [("match", [])]


def test_an_implementation_without_any_dropout_is_not_blamed_for_it(against):
    bare = layer().replace("self.dropout(", "(")
    for report in (against(bare, layer()), against(layer(), bare)):
        (result,) = report.results
        assert result.verdict == "match"
        assert any("no dropout anywhere" in note for note in result.notes)
    assert codes(against(bare, layer(), strict=True)) == [("mismatch", ["AC001", "AC001"])]


def test_strict_compares_sizes(against):
    other = layer().replace("heads=4", "heads=8")
    assert codes(against(layer(), other)) == [("match", [])]
    assert codes(against(layer(), other, strict=True)) == [("mismatch", ["AC004"])]


def test_what_was_not_seen_on_either_side_is_no_proof(against):
    hidden = "import somewhere\n" + layer(hidden="somewhere.unknown(self.up(x))")
    for report in (against(hidden, layer()), against(layer(), hidden)):
        assert {"unresolved"} == {result.verdict for result in report.results}
        assert exit_status(report) == 3
        assert any("somewhere" in finding.message for finding in report.findings)


def test_blocks_of_two_files_are_paired_by_name_affix_and_position(against):
    left = layer(name="BertLayer") + layer(name="GPTBlock") + layer(name="Same", first=POST)
    right = layer(name="Same", first=POST) + layer(name="TFGPTBlock") + layer(name="FlaxBertLayer")
    report = against(left, right)
    pairs = [(r.target.split("::")[1], r.spec.split("::")[1], r.verdict) for r in report.results]
    assert pairs == [
        ("BertLayer", "FlaxBertLayer", "match"),
        ("GPTBlock", "TFGPTBlock", "match"),
        ("Same", "Same", "match"),
    ]
    renamed = against(layer(name="One") + layer(name="Two", first=POST), layer(name="X") + layer(name="Y"))
    assert [(r.name, r.other, r.verdict) for r in renamed.results] == [
        ("One", "X", "match"),
        ("Two", "Y", "mismatch"),
    ]


def test_a_block_without_a_partner_is_listed(against):
    report = against(layer(name="A") + layer(name="B") + layer(name="C"), layer(name="B") + layer(name="D"))
    assert [(r.name, r.other) for r in report.results] == [("B", "B of b.py")]
    alone = {one.name: one.reason for one in report.not_checked}
    assert alone == {
        "A": "no counterpart in b.py", "C": "no counterpart in b.py", "D": "no counterpart in a.py",
    }  # fmt: skip


def test_a_target_that_is_not_there_is_an_error(against):
    report = against(layer(), layer(), b="b.py::Missing")
    assert [result.verdict for result in report.results] == ["error"]
    assert exit_status(report) == 2


def test_variants_between_which_no_default_decides_must_all_have_an_equal(against):
    either = layer(first=f"x = self.norm1(x) if self.flag else x; {PLAIN['first']}")
    either = either.replace("dim=32,", "flag, dim=32,").replace(
        "self.norm1,", "self.flag = flag; self.norm1,"
    )
    assert codes(against(either, either)) == [("match", [])]
    report = against(either, layer())
    assert [result.verdict for result in report.results] == ["unresolved"]
    assert next(finding.code for finding in report.findings) == "AC908"


def test_the_report_speaks_of_the_other_implementation_and_not_of_a_figure(against):
    text = plain(check_lines(against(layer(name="Mine"), layer(name="Theirs", first=POST))))
    assert "1 difference from Theirs" in text
    assert "To follow Theirs:" in text
    assert "figure" not in text
    document = against(layer(name="Mine"), layer(name="Theirs", first=POST)).to_dict()
    (result,) = document["results"]
    assert (result["target"], result["spec"]) == ("a.py::Mine", "b.py::Theirs")
    assert result["findings"][0]["spec_at"]["file"].endswith("b.py")


OPEN = """
class {name}(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(dim), nn.Linear(dim, dim)

    def forward(self, x, wide{default}):
        if wide:
            x = x + x.roll(1)
        return x + self.linear(self.norm(x))
"""


@pytest.mark.parametrize("default", ["=None", "=False"])
def test_a_default_of_one_side_decides_for_the_side_that_has_none(default, tmp_path):
    """Only where the other side's answer would be open, and only the condition of that name."""
    (tmp_path / "a.py").write_text(HEAD + OPEN.format(name="Layer", default=default))
    source = (
        OPEN.format(name="Layer", default="").replace("if wide:", "if self.wide:").replace("x, wide", "x")
    )
    source = source.replace("super().__init__()", "super().__init__()\n        self.wide = wide")
    source = source.replace("self, dim=32", "self, wide, dim=32")
    (tmp_path / "b.py").write_text(HEAD + source)
    verdict = {
        name: compare(*(str(tmp_path / f"{n}.py::Layer") for n in name), engine="static").results
        for name in ("ab", "ba", "bb")
    }
    assert {name: [r.verdict for r in found] for name, found in verdict.items()} == {
        "ab": ["match"], "ba": ["match"], "bb": ["match"],
    }  # fmt: skip
    (tmp_path / "c.py").write_text(
        HEAD
        + source.replace("self.wide", "self.other").replace("wide,", "other,").replace("= wide", "= other")
    )
    assert (
        compare(str(tmp_path / "a.py::Layer"), str(tmp_path / "c.py::Layer"), engine="static")
        .results[0]
        .verdict
        == "unresolved"
    )


LAYERS = """
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim=8, late=False):
        super().__init__()
        self.norm, self.late = nn.LayerNorm(dim), late
        self.f = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))

    def forward(self, x):
        return self.norm(x + self.f(x)) if self.late else x + self.f(self.norm(x))


class Model(nn.Module):
    def __init__(self, dim=8, depth={depth}):
        super().__init__()
        self.layers = nn.ModuleList([Layer(dim, i in {late}) for i in range(depth)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
"""
EVERY = list(range(12))


def _models(folder, *late, depth=12):
    for name, one in zip("ab", late, strict=True):
        text = LAYERS.replace("{depth}", str(depth if name == "b" else 12)).replace("{late}", str(one))
        (folder / f"{name}.py").write_text(text)
    return [f"{folder}/{name}.py::Model" for name in "ab"]


def _numbers(report):
    """The numbers of the layers of each verdict."""
    found = {}
    for result in report.to_dict()["results"]:
        if result["layers"]:
            numbers = [int(path.rpartition(".")[2]) for path in result["layers"]["paths"]]
            found.setdefault(result["verdict"], []).extend(numbers)
    return {verdict: sorted(numbers) for verdict, numbers in found.items()}


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [((), (), []), ((), (5,), [5]), ((5,), (), [5]), ((5, 7), (6,), [5, 6, 7]), ((3, 11), (3, 11), [])],
)
def test_layers_stand_for_those_with_their_number(tmp_path, one, other, apart):
    report = compare(*_models(tmp_path, one, other), engine="static")
    expected = {"match": [n for n in EVERY if n not in apart], "mismatch": apart}
    assert _numbers(report) == {verdict: numbers for verdict, numbers in expected.items() if numbers}
    named = [r.name for r in report.results if r.verdict == "mismatch"]
    assert all(
        f"({name[6:]}.norm)" in f.message
        for name in named
        for r in report.results
        if r.name == name
        for f in r.findings
    )


def test_a_model_may_have_more_layers_than_the_other(tmp_path):
    report = compare(*_models(tmp_path, (), (), depth=6), engine="static")
    assert _numbers(report) == {"match": EVERY}
    report = compare(*_models(tmp_path, (11,), (), depth=6), engine="static")
    assert _numbers(report) == {"match": EVERY[:-1], "mismatch": [11]}


def test_a_layer_is_no_counterpart_of_a_model(tmp_path):
    a, b = _models(tmp_path, (), ())
    report = compare(a.replace("Model", "Layer"), b, engine="static")
    assert [r.verdict for r in report.results] == ["error"]
    assert "one is a block, the other a model" in report.results[0].findings[0].message


def test_a_target_without_classes_is_named(tmp_path):
    a, _ = _models(tmp_path, (), ())
    (tmp_path / "empty.py").write_text("")
    report = compare(a, f"{tmp_path}/empty.py", engine="static")
    assert "empty.py: there is no nn.Module class" in report.results[0].findings[0].message


LISTED = """
from torch import nn


class Layer(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.norm, self.wide, self.narrow = nn.LayerNorm(dim), nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x):
        return x + self.narrow(self.wide(self.norm(x)).relu())


class Model(nn.Module):
    def __init__(self, depth=4):
        super().__init__()
        self.layers = nn.ModuleList(Layer() for _ in range(depth))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
"""
LOOPED = """
from keras import layers


def Model(inputs, depth=4):
    x = inputs
    for number in range(depth):
        h = layers.LayerNormalization()(x)
        x = x + layers.Dense(32)(layers.Dense(32, activation="relu")(h))
    return x
"""


def test_rounds_of_a_loop_that_have_no_class_go_by_their_path(against):
    report = against(LISTED, LOOPED, "a.py::Model", "b.py::Model")
    assert {result.other for result in report.results} == {"Model of b.py", "Model.number.0"}
