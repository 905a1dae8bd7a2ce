"""Which tests need torch. Without it they are not collected; all others run on every Python version."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).parent

# In these folders every test needs torch, but for the files named here.
TORCH_FOLDERS = ("functional", "unit/lift", "unit/blocks", "zoo")
TORCH_FILES = ("unit/cli/test_engines.py", "unit/scaffold/test_runs.py", "property/test_scaffold.py")
WITHOUT_TORCH = (
    "test_no_torch.py",
    "test_packaging.py",
    "test_pages.py",
    "test_readme.py",
    "test_spelling_transforms.py",
    "test_config_files.py",
    "test_variants.py",
)


def _needing_torch() -> list[str]:
    files = [file for folder in TORCH_FOLDERS for file in (HERE / folder).rglob("test_*.py")]
    found = [str(file.relative_to(HERE)) for file in files if file.name not in WITHOUT_TORCH]
    return [*found, *TORCH_FILES]


collect_ignore = [] if importlib.util.find_spec("torch") is not None else _needing_torch()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files of one fixture folder are checked in one child process: keep them in one test process."""
    for item in items:
        fixture = getattr(item, "callspec", None) and item.callspec.params.get("fixture")  # type: ignore[attr-defined]
        path = getattr(fixture, "path", None)
        if path is not None:
            item.add_marker(pytest.mark.xdist_group(path.parent.name))
