"""All tables of framework functions behind one door."""

from __future__ import annotations

from archcheck.frontends.targets import torch_table
from archcheck.frontends.targets.torch_table import Entry


def lookup(name: str) -> Entry | None:
    """The entry for a qualified name of any framework, None where no table knows it."""
    return torch_table.lookup(name)
