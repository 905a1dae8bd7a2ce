"""`re`, for patterns and texts that are constants.

The text and the pattern come from code that nobody trusts, and a pattern can take for ever. So a choice or a repeat
inside a repeat is refused, and so is a text that is too long for the number of repeats.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.values import ABSTRACT, Names, Native, Unknown, Value, plain

try:
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # before Python 3.11
    import sre_parse as parser

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

MOST_WORK = 1_000_000  # positions of the text, once for each repeat
LONGEST_PATTERN = 1_000
FLAGS = {
    name: int(getattr(re, name))
    for name in ("IGNORECASE", "I", "MULTILINE", "M", "DOTALL", "S", "VERBOSE", "X")
}


def _safe(pattern: str, text: str) -> bool:
    """Whether a search surely ends soon: no repeat holds a choice or a repeat, and all together try few positions."""
    try:
        tree = parser.parse(pattern) if len(pattern) <= LONGEST_PATTERN else None
    except (re.error, RecursionError, OverflowError):
        return True  # then `re` says so at once
    return tree is not None and _work(tree, len(text) + 2, False) * (len(text) + 2) <= MOST_WORK


def _work(tree: Any, length: int, repeated: bool) -> float:
    """How many ways there are to fit the repeats of a parsed pattern to a text; infinite for a repeat in a repeat."""
    work = 1.0
    for code, given in tree:
        name = str(code)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, high, body = given
            if repeated:
                return math.inf
            ways = min(int(high), length) - min(int(low), length) + 1
            work *= ways * _work(body, length, int(high) > 1)
        elif name == "BRANCH":
            if repeated:
                return math.inf
            work *= sum(_work(way, length, repeated) for way in given[1])
        elif name in ("SUBPATTERN", "ASSERT", "ASSERT_NOT", "ATOMIC_GROUP", "GROUPREF_EXISTS"):
            parts = given if isinstance(given, (tuple, list)) else (given,)
            for part in parts:
                if isinstance(part, parser.SubPattern):
                    work *= _work(part, length, repeated)
    return work


def _answer(found: Any) -> Value:
    if not isinstance(found, re.Match):
        return found
    groups = found.groups()

    def group(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
        try:
            return found.group(*(plain(a) for a in args))
        except (IndexError, TypeError):
            return Unknown("a group of a match")

    return Names(
        "match",
        {
            "group": Native("group", group),
            "groups": Native("groups", lambda _vm, _args, _kwargs: groups),
            "groupdict": Native("groupdict", lambda _vm, _args, _kwargs: found.groupdict()),
            "start": Native("start", lambda _vm, _args, _kwargs: found.start()),
            "end": Native("end", lambda _vm, _args, _kwargs: found.end()),
        },
    )


def _function(name: str, pattern: str | None = None) -> Native:
    """A function of `re`, or with a pattern the method of a compiled one."""
    position = 2 if name in ("sub", "subn") else 1

    def run(_vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
        values = [plain(a) for a in args]
        if pattern is not None:
            values.insert(0, pattern)
        more = {key: plain(value) for key, value in kwargs.items()}
        flags = more.get("flags", 0)
        texts = values[: position + 1]
        known = (
            len(texts) == position + 1 and all(isinstance(t, str) for t in texts) and isinstance(flags, int)
        )
        if not known or any(type(v) in ABSTRACT for v in values) or not _safe(texts[0], texts[-1]):
            return Unknown(f"re.{name} of a text that is not known")
        if name == "sub" and len(texts[1]) * (len(texts[2]) + 1) > 10 * MOST_WORK:
            return Unknown("re.sub of a text that is too long")
        try:
            return _answer(getattr(re, name)(*values, **more))
        except (re.error, TypeError, ValueError, RecursionError, OverflowError):
            return Unknown(f"re.{name} cannot be computed")

    return Native(name, run)


_FUNCTIONS = ("search", "match", "fullmatch", "findall", "split", "sub")


def _compile(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    pattern = plain(args[0]) if args else None
    if len(args) != 1 or not isinstance(pattern, str):
        return Unknown("a pattern that is not known")
    return Names("pattern", {"pattern": pattern, **{name: _function(name, pattern) for name in _FUNCTIONS}})


def _escape(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    text = plain(args[0])
    return re.escape(text) if isinstance(text, str) else Unknown("re.escape of a text that is not known")


RE: dict[str, Value] = {
    **{name: _function(name) for name in _FUNCTIONS},
    **FLAGS,
    "compile": Native("compile", _compile),
    "escape": Native("escape", _escape),
}
