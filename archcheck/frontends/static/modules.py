"""Python modules as source: where they are found, and which statements bind which of their names.

Nothing is imported. A name is evaluated when it is first asked for, and only the statements that bind it.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from archcheck.frontends.static.absent import Absent
from archcheck.frontends.static.effects import Effects
from archcheck.frontends.static.folding import Text, fold
from archcheck.frontends.static.limits import MOST_OPENING, ceiling, clock
from archcheck.frontends.static.values import Value
from archcheck.syntax import parsed

STUBS = Path(__file__).resolve().parent.parent / "targets" / "stubs"

LARGEST_FILE = 2_000_000  # bytes; no file that people write is as long
MOST_SIGNS = 250_000  # brackets, commas, operators, lines: a syntax tree takes a kilobyte for each
_WORDS = bytes(c for c in range(256) if c > 127 or chr(c).isalnum() or chr(c) in "_ \t\r#")

# A module whose classes stand in the stub of another one.
ALIASES: tuple[tuple[str, str], ...] = (("torch.nn.modules.", "torch.nn"), ("keras.src.", "keras"))


class UnreadableError(Exception):
    """A file that is no Python source: what is wrong, and in which line."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message, self.line = message, line


class Source(NamedTuple):
    """The syntax tree of a file, and its text."""

    tree: ast.Module
    text: Text


def parse_file(path: Path) -> Source:
    """The syntax tree of a file, and its text.

    Raises:
        UnreadableError: it cannot be read, decoded or parsed.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableError(f"{path.name} is larger than {LARGEST_FILE // 1_000_000} MB")
        data = path.read_bytes()
        if b"\x00" in data:
            raise UnreadableError(
                f"{path.name} holds null bytes: it is no Python source",
                data[: data.index(b"\x00")].count(b"\n") + 1,
            )
        if len(data.translate(None, _WORDS)) > MOST_SIGNS:
            raise UnreadableError(
                f"{path.name} holds more than {MOST_SIGNS:,} signs of syntax: it is data, not a model"
            )
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
        return Source(parsed(data, str(path)), Text(text.removeprefix("\ufeff").encode()))
    except OSError as error:
        raise UnreadableError(f"{path.name} cannot be read: {error.strerror or error}") from None
    except LookupError as error:  # a codec that is none for texts
        raise UnreadableError(f"{path.name} is in no encoding of texts: {error}", 1) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UnreadableError(
            f"{path.name} is not encoded in {error.encoding}: {error.reason}", line
        ) from None
    except SyntaxError as error:
        raise UnreadableError(f"{path.name} is no valid Python: {error.msg}", error.lineno or 0) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableError(f"{path.name} cannot be parsed: {error or type(error).__name__}") from None


class SourceModule:
    """One module: its tree, what its names are worth so far, and which statements bind each name."""

    def __init__(self, name: str, file: Path | None, source: Source | None, *, stub: bool = False) -> None:
        tree = source.tree if source is not None else None
        self.name, self.file, self.tree, self.stub = name, file, tree, stub
        self._text = source.text if source is not None else None
        self.path = str(file) if file is not None else ""
        self.namespace: dict[str, Value] = {}
        self.pending: dict[str, list[ast.stmt]] = {}
        self.stars: list[ast.ImportFrom] = []
        self.kept: dict[str, Value] = {}  # constants as they were defined
        self.touched: dict[str, Value] = {}  # names that this run read or bound; the classes it changed
        self.done: set[int] = set()
        self.changes_itself: ast.stmt | None = None  # in a way that is not followed
        self.at: tuple[int, int] | None = None  # the statement that runs: it sees what stands above it
        self.failed: dict[int, str] = {}  # statements that raised, with the reason
        self.behind: SourceModule | None = None  # the installed source behind a stub
        self.fallback: SourceModule | None = None  # what is used where there is no source
        self.framework = False
        self.is_package = file is not None and file.name == "__init__.py"
        if tree is not None:
            _index(tree.body, self.pending, self.stars)
            if not stub:
                self.changes_itself = Effects(tree.body, self.pending).hidden

    def fold(self) -> None:
        """Drop what functions do until it is asked for again."""
        if self.tree is not None and self._text is not None and not self.stub:
            fold(self.tree, self._text)

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    def binds(self, name: str) -> bool:
        """Whether the source itself binds this name (star imports apart)."""
        return name in self.pending or name in self.namespace


def _index(body: Iterable[ast.stmt], pending: dict[str, list[ast.stmt]], stars: list[ast.ImportFrom]) -> None:
    for statement in body:
        for name in _bound(statement, stars):
            known = pending.setdefault(name, [])
            if not known or known[-1] is not statement:
                known.append(statement)


def names_bound(body: Iterable[ast.stmt]) -> set[str]:
    """The names that statements bind or change."""
    found: dict[str, list[ast.stmt]] = {}
    _index(body, found, [])
    return set(found)


def _bound(statement: ast.stmt, stars: list[ast.ImportFrom]) -> Iterator[str]:
    """The names that a statement binds or changes."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            if alias.name == "*":
                stars.append(statement)
            else:
                yield alias.asname or alias.name
    elif isinstance(statement, (ast.Assign, ast.Delete)):
        for target in statement.targets:
            yield from _targets(target)
    elif isinstance(statement, ast.AugAssign) or (isinstance(statement, ast.AnnAssign) and statement.value):
        yield from _targets(statement.target)
    elif isinstance(statement, ast.Expr):
        yield from (n.target.id for n in ast.walk(statement) if isinstance(n, ast.NamedExpr))
    else:
        yield from _bound_by_block(statement)
        for inner in _within(statement):
            yield from _bound(inner, stars)


def _bound_by_block(statement: ast.stmt) -> Iterator[str]:
    """The names that the head of a compound statement binds."""
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        yield from _targets(statement.target)
    for item in getattr(statement, "items", ()):
        if item.optional_vars is not None:
            yield from _targets(item.optional_vars)
    yield from (h.name for h in getattr(statement, "handlers", ()) if h.name)


def _within(statement: ast.stmt) -> Iterator[ast.stmt]:
    """The statements of a compound statement's blocks."""
    for block in ("body", "orelse", "finalbody"):
        yield from getattr(statement, block, ())
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield from part.body


def _targets(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        for item in target.elts:
            yield from _targets(item)
    elif isinstance(target, (ast.Starred, ast.Subscript, ast.Attribute)):
        yield from _targets(target.value)


class Library:
    """All modules that can be read: stubs first, then the folders of the target, `--path` and `sys.path`."""

    def __init__(self, folders: Iterable[str | Path]) -> None:
        self.folders = [Path(f) for f in dict.fromkeys(str(f) for f in folders if f)]
        self.modules: dict[str, SourceModule | None] = {}
        self.ceiling = ceiling()
        self.patched: dict[str, Value] = {}  # names of frameworks without source that the code binds anew
        # objects as they were made, by class and arguments
        self.configurations: dict[tuple[object, ...], Value] = {}
        self.factories: dict[int, tuple[dict[Value, Value], Value]] = {}  # of dictionaries with a default
        self.registered: dict[str, dict[str, list[tuple[str, str]]]] = {}  # see registries.py
        self.missed: set[str] = set()
        self.absent = Absent()
        self.loops: dict[tuple[Any, ...], list[Any]] = {}  # see known_loops.py
        self.packages: tuple[int, list[str]] = (0, [])  # of how many modules, and which
        self.enrolling = False
        self._installed: dict[str, SourceModule | None] = {}
        self._texts: dict[str, bytes] = {}
        self._listed: dict[Path, frozenset[str]] = {}  # what stands in the folders that were looked into
        self._opening = MOST_OPENING
        self.frameworks = frozenset(p.name for p in STUBS.iterdir()) if STUBS.is_dir() else frozenset()

    def add(self, module: SourceModule) -> None:
        """Make a module known under its name."""
        self.modules[module.name] = module

    def find(self, name: str) -> SourceModule | None:
        """The module of that dotted name, None if there is none.

        Raises:
            UnreadableError: its file is no Python source.
        """
        if name in self.modules:
            return self.modules[name]
        found = self._framework(name) if name.partition(".")[0] in self.frameworks else self.installed(name)
        self.modules[name] = found
        return found

    def _framework(self, name: str) -> SourceModule | None:
        """A module of a framework: its stub, with the installed source and the fallback behind it."""
        parts = name.split(".")
        file = self._file_of(STUBS, parts)
        stubbed = file is not None or STUBS.joinpath(*parts).is_dir()
        if not stubbed and self._search(name) is None:
            return None  # else its source is read when a name is looked up that no table has
        module = SourceModule(name, file, parse_file(file) if file else None, stub=True)
        module.framework = True
        folder = STUBS.joinpath(*parts)
        fallback = folder / "_fallback.py"
        if fallback.is_file():
            module.fallback = SourceModule(f"{name}._fallback", fallback, parse_file(fallback), stub=True)
            module.fallback.framework = True
            module.fallback.is_package = False
        module.is_package = folder.is_dir()
        return module

    def installed(self, name: str) -> SourceModule | None:
        """The module's own source, stubs apart."""
        if name not in self._installed:
            file = self._search(name)
            if file is None:
                self._installed[name] = None
            elif file.is_dir():
                module = SourceModule(name, None, None)
                module.is_package = True
                self._installed[name] = module
            else:
                self._installed[name] = self._opened(name, file)
        return self._installed[name]

    def _opened(self, name: str, file: Path) -> SourceModule:
        start = clock()
        try:
            module = SourceModule(name, file, parse_file(file))
            module.fold()
            return module
        finally:
            self._opening -= clock.without(start, self._opening)

    def fold(self) -> None:
        """Drop the bodies of all functions, until they are asked for again."""
        for module in (*self.modules.values(), *self._installed.values()):
            if module is not None:
                module.fold()

    def may_bind(self, module: str, name: str) -> bool:
        """Whether a module's text holds a name, or takes names from others: if not, it need not be parsed."""
        if module in self.modules or module.partition(".")[0] in self.frameworks:
            return True
        text = self._texts.get(module)
        if text is None:
            file = self._search(module)
            try:
                text = b"import *" if file is None else file.read_bytes() if file.is_file() else b""
            except OSError:
                text = b""
            self._texts[module] = text
        return b"import *" in text or name.encode() in text

    def _search(self, name: str) -> Path | None:
        parts = name.split(".")
        parent = self.modules.get(name.rpartition(".")[0])
        if parent is not None and parent.file is not None and parent.is_package and not parent.stub:
            return self._file_of(parent.file.parent, parts[-1:])
        namespace: Path | None = None
        for folder in self.folders:
            found = self._file_of(folder, parts)
            if found is not None:
                return found
            if namespace is None and folder.joinpath(*parts).is_dir() and not _is_standard(parts[0]):
                namespace = folder.joinpath(*parts)
        return namespace

    def _file_of(self, folder: Path, parts: list[str]) -> Path | None:
        """The file of a module below a folder; each folder is listed once."""
        for part in parts[:-1]:
            if part not in self._names(folder):
                return None
            folder = folder / part
        names, last = self._names(folder), parts[-1]
        if last in names and "__init__.py" in self._names(folder / last):
            package = folder / last / "__init__.py"
            if package.is_file():
                return package
        single = folder / f"{last}.py"
        return single if f"{last}.py" in names and single.is_file() else None

    def _names(self, folder: Path) -> frozenset[str]:
        known = self._listed.get(folder)
        if known is None:
            try:
                known = frozenset(entry.name for entry in folder.iterdir())
            except OSError:
                known = frozenset()
            self._listed[folder] = known
        return known


def _is_standard(name: str) -> bool:
    return name in sys.stdlib_module_names


def module_name(file: Path) -> tuple[str, Path]:
    """The dotted name of a file, and the folder in which its outermost package lies.

    >>> module_name(Path("model.py"))[0]
    'model'
    """
    file = file.resolve()
    parts = [] if file.name == "__init__.py" else [file.stem]
    folder = file.parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts) or folder.name, folder
