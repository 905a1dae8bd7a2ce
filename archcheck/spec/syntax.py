"""The abstract syntax of the notation: chains of steps. Frozen; it knows no YAML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union

from archcheck.graph import Literal, Span


@dataclass(frozen=True, slots=True)
class WordStep:
    """`word|word(value, key=literal, skip=chain)[block]? as name`.

    `words` is one word or a choice; `values` the named values that it reads besides the running one;
    `inside` the chains in square brackets, None where the box is closed.
    """

    words: tuple[str, ...]
    values: tuple[str, ...] = ()
    attrs: tuple[tuple[str, Literal], ...] = ()
    skip: Chain | None = None
    inside: tuple[Chain, ...] | None = None
    optional: bool = False
    name: str | None = None
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class GroupStep:
    """`(chain JOIN chain …)? as name`; `join` is "sum", "product", "concat", or None for one chain."""

    chains: tuple[Chain, ...]
    join: str | None = None
    optional: bool = False
    name: str | None = None
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Chain:
    """`value -> step -> step`; `head` is the named value it starts from, None for the running one."""

    steps: tuple[Step, ...]
    head: str | None = None
    span: Span | None = field(default=None, compare=False)


Step = Union[WordStep, GroupStep]
