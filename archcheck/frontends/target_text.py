"""What the text of a target means. Nothing is imported; shared by the front ends."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path


class TargetError(Exception):
    """The target cannot be read, imported or built: what is wrong, and what to do about it."""

    def __init__(self, message: str, advice: str = "", line: int = 0, file: str = "") -> None:
        super().__init__(message)
        self.message, self.advice, self.line, self.file = message, advice, line, file


@dataclass(frozen=True, slots=True)
class Target:
    """`model.py`, `dir/`, `model.py::Class`, `package.module:Class`, each of the last two also with
    `(arguments)`.

    Either `file` or `module` is set. `arguments` is the source text between the parentheses, None without
    them.
    """

    text: str
    file: Path | None = None
    module: str = ""
    name: str = ""
    arguments: str | None = None

    def of(self, name: str) -> Target:
        """The same file or module with a class named."""
        place = self.module if self.file is None else str(self.file)
        mark = ":" if self.file is None else "::"
        return Target(f"{place}{mark}{name}", self.file, self.module, name)


def parse_target(text: str) -> Target:
    """Read the text of a target. Raises TargetError for a text of no known form and for a file that is not
    there.
    """
    head, bracket, rest = text.strip().partition("(")
    arguments = None
    if bracket:
        if not rest.rstrip().endswith(")"):
            raise TargetError(f"the constructor call in {text!r} does not end with a closing bracket")
        arguments = rest.rstrip()[:-1]
        _check_expression(f"_({arguments})", text)
    place, colons, name = head.partition("::")
    if not colons and not Path(head).exists() and not head.endswith(".py"):
        place, colons, name = head.rpartition(":") if ":" in head else (head, "", "")
        if _is_dotted(place):
            if name and not _is_dotted(name):
                raise TargetError(f"{name!r} is no name of a class or function")
            return _checked(Target(text, None, place, name, arguments))
    path = Path(place)
    if not place or not path.exists():
        raise TargetError(
            f"no such file or folder: {place}",
            "give FILE.py, FOLDER, FILE.py::Class or package.module:Class, or a constructor call",
        )
    return _checked(Target(text, path, "", name, arguments))


def _checked(target: Target) -> Target:
    if target.arguments is not None and not target.name:
        raise TargetError(
            f"{target.text!r} calls a constructor but names no class", "write FILE.py::Class(arguments)"
        )
    return target


def _is_dotted(text: str) -> bool:
    return bool(text) and all(part.isidentifier() for part in text.split("."))


def _check_expression(source: str, text: str) -> None:
    try:
        ast.parse(source, mode="eval")
    except (SyntaxError, ValueError) as error:
        raise TargetError(f"{text!r} is not valid Python: {error}") from None


def files_of(path: Path) -> list[Path]:
    """The Python files of a target, sorted; hidden folders and caches are left out."""
    if path.is_file():
        return [path]
    found = (
        file for file in path.rglob("*.py") if not any(p.startswith((".", "__pycache__")) for p in file.parts)
    )
    return sorted(found)
