"""The catalogue is found alike from a wheel, from an editable install and from a checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("archcheck", "specs", "docs", "tests", "tools", "pyproject.toml", "README.md", "LICENSE")


def run(*command: object, cwd: Path, **environment: str) -> str:
    """Run a command without this process's PYTHONPATH; its output, or a failure that shows it."""
    plain = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**plain, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this tree."""
    copy = tmp_path_factory.mktemp("checkout") / "archcheck-copy"
    copy.mkdir()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / part)
    return copy


@pytest.fixture(scope="module")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel that was built from it."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, checkout, cwd=out)
    return out


def environment(folder: Path) -> Path:
    """A fresh virtual environment that sees this one's packages; the path of its Python.

    A path in a .pth file is not a site folder: what is installed here as editable is not seen there.
    """
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    python = folder / "bin" / "python"
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    Path(site, "packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def install(python: Path, *what: object) -> None:
    run(
        sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index",
        "--no-build-isolation", *what, cwd=python.parent,
    )  # fmt: skip


def where(python: Path, cwd: Path) -> Path:
    return Path(run(python, "-c", "import archcheck; print(archcheck.__file__)", cwd=cwd).strip())


def test_the_catalogue_is_the_same_in_a_wheel_an_editable_install_and_a_checkout(
    checkout: Path, built: Path, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    away.mkdir()
    wheel, editable = environment(tmp_path / "wheel"), environment(tmp_path / "editable")
    bare = environment(tmp_path / "bare")
    install(wheel, *built.glob("*.whl"))
    install(editable, "--editable", checkout)

    assert where(wheel, away).is_relative_to(tmp_path / "wheel")
    assert where(editable, away).is_relative_to(checkout)
    assert where(bare, checkout).is_relative_to(checkout)
    listed = [
        run(wheel.parent / "archcheck", "specs", "list", cwd=away),
        run(editable.parent / "archcheck", "specs", "list", cwd=away),
        run(bare, "-m", "archcheck", "specs", "list", cwd=checkout),
    ]
    assert listed[0] == listed[1] == listed[2]
    names = [line.split()[0] for line in listed[0].splitlines()]
    assert names == sorted(path.stem for path in (ROOT / "specs").glob("*.yaml"))
    shown = {
        run(python, "-m", "archcheck", "specs", "show", "t5", "--format", "yaml", cwd=away)
        for python in (wheel, editable)
    }
    assert len(shown) == 1


def test_the_wheel_and_the_source_distribution_carry_specs_and_licence(built: Path) -> None:
    specs = {path.name for path in (ROOT / "specs").glob("*.yaml")}
    [wheel] = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {Path(name).name for name in names if name.startswith("archcheck/_specs/")} >= specs
    assert any(name.endswith("LICENSE") for name in names)
    assert "archcheck/py.typed" in names
    assert not [name for name in names if name.split("/")[0] != "archcheck" and ".dist-info/" not in name]
    [source] = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        members = {Path(*Path(name).parts[1:]).as_posix() for name in archive.getnames()}
    assert {f"specs/{name}" for name in specs} <= members
    assert {"LICENSE", "README.md", "pyproject.toml", "tools/pages.py"} <= members
