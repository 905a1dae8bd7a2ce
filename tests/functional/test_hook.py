"""The pre-commit hook, run by the real pre-commit: it makes the hook's environment from this tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures" / "post_ln"
PARTS = ("archcheck", "specs", ".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE")
NOT_SEEN = ("torch", "archcheck", "_archcheck", "__editable__", "pip", "_virtualenv")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs commands with a home of their own, for a pre-commit that installs without a network.

    The environment that pre-commit makes sees the packages of this one, but for torch, which cannot be imported.
    """
    home = tmp_path_factory.mktemp("home")
    site = home / "site"
    site.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(NOT_SEEN) and entry.suffix != ".pth":
            (site / entry.name).symlink_to(entry)
    (site / "torch.py").write_text("raise ImportError('the hook must not import torch')\n")
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PRE_COMMIT", "PYTHON", "PIP_"))},
        "PYTHONPATH": str(site),
        "PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0",
        "PRE_COMMIT_HOME": str(home / "cache"),
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


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory, run: Run) -> tuple[Path, str]:
    """A repository with this tree, as users name it in their configuration, and its revision."""
    hooks = repository(tmp_path_factory.mktemp("hooks") / "archcheck", run)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, hooks / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, hooks / part)
    return hooks, commit(hooks, run)


@pytest.fixture
def project(tmp_path: Path, run: Run, hooks: tuple[Path, str]) -> Path:
    """A repository that uses the hook, with one file that no spec is named for."""
    folder, revision = hooks
    project = repository(tmp_path / "project", run)
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {folder}\n  rev: {revision}\n  hooks:\n  - id: archcheck\n"
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


def test_the_hook_runs_nothing_of_what_it_reads(project: Path, run: Run) -> None:
    source = declared(FIXTURES / "ok_add_and_norm.py")
    (project / "model.py").write_text("raise SystemExit('this file was run')\n" + source)
    done = pre_commit(project, run)
    assert done.returncode == 0, done.stdout + done.stderr


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
