"""In the child: from a request to answers, one class after the other, each able to fail alone."""

from __future__ import annotations

import inspect
import random
import sys
import time
import traceback
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch

from archcheck.frontends.target_text import Target, TargetError, files_of, parse_target
from archcheck.frontends.trace.build import Builder
from archcheck.frontends.trace.inputs import attempts, given_call
from archcheck.frontends.trace.modules import class_span
from archcheck.frontends.trace.record import record_module
from archcheck.frontends.trace.target import Names, find_name, import_target, own_names
from archcheck.graph import Span
from archcheck.graph.recording import Failure, Recording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

TARGET_ERROR, TRACE_FAILURE = "AC902", "AC903"
LONGEST_SEARCH = 40.0  # seconds for finding arguments that forward takes
SAME_COMPLAINTS = 8
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
            wanted = _wanted(part, module)
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


def _wanted(target: Target, module: ModuleType) -> list[Target]:
    """The class that is named, else all module classes that the file itself defines."""
    if target.name:
        return [target]
    return [
        target.of(name) for name in own_names(module) if issubclass(getattr(module, name), torch.nn.Module)
    ]


def trace(
    target: Target, thing: Any, module: ModuleType, request: dict[str, Any], *, exact: bool = True
) -> Recording | Failure:
    """Build and run one class: with fake tensors, and where a value decides with small real ones."""
    reason: BaseException | None = None
    for real, small in ((False, False), (True, False), (True, True)):
        try:
            recording = _attempt(target, thing, module, request, real=real, small=small, exact=exact)
        except TargetError:
            raise
        except Exception as error:
            if real and small:
                raise
            if not real:
                # Fake tensors hold no values: only a failure of that kind, or of a constructor, is worth a
                # second run.
                if not isinstance(error, ConstructorError) and not _is_fake_problem(error):
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
    *,
    real: bool,
    small: bool,
    exact: bool,
) -> Recording:
    from torch._subclasses.fake_tensor import FakeTensorMode

    names = Names(module)
    builder = Builder(module, names, request["settings"], small=small)
    torch.manual_seed(0)
    random.seed(0)
    if real:
        _refuse_large(target, thing, builder, module, request, small)
        made = _instance(target, thing, builder, exact)
        return _record(target, made, thing, builder, request, names)
    with FakeTensorMode(allow_non_fake_inputs=True):
        made = _instance(target, thing, builder, exact)
        return _record(target, made, thing, builder, request, names)


def _refuse_large(
    target: Target, thing: Any, builder: Builder, module: ModuleType, request: dict[str, Any], small: bool
) -> None:
    """Do not fill the memory with a module whose size is known before it is built."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    trial = Builder(module, builder.names, request["settings"], small=small)
    try:
        with FakeTensorMode(allow_non_fake_inputs=True):
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
        raise TargetError(
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
# a layer's index that may be None is given after all.
_RETRIES = ((0, 1, False), (0, 1, True), (0, 4, False), (1, 1, False), (2, 1, False), (3, 1, False))


def _constructed(builder: Builder, thing: Any, arguments: str | None) -> Any:
    """An instance; where the constructor dislikes what was guessed, other guesses. The first error counts."""
    first: Exception | None = None
    for builder.choice, builder.scale, builder.indexed in _RETRIES:
        try:
            return builder.build(thing, arguments)
        except TargetError as error:
            if first is None:
                raise
            if error.message == str(first):
                break
        except Exception as error:  # noqa: BLE001 - reported below
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
        recording = _search(target, made, name, request["inputs"], names)
    return replace(recording, settings=tuple(builder.used.items()))


def _search(target: Target, made: Any, name: str, inputs: list[str], names: Names) -> Recording:
    """Run the module with one guess after the other until it takes one; the first error counts."""
    first: Exception | None = None
    seen: Counter[tuple[int, str]] = Counter()
    ends = time.monotonic() + LONGEST_SEARCH
    tries = attempts(made, inputs, names)
    proposal = next(tries, None)
    while proposal is not None:
        stage, (args, kwargs) = proposal
        complaint = ""
        # The same complaint again and again is not about what this stage varies.
        exhausted = any(count >= SAME_COMPLAINTS and at == stage for (at, _), count in seen.items())
        if not exhausted and time.monotonic() < ends:
            try:
                return record_module(made, args, kwargs, target=target.text, root_name=name)[1]
            except Exception as error:
                if _is_fake_problem(error):
                    raise
                first = first or error
                complaint = f"{type(error).__name__} {error}"
                seen[stage, complaint] += 1
        try:
            proposal = tries.send(complaint)
        except StopIteration:
            break
    raise first or TargetError("forward takes no arguments that could be made", "give them with --call")


def _is_fake_problem(error: BaseException) -> bool:
    """Whether the module failed for the reason that the tensors hold no values."""
    kinds = [kind.__module__ + "." + kind.__name__ for kind in type(error).__mro__]
    if any(kind.startswith("torch._subclasses.fake_tensor.") for kind in kinds):
        return True
    text = str(error)
    return any(word in text for word in _VALUELESS)


_VALUELESS = (
    "FakeTensors",
    "meta tensor",
    "Meta tensor",
    "'Meta' backend",
    "data-dependent",
    "data pointer",
    "not supported for tensor subclasses",
    "DataDependent",
)


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
