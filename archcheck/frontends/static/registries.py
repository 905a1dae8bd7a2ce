"""Registries: dictionaries of a library that its other files fill (`@Layer.register("name")`, or a call at the margin).

Names are looked up when they are needed, so files that Python would have imported may not have been read when a
registry is asked. Where a run raises after a dictionary lacked a name that a decorator of the library gives, it begins
again, and a global dictionary that lacks a name has the definitions of that name read before it is asked once more.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.modules import UnreadableError
from archcheck.frontends.static.values import Instance, Value

if TYPE_CHECKING:
    from archcheck.frontends.static.modules import Library, SourceModule
    from archcheck.frontends.static.vm import Interpreter

LARGEST_PACKAGE = 16_000_000  # bytes of source: more is not searched
MOST_MISSED = 500
DEEPEST = 3  # dictionaries inside of dictionaries
# A decorator at the margin, perhaps called with a name, and the definition behind it.
DECORATED = re.compile(
    r"^@[\w.]+(?:\((?:\s*[\"']([\w./:-]+)[\"'])?[^\n]*)?\n(?:[@ )][^\n]*\n){0,50}?(?:class|def)\s+(\w+)",
    re.MULTILINE,
)

# A call at the margin that gives an object a name for something: `LAYERS.register("conv", nn.Conv2d)`.
CALLED = re.compile(r"^(\w+)(?:\.\w+)+\(\s*(?:\w+\s*=\s*)?[\"']([\w./:-]+)[\"']\s*,", re.MULTILINE)

Places = dict[str, list[tuple[str, str]]]  # name -> the modules and definitions that are called so


def enrolled(vm: Interpreter, holder: Any, key: Value) -> bool:
    """Whether a dictionary that lacks a name has it once the library's definitions of that name have been read."""
    if not isinstance(key, str) or not isinstance(holder, dict):
        return False
    library = vm.library
    if len(library.missed) < MOST_MISSED:
        library.missed.add(key)
    if not library.enrolling or (id(holder), key) in vm.in_progress:
        return False
    vm.in_progress.add((id(holder), key))
    try:
        for package in _packages(library):
            for module, name in _definitions(library, package).get(key, ()):
                if _is_global(library, holder) and _read(vm, module, name) and key in holder:
                    vm.note(f"{module} is taken to be imported: it enters {key!r} into a registry")
                    return True
    finally:
        vm.in_progress.discard((id(holder), key))
    return False


def may_help(library: Library) -> bool:
    """Whether a run that raised may have missed a name in a registry; from then on registries are filled."""
    if library.enrolling or not library.missed:
        return False
    library.enrolling = any(
        not library.missed.isdisjoint(_definitions(library, package)) for package in _packages(library)
    )
    return library.enrolling


def _read(vm: Interpreter, module: str, name: str) -> bool:
    try:
        found = vm.library.find(module)
    except UnreadableError:
        return False
    if found is not None:
        vm.find_name(found, name)
    return found is not None


def _packages(library: Library) -> list[str]:
    """The packages of which something was read, and then those that what was read imports (mmcv for mmdet)."""
    count, packages = library.packages
    if count != len(library.modules):
        read = [
            m for m in library.modules.values() if m is not None and not m.framework and m.file is not None
        ]
        packages = list(dict.fromkeys(m.name.partition(".")[0] for m in read))
        wanted = dict.fromkeys(name for m in read for name in _imported(m))
        packages += [name for name in wanted if name not in packages and _is_package(library, name)]
        library.packages = len(library.modules), packages
    return packages


def _imported(module: SourceModule) -> Iterator[str]:
    """The packages that the statements of a module import by their full names."""
    for statement in module.tree.body if module.tree is not None else ():
        if isinstance(statement, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module.partition(".")[0]


def _is_package(library: Library, name: str) -> bool:
    """Whether there is the source of a package of that name, which is no framework's and no part of Python."""
    if name in library.frameworks or name in sys.stdlib_module_names:
        return False
    try:
        found = library.find(name)
    except UnreadableError:
        return False
    return found is not None and not found.framework and found.is_package


def _definitions(library: Library, package: str) -> Places:
    """What the decorated definitions of a package are called by decorators, and by themselves; what calls enter."""
    known = library.registered.get(package)
    if known is None:
        known = library.registered[package] = {}
        root = library.find(package)
        if root is not None and root.is_package and root.file is not None:
            for module, text in _texts(package, root.file.parent):
                for first, name in DECORATED.findall(text):
                    for one in dict.fromkeys(filter(None, (first, name))):
                        known.setdefault(one, []).append((module, name))
                for holder, key in CALLED.findall(text):
                    known.setdefault(key, []).append((module, holder))
    return known


def _texts(package: str, folder: Path) -> list[tuple[str, str]]:
    """The dotted names and the source of files of a package that may enter names; none if it is too large."""
    found: list[tuple[str, str]] = []
    left = LARGEST_PACKAGE
    try:
        for path in sorted(folder.rglob("*.py")):
            left -= path.stat().st_size
            if left < 0:
                return []
            text = path.read_text(encoding="utf-8", errors="replace")
            if "\n@" in text or CALLED.search(text):
                parts = path.relative_to(folder).with_suffix("").parts
                found.append((".".join((package, *(p for p in parts if p != "__init__"))), text))
    except OSError:
        return []
    return found


def _is_global(library: Library, holder: dict[Any, Value]) -> bool:
    """Whether a dictionary is held by a module, by a class of one or by an object of one."""
    modules = [m for m in library.modules.values() if m is not None and not m.framework]
    return any(_holds(value, holder, 0) for m in modules for value in list(m.namespace.values()))


def _holds(value: Value, holder: dict[Any, Value], depth: int) -> bool:
    if value is holder:
        return True
    inner = value.attributes if isinstance(value, Instance) else getattr(value, "namespace", value)
    if depth > DEEPEST or not isinstance(inner, dict):
        return False
    return any(
        _holds(one, holder, depth + 1) for one in list(inner.values()) if depth == 0 or isinstance(one, dict)
    )
