"""How an operation is written: what the constructor builds for it, and how forward calls it."""

from __future__ import annotations

from dataclasses import dataclass

from archcheck.graph import Node
from archcheck.scaffolding.layouts import IMAGE

# How loosely an expression holds together. A difference is looser than a sum: `x + (a - b)` must not become
# `(x + a) - b`, which is another graph.
ATOM, PRODUCT, SUM, DIFFERENCE = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Piece:
    """One operation in Python.

    `build` is the constructor's expression ("" where nothing is built), `call` the expression in forward, in
    which `{m}` stands for what was built, `{0}`, `{1}`, … for the operands and `{all}` for all of them with
    commas. `level` says how loosely the expression holds together, `holds` what its operands must be at most
    to need no parentheses. `again` says that the call mentions an operand more than once.
    """

    build: str = ""
    call: str = "{m}({all})"
    level: int = ATOM
    holds: int = DIFFERENCE
    again: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """Where an operation stands: the layout, the widths that it reads and makes, the box around it.

    `patches` says that it cuts an image into the tokens of a sequence, `embedded` that it reads an embedding.
    """

    node: Node
    layout: str
    read: str
    made: str
    box: str = ""
    patches: bool = False
    embedded: bool = False

    @property
    def word(self) -> str:
        """The word that was chosen."""
        return self.node.words[0]

    @property
    def image(self) -> bool:
        """Whether it works on images."""
        return self.layout == IMAGE

    @property
    def channels(self) -> int:
        """The axis of the channels."""
        return 1 if self.image else -1


def number(value: object) -> str:
    """A literal of the spec in Python; a sequence as a tuple."""
    if isinstance(value, tuple):
        return "(" + ", ".join(map(number, value)) + ("," if len(value) == 1 else "") + ")"
    return repr(value)
