"""What a target means: parsing its text (no torch, nothing imported), and importing what it names (child
process only).
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from archcheck.frontends.trace.operators import tolerant


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


def import_target(target: Target) -> ModuleType:
    """Import the module that the target lies in; a file of a package by its dotted name, so that its own
    imports work.

    Whatever the module raises passes through; TargetError where there is no such module.
    """
    if target.file is None:
        try:
            return tolerant(lambda: importlib.import_module(target.module))
        except ModuleNotFoundError as error:
            missing = error.name or target.module
            if target.module == missing or target.module.startswith(missing + "."):
                raise TargetError(
                    f"no module named {missing!r}", "install it, or name the folder it lies in with --path"
                ) from None
            raise
    file = target.file.resolve()
    return tolerant(lambda: _import_file(file))


def _import_file(file: Path) -> ModuleType:
    folder, parts = file.parent, [file.stem]
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    if len(parts) > 1:
        dotted = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        module = importlib.import_module(dotted)
        if Path(getattr(module, "__file__", "") or "").resolve() == file:
            return module
    # A name of its own, so that a file called `types.py` does not take the place of the library's module.
    name = (
        file.stem
        if file.stem not in sys.modules and file.stem.isidentifier()
        else f"archcheck_target_{file.stem}"
    )
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise TargetError(f"{file.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look their module up
    spec.loader.exec_module(module)
    return module


def find_name(module: ModuleType, name: str) -> Any:
    """The class or function of that name, also nested (`Outer.Inner`). Raises TargetError with the nearest
    name.
    """
    thing: Any = module
    for part in name.split("."):
        try:
            thing = getattr(thing, part)
        except AttributeError:
            from difflib import get_close_matches

            close = get_close_matches(name, [n for n in vars(module) if not n.startswith("_")], n=1)
            hint = (
                f"did you mean {close[0]}?"
                if close
                else f"it defines: {', '.join(own_names(module)) or 'no class'}"
            )
            raise TargetError(f"{module.__name__} has no {name}", hint) from None
    return thing


def own_names(module: ModuleType) -> list[str]:
    """The classes that are defined in the module itself, in source order."""
    own = [(n, c) for n, c in vars(module).items() if inspect.isclass(c) and c.__module__ == module.__name__]
    return [name for name, _ in sorted(own, key=lambda item: _line(item[1]))]


def _line(cls: type) -> int:
    try:
        return inspect.getsourcelines(cls)[1]
    except (OSError, TypeError):
        return 0


class Names(dict[str, Any]):
    """What an expression in a target, a setting or a call may name: the module's names, torch, nn, dotted
    paths.
    """

    def __init__(self, module: ModuleType | None) -> None:
        import torch

        super().__init__(torch=torch, nn=torch.nn, F=torch.nn.functional)
        if module is not None:
            self.update(vars(module))
        self.setdefault("__builtins__", __builtins__)

    def evaluate(self, source: str) -> Any:
        """The value of a Python expression; dotted paths in it are imported. Whatever it raises passes
        through.
        """
        tree = ast.parse(source.strip(), mode="eval")
        for node in ast.walk(tree):
            self._import_path(node)
        return eval(compile(tree, "<archcheck>", "eval"), self)  # noqa: S307 - in the child process

    def arguments(self, source: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The positional and keyword arguments of a call, from the text between its brackets."""

        def collect(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
            return args, kwargs

        self["_archcheck_collect"] = collect
        found: tuple[tuple[Any, ...], dict[str, Any]] = self.evaluate(f"_archcheck_collect({source})")
        return found

    def _import_path(self, node: ast.AST) -> None:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or (node.id in self and not isinstance(self[node.id], ModuleType)):
            return
        root = self.get(node.id)
        parts.insert(0, root.__name__ if isinstance(root, ModuleType) else node.id)
        builtin = self["__builtins__"]
        if (len(parts) == 1 and hasattr(builtin, node.id)) or (
            isinstance(builtin, dict) and node.id in builtin
        ):
            return
        for length in range(1, len(parts) + 1):
            try:
                module = importlib.import_module(".".join(parts[:length]))
            except ImportError:
                return
            if length == 1:
                self.setdefault(node.id, module)
