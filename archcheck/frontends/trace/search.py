"""Runs a module with one guess of its arguments after the other until it takes one."""

from __future__ import annotations

import linecache
import re
import time
import traceback
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

from archcheck.frontends.target_text import TargetError
from archcheck.frontends.trace.inputs import attempts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archcheck.frontends.trace.target import Names

LONGEST_SEARCH = 40.0  # seconds for finding arguments that forward takes
SAME_COMPLAINTS = 8
PLAIN = (bool, int, float, str, tuple, type(None))  # attributes that a try may have changed

Found = TypeVar("Found")


def search(
    made: Callable[..., Any],
    inputs: Sequence[str],
    names: Names,
    run: Callable[[tuple[Any, ...], dict[str, Any]], Found],
    seconds: float = LONGEST_SEARCH,
) -> Found:
    """What `run(args, kwargs)` gives with the first guess at which it does not raise; the first error counts."""
    first: Exception | None = None
    seen: Counter[tuple[int, str]] = Counter()
    ends = time.monotonic() + seconds
    tries = attempts(made, inputs, names)
    proposal = next(tries, None)
    before = _plain_state(made)
    while proposal is not None:
        stage, (args, kwargs) = proposal
        complaint = ""
        # The same complaint again and again is not about what this stage varies.
        exhausted = any(count >= SAME_COMPLAINTS and at == stage for (at, _), count in seen.items())
        if not exhausted and time.monotonic() < ends:
            try:
                return run(args, kwargs)
            except Exception as error:
                if is_fake_problem(error):
                    raise
                first = first or error
                _put_back(before)  # a window that shrank to fit a small image would stay small
                complaint = f"{type(error).__name__} {error}"
                seen[stage, complaint] += 1
                complaint += _absent(error)
        try:
            proposal = tries.send(complaint)
        except StopIteration:
            break
    raise first or TargetError("forward takes no arguments that could be made", "give them with --call")


def _plain_state(made: Callable[..., Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The numbers, texts and tuples among the attributes of all modules, each beside the dictionary that it is from."""
    modules = made.modules() if hasattr(made, "modules") else ()
    return [(vars(m), {n: v for n, v in vars(m).items() if type(v) in PLAIN}) for m in modules]


def _put_back(state: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    for attributes, before in state:
        attributes.update(before)


def _absent(error: Exception) -> str:
    """The variables that are None in the line that complains about a None."""
    if "NoneType" not in str(error):
        return ""
    names: list[str] = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        text = linecache.getline(frame.f_code.co_filename, line)
        names += [word for word in re.findall(r"\w+", text) if frame.f_locals.get(word, word) is None]
    return f" (None: {', '.join(dict.fromkeys(names))})" if names else ""


def is_fake_problem(error: BaseException) -> bool:
    """Whether the module failed for the reason that the tensors hold no values."""
    for told in (error, error.__cause__):
        kinds = [kind.__module__ + "." + kind.__name__ for kind in type(told).__mro__]
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
