"""From the text of a target to recordings."""

from __future__ import annotations

import gc
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, Union

from archcheck.frontends.static.as_made import NOT_GIVEN, makers
from archcheck.frontends.static.classes import has_forward, module_method
from archcheck.frontends.static.decisions import Decisions, Told
from archcheck.frontends.static.errors import GaveUpError, Raised
from archcheck.frontends.static.facts import class_span
from archcheck.frontends.static.imports import open_module, public_names
from archcheck.frontends.static.limits import clock, nearly_full
from archcheck.frontends.static.modules import Library, SourceModule, UnreadableError, module_name, parse_file
from archcheck.frontends.static.plan import Plan, own_classes
from archcheck.frontends.static.run import Task
from archcheck.frontends.static.values import MISSING, ClassValue, FunctionValue, Unknown, Value
from archcheck.frontends.static.variants import MOST_RUNS, Exploration, conditions, explore
from archcheck.frontends.static.vm import Interpreter
from archcheck.frontends.target_text import Target, TargetError, files_of, parse_target
from archcheck.graph import Span
from archcheck.graph.recording import Failure, LeftOut, Recording
from archcheck.syntax import remember

TARGET_ERROR, UNREADABLE = "AC902", "AC903"
DEEP = 40_000  # Python frames: one call of the code that is read takes about a dozen
STACK = 512 * 1024**2  # bytes of address space for them

FILE_SECONDS = 6.0  # for all classes of a file that nobody named

LIBRARIES = 4  # that are kept: one for each folder that names start from
MOST_CLASSES = 20_000  # of one file
# Objects between two collections: syntax trees are no garbage, and looking through them again and again took a
# quarter of the time.
YOUNG = 50_000

Given = TypeVar("Given")
Answer = Union[Recording, Failure, LeftOut]


def read_target(
    target: str,
    *,
    settings: Mapping[str, object] | None = None,
    inputs: tuple[str, ...] = (),
    path: tuple[str, ...] = (),
    call: str | None = None,
    timeout: float = 120.0,
    variants: bool = True,
) -> list[Answer]:
    """The recordings of all module classes that a target names, one for each variant of each.

    What cannot be read gives a `Failure`; nothing is raised.
    """
    try:
        parsed = parse_target(target)
    except TargetError as error:
        return [Failure(target, TARGET_ERROR, error.message, error.advice)]
    told = Told(settings or {})
    reader = Reader(told, inputs, path, call, timeout, variants)
    found = deeply(lambda: reader.answers(parsed))
    slips = tuple(told.slips())
    return [replace(one, notes=(*one.notes, *slips)) if isinstance(one, Recording) else one for one in found]


class _Collector:
    """The threshold of the garbage collector: raised by the first of several readings, put back by the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readings = 0
        self._before = (0, 0, 0)

    def enter(self) -> None:
        """A reading begins."""
        with self._lock:
            self._readings += 1
            if self._readings == 1:
                self._before = gc.get_threshold()
                if self._before[0]:  # 0: the caller collects nothing
                    gc.set_threshold(max(YOUNG, self._before[0]), *self._before[1:])

    def leave(self) -> None:
        """A reading ends."""
        with self._lock:
            self._readings -= 1
            if not self._readings:
                gc.set_threshold(*self._before)


COLLECTOR = _Collector()


def deeply(function: Callable[[], Given]) -> Given:
    """Run a function with room for deep recursion, and without looking for garbage all the time."""
    answers: list[Given] = []
    errors: list[BaseException] = []

    def body() -> None:
        try:
            answers.append(function())
        except BaseException as error:  # noqa: BLE001 - it is raised again outside of the thread
            errors.append(error)

    limit = sys.getrecursionlimit()
    size = threading.stack_size()
    threading.stack_size(STACK)
    sys.setrecursionlimit(DEEP)
    COLLECTOR.enter()
    try:
        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
    finally:
        COLLECTOR.leave()
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    if errors:
        raise errors[0]
    return answers[0]


class Reader:
    """Answers one request."""

    def __init__(
        self, settings: Told, inputs: tuple[str, ...], path: tuple[str, ...], call: str | None,
        timeout: float, variants: bool,
    ) -> None:  # fmt: skip
        self.settings, self.path, self.call, self.timeout = settings, path, call, timeout
        self.variants = variants
        self._libraries: dict[Path | None, Library] = {}
        self._last: SourceModule | None = None
        self.asked = {name: text or None for name, _, text in (i.partition("=") for i in inputs)}

    def answers(self, target: Target) -> list[Answer]:
        """All answers of a target; a file that cannot be read does not stop the others."""
        if target.file is None:
            return self._module(target)
        found: list[Answer] = []
        for file in files_of(target.file):
            part = target if target.file.is_file() else Target(str(file), file)
            found += self._file(part, file)
        return found

    def _library(self, first: Path | None) -> Library:
        """The sources that files below this folder see; those that were read serve the next file, too."""
        known = self._libraries.get(first)
        if known is not None and nearly_full(known.ceiling):
            known.fold()
            gc.collect()
        if known is not None and nearly_full(known.ceiling):
            del self._libraries[first], known
            self._last = None  # what it imports is of that library
            gc.collect()  # modules and functions hold each other
            known = None
        if known is None:
            places: list[str | Path] = [
                *([first] if first is not None else []),
                *self.path,
                *([] if first else ["."]),
                *sys.path,
            ]
            known = self._libraries[first] = Library(places)
            if len(self._libraries) > LIBRARIES:
                del self._libraries[next(iter(self._libraries))]
        return known

    def _file(self, target: Target, file: Path) -> list[Answer]:
        name, folder = module_name(file)
        library = self._library(folder)
        if self._last is not None:  # whoever looks at the recordings may ask for its tree until now
            self._last.fold()
        try:
            changed = file.stat().st_mtime_ns if file.is_file() else 0
            source = parse_file(file)
        except UnreadableError as error:
            at = Span(str(file), max(error.line, 1))
            return [Failure(target.text, TARGET_ERROR, error.message, "mend the file", at)]
        module = self._last = SourceModule(name, file, source)
        remember(str(file), changed, source.tree)
        module.path = str(file)
        library.add(module)
        return self._in(target, module, library)

    def _module(self, target: Target) -> list[Answer]:
        library = self._library(None)
        vm = Interpreter(library, Decisions())
        module = open_module(vm, target.module)
        if not isinstance(module, SourceModule):
            advice = "install it, or name the folder it lies in with --path"
            return [Failure(target.text, TARGET_ERROR, f"no module named {target.module!r}", advice)]
        if not target.name and module.is_package and module.file is not None:
            return self.answers(parse_target(str(module.file.parent)))
        return self._in(target, module, library)

    def _in(self, target: Target, module: SourceModule, library: Library) -> list[Answer]:
        """The named class, else all module classes that the file itself defines."""
        if target.name:
            return self._one(target, module, library, clock() + self.timeout)
        seconds = min(self.timeout, FILE_SECONDS)
        deadline = clock() + seconds
        count = len(own_classes(module))
        if count > MOST_CLASSES:
            message = f"{module.name} defines {count:,} classes; more than {MOST_CLASSES:,} are not looked at together"
            return [Failure(target.text, UNREADABLE, message, "name the class")]
        plan = Plan(module)
        found: list[Answer] = []
        for number, name in enumerate(plan.order):
            if clock() > deadline:
                rest = f"{name} and {len(plan.order) - number - 1} more classes were not looked at"
                message = f"reading {module.name} took more than {seconds:g} s: {rest}"
                found.append(Failure(target.text, UNREADABLE, message, "name the class"))
                break
            reason = plan.covered.get(name)
            if reason is not None:
                found.append(LeftOut(target.of(name).text, name, reason))
                continue
            answers = self._one(target.of(name), module, library, deadline, named=False)
            plan.note(name, [a for a in answers if isinstance(a, Recording)])
            found += answers
        return found

    def _one(
        self, target: Target, module: SourceModule, library: Library, deadline: float, named: bool = True
    ) -> list[Answer]:
        try:
            return self._read(target, module, library, deadline, named)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not take the answers of other classes
            return [_own_fault(target, error)]

    def _read(
        self, target: Target, module: SourceModule, library: Library, deadline: float, named: bool
    ) -> list[Answer]:
        vm = Interpreter(library, Decisions(settings=self.settings))
        try:
            value = _find(vm, module, target.name)
        except (Raised, GaveUpError, RecursionError) as error:
            return [_failure(target, error, None)]
        if isinstance(value, Unknown):
            message = f"{target.name} of {module.name} cannot be read: {value.reason}"
            return [
                Failure(target.text, TARGET_ERROR, message, "name the folder of what is missing with --path")
            ]
        if value is MISSING or not isinstance(value, (ClassValue, FunctionValue)):
            message = f"{module.name} has no class or function {target.name}"
            return [Failure(target.text, TARGET_ERROR, message, _nearest(vm, module, target.name))]
        if not named:
            if not (isinstance(value, ClassValue) and module_method(value)):
                return []
            if not has_forward(value):
                return [LeftOut(target.text, target.name, "it has no forward")]
        task = Task(
            module, value, target.name, target.arguments, self.settings, self.asked, self.call, deadline
        )
        try:
            explored = explore(library, task, MOST_RUNS if self.variants else 1, models=named)
            explored = self._as_made(vm, task, explored)
        except (RecursionError, MemoryError, SyntaxError) as error:
            return [_failure(target, error, class_span(value))]
        return self._recordings(target, value, explored)

    def _as_made(self, vm: Interpreter, task: Task, explored: Exploration) -> Exploration:
        """What was found, or what a function that makes the object gives, where parts of it are not given."""
        if not isinstance(task.value, ClassValue) or task.arguments is not None or not _lacks_parts(explored):
            return explored
        for maker in makers(vm, task.value, task.module):
            other = explore(vm.library, replace(task, maker=maker), MOST_RUNS if self.variants else 1)
            if other.variants and not _lacks_parts(other):
                return other
        return explored

    def _recordings(self, target: Target, value: Value, explored: Exploration) -> list[Answer]:
        if not explored.variants:
            assert explored.failure is not None
            return [_failure(target, explored.failure, class_span(value))]
        cut = (f"{explored.cut} more combinations of conditions were not looked at",) if explored.cut else ()
        return [
            Recording(
                target=target.text,
                name=target.name,
                engine="static",
                graph=variant.outcome.graph,
                span=class_span(value),
                modules=variant.outcome.modules,
                when=conditions(variant, explored.variants),
                default=variant.default,
                settings=tuple((k, str(v)) for k, v in self.settings.items()),
                notes=(*variant.outcome.notes, *cut) if variant is explored.variants[0] else (),
                absent=variant.outcome.absent,
            )
            for variant in explored.variants
        ]


def _lacks_parts(explored: Exploration) -> bool:
    """Whether something in the graph of a variant is not known because an argument of a constructor is not."""
    lost = (one.reason for variant in explored.variants for one in variant.outcome.graph.unresolved)
    return any(reason.endswith(NOT_GIVEN) for reason in lost)


def _find(vm: Interpreter, module: SourceModule, name: str) -> Value:
    """The class or function of that name, also nested (`Outer.Inner`)."""
    first, *rest = name.split(".")
    found = vm.find_name(module, first)
    for part in rest:
        found = vm.get(found, part)
    return found


def _nearest(vm: Interpreter, module: SourceModule, name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, [n for n in public_names(vm, module) if n != name], n=1)
    return f"did you mean {close[0]}?" if close else ""


def _failure(target: Target, error: BaseException, span: Span | None) -> Failure:
    if isinstance(error, Raised):
        what = f"{error.name}: {error.message}" if error.message else error.name
        place = error.place or span
        return Failure(target.text, UNREADABLE, f"the code would raise {what}", "", place)
    if isinstance(error, GaveUpError):
        return Failure(target.text, UNREADABLE, str(error), "", span)
    what = "expressions are nested too deeply" if isinstance(error, RecursionError) else str(error)
    return Failure(target.text, UNREADABLE, what or type(error).__name__, "", span)


def _own_fault(target: Target, error: Exception) -> Failure:
    """What archcheck could not read through a fault of its own."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}, line {last.lineno}"
    message = f"a fault of archcheck, not of the code: {type(error).__name__}: {error} ({place})"
    return Failure(target.text, UNREADABLE, message, "please report it with the code that shows it", None)
