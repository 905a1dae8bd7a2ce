"""What can be said of a step on its own: its words, attributes and form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.spec.builder import place
from archcheck.spec.errors import Problems, closest, quoted
from archcheck.spec.printer import print_literal
from archcheck.spec.syntax import Chain, WordStep
from archcheck.spec.walk import steps_of
from archcheck.vocabulary import CANONICAL, VALUES, attributes, is_a

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcheck.graph import Literal, Span

_TRUTH = frozenset({"causal", "affine", "bias", "global"})
_COUNT = frozenset({"heads", "kv_heads", "head_dim", "experts", "top_k", "groups", "n", "parts", "dims"})
_NUMBER = frozenset({"eps", "p", "slope"})


def check_chains(chains: Iterable[Chain], blocks: frozenset[str], problems: Problems) -> None:
    """Check every step, those in groups, skips and boxes included."""
    for step in steps_of(chains):
        if isinstance(step, WordStep):
            _check_words(step, blocks, problems)
            _check_form(step, blocks, problems)
            _check_attributes(step, blocks, problems)


def _check_words(step: WordStep, blocks: frozenset[str], problems: Problems) -> None:
    span = place(step)
    for word in step.words:
        if word in VALUES:
            message = f"{quoted(word)} is a value, not a step"
            problems.add(message, span, f"it at the head of a chain, or in parentheses: add({word})")
        elif word not in CANONICAL and word not in blocks:
            expected = "a word of the vocabulary" + (" or a block's name" if blocks else "")
            problems.add(f"unknown word {quoted(word)}", span, expected, closest(word, CANONICAL | blocks))
    if len(set(step.words)) < len(step.words):
        problems.add(f"the choice {quoted('|'.join(step.words))} names a word twice", span, "each word once")
    if len(step.words) > 1:
        joins = {is_a(word, "join") for word in step.words}
        if len(joins) > 1:
            problems.add("a choice mixes joins and other words", span, "joins only, or no join")
        if blocks.intersection(step.words):
            problems.add("a block stands in a choice", span, "words of the vocabulary only")


def _check_form(step: WordStep, blocks: frozenset[str], problems: Problems) -> None:
    span = place(step)
    word = step.words[0]
    join = any(is_a(word, "join") for word in step.words)
    if step.skip is not None and not join:
        problems.add(f"{quoted(word)} has no skip", span, "skip=… on a join, such as add(skip=conv)")
    if step.inside is not None and join:
        problems.add(f"the join {quoted(word)} has no inside", span, "a box before '[ ]'")
    if step.inside is not None and word in blocks:
        problems.add(f"the block {quoted(word)} is written out in `blocks`", span, f"{word} without '[ ]'")
    if "stack" in step.words and step.inside is None:
        names = ", ".join(sorted(blocks)) or "norm -> attention -> add"
        problems.add("the stack does not say what it stacks", span, f"a block in '[ ]': stack(n=6)[{names}]")


def _check_attributes(step: WordStep, blocks: frozenset[str], problems: Problems) -> None:
    span = place(step)
    for key, value in step.attrs:
        for word in step.words:
            if word in blocks:
                problems.add(
                    f"the block {quoted(word)} takes no attributes", span, "attributes inside the block"
                )
            elif word in CANONICAL and key not in attributes(word):
                among = attributes(word)
                expected = f"one of {', '.join(sorted(among))}"
                message = f"{quoted(word)} has no attribute {quoted(key)}"
                problems.add(message, span, expected, closest(key, among))
        _check_value(key, value, span, problems)


def _check_value(key: str, value: Literal, span: Span, problems: Problems) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    wanted = ""
    if key in _TRUTH and not isinstance(value, bool):
        wanted = "true or false"
    elif key in _COUNT and not (isinstance(value, int) and number and value > 0):
        wanted = "a whole number above 0"
    elif key in _NUMBER and not number:
        wanted = "a number"
    if wanted:
        problems.add(f"{quoted(key)} is {quoted(print_literal(value))}", span, wanted)
