"""Which targets to check against which spec, where the command line names no spec.

The answers stand in two places: `[[tool.archcheck.check]]` tables and comments on classes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from archcheck.comments import Comments, read_comments
from archcheck.syntax import parsed

if TYPE_CHECKING:
    from archcheck.config import CheckTable


@dataclass(frozen=True, slots=True)
class Request:
    """One call of `archcheck.check`."""

    target: str
    spec: str | None = None
    set: Mapping[str, object] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls to make, and the classes beside them that no spec speaks of (name, reason)."""

    requests: tuple[Request, ...]
    left_out: tuple[tuple[str, str], ...] = ()


def plan_tables(tables: Sequence[CheckTable], root: Path) -> Plan:
    """Every table of a pyproject.toml in the folder `root`."""
    return Plan(tuple(_from_table(table, root) for table in tables))


def plan_target(target: str, tables: Sequence[CheckTable], root: Path) -> Plan:
    """The specs that tables and comments name for one target; one request without a spec if none does."""
    requests = [
        _narrowed(_from_table(table, root), target) for table in tables if _covers(target, table, root)
    ]
    left_out: list[tuple[str, str]] = []
    path, cls = split_target(target)
    for file in _python_files(Path(path)):
        source = _read(file)
        comments = read_comments(source, str(file))
        named = [one for one in comments.specs if not cls or one.cls == cls]
        for one in named:
            request = Request(f"{file}::{one.cls}", _beside(one.spec, file))
            requests.append(request)
        if named and not cls:
            left_out.extend(_unnamed(source, file, comments))
    unique = tuple(dict.fromkeys((r.target, r.spec) for r in requests))
    first = {(r.target, r.spec): r for r in reversed(requests)}
    if not unique:
        return Plan((Request(target),))
    return Plan(tuple(first[key] for key in unique), tuple(left_out))


def split_target(target: str) -> tuple[str, str]:
    """`model.py::Layer` -> (`model.py`, `Layer`); the class is empty where none is named."""
    path, _, cls = target.partition("::")
    return path, cls


def _from_table(table: CheckTable, root: Path) -> Request:
    path, cls = split_target(table.target)
    file = root / path
    target = table.target
    if file.exists():
        target = f"{_shortest(file)}::{cls}" if cls else _shortest(file)
    folders = tuple(str(root / folder) for folder in table.path)
    return Request(target, _beside(table.spec, root / "pyproject.toml"), table.set, table.inputs, folders)


def _narrowed(request: Request, target: str) -> Request:
    """The request, for the one class that the command line names."""
    cls = split_target(target)[1]
    if not cls or split_target(request.target)[1]:
        return request
    return Request(f"{request.target}::{cls}", request.spec, request.set, request.inputs, request.path)


def _covers(target: str, table: CheckTable, root: Path) -> bool:
    if target == table.target:
        return True
    path, cls = split_target(target)
    table_path, table_cls = split_target(table.target)
    asked, told = Path(path).resolve(), (root / table_path).resolve()
    if not asked.exists() or not told.exists():
        return False
    if asked.is_dir():
        return told == asked or asked in told.parents
    if told.is_dir():
        return False
    return asked == told and (not cls or not table_cls or cls == table_cls)


def _beside(spec: str, file: Path) -> str:
    """A spec's file name is relative to the file that names it; other names stay."""
    candidate = file.parent / spec
    return _shortest(candidate) if spec.endswith((".yaml", ".yml")) and candidate.is_file() else spec


def _shortest(path: Path) -> str:
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _python_files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        for file in sorted(path.rglob("*.py")):
            if not any(part.startswith(".") for part in file.relative_to(path).parts):
                yield file


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""  # the front end says what is wrong with it


def _unnamed(source: str, file: Path, comments: Comments) -> Iterator[tuple[str, str]]:
    named = {one.cls for one in comments.specs}
    for node in parsed(source).body:
        if not isinstance(node, ast.ClassDef) or node.name in named:
            continue
        if any(isinstance(item, ast.FunctionDef) and item.name == "forward" for item in node.body):
            yield f"{file}::{node.name}", "no `# archcheck: spec=` comment on it; name it to check it"
