"""The generated pages are current, and the README's commands can be found by CI."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tool(*args: str, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *args],
        cwd=root,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_pages_are_current() -> None:
    done = tool("tools/pages.py", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_stale_a_missing_and_a_leftover_page_are_named(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "pages.py").write_text((ROOT / "tools" / "pages.py").read_text())
    assert tool("tools/pages.py", root=tmp_path).returncode == 0
    assert tool("tools/pages.py", "--check", root=tmp_path).returncode == 0
    rules = tmp_path / "docs" / "rules"
    (rules / "AC101.md").write_text("old")
    (rules / "AC102.md").unlink()
    (rules / "AC999.md").write_text("x")
    done = tool("tools/pages.py", "--check", root=tmp_path)
    assert done.returncode == 1
    assert "docs/rules/AC101.md is stale" in done.stdout
    assert "docs/rules/AC102.md is missing" in done.stdout
    assert "docs/rules/AC999.md belongs to no rule or spec" in done.stdout


def test_the_readme_has_two_commands_and_ci_runs_them() -> None:
    first, second = (tool("tools/readme.py", number).stdout.strip() for number in ("1", "2"))
    assert "archcheck fixtures/post_ln/bad_pre_norm.py --spec post_ln" in first
    assert "-m pytest" in second
    assert all("\n" not in command for command in (first, second))
    ci = (ROOT / ".ci" / "run").read_text()
    assert "tools/readme.py 1" in ci
    assert "tools/readme.py 2" in ci
