"""Writes a small module and reads it with the static front end, in this process."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

from archcheck import check, describe

sys.path.insert(0, str(Path(__file__).parent))

HEAD = """\
import functools
import math
import torch
import torch.nn.functional as F
from torch import nn
"""

BLOCK = """

class Block(nn.Module):
    def __init__(self, dim=8{args}):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.f = nn.Linear(dim, dim)
{init}

{methods}
    def forward(self, x):
{body}
"""


def block(
    body: str, init: str = "", methods: str = "", before: str = "", args: str = "", after: str = ""
) -> str:
    """A module with `self.norm` and `self.f`, whose forward has this body."""
    return (
        HEAD
        + textwrap.dedent(before)
        + BLOCK.format(
            body=_indented(body, 8),
            init=_indented(init, 8),
            methods=_indented(methods, 4),
            args=args and f", {args}",
        )
        + textwrap.dedent(after)
    )


def _indented(text: str, by: int) -> str:
    return textwrap.indent(textwrap.dedent(text).strip("\n"), " " * by)


class Reader:
    """Reads what it writes into one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            place = self.folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(textwrap.dedent(text))

    def describe(self, source: str, name: str = "Block", **options):
        self.write({"model.py": source})
        target = str(self.folder / "model.py") + (f"::{name}" if name else "")
        return describe(target, engine="static", **options)

    def check(self, source: str, spec: str, name: str = "Block", **options):
        self.write({"model.py": source})
        (result,) = check(f"{self.folder / 'model.py'}::{name}", spec, engine="static", **options).results
        return result

    def one(self, source: str, name: str = "Block", **options):
        """The only block; nothing of it is unresolved."""
        report = self.describe(source, name, **options)
        assert not report.errors, report.errors
        (view,) = report.blocks
        assert not view.unresolved, view.unresolved
        return view

    def notation(self, source: str, name: str = "Block", **options) -> str:
        return " ; ".join(self.one(source, name, **options).notation.strip().splitlines())

    def variants(self, source: str, **options) -> dict[tuple, str]:
        """The notation of each variant, by its conditions."""
        report = self.describe(source, **options)
        assert not report.errors, report.errors
        return {tuple(view.when): " ; ".join(view.notation.strip().splitlines()) for view in report.blocks}

    def reasons(self, source: str, name: str = "Block", **options) -> list[str]:
        report = self.describe(source, name, **options)
        assert not report.errors, report.errors
        return [one.reason for view in report.blocks for one in view.unresolved]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)
