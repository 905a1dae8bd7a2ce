"""The fixtures as the tests see them: found by glob, checked a folder at a time, each folder once."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import archcheck

if TYPE_CHECKING:
    from archcheck.results import CheckReport, Result

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
SPECS = ROOT / "specs"
KINDS = ("ok_", "bad_", "warn_")

# Folders that no catalogue spec is named after, and the spec that their files are checked against.
OTHER_SPECS = {"attributes": str(FIXTURES / "attributes" / "encoder.yaml"), "spellings": "pre_ln"}

Marks = Counter[tuple[str, int]]


@dataclass(frozen=True)
class Fixture:
    """One file, the spec that it is checked against, and what is expected of it."""

    path: Path
    spec: str
    expected: dict[str, Any] | None

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def marks(self) -> Marks:
        """The findings that comments in the source announce: `# <- AC101`."""
        found: Marks = Counter()
        for number, line in enumerate(self.path.read_text().splitlines(), 1):
            if comment := re.search(r"# <- ((?:AC\d{3} ?)+)$", line):
                found.update((code, number) for code in comment[1].split())
        return found

    @property
    def wanted(self) -> Marks:
        """The findings that the file of expectations lists."""
        findings = self.expected["findings"] if self.expected else []
        return Counter((one["code"], one["line"]) for one in findings)


def fixtures(*kinds: str, folder: str = "*") -> list[Fixture]:
    """All fixtures of these kinds, sorted by path."""
    return [_fixture(path) for path in sorted(FIXTURES.glob(f"{folder}/*.py")) if path.name.startswith(kinds)]


def _fixture(path: Path) -> Fixture:
    beside = path.with_suffix(".expected.json")
    expected = json.loads(beside.read_text()) if beside.exists() else None
    return Fixture(path, OTHER_SPECS.get(path.parent.name, path.parent.name), expected)


@cache
def _folder_report(folder: Path, spec: str) -> CheckReport:
    return archcheck.check(str(folder), spec)


def results(fixture: Fixture) -> list[Result]:
    """The results of all blocks and models of this file."""
    report = _folder_report(fixture.path.parent, fixture.spec)
    own = [one for one in report.results if fixture.path.name in one.target.split("::")[0]]
    assert own, f"nothing of {fixture.name} was checked: {report.not_checked}"
    return own


def found(fixture: Fixture) -> Marks:
    """The findings of a file; one that both a block and the model around it report counts once."""
    together: Marks = Counter()
    for result in results(fixture):
        together |= Counter((one.code, one.at.line if one.at else 0) for one in result.findings)
    return together
