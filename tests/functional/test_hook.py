"""The pre-commit hook, run by the real pre-commit on a temporary repository that uses this tree as its hooks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures" / "post_ln"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs commands with an `archcheck` on the path and a home of their own."""
    programs = tmp_path / "bin"
    programs.mkdir()
    command = programs / "archcheck"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m archcheck "$@"\n')
    command.chmod(0o755)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PRE_COMMIT"))},
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
    }  # fmt: skip

    def runner(*args: object, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(arg) for arg in args], cwd=cwd, env=environment, capture_output=True, text=True, check=False
        )

    return runner


def repository(folder: Path, run: Run) -> Path:
    folder.mkdir()
    assert run("git", "init", "--quiet", cwd=folder).returncode == 0
    return folder


def commit(folder: Path, run: Run) -> str:
    assert run("git", "add", "--all", cwd=folder).returncode == 0
    done = run("git", "commit", "--quiet", "--no-verify", "--message", "x", cwd=folder)
    assert done.returncode == 0, done.stderr
    return run("git", "rev-parse", "HEAD", cwd=folder).stdout.strip()


def declared(source: Path) -> str:
    """The fixture with a comment that names its spec."""
    text = source.read_text()
    assert "class EncoderLayer(nn.Module):" in text
    return text.replace(
        "class EncoderLayer(nn.Module):", "class EncoderLayer(nn.Module):  # archcheck: spec=post_ln"
    )


@pytest.fixture
def project(tmp_path: Path, run: Run) -> Path:
    """A repository that uses the hook, with one file that no spec is named for."""
    hooks = repository(tmp_path / "hooks", run)
    (hooks / ".pre-commit-hooks.yaml").write_text((ROOT / ".pre-commit-hooks.yaml").read_text())
    revision = commit(hooks, run)
    project = repository(tmp_path / "project", run)
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n  - id: archcheck\n"
    )
    (project / "other.py").write_text("import sys\n\nprint(sys.argv)\n")
    return project


def pre_commit(project: Path, run: Run) -> subprocess.CompletedProcess[str]:
    assert run("git", "add", "--all", cwd=project).returncode == 0
    return run(sys.executable, "-m", "pre_commit", "run", "--all-files", cwd=project)


def test_the_hook_lets_code_pass_that_follows_its_figure(project: Path, run: Run) -> None:
    (project / "model.py").write_text(declared(FIXTURES / "ok_add_and_norm.py"))
    done = pre_commit(project, run)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout


def test_the_hook_stops_code_that_does_not_and_shows_why(project: Path, run: Run) -> None:
    (project / "model.py").write_text(declared(FIXTURES / "bad_pre_norm.py"))
    done = pre_commit(project, run)
    assert done.returncode == 1
    assert "AC101 norm-inside-residual" in done.stdout
    assert "exit code: 1" in done.stdout


def test_the_hook_passes_over_files_that_name_no_spec(project: Path, run: Run) -> None:
    done = pre_commit(project, run)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("check", "file"),
    [("validate-manifest", ".pre-commit-hooks.yaml"), ("validate-config", ".pre-commit-config.yaml")],
)
def test_both_files_are_what_pre_commit_expects(run: Run, check: str, file: str) -> None:
    done = run(sys.executable, "-m", "pre_commit", check, ROOT / file, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warn" not in (done.stdout + done.stderr).lower()
