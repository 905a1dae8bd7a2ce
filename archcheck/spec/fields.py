"""Typed access to the keys of a YAML mapping; what has the wrong type is a problem, not an exception."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcheck.spec.errors import Problems, closest, quoted
from archcheck.spec.yamltree import Items, Mapping, Scalar, Tree

if TYPE_CHECKING:
    from archcheck.graph import Literal

_INTEGER = re.compile(r"[-+]?\d{1,30}")
_FLOAT = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_NOTATION = re.compile(r"->|[()\[\]]")
_PLAIN: dict[str, Literal] = {"true": True, "false": False, "null": None, "~": None, "": None}


def is_null(tree: Tree | None) -> bool:
    """Whether a key has no value: `key:`."""
    return isinstance(tree, Scalar) and tree.plain and tree.text in {"", "~", "null"}


def kind(tree: Tree) -> str:
    """What a value is, for messages."""
    if isinstance(tree, Mapping):
        return "a mapping"
    if isinstance(tree, Items):
        return "a list"
    return "nothing" if is_null(tree) else quoted(tree.text)


@dataclass(slots=True)
class Fields:
    """The entries of one mapping. `where` names it in messages."""

    mapping: Mapping
    problems: Problems
    where: str
    known: dict[str, Tree] = field(default_factory=dict)
    keys: dict[str, Scalar] = field(default_factory=dict)

    def restrict(self, allowed: frozenset[str]) -> Fields:
        """Note every key that is not allowed, and keep the others."""
        for key, value in self.mapping.entries:
            if key.text in allowed:
                self.known[key.text] = value
                self.keys[key.text] = key
            elif self.mapping.flow and (is_null(value) or _NOTATION.search(key.text)):
                message = f"{quoted(key.text)} is read as a key: YAML's own {{ }} ends a text at a comma"
                self.problems.add(message, key.span, "quotes around the text")
            else:
                message = f"unknown key {quoted(key.text)} in {self.where}"
                expected = f"one of {', '.join(sorted(allowed))}"
                self.problems.add(message, key.span, expected, closest(key.text, allowed))
        return self

    def get(self, key: str) -> Tree | None:
        """The value of a key; a key without a value is a problem."""
        tree = self.known.get(key)
        if tree is not None and is_null(tree):
            self.problems.add(f"{quoted(key)} has no value", self.keys[key].span, "a value behind the colon")
            return None
        return tree

    def wrong(self, key: str, tree: Tree, expected: str) -> None:
        """Note that a value has the wrong type."""
        self.problems.add(f"{quoted(key)} is {kind(tree)}", tree.span, expected)

    def text(self, key: str) -> str:
        """A text, "" where the key is absent."""
        tree = self.get(key)
        if tree is None or isinstance(tree, Scalar):
            return "" if tree is None else tree.text.strip()
        self.wrong(key, tree, "a text")
        return ""

    def flag(self, key: str) -> bool:
        """True or false, false where the key is absent."""
        tree = self.get(key)
        if tree is None:
            return False
        if isinstance(tree, Scalar) and tree.plain and tree.text in {"true", "false"}:
            return tree.text == "true"
        self.wrong(key, tree, "true or false")
        return False

    def scalars(self, key: str, what: str) -> tuple[Scalar, ...]:
        """A list of texts, or one text."""
        tree = self.get(key)
        if tree is None:
            return ()
        if isinstance(tree, Scalar):
            return (tree,)
        if isinstance(tree, Mapping):
            self.wrong(key, tree, f"a list of {what}")
            return ()
        found = []
        for item in tree.items:
            if isinstance(item, Scalar) and not is_null(item):
                found.append(item)
            else:
                self.problems.add(f"{quoted(key)} holds {kind(item)}", item.span, f"a list of {what}")
        return tuple(found)

    def fields(self, key: str, allowed: frozenset[str]) -> Fields | None:
        """A mapping with these keys."""
        tree = self.get(key)
        if tree is None:
            return None
        if not isinstance(tree, Mapping):
            self.wrong(key, tree, f"a mapping with {', '.join(sorted(allowed))}")
            return None
        return Fields(tree, self.problems, f"`{key}`").restrict(allowed)


def literal(tree: Tree, problems: Problems) -> Literal:
    """The value of a setting: a number, true, false, null, a text, or a list of these."""
    if isinstance(tree, Items):
        return tuple(literal(item, problems) for item in tree.items)
    if isinstance(tree, Mapping):
        problems.add("a mapping is no setting", tree.span, "dotted keys, as in config.norm_first: true")
        return None
    if not tree.plain:
        return tree.text
    if tree.text in _PLAIN:
        return _PLAIN[tree.text]
    if _INTEGER.fullmatch(tree.text):
        return int(tree.text)
    return float(tree.text) if _FLOAT.fullmatch(tree.text) else tree.text
