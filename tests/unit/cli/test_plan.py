"""Comments, pyproject tables, and the plan that they make."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcheck.comments import read_comments
from archcheck.config import CheckTable, ConfigError, find_pyproject, read_tables
from archcheck.plan import Request, plan_tables, plan_target

SOURCE = '''\
# archcheck: spec=pre_ln
@decorated
class First(nn.Module):  # archcheck: ignore[AC101] the paper has it so
    """# archcheck: spec=not_this"""

    def forward(self, x):
        x = f(
            x,  # archcheck: ignore[AC102, AC203]
        )
        # archcheck: ignore[AC110] the next line
        x = g(x)
        if x:  # archcheck: ignore[AC001] only the condition
            x = h(x)
        return "# archcheck: ignore[AC005] a text"


class Second(nn.Module):
    # archcheck: spec='norm -> sublayer -> add'
    def forward(self, x):
        return x
'''


def test_spec_comments_stand_above_or_in_the_head_of_a_class() -> None:
    specs = [(one.cls, one.spec) for one in read_comments(SOURCE, "m.py").specs]
    assert specs == [("First", "pre_ln"), ("Second", "norm -> sublayer -> add")]


def test_an_ignore_holds_for_its_statement_or_for_the_next_one_or_for_the_class() -> None:
    ignores = [(one.codes, one.reason, one.first, one.last) for one in read_comments(SOURCE, "m.py").ignores]
    assert ignores == [
        (("AC101",), "the paper has it so", 2, 14),
        (("AC102", "AC203"), "", 7, 9),
        (("AC110",), "the next line", 11, 11),
        (("AC001",), "only the condition", 12, 12),
    ]


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# archcheck: ignroe[AC101] x", "neither"),
        ("# archcheck: ignore", "names no code"),
        ("# archcheck: ignore[] x", "names no code"),
        ("# archcheck: spec=", "names no spec"),
        ("# archcheck: spec=post_ln", "stands on no class"),
    ],
)
def test_what_cannot_be_understood_is_said(comment: str, said: str) -> None:
    [one] = read_comments(f"x = 1  {comment}\n", "m.py").malformed
    assert said in one.message
    assert (one.span.line, one.span.column) == (1, 8)


@pytest.mark.parametrize(
    "source", ["", "x = 1", "def f(:  # archcheck: spec=x", "\0 # archcheck: spec=x", "'''archcheck"]
)
def test_texts_without_comments_have_none(source: str) -> None:
    comments = read_comments(source, "m.py")
    assert (comments.specs, comments.ignores, comments.malformed) == ((), (), ())


def _write(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text)
    return file


def test_tables_are_read_with_their_settings(tmp_path: Path) -> None:
    file = _write(
        tmp_path,
        '[[tool.archcheck.check]]\ntarget = "m.py::A"\nspec = "post_ln"\nset = {norm_first = false}\n'
        '[[tool.archcheck.check]]\ntarget = "n.py"\nspec = "own.yaml"\n',
    )
    assert read_tables(file) == (
        CheckTable("m.py::A", "post_ln", {"norm_first": False}),
        CheckTable("n.py", "own.yaml"),
    )
    (tmp_path / "deep" / "er").mkdir(parents=True)
    assert find_pyproject(tmp_path / "deep" / "er") == file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[tool.archcheck.check]]\nspec = 'x'\n", "lacks 'target'"),
        ("[[tool.archcheck.check]]\ntarget = 'x'\nspec = 3\n", "'spec' must be a string"),
        ("[[tool.archcheck.check]]\ntarget = 'x'\nspec = 'x'\nsett = {}\n", "did you mean 'set'"),
        ("[[tool.archcheck.check]]\ntarget = 'x'\nspec = 'x'\nset = 3\n", "'set' must be a table"),
        ("[[tool.archcheck.check]]\ntarget = 'x'\nspec = 'x'\ninputs = 'a'\n", "list of strings"),
        ("[tool.archcheck.check]\ntarget = 'x'\n", "double brackets"),
        ("[tool.archcheck", "cannot be read"),
    ],
)
def test_bad_tables_say_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"pyproject\.toml") as caught:
        read_tables(_write(tmp_path, text))
    assert said in str(caught.value)


def test_all_problems_of_a_file_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_tables(_write(tmp_path, "[[tool.archcheck.check]]\n[[tool.archcheck.check]]\ntarget = 1\n"))
    assert len(caught.value.problems) == 4


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.py").write_text(SOURCE)
    (tmp_path / "n.py").write_text("class N:\n    def forward(self): ...\n")
    (tmp_path / "own.yaml").write_text("archcheck: 1\nblock: attention -> add\n")
    return tmp_path


def test_comments_make_one_request_for_each_class(project: Path) -> None:
    plan = plan_target("m.py", (), project)
    assert plan.requests == (
        Request("m.py::First", "pre_ln"),
        Request("m.py::Second", "norm -> sublayer -> add"),
    )
    assert plan.left_out == ()
    assert plan_target("m.py::Second", (), project).requests == plan.requests[1:]


def test_classes_that_no_comment_speaks_of_are_listed(project: Path) -> None:
    (project / "m.py").write_text(SOURCE + "\nclass Third:\n    def forward(self, x): ...\n")
    [(name, reason)] = plan_target("m.py", (), project).left_out
    assert name == "m.py::Third"
    assert "spec=" in reason


def test_a_target_that_nothing_speaks_of_is_one_request_without_a_spec(project: Path) -> None:
    assert plan_target("n.py", (), project).requests == (Request("n.py"),)
    assert plan_target("pkg.mod:C(4)", (), project).requests == (Request("pkg.mod:C(4)"),)


def test_tables_name_files_from_their_own_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = CheckTable("n.py::N", "own.yaml", {"a": 1})
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    [request] = plan_tables((table,), project).requests
    assert request == Request(f"{project / 'n.py'}::N", str(project / "own.yaml"), {"a": 1})
    assert plan_target("../n.py", (table,), project).requests == (request,)


def test_a_folder_takes_the_tables_of_its_files(project: Path) -> None:
    tables = (CheckTable("n.py", "post_ln"), CheckTable("elsewhere.py", "post_ln"))
    targets = [request.target for request in plan_target(".", tables, project).requests]
    assert targets == ["n.py", "m.py::First", "m.py::Second"]


def test_a_class_narrows_the_table_of_its_file(project: Path) -> None:
    [request] = plan_target("n.py::N", (CheckTable("n.py", "post_ln"),), project).requests
    assert request.target == "n.py::N"
