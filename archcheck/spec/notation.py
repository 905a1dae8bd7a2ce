"""The notation of chains: a recursive-descent parser (DESIGN section 2) that gathers all errors.

Brackets are matched before parsing, so each part of a chain is a range of tokens: an error in one step
never hides the next, and no input recurses deeper than the lexer's limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcheck.spec.errors import Problems, closest, quoted
from archcheck.spec.lexer import RESERVED, Token, Tokens, tokenize
from archcheck.spec.source import Origin
from archcheck.spec.syntax import Chain, GroupStep, Step, WordStep
from archcheck.vocabulary import CANONICAL, MAIN_ATTRIBUTE, VALUES, attributes

if TYPE_CHECKING:
    from archcheck.graph import Literal, Span

JOIN_KINDS: dict[str, str] = {"+": "sum", "*": "product", ",": "concat"}
_JOIN_MARKS = frozenset(JOIN_KINDS)
_Range = tuple[int, int]


def parse_block(
    text: str, origin: Origin | str = "<chain>", words: frozenset[str] = frozenset()
) -> tuple[Chain, ...]:
    """The chains of a text, separated by line ends or `;`.

    `origin` says where the text stands (a file name where it is the whole file), `words` adds words to the
    vocabulary: the names of blocks, without which a bare name at the head of a chain is a value.

    Raises:
        SpecError: with every error of the text.
    """
    problems = Problems()
    place = Origin.of(text, origin) if isinstance(origin, str) else origin
    chains = read_chains(text, place, problems, words)
    problems.check()
    return chains


def parse_chain(text: str, origin: Origin | str = "<chain>", words: frozenset[str] = frozenset()) -> Chain:
    """The one chain of a text.

    Raises:
        SpecError: with every error of the text, also when it holds several chains.
    """
    problems = Problems()
    place = Origin.of(text, origin) if isinstance(origin, str) else origin
    chain = read_chain(text, place, problems, words)
    problems.check()
    assert chain is not None
    return chain


def read_chains(text: str, origin: Origin, problems: Problems, words: frozenset[str]) -> tuple[Chain, ...]:
    """As parse_block, but notes errors in `problems` and returns what could be read."""
    before = len(problems.found)
    tokens = tokenize(text, origin, problems)
    if tokens is None:
        return ()
    if all(token.kind == "sep" for token in tokens.all):
        if len(problems.found) == before:
            problems.add(
                "there is no chain", origin.span(0, len(text)), "steps, as in 'norm -> attention -> add'"
            )
        return ()
    return _Parser(tokens, origin, problems, words | CANONICAL).block(0, len(tokens.all))


def read_chain(text: str, origin: Origin, problems: Problems, words: frozenset[str]) -> Chain | None:
    """As parse_chain, but notes errors in `problems`; None where there is no chain."""
    chains = read_chains(text, origin, problems, words)
    if len(chains) > 1:
        span = chains[1].span or origin.span(0, len(text))
        problems.add("a second chain stands where only one may stand", span, "one chain")
    return chains[0] if chains else None


@dataclass(frozen=True, slots=True)
class _Items:
    """What stands in the parentheses behind a word."""

    values: tuple[str, ...] = ()
    attrs: tuple[tuple[str, Literal], ...] = ()
    skip: Chain | None = None


@dataclass(frozen=True, slots=True)
class _Parser:
    """Reads ranges [lo, hi) of tokens. Ranges always hold whole brackets."""

    tokens: Tokens
    origin: Origin
    problems: Problems
    words: frozenset[str]

    # -- helpers -----------------------------------------------------------------------------------

    def token(self, index: int) -> Token:
        return self.tokens.all[index]

    def span(self, lo: int, hi: int) -> Span:
        """The span of the tokens [lo, hi), or of the token at lo where there are none."""
        last = len(self.tokens.all) - 1
        start = self.token(min(lo, last))
        return self.origin.span(start.start, self.token(min(max(hi - 1, lo), last)).end)

    def kind(self, index: int, hi: int) -> str:
        return self.token(index).kind if index < hi else ""

    def split(self, lo: int, hi: int, kinds: frozenset[str]) -> tuple[list[_Range], list[int]]:
        """The ranges between the separators of these kinds outside brackets, and the separators."""
        parts, marks, start, index = [], [], lo, lo
        while index < hi:
            if self.token(index).kind in kinds:
                parts.append((start, index))
                marks.append(index)
                start = index + 1
            index = self.tokens.match.get(index, index) + 1
        parts.append((start, hi))
        return parts, marks

    # -- the grammar -------------------------------------------------------------------------------

    def block(self, lo: int, hi: int) -> tuple[Chain, ...]:
        """`chain {newline or ";" chain}`; empty lines between chains do not matter."""
        parts, _ = self.split(lo, hi, frozenset({"sep"}))
        chains = (self.chain(start, end) for start, end in parts if start < end)
        return tuple(chain for chain in chains if chain is not None)

    def chain(self, lo: int, hi: int) -> Chain | None:
        """`step {"->" step}`, where the first step may be a value."""
        if lo >= hi:
            self.problems.add("a chain is missing", self.span(lo - 1, hi), "a word, a value or '('")
            return None
        parts, arrows = self.split(lo, hi, frozenset({"->"}))
        head: str | None = None
        steps: list[Step] = []
        for number, (start, end) in enumerate(parts):
            if start >= end:
                arrow = arrows[min(number, len(arrows) - 1)]
                side = "before" if number == 0 else "behind"
                self.problems.add(
                    f"a step is missing {side} the arrow", self.span(arrow, arrow + 1), "a step"
                )
            elif number == 0 and end == start + 1 and self.is_value(start):
                head = self.token(start).text
            else:
                step = self.step(start, end, first=number == 0)
                if step is not None:
                    steps.append(step)
        return Chain(tuple(steps), head, self.span(lo, hi))

    def is_value(self, index: int) -> bool:
        """Whether a bare name at the head of a chain is a value rather than a word."""
        token = self.token(index)
        return token.kind == "name" and (token.text in VALUES or token.text not in self.words)

    def step(self, lo: int, hi: int, *, first: bool) -> Step | None:
        """A word, a group or (at the head) a value, with `?` and `as NAME`."""
        token = self.token(lo)
        inner: WordStep | GroupStep
        if token.kind == "(":
            close = self.tokens.match[lo]
            group = self.group(lo, close)
            index = close + 1
            optional, name, index = self.suffix(index, hi)
            inner = GroupStep(group.chains, group.join, optional, name, self.span(lo, index))
        elif token.kind == "name" and token.text not in RESERVED:
            if first and self.kind(lo + 1, hi) in {"?", "name"} and self.is_value(lo):
                return self.renamed_value(lo, hi)
            words, index = self.choice(lo, hi)
            items, inside = _Items(), None
            if self.kind(index, hi) == "(":
                close = self.tokens.match[index]
                items, index = self.items(words, index, close), close + 1
            if self.kind(index, hi) == "[":
                close = self.tokens.match[index]
                inside, index = self.inside(index, close), close + 1
            optional, name, index = self.suffix(index, hi)
            span = self.span(lo, index)
            inner = WordStep(words, items.values, items.attrs, items.skip, inside, optional, name, span)
        else:
            self.problems.add(f"unexpected {quoted(token.text)}", self.span(lo, lo + 1), "a word or '('")
            return None
        if index < hi:
            self.leftover(index)
        return inner

    def renamed_value(self, lo: int, hi: int) -> Step | None:
        """`VALUE as NAME`: a group of one chain that holds nothing but the value."""
        value = self.token(lo).text
        optional, name, index = self.suffix(lo + 1, hi)
        if index < hi:
            self.leftover(index)
        elif optional:
            hint = closest(value, self.words)
            message = f"{quoted(value)} is no word, and a value cannot be optional"
            self.problems.add(message, self.span(lo, lo + 1), "a word before '?'", hint)
        span = self.span(lo, lo + 1)
        return GroupStep((Chain((), value, span),), name=name, span=self.span(lo, hi))

    def suffix(self, index: int, hi: int) -> tuple[bool, str | None, int]:
        """`["?"] ["as" NAME]`, and the index behind them."""
        optional, name = False, None
        if self.kind(index, hi) == "?":
            optional, index = True, index + 1
        if index < hi and self.token(index).text == "as" and self.token(index).kind == "name":
            if self.kind(index + 1, hi) == "name" and self.token(index + 1).text not in RESERVED:
                name, index = self.token(index + 1).text, index + 2
            else:
                found = quoted(self.token(index + 1).text) if index + 1 < hi else "nothing"
                self.problems.add(
                    f"'as' is followed by {found}", self.span(index, index + 1), "a name, as in 'as n'"
                )
                index = hi
        return optional, name, index

    def choice(self, lo: int, hi: int) -> tuple[tuple[str, ...], int]:
        """`word {"|" word}`, and the index behind it."""
        words, index = [self.token(lo).text], lo + 1
        while self.kind(index, hi) == "|":
            if self.kind(index + 1, hi) == "name" and self.token(index + 1).text not in RESERVED:
                words.append(self.token(index + 1).text)
                index += 2
            else:
                self.problems.add(
                    "a word is missing behind '|'", self.span(index, index + 1), "a word, as in 'a|b'"
                )
                index += 1
        return tuple(words), index

    def group(self, lo: int, close: int) -> GroupStep:
        """`"(" chain {JOIN chain} ")"`."""
        parts, marks = self.split(lo + 1, close, _JOIN_MARKS)
        kinds = [self.token(mark).kind for mark in marks]
        for mark, kind in zip(marks, kinds, strict=True):
            if kind != kinds[0]:
                message = f"'{kind}' and '{kinds[0]}' stand in one group"
                hint = f"'{kinds[0]}' again, or parentheses of its own around one kind"
                self.problems.add(message, self.span(mark, mark + 1), hint)
                break
        chains = [self.chain(start, end) for start, end in parts]
        join = JOIN_KINDS[kinds[0]] if kinds else None
        return GroupStep(tuple(chain for chain in chains if chain is not None), join)

    def inside(self, lo: int, close: int) -> tuple[Chain, ...]:
        """`"[" block "]"`."""
        if all(self.token(index).kind == "sep" for index in range(lo + 1, close)):
            self.problems.add(
                "the box is opened, but empty", self.span(lo, close + 1), "a chain inside '[ ]'"
            )
        return self.block(lo + 1, close)

    def items(self, words: tuple[str, ...], lo: int, close: int) -> _Items:
        """`"(" item {"," item} ")"` behind a word."""
        values: list[str] = []
        attrs: dict[str, Literal] = {}
        skips: list[Chain] = []
        parts, _ = self.split(lo + 1, close, frozenset({","}))
        for start, end in parts:
            if start >= end:
                self.problems.add("an item is missing", self.span(lo, close + 1), "a value or key=…")
            elif self.kind(start, end) == "name" and self.kind(start + 1, end) == "=":
                self.pair(start, end, attrs, skips)
            elif (
                end == start + 1
                and self.kind(start, end) == "name"
                and self.token(start).text not in RESERVED
            ):
                values.append(self.token(start).text)
            else:
                found, value = self.literal(start, end)
                if found:
                    self.main(words, start, end, value, attrs)
        return _Items(tuple(values), tuple(attrs.items()), skips[0] if skips else None)

    def pair(self, lo: int, hi: int, attrs: dict[str, Literal], skips: list[Chain]) -> None:
        """`key=literal` or `skip=chain`."""
        key = self.token(lo).text
        if key in attrs or (key == "skip" and skips):
            self.problems.add(f"{quoted(key)} is given twice", self.span(lo, lo + 1), "one value for a key")
        elif lo + 2 >= hi:
            self.problems.add(f"{quoted(key)} has no value", self.span(lo, hi), f"{key}=…")
        elif key == "skip":
            chain = self.chain(lo + 2, hi)
            skips.extend([chain] if chain is not None else [])
        else:
            found, value = self.literal(lo + 2, hi)
            if found:
                attrs[key] = value

    def main(
        self, words: tuple[str, ...], lo: int, hi: int, value: Literal, attrs: dict[str, Literal]
    ) -> None:
        """A bare literal: the word's main attribute."""
        keys = {MAIN_ATTRIBUTE.get(word, "") for word in words}
        key = keys.pop()
        if keys or not key:
            among = sorted(attributes(words[0])) if words[0] in CANONICAL else []
            expected = "key=…" + (f" with one of {', '.join(among)}" if among else "")
            message = f"{quoted('|'.join(words))} takes no bare value"
            self.problems.add(message, self.span(lo, hi), expected)
        elif key in attrs:
            self.problems.add(f"{quoted(key)} is given twice", self.span(lo, hi), "one value for a key")
        else:
            attrs[key] = value

    def literal(self, lo: int, hi: int) -> tuple[bool, Literal]:
        """A number, text, bare word, or a tuple in parentheses: whether there is one, and its value."""
        if lo >= hi:
            self.problems.add("an item is missing", self.span(lo, hi), "a value between the commas")
            return False, None
        token = self.token(lo)
        if hi == lo + 1 and token.kind == "literal":
            return True, token.value
        if hi == lo + 1 and token.kind == "name":
            return True, token.text
        if token.kind == "(" and self.tokens.match[lo] == hi - 1:
            parts, _ = self.split(lo + 1, hi - 1, frozenset({","}))
            if len(parts) > 1 and parts[-1][0] >= parts[-1][1]:  # (3,)
                parts = parts[:-1]
            if lo + 2 == hi:
                return True, ()
            read = [self.literal(start, end) for start, end in parts]
            if all(found for found, _ in read):
                return True, tuple(value for _, value in read)
        message = "this is no value of an attribute"
        self.problems.add(
            message, self.span(lo, hi), "a number, true, false, a word, a text in quotes or (3, 3)"
        )
        return False, None

    def leftover(self, index: int) -> None:
        """What stands behind a complete step."""
        token = self.token(index)
        span = self.span(index, index + 1)
        if token.kind in _JOIN_MARKS:
            self.problems.add(f"'{token.kind}' stands outside a group", span, "parentheses: (a -> b + c)")
        elif token.text == ";":
            self.problems.add(
                "';' stands inside parentheses", span, "one chain, or chains joined by '+', '*' or ','"
            )
        elif token.kind == "(":
            self.problems.add("'(' stands too late in its step", span, "the order word(…)[…]? as name")
        elif token.kind == "[":
            self.problems.add("'[' stands too late in its step", span, "the order word(…)[…]? as name")
        else:
            self.problems.add(f"unexpected {quoted(token.text)}", span, "'->' or the end of the chain", "->")
