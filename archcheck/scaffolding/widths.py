"""How many channels each value has, in terms of the constructor's arguments.

A *class* is a set of values with the same width: an activation keeps the width of what it reads, a sum needs
equal ones. The input and, if it may, the output have `width` channels; what a linear or a convolution makes
is free until something asks for it. A concatenation is as wide as its parts together, a GLU half as wide as
what it reads.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from archcheck.graph import Graph, Node
from archcheck.scaffolding.errors import ScaffoldError, refuse
from archcheck.vocabulary import is_a

FREE = ("linear", "conv", "depthwise_conv", "conv_transpose", "embedding")
HALVING = frozenset({"glu", "maxout", "split"})


@dataclass(frozen=True, slots=True)
class Size:
    """A sum of constructor arguments with factors; the argument "" is the number 1."""

    terms: tuple[tuple[str, Fraction], ...]

    @staticmethod
    def of(name: str, factor: Fraction | int = 1) -> Size:
        """That many times an argument."""
        return Size(((name, Fraction(factor)),))

    def times(self, factor: Fraction) -> Size:
        """A multiple."""
        return Size(tuple((name, value * factor) for name, value in self.terms))

    def plus(self, other: Size, sign: int = 1) -> Size:
        """A sum, or a difference."""
        found = dict(self.terms)
        for name, value in other.terms:
            found[name] = found.get(name, Fraction(0)) + sign * value
        return Size(tuple((name, value) for name, value in found.items() if value))

    def text(self) -> str:
        """The expression in Python: `2 * width`, `width // 2`, `64`."""
        texts = []
        for name, factor in self.terms:
            above, below = factor.numerator, factor.denominator
            text = str(above) if not name else name if above == 1 else f"{above} * {name}"
            texts.append(text if below == 1 else f"{text} // {below}")
        return " + ".join(texts) or "0"


WIDTH = Size.of("width")


def divisor(sizes: Iterable[Size]) -> int:
    """By what `width` must be divisible for these sizes to be whole numbers."""
    return math.lcm(
        1, *(factor.denominator for size in sizes for name, factor in size.terms if name == "width")
    )


@dataclass(slots=True)
class Widths:
    """The widths of all values of one graph.

    `fixed` gives the width of some values (the inputs, a head's output), `wanted` those that the outputs
    should have if nothing speaks against it, `default` that of a value that is free.
    """

    graph: Graph
    fixed: dict[str, Size]
    default: Size = WIDTH
    lengthwise: frozenset[str] = frozenset()
    number: int = 0  # what `width` must be, where the spec gives a number for it
    given: list[tuple[str, Size]] = field(default_factory=list)  # the numbers that the spec gives
    _above: dict[str, str] = field(default_factory=dict)
    _sizes: dict[str, Size] = field(default_factory=dict)

    def solve(self) -> dict[str, Size]:
        """The width of each value.

        Raises:
            ScaffoldError: two values that are added have different widths.
        """
        for node in self.graph.operations():
            self._relate(node)
        for key, size in (*self.fixed.items(), *self.given):
            self._fix(key, size)
        for key in self.graph.outputs:
            if self._root(key) not in self._sizes and not self._derived(key):
                self._fix(key, WIDTH)
        self._settle()
        for node in reversed(list(self.graph.operations())):
            if self._root(node.id) not in self._sizes and not self._derived(node.id):
                self._fix(node.id, self.default)
                self._settle()
        for node in reversed(self.graph.nodes):
            if self._root(node.id) not in self._sizes:
                self._fix(node.id, self.default)
                self._settle()
        self._check()
        return {node.id: self._sizes[self._root(node.id)] for node in self.graph.nodes}

    # -- classes -------------------------------------------------------------------------------------

    def _root(self, key: str) -> str:
        while key in self._above:
            key = self._above[key]
        return key

    def _same(self, one: str, other: str) -> None:
        one, other = self._root(one), self._root(other)
        if one != other:
            self._above[other] = one

    def _relate(self, node: Node) -> None:
        word = node.words[0]
        if word == "concat" and node.id not in self.lengthwise:
            return
        if any(is_a(word, family) for family in FREE):
            for key, value in (
                (node.id, node.attr("out_features")),
                *((a, node.attr("in_features")) for a in node.args[:1]),
            ):
                if isinstance(value, int):
                    self.given.append((key, Size.of("", value)))
            return
        if word in HALVING or not node.args:
            return
        self._same(node.args[0], node.id)
        if is_a(word, "join") or word == "maximum":
            for arg in node.args[1:]:
                self._same(node.args[0], arg)

    def _fix(self, key: str, size: Size) -> None:
        root = self._root(key)
        known = self._sizes.setdefault(root, size)
        if known != size and not self._is_number(known, size):
            node = self.graph[key]
            raise ScaffoldError(
                f"{node.op!r} would have {known.text()} channels and {size.text()} at once",
                "put a linear or a conv where the width changes",
                node.span,
            )

    def _is_number(self, known: Size, size: Size) -> bool:
        """Whether a number of the spec is the value of `width`."""
        if WIDTH not in (known, size):
            return False
        ((name, factor),) = (size if known == WIDTH else known).terms
        if name or self.number not in (0, int(factor)):
            return False
        self.number = int(factor)
        return True

    # -- what follows from what ----------------------------------------------------------------------

    def _derived(self, key: str) -> bool:
        """Whether the width follows from others: of a concatenation or a GLU."""
        root = self._root(key)
        return any(self._root(n.id) == root for n in self._constraints())

    def _constraints(self) -> list[Node]:
        return [
            n
            for n in self.graph.operations()
            if (n.words[0] == "concat" and n.id not in self.lengthwise) or n.words[0] in HALVING
        ]

    def _settle(self) -> None:
        changed = True
        while changed:
            before = len(self._sizes)
            for node in self._constraints():
                if node.words[0] == "concat":
                    self._settle_concat(node)
                else:
                    self._settle_half(node)
            changed = len(self._sizes) != before

    def _settle_half(self, node: Node) -> None:
        whole, half = self._root(node.args[0]), self._root(node.id)
        if whole in self._sizes and half not in self._sizes:
            self._sizes[half] = self._sizes[whole].times(1 / _parts(node))
        elif half in self._sizes and whole not in self._sizes:
            self._sizes[whole] = self._sizes[half].times(_parts(node))

    def _settle_concat(self, node: Node) -> None:
        whole = self._root(node.id)
        roots = [self._root(arg) for arg in node.args]
        free = [root for root in roots if root not in self._sizes]
        if not free and whole not in self._sizes:
            total = Size(())
            for root in roots:
                total = total.plus(self._sizes[root])
            self._sizes[whole] = total
        elif free and whole in self._sizes and whole not in roots:
            left = self._sizes[whole]
            for root in roots:
                if root in self._sizes:
                    left = left.plus(self._sizes[root], -1)
            if not left.terms or any(factor <= 0 for _, factor in left.terms):
                raise refuse(node, "its parts are wider than what is read of it", "put a linear behind it")
            for root in dict.fromkeys(free):
                self._sizes[root] = left.times(Fraction(1, len(free)))

    def _check(self) -> None:
        for node in self._constraints():
            sizes = [self._sizes[self._root(arg)] for arg in node.args]
            own = self._sizes[self._root(node.id)]
            if node.words[0] in HALVING:
                fits = sizes[0] == own.times(_parts(node))
            else:
                total = Size(())
                for size in sizes:
                    total = total.plus(size)
                fits = dict(total.terms) == dict(own.terms)
            if not fits:
                halves = node.words[0] in HALVING
                what = f"1/{_parts(node)} of " * halves + " + ".join(size.text() for size in sizes)
                raise refuse(
                    node,
                    f"it makes {what} channels, and {own.text()} are needed",
                    f"put a linear or a conv {'in front of' if halves else 'behind'} it",
                )


def _parts(node: Node) -> Fraction:
    """How many times as wide as its result is what a GLU or a split reads."""
    parts = node.attr("parts", 2)
    return Fraction(parts if isinstance(parts, int) and node.words[0] == "split" else 2)
