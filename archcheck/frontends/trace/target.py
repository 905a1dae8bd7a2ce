"""Importing what a target names (child process only)."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from archcheck.frontends.target_text import Target, TargetError
from archcheck.frontends.trace.operators import tolerant


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
