"""Optional arguments of forward that the code cannot do without."""

from __future__ import annotations

import linecache
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcheck.frontends.static.classes import find_method, module_method
from archcheck.frontends.static.decisions import IRRELEVANT, STATES
from archcheck.frontends.static.errors import NONE_TAKEN_APART, Raised
from archcheck.frontends.static.values import ClassValue, FunctionValue, Value

if TYPE_CHECKING:
    from archcheck.frontends.static.run import Task
    from archcheck.frontends.static.vm import Interpreter


@dataclass
class Lacking:
    """The arguments that are given one after the other because the code raises without them."""

    before: tuple[str, ...] | None = None  # what was given before the first that no error names
    asked: set[str] = field(default_factory=set)

    def missing(
        self, vm: Interpreter, task: Task, error: Raised, needed: list[str], guess: bool
    ) -> tuple[str, list[str]]:
        """The argument to give next after an error, "" if there is none, and those that are given from now on."""
        absent = list(vm.decisions.absent)
        named = _named_input(task, error, needed)
        if not named and "NameError" in error.names:  # a name that only a branch on such an argument binds
            named = next((n for n in reversed(absent) if n not in needed), "")
        return (
            (named, needed)
            if named or not guess or task.call is not None
            else self._asked_last(absent, needed)
        )

    def instead(self, vm: Interpreter, key: str, needed: list[str]) -> tuple[str, list[str]]:
        """What is given in place of the state of an earlier call, of which a first call has none."""
        if not STATES.fullmatch(key):
            return key, needed
        if self.before is not None:
            return key, list(self.before)
        last, given = self._asked_last([n for n in vm.decisions.absent if not STATES.fullmatch(n)], needed)
        return last or key, given

    def _asked_last(self, absent: Sequence[str], needed: Sequence[str]) -> tuple[str, list[str]]:
        """The argument that the code asked for last before it raised; where that does not help, those given before.

        After the first it is one that nothing asked for until the one before it was given.
        """
        self.before = tuple(needed) if self.before is None else self.before
        last = next((n for n in reversed(absent) if not IRRELEVANT.search(n)), "")
        known = last in self.asked
        self.asked.update(absent)
        return ("", list(self.before)) if known or not last else (last, list(needed))


def _named_input(task: Task, error: Raised, given: Sequence[str]) -> str:
    """The argument of forward that an error complains about, "" if it names none.

    A part of the model may complain about an argument that has another name outside (`decoder_input_ids`), or by
    the name that it has there.
    """
    function = _entry(task.value)
    if task.call is not None or function is None:
        return ""
    spec = function.node.args
    optional = {a.arg for a in (*spec.args, *spec.kwonlyargs)}
    words = re.findall(r"[A-Za-z_]\w+", error.message)
    handed_on = "misses the argument" in error.message or error.message.startswith(NONE_TAKEN_APART)
    if "TypeError" in error.names and handed_on and spec.kwarg is not None:
        return str(words[-1])  # a part asks for it: forward hands on what it does not name
    if spec.kwarg is not None and words and words[0] not in given and _looked_up(error, spec.kwarg.arg):
        return str(words[0])
    if error.names and error.names[0] in ("ValueError", "AssertionError", "RuntimeError", "TypeError"):
        named = [w for w in words if w in optional and w not in ("self", "input", "hidden_states")]
        likely = [name for w in named for name in (w, *(o for o in sorted(optional) if o.endswith(f"_{w}")))]
        likely += [
            a.arg for a in (*spec.args, *spec.kwonlyargs) if any(w.endswith(f"_{a.arg}") for w in words)
        ]
        return next((name for name in likely if name not in given), "")
    return ""


def _looked_up(error: Raised, name: str) -> bool:
    """Whether the line that raises a KeyError looks it up among the arguments without a name: `kwargs["mask"]`."""
    line = linecache.getline(error.place.file, error.place.line) if error.place is not None else ""
    return "KeyError" in error.names and re.search(rf"\b{name}\[\s*['\"]", line) is not None


def _entry(value: Value) -> FunctionValue | None:
    """The forward of a class, or the function itself."""
    is_class = isinstance(value, ClassValue)
    found = find_method(value, module_method(value) or "__call__") if is_class else value
    return signature(found) if isinstance(found, FunctionValue) else None


def signature(function: FunctionValue) -> FunctionValue:
    """The function whose parameters count: behind decorators that say what they wrap."""
    for _ in range(10):
        wrapped = function.attributes.get("__wrapped__")
        if not isinstance(wrapped, FunctionValue):
            break
        function = wrapped
    return function
