"""Every fixture is checked against its spec: conforming files match, the others give exactly their findings."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest
from fixture_files import FIXTURES, KINDS, OTHER_SPECS, ROOT, SPECS, Fixture, fixtures, found, results

import archcheck
from archcheck.report.status import exit_status
from archcheck.rules import RULES


def _id(fixture: Fixture) -> str:
    return fixture.name


@pytest.mark.parametrize("spec", sorted(path.stem for path in SPECS.glob("*.yaml")))
def test_every_spec_has_a_file_that_conforms_and_one_that_does_not(spec: str) -> None:
    assert list((FIXTURES / spec).glob("ok_*.py"))
    assert list((FIXTURES / spec).glob("bad_*.py"))


def test_every_folder_is_that_of_a_spec() -> None:
    folders = {path.name for path in FIXTURES.iterdir() if path.is_dir()}
    assert folders == {path.stem for path in SPECS.glob("*.yaml")} | set(OTHER_SPECS)


def test_every_file_is_used() -> None:
    for path in FIXTURES.rglob("*.py"):
        assert path.name.startswith(KINDS), path
        assert path.with_suffix(".expected.json").exists() != path.name.startswith("ok_"), path
    for path in FIXTURES.rglob("*.expected.json"):
        assert Path(str(path).replace(".expected.json", ".py")).exists(), path


def test_every_rule_that_a_fixture_can_show_is_shown() -> None:
    shown = {code for fixture in fixtures(*KINDS) for code, _ in fixture.wanted}
    assert {rule.code for rule in RULES if not rule.code.startswith("AC9")} <= shown


@pytest.mark.parametrize("fixture", fixtures(*KINDS), ids=_id)
def test_expectations_and_comments_agree(fixture: Fixture) -> None:
    assert fixture.marks == fixture.wanted
    assert bool(fixture.wanted) != fixture.path.name.startswith("ok_")


@pytest.mark.parametrize("fixture", fixtures("ok_"), ids=_id)
def test_conforming_files_match(fixture: Fixture) -> None:
    assert not found(fixture)
    assert {one.verdict for one in results(fixture)} == {"match"}
    *_, last = (
        item.name for item in ast.parse(fixture.path.read_text()).body if isinstance(item, ast.ClassDef)
    )
    assert last in {one.name.split(".")[0] for one in results(fixture)}, f"{last} was not checked"


@pytest.mark.parametrize("fixture", fixtures("bad_", "warn_"), ids=_id)
def test_the_others_give_exactly_their_findings(fixture: Fixture) -> None:
    assert fixture.expected is not None
    assert found(fixture) == fixture.wanted
    own = [one for one in results(fixture) if one.name == fixture.expected["target"]]
    assert {one.verdict for one in own} == {fixture.expected["verdict"]}
    worst = "mismatch" if fixture.path.name.startswith("bad_") else "match"
    assert {one.verdict for one in results(fixture)} <= {worst, "match"}


@pytest.mark.parametrize(
    ("pattern", "status"),
    [("post_ln/ok_multihead.py", 0), ("post_ln/bad_pre_norm.py", 1), ("pre_ln/warn_dropout_unused.py", 0)],
)
def test_one_file_alone_gives_the_same_as_its_folder(pattern: str, status: int, tmp_path: Path) -> None:
    [fixture] = [one for one in fixtures(*KINDS) if one.path == FIXTURES / pattern]
    copy = tmp_path / fixture.path.name
    shutil.copy(fixture.path, copy)
    report = archcheck.check(str(copy), fixture.spec)
    assert exit_status(report) == status
    assert sorted((one.code, one.at.line) for one in report.findings if one.at) == sorted(
        fixture.wanted.elements()
    )
    assert ROOT not in copy.parents
