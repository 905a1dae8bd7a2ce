"""How an operation is written: what the constructor builds for it, and how forward calls it."""

from __future__ import annotations

from dataclasses import dataclass

from archcheck.graph import Node
from archcheck.scaffolding.layouts import IMAGE

ATOM, PRODUCT, SUM = 0, 1, 2  # how tightly an expression holds together


@dataclass(frozen=True, slots=True)
class Piece:
    """One operation in Python.

    `build` is the constructor's expression ("" where nothing is built), `call` the expression in forward, in
    which `{m}` stands for what was built, `{0}`, `{1}`, … for the operands and `{all}` for all of them with
    commas. `level` says how tightly the expression holds together, `holds` what its operands must be at most
    to need no parentheses. `again` says that the call mentions an operand more than once.
    """

    build: str = ""
    call: str = "{m}({all})"
    level: int = ATOM
    holds: int = SUM
    again: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """Where an operation stands: the layout, the widths that it reads and makes, the box around it."""

    node: Node
    layout: str
    read: str
    made: str
    box: str = ""

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
