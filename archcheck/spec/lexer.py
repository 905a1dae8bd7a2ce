"""Tokens of the notation: words, literals, brackets, arrows and separators, with their offsets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcheck.spec.errors import Problems, quoted

if TYPE_CHECKING:
    from archcheck.graph import Literal
    from archcheck.spec.source import Origin

# A block that needs more than this is no figure; the limits keep recursion and time bounded.
LONGEST_TEXT = 256 * 1024
LONGEST_NUMBER = 40
DEEPEST = 64

KEYWORDS: dict[str, Literal] = {
    "true": True,
    "false": False,
    "null": None,
    "inf": float("inf"),
    "nan": float("nan"),
}
RESERVED = frozenset(KEYWORDS) | {"as", "skip"}

_TOKEN = re.compile(
    r"""
      (?P<space>[^\S\r\n]+)
    | (?P<line>(?:[\r\n\x85]|\u2028|\u2029)+)
    | (?P<arrow>->|→)
    | (?P<wrong_arrow>=>|-->|=+>|>|⟶|⇒|➔|➝|➜|⇾|↦)
    | (?P<number>-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])|-inf\b)
    | (?P<string>"(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*')
    | (?P<broken_string>["'][^\r\n]*)
    | (?P<name>[^\W\d]\w*(?:-\w+)*)
    | (?P<mark>[()\[\]|?;,+*=])
    | (?P<other>[^\s()\[\]|?;,+*="'>-]+|.)
    """,
    re.VERBOSE,
)
_OPENING = {"(": ")", "[": "]"}
# A line may be broken beside these: they cannot end, or cannot start, a chain.
_GOES_ON = frozenset({"->", "+", "*", ",", "|", "=", "(", "["})
_GOES_BACK = frozenset({"->", "+", "*", ",", "|", "=", "?", ")", "]"})


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `kind` is "name", "literal", "sep" or the mark itself; `text` is as written."""

    kind: str
    text: str
    start: int
    end: int
    value: Literal = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one text; `match` gives for an opening bracket the index of its closing one."""

    all: tuple[Token, ...]
    match: dict[int, int]


def tokenize(text: str, origin: Origin, problems: Problems) -> Tokens | None:
    """The tokens of a text, or None (with a problem noted) when its brackets do not match."""
    if len(text) > LONGEST_TEXT:
        limit = f"at most {LONGEST_TEXT // 1024} KB"
        problems.add(f"a chain of {len(text):,} characters is too long to read", origin.span(0, 1), limit)
        return None
    tokens = _without_broken_lines(_scan(text, origin, problems))
    match = _matches(tokens, origin, problems)
    return None if match is None else Tokens(tuple(tokens), match)


def _scan(text: str, origin: Origin, problems: Problems) -> list[Token]:
    tokens = []
    for found in _TOKEN.finditer(text):
        kind, word = found.lastgroup or "", found.group()
        start, end = found.span()
        if kind == "space":
            continue
        if kind == "line":
            tokens.append(Token("sep", "\n", start, end))
        elif kind == "arrow":
            tokens.append(Token("->", word, start, end))
        elif kind == "name":
            if word in KEYWORDS:
                tokens.append(Token("literal", word, start, end, KEYWORDS[word]))
            else:
                tokens.append(Token("name", word, start, end))
        elif kind == "mark":
            tokens.append(Token("sep" if word == ";" else word, word, start, end))
        elif kind in {"number", "string"}:
            tokens.append(_literal(kind, found, origin, problems))
        else:
            _complain(kind, word, origin, start, end, problems)
            if kind == "wrong_arrow":
                tokens.append(Token("->", word, start, end))
            elif kind == "broken_string":
                tokens.append(Token("literal", word, start, end, word))
    return tokens


def _complain(kind: str, word: str, origin: Origin, start: int, end: int, problems: Problems) -> None:
    span = origin.span(start, end)
    if kind == "wrong_arrow" or word == "-":
        problems.add(f"{quoted(word)} is no arrow", span, "an arrow between two steps", "->")
    elif kind == "broken_string":
        problems.add("a text in quotes does not end", span, f"a closing {word[0]} on the same line")
    elif word == "#":
        problems.add("'#' starts no comment inside a chain", span, "a comment on a line of YAML's own")
    else:
        problems.add(f"unexpected {quoted(word)}", span, "a word, a value, an arrow or a bracket")


def _literal(kind: str, found: re.Match[str], origin: Origin, problems: Problems) -> Token:
    word = found.group()
    start, end = found.span()
    value: Literal
    if kind == "number":
        if len(word) > LONGEST_NUMBER:
            problems.add("a number is too long", origin.span(start, end), f"at most {LONGEST_NUMBER} digits")
            value = 0
        elif re.fullmatch(r"-?\d+", word):
            value = int(word)
        else:
            value = float(word)
        return Token("literal", word, start, end, value)
    if word[0] == "'":
        return Token("literal", word, start, end, word[1:-1])
    import json  # late: few specs have texts in double quotes, and every check waits for imports

    try:
        value = str(json.loads(word, strict=False))
    except ValueError:
        problems.add(
            f"{quoted(word)} has an unknown escape", origin.span(start, end), r"\", \\, \n or \u0041"
        )
        value = word[1:-1]
    return Token("literal", word, start, end, value)


def _without_broken_lines(tokens: list[Token]) -> list[Token]:
    """Drop the line ends that separate no chains: inside `( )`, and beside an arrow or a join."""
    kept: list[Token] = []
    open_brackets: list[str] = []
    for index, token in enumerate(tokens):
        if token.text == "\n":
            following = tokens[index + 1].kind if index + 1 < len(tokens) else ""
            inside = bool(open_brackets) and open_brackets[-1] == "("
            if inside or following in _GOES_BACK or (kept and kept[-1].kind in _GOES_ON):
                continue
        elif token.kind in _OPENING:
            open_brackets.append(token.kind)
        elif token.kind in {")", "]"} and open_brackets:
            open_brackets.pop()
        kept.append(token)
    return kept


def _matches(tokens: list[Token], origin: Origin, problems: Problems) -> dict[int, int] | None:
    match: dict[int, int] = {}
    stack: list[int] = []
    for index, token in enumerate(tokens):
        span = origin.span(token.start, token.end)
        if token.kind in _OPENING:
            stack.append(index)
            if len(stack) > DEEPEST:
                problems.add("brackets nest too deeply", span, f"at most {DEEPEST} inside each other")
                return None
        elif token.kind in {")", "]"}:
            if not stack:
                problems.add(f"'{token.kind}' closes nothing", span, "an opening bracket before it")
                return None
            start = stack.pop()
            opened = tokens[start]
            if _OPENING[opened.kind] != token.kind:
                wanted = f"'{_OPENING[opened.kind]}'"
                problems.add(f"'{opened.kind}' is closed by '{token.kind}'", span, wanted)
                return None
            match[start] = index
    for index in stack[:1]:
        token = tokens[index]
        problems.add(
            f"'{token.kind}' is never closed",
            origin.span(token.start, token.end),
            f"'{_OPENING[token.kind]}'",
        )
    return None if stack else match
