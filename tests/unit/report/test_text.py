"""The text report, word for word, and what holds for all of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from report_graphs import compared

from archcheck.graph import Span, Unresolved
from archcheck.report.findings import unseen_lines
from archcheck.report.lines import fit, width, wrapped
from archcheck.report.source import quoted
from archcheck.report.status import exit_status
from archcheck.report.terminal import drawn, plain
from archcheck.report.text import check_lines, result_lines
from archcheck.results import CheckReport, Nearest, NotChecked

PRE_LN = "layer_norm -> self_attention -> dropout -> add; layer_norm -> feed_forward -> dropout -> add"
PARALLEL = "layer_norm -> (self_attention + feed_forward) -> add"
OPENED = "layer_norm -> self_attention -> add; layer_norm -> feed_forward[linear -> gelu -> linear] -> add"

PRE_LN_AGAINST_POST_LN = """\
model.py:12  Layer  MISMATCH  2 differences from post_ln (it is pre_ln)

  figure: post_ln.yaml                   code: forward, trace, defaults
  15 ,- input                              ,- x                               20
     |                           AC101 +   |  layer_norm      ...layer_norm_1 21
     |  self_attention                     |  self_attention  ..f_attention_2 22
     |  dropout?                           |  dropout         layer.dropout_3 23
     '> add                                '> add             layer.add_4     24
        layer_norm               AC101 -
  16 ,-                                    ,-
     |                           AC101 +   |  layer_norm      ...layer_norm_5 25
     |  feed_forward                       |  feed_forward    ..eed_forward_6 26
     |  dropout?                           |  dropout         layer.dropout_7 27
     '> add                                '> add             layer.add_8     28
        layer_norm               AC101 -

AC101 norm-inside-residual (2 times: lines 21, 25)
"""

INSIDE_A_BOX = """\
    |  feed_forward                        |  feed_forward    ..eed_forward_5 25
    |     linear                           |     linear                        1
    |     gelu                   AC003 ~   |     relu                          1
    |     linear                           |     linear                        1
    '> add                                 '> add             layer.add_6     26
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_figure_and_code_stand_side_by_side() -> None:
    result = replace(compared("post_ln", PRE_LN), nearest=(Nearest("pre_ln", 0),))
    text = plain(result_lines(result))
    assert text.startswith(PRE_LN_AGAINST_POST_LN)
    assert "If the code is right:  --spec pre_ln        More: archcheck explain AC101" in text
    assert "post_ln.yaml:15:42 has layer_norm on the stream, after the add (also 16:40)." in text


def test_several_findings_in_one_line_name_it_once() -> None:
    from archcheck.report.findings import _times

    span = Span("model.py", 11)
    twice = [replace(one, at=span) for one in compared("post_ln", PRE_LN).findings[:2]]
    assert _times(twice, "model.py") == " (2 times: line 11)"


def test_the_same_in_modules_with_other_numbers_is_one_finding() -> None:
    layers = [PRE_LN.partition("; ")[0] for _ in range(4)]
    result = compared(layers[0], "; ".join(layers))
    text = plain(result_lines(result))
    assert result.distance == 3
    assert text.count("AC007 extra-sublayer") == 1
    assert "AC007 extra-sublayer (3 times" in text
    assert "\n  The same of " in text


def test_unused_modules_of_one_line_are_told_together(tmp_path: Path) -> None:
    from archcheck import check

    (tmp_path / "model.py").write_text(
        "from torch import nn\nclass Block(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.norm = nn.LayerNorm(8)\n        self.a, self.b, self.c = (nn.Linear(8, 8) for _ in range(3))\n"
        "    def forward(self, x):\n        return x + self.c(self.norm(x))\n"
    )
    report = check(f"{tmp_path}/model.py", "norm -> linear -> add", engine="static")
    text = plain(check_lines(report))
    assert text.count("AC220 unused-module (2 times: line 6)") == 1
    assert "The same of b." in text


def test_a_box_on_one_line_is_the_call_around_all_of_it(tmp_path: Path) -> None:
    from archcheck import check

    (tmp_path / "model.py").write_text(
        "from torch import nn\nimport torch.nn.functional as F\nclass Block(nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.a, self.b = nn.Linear(8, 8), nn.Linear(8, 8)\n"
        "    def forward(self, x):\n        return x + self.b(F.gelu(self.a(x)))\n"
    )
    report = check(f"{tmp_path}/model.py", "feed_forward -> layer_norm -> add", engine="static")
    (finding,) = report.results[0].findings
    assert (finding.at.column, finding.at.end_column) == (20, 45)


def test_the_inside_of_a_box_is_shown_where_it_differs() -> None:
    code = OPENED.replace("gelu", "relu")
    assert INSIDE_A_BOX in plain(result_lines(compared(OPENED, code)))


def test_the_source_line_is_quoted_with_carets(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("\n" * 20 + "    x = f(norm(x))\n" * 20)
    text = plain(result_lines(compared("post_ln", PRE_LN)))
    assert "  21 |  x = f(norm(x))\n     |  ^^^^^^^" in text


SPECS = ("post_ln", PRE_LN, PARALLEL, OPENED, "residual_dual", "self_attention -> add -> layer_norm")
CODES = (
    PRE_LN,
    PARALLEL,
    "layer_norm as n -> self_attention -> add(n)",
    "gated_feed_forward -> layer_scale -> add",
)


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("code", CODES)
def test_no_line_is_wider_than_the_page_and_every_edit_is_marked(spec: str, code: str) -> None:
    result = compared(spec, code)
    text = plain(result_lines(result))
    for line in text.splitlines()[1:]:
        assert width(line) <= 80, line
        assert line == line.rstrip()
    if result.findings:
        drawing = text.partition("\n\n")[2].partition("\n\nAC")[0]
        assert {finding.code for finding in result.findings} == {
            word for word in drawing.split() if word.startswith("AC") and word[2:].isdigit()
        }


@pytest.mark.parametrize("code", CODES)
def test_each_operation_of_the_code_is_drawn_once(code: str) -> None:
    result = compared("post_ln", code)
    drawing = plain(result_lines(result)).partition("\n\n")[2].partition("\n\nAC")[0]
    assert result.found is not None
    shown = [line.split()[-1] for line in drawing.splitlines()[1:] if line and line.split()[-1].isdigit()]
    for node in result.found.operations():
        assert shown.count(str(node.span.line if node.span else 0)) == 1


def test_colour_and_boxes_change_the_looks_only() -> None:
    lines = result_lines(compared("post_ln", PRE_LN))
    boxes = drawn(lines, unicode=True, colour=False)
    assert "╰▸ add" in boxes
    assert "\x1b[" not in boxes
    coloured = drawn(lines, unicode=False, colour=True)
    assert "\x1b[" in coloured
    import re

    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain(lines)


def test_the_summary_and_what_was_not_checked() -> None:
    report = CheckReport((compared("post_ln", PRE_LN),), (NotChecked("model.py::Head", "no block"),))
    text = plain(check_lines(report))
    assert "Not checked:\n  model.py::Head: no block\n" in text
    assert text.endswith("\n1 block: 1 mismatch; 8 of 8 operations compared, 0 unresolved, 1 variant.\n")


def test_quiet_leaves_out_matches() -> None:
    report = CheckReport((compared("pre_ln", PRE_LN),))
    assert "MATCH" in plain(check_lines(report))
    assert plain(check_lines(report, quiet=True)).count("\n") == 1


def test_statuses_have_their_precedence() -> None:
    match, mismatch = compared("pre_ln", PRE_LN), compared("post_ln", PRE_LN)
    unresolved, error = replace(match, verdict="unresolved"), replace(match, verdict="error")
    cases = [
        ((match,), 0),
        ((match, unresolved), 3),
        ((match, unresolved, mismatch), 1),
        ((match, unresolved, mismatch, error), 2),
        ((), 2),
    ]
    for results, status in cases:
        assert exit_status(CheckReport(results)) == status


def test_a_warning_fails_only_where_it_was_asked_for() -> None:
    mismatch = compared("post_ln", PRE_LN)
    warned = replace(mismatch, verdict="match", findings=(replace(mismatch.findings[0], severity="warning"),))
    assert exit_status(CheckReport((warned,))) == 0
    assert exit_status(CheckReport((warned,)), "warning") == 1


@pytest.mark.parametrize(
    ("text", "columns"), [("layer.norm", 6), ("シーズ.norm", 7), ("a", 4), ("e\u0301x", 2), ("", 0)]
)
@pytest.mark.parametrize("keep_end", [False, True])
def test_fitted_texts_have_the_width(text: str, columns: int, keep_end: bool) -> None:
    assert width(fit(text, columns, keep_end=keep_end)) == columns


def test_wrapped_lines_keep_every_word() -> None:
    text = "one two three four " * 20
    lines = [plain([line]).rstrip("\n") for line in wrapped(text, 2, hanging=4)]
    assert " ".join(" ".join(lines).split()) == text.strip()
    assert all(len(line) <= 80 for line in lines)
    assert lines[1].startswith("    one") or lines[1].startswith("    ")


def test_a_long_line_is_cut_around_its_place(tmp_path: Path) -> None:
    file = tmp_path / "long.py"
    file.write_text("x = " + "a + " * 100 + "norm(y)" + " + b" * 100 + "\n")
    column = 4 + 400 + 1
    lines = plain(quoted(Span(str(file), 1, column, 1, column + 7), "here")).splitlines()
    assert all(len(line) <= 80 for line in lines)
    marked = lines[1].index("^")
    assert lines[0][marked : marked + 7] == "norm(y)"


@pytest.mark.parametrize("span", [None, Span("missing.py", 3), Span("empty.py", 1), Span("empty.py", 99)])
def test_a_place_that_cannot_be_read_is_not_quoted(tmp_path: Path, span: Span | None) -> None:
    (tmp_path / "empty.py").write_text("\n")
    assert quoted(span, "x") == []


def test_what_was_not_seen_is_said_once():
    one = Unresolved("a call of f", "a", Span("m.py", 3))
    same, other = replace(one, value="b"), replace(one, span=Span("m.py", 4))
    assert [plain([each]) for each in unseen_lines([one, same, other])] == [
        "  not seen: a call of f (m.py:3)\n",
        "  not seen: a call of f (m.py:4)\n",
    ]
