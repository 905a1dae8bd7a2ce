"""The `[[tool.archcheck.check]]` tables of a pyproject.toml.

A table has a target and a spec, and may have constructor arguments:

    [[tool.archcheck.check]]
    target = "src/model.py::EncoderLayer"
    spec = "post_ln"
    set = {norm_first = false}
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KEYS: tuple[str, ...] = ("target", "spec", "set", "inputs", "path")


class ConfigError(Exception):
    """The tables cannot be understood; `problems` lists everything that is wrong."""

    def __init__(self, file: str, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(f"{file}: {problem}" for problem in problems))
        self.file = file
        self.problems = problems


@dataclass(frozen=True, slots=True)
class CheckTable:
    """One `[[tool.archcheck.check]]` table; files in it are relative to the folder of pyproject.toml."""

    target: str
    spec: str
    set: Mapping[str, object] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    path: tuple[str, ...] = ()


def find_pyproject(start: Path) -> Path | None:
    """The nearest pyproject.toml in this folder or above it."""
    start = start.absolute()
    for folder in (start, *start.parents):
        candidate = folder / "pyproject.toml"
        if candidate.is_file():
            return candidate
    return None


def read_tables(file: Path) -> tuple[CheckTable, ...]:
    """The tables of one pyproject.toml, empty where it has none.

    Raises:
        ConfigError: the file is not TOML, or a table lacks a key, has an unknown one or a wrong type.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(file), (f"cannot be read: {error}",)) from None
    section = document.get("tool", {}).get("archcheck", {})
    tables = section.get("check", []) if isinstance(section, dict) else section
    if not isinstance(tables, list):
        raise ConfigError(str(file), ("write [[tool.archcheck.check]], with double brackets",))
    problems: list[str] = []
    found = [_table(number, table, problems) for number, table in enumerate(tables, start=1)]
    if problems:
        raise ConfigError(str(file), tuple(problems))
    return tuple(table for table in found if table is not None)


def _table(number: int, table: Any, problems: list[str]) -> CheckTable | None:
    where = f"[[tool.archcheck.check]] number {number}"
    if not isinstance(table, dict):
        problems.append(f"{where} is no table")
        return None
    before = len(problems)
    for key in table:
        if key not in KEYS:
            close = get_close_matches(key, KEYS, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; known keys: {', '.join(KEYS)}"
            problems.append(f"{where} has an unknown key {key!r}{hint}")
    for key in ("target", "spec"):
        if key not in table:
            problems.append(f"{where} lacks {key!r}")
        elif not isinstance(table[key], str):
            problems.append(f"{where}: {key!r} must be a string")
    if not isinstance(table.get("set", {}), dict):
        problems.append(f"{where}: 'set' must be a table, as in set = {{norm_first = true}}")
    for key in ("inputs", "path"):
        values = table.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            problems.append(f"{where}: {key!r} must be a list of strings")
    if len(problems) > before:
        return None
    return CheckTable(
        table["target"],
        table["spec"],
        dict(table.get("set", {})),
        tuple(table.get("inputs", ())),
        tuple(table.get("path", ())),
    )
