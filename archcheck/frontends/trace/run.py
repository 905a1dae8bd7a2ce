"""In the child: from a request to answers, one class after the other, each able to fail alone."""

from __future__ import annotations

import contextlib
import inspect
import random
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch

from archcheck.frontends.target_text import Target, TargetError, files_of, parse_target
from archcheck.frontends.trace.build import Builder
from archcheck.frontends.trace.fakes import fake_tensors
from archcheck.frontends.trace.hosts import called_by_a_host
from archcheck.frontends.trace.inputs import Arguments, given_call
from archcheck.frontends.trace.modules import class_span
from archcheck.frontends.trace.record import record_module
from archcheck.frontends.trace.search import is_fake_problem, search
from archcheck.frontends.trace.target import Names, find_name, import_target, own_names
from archcheck.graph import Span
from archcheck.graph.recording import Failure, Recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

TARGET_ERROR, TRACE_FAILURE = "AC902", "AC903"
LONGEST_HOSTS = 75.0  # seconds after the start until which models around the class are tried
LAST_SIZE = 2  # of the ways to make a configuration smaller
LARGEST_REAL = 200_000_000  # parameters up to which a module is built with real numbers


class Sender(Protocol):
    """Where answers go."""

    def send(self, message: tuple[Any, ...]) -> None:
        """Pass one message on."""


def answer(request: dict[str, Any], pipe: Sender) -> None:
    """Answer a request: every class of every file that the target names."""
    target = parse_target(request["target"])
    skip = set(request["skip"])
    for part in _parts(target):
        label = f"import {part.text}"
        if label in skip and not any(done.startswith(part.text) for done in skip - {label}):
            continue
        pipe.send(("begin", label, None))
        try:
            module = import_target(part)
            wanted = _wanted(part, module, request.get("only", ()))
        except BaseException as error:  # noqa: BLE001 - user code may raise anything
            pipe.send(("answer", _failure(part.text, error, None, "importing it")))
            continue
        for single in wanted:
            if single.text in skip:
                continue
            thing = None
            pipe.send(("begin", single.text, None))
            try:
                thing = find_name(module, single.name)
                found: Recording | Failure = trace(single, thing, module, request, exact=bool(target.name))
            except BaseException as error:  # noqa: BLE001 - user code may raise anything
                found = _failure(
                    single.text, error, class_span(thing) if thing is not None else None, "running it"
                )
            pipe.send(("answer", found))


def _parts(target: Target) -> Iterator[Target]:
    if target.file is None or target.file.is_file():
        yield target
        return
    for file in files_of(target.file):
        yield Target(str(file), file)


def _wanted(target: Target, module: ModuleType, only: Sequence[str]) -> list[Target]:
    """The class that is named, else the module classes that the file itself defines: all, or only these."""
    if target.name:
        return [target]
    names = [name for name in own_names(module) if not only or name in only]
    return [target.of(name) for name in names if issubclass(getattr(module, name), torch.nn.Module)]


def trace(
    target: Target, thing: Any, module: ModuleType, request: dict[str, Any], *, exact: bool = True
) -> Recording | Failure:
    """Build and run one class: with fake tensors, and where a value decides with small real ones."""
    reason: BaseException | None = None
    first: Exception | None = None  # what the class itself said, where models around it were tried
    ends = time.monotonic() + LONGEST_HOSTS
    for real, small in ((False, 0), (True, 0), (True, 1), (True, LAST_SIZE)):
        try:
            recording = _attempt(target, thing, module, request, ends, real=real, small=small, exact=exact)
        except TargetError as error:
            raise (first or error) from (first or error).__cause__
        except HostNeedsValuesError as error:
            first, reason = error.first, error.__cause__
        except Exception as error:
            if small == LAST_SIZE:
                raise (first or error) from (first or error).__cause__
            if not real:
                # Fake tensors hold no values: only a failure of that kind, or of a constructor, is worth a
                # second run.
                if not isinstance(error, ConstructorError) and not is_fake_problem(error):
                    raise
                reason = error
        else:
            if reason is None:
                return recording
            note = f"run with real tensors, because with fake ones: {_first_line(reason)}"
            return replace(recording, notes=(*recording.notes, note))
    raise AssertionError("the last run returns or raises")


def _attempt(
    target: Target,
    thing: Any,
    module: ModuleType,
    request: dict[str, Any],
    ends: float,
    *,
    real: bool,
    small: int,
    exact: bool,
) -> Recording:
    names = Names(module)
    builder = Builder(module, names, request["settings"], small=small)
    torch.manual_seed(0)
    random.seed(0)
    with contextlib.nullcontext() if real else fake_tensors():
        try:
            if real:
                _refuse_large(target, thing, builder)
            made = _instance(target, thing, builder, exact)
            return _record(target, made, thing, builder, request, names)
        except (UnknownSettingError, TooLargeError):
            raise
        except Exception as error:
            guessed = target.arguments is None and not request["call"]
            if not guessed or not _is_module_class(thing) or (is_fake_problem(error) and not real):
                raise
            return _hosted(target, thing, builder, request, ends, error, real=real)


def _hosted(
    target: Target,
    thing: type[torch.nn.Module],
    builder: Builder,
    request: dict[str, Any],
    ends: float,
    failed: Exception,
    *,
    real: bool,
) -> Recording:
    """What the class computes where a model around it builds and calls it. Raises what failed if none does."""

    def make(around: Builder, host: type) -> torch.nn.Module:
        whole = replace(target, name=host.__name__)
        if real:
            _refuse_large(whole, host, around)
        made: torch.nn.Module = _instance(whole, host, around, exact=False)
        return made

    def record(block: torch.nn.Module, call: Arguments) -> Recording:
        return record_module(block, *call, target=target.text, root_name=thing.__name__)[1]

    try:
        found = called_by_a_host(thing, builder, request["inputs"], make, record, ends)
        if found is None:
            raise failed
        recording, around = found
    except Exception as error:
        if not real and error is not failed and is_fake_problem(error):
            raise HostNeedsValuesError(failed) from error
        raise failed from failed.__cause__
    note = f"built and called as a model around it does, because by itself: {_first_line(failed)}"
    notes = (*recording.notes, note)
    return replace(recording, settings=tuple(around.used.items()), notes=notes, untold=around.untold)


def _is_module_class(thing: Any) -> bool:
    return inspect.isclass(thing) and issubclass(thing, torch.nn.Module)


def _refuse_large(target: Target, thing: Any, builder: Builder) -> None:
    """Do not fill the memory with a module whose size is known before it is built."""
    trial = replace(builder, used={}, taken=set())
    try:
        with fake_tensors():
            made = _instance(target, thing, trial, False)
            count = sum(p.numel() for p in made.parameters()) if isinstance(made, torch.nn.Module) else 0
    except Exception:  # noqa: BLE001
        return  # it cannot be built with fake tensors: the memory limit must do
    if count > LARGEST_REAL:
        raise TooLargeError(
            f"it decides by values, so it needs real tensors, and has {count:,} parameters; "
            "give smaller sizes with --set"
        )


class TooLargeError(Exception):
    """The module needs real tensors and is too large for them."""


class UnknownSettingError(TargetError):
    """A setting that the target does not take."""


class HostNeedsValuesError(Exception):
    """A model around the class needs real tensors; `first` is what the class itself said."""

    def __init__(self, first: Exception) -> None:
        super().__init__(str(first))
        self.first = first


class ConstructorError(Exception):
    """The constructor raised; the cause is what it raised."""


def _instance(target: Target, thing: Any, builder: Builder, exact: bool) -> Any:
    if isinstance(thing, torch.nn.Module):
        return thing
    if inspect.isclass(thing) or target.arguments is not None:
        made = _constructed(builder, thing, target.arguments)
    else:
        made = thing
    unknown = sorted(set(builder.settings) - builder.taken)
    if unknown and exact and made is not thing:
        raise UnknownSettingError(
            f"{target.name} takes no setting {unknown[0]!r}",
            "it takes: " + ", ".join(_takes(thing)) if _takes(thing) else "it takes none",
        )
    if not callable(made):
        raise TargetError(
            f"{target.name} is neither a module nor a function", "name a class that derives from nn.Module"
        )
    return made


# What to try when a constructor raises: which configuration class, by what to multiply guessed sizes, and
# whether
# a layer's index that may be None is given after all, and whether sizes that a configuration leaves open are.
_RETRIES = (
    (0, 1, False, False),
    (0, 1, True, False),
    (0, 1, False, True),
    (0, 4, False, False),
    (1, 1, False, False),
    (2, 1, False, False),
    (3, 1, False, False),
    (1, 1, False, True),
    (2, 1, False, True),
)


def _constructed(builder: Builder, thing: Any, arguments: str | None) -> Any:
    """An instance; where the constructor dislikes what was guessed, other guesses. The first error counts."""
    first: Exception | None = None
    for builder.choice, builder.scale, builder.indexed, builder.complete in _RETRIES:
        try:
            return builder.build(thing, arguments)
        except TargetError as error:
            if first is None:
                raise
            if error.message == str(first):
                break
        except Exception as error:
            if is_fake_problem(error):  # other guesses would not help
                raise ConstructorError(_first_line(error)) from error
            first = first or error
    assert first is not None
    raise ConstructorError(_first_line(first)) from first


def _takes(thing: Any) -> list[str]:
    try:
        return [name for name in inspect.signature(thing).parameters if name not in ("args", "kwargs")]
    except (TypeError, ValueError):
        return []


def _record(
    target: Target, made: Any, thing: Any, builder: Builder, request: dict[str, Any], names: Names
) -> Recording:
    """Run the module with the first arguments that it takes."""
    name = type(made).__name__ if isinstance(made, torch.nn.Module) else getattr(thing, "__name__", "forward")
    if request["call"]:
        args, kwargs = given_call(request["call"], names)
        _, recording = record_module(made, args, kwargs, target=target.text, root_name=name)
    else:

        def run(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Recording:
            return record_module(made, args, kwargs, target=target.text, root_name=name)[1]

        recording = search(made, request["inputs"], names, run)
    return replace(recording, settings=tuple(builder.used.items()), untold=builder.untold)


def _failure(target: str, error: BaseException, span: Span | None, doing: str) -> Failure:
    """A Failure that says what was raised, where in the user's code, and what to do."""
    detail = "".join(traceback.format_exception(type(error), error, error.__traceback__))[-6000:]
    if isinstance(error, TargetError):
        return Failure(target, TARGET_ERROR, error.message, error.advice, span)
    if isinstance(error, ConstructorError) and error.__cause__ is not None:
        error, doing = error.__cause__, "its constructor"
    place = _place(error) or span
    where = f" (line {place.line} of {Path(place.file).name})" if place is not None else ""
    if isinstance(error, (SystemExit, KeyboardInterrupt)):
        message = f"{doing} called sys.exit{where}"
        return Failure(
            target, TRACE_FAILURE, message, "guard it with `if __name__ == '__main__':`", place, detail
        )
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        message = f"{doing} needed more memory than it may take{where}"
        return Failure(
            target,
            TRACE_FAILURE,
            message,
            "give smaller sizes with --set",
            place,
            detail,
        )
    if isinstance(error, SyntaxError):
        message = f"it is not valid Python: {error.msg} (line {error.lineno})"
        at = Span(error.filename or target, error.lineno or 1, error.offset or 1)
        return Failure(target, TARGET_ERROR, message, "mend the file", at, detail)
    message = f"{doing} raised {type(error).__name__}: {_first_line(error)}{where}"
    return Failure(target, TRACE_FAILURE, message, _advice(doing), place, detail)


def _advice(doing: str) -> str:
    if doing.startswith("import"):
        return "install what it imports, or name its folder with --path"
    return (
        "give constructor arguments with --set NAME=VALUE or in the target, forward's arguments with --call"
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def _place(error: BaseException) -> Span | None:
    """The innermost line of user code in the traceback."""
    ours = str(Path(__file__).parent)
    library = str(Path(torch.__file__).parent)
    found = None
    for frame in traceback.extract_tb(error.__traceback__):
        if (
            not frame.filename.startswith((ours, library, "<", sys.base_prefix + "/lib/python"))
            and frame.lineno
        ):
            found = Span(frame.filename, frame.lineno)
    return found
