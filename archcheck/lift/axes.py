"""Which axis of a value an operation works on, seen from where the value's axes last got their meaning.

A linear along the tokens (MLP-Mixer, Tolstikhin et al. 2021) and one along the channels are the same call;
what tells them apart is the transpositions in front of them, and the axis that the norms work on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archcheck.graph import Node
from archcheck.vocabulary import is_a

# Raw words after which the axes are the same ones as before.
KEEPING = frozenset(
    {
        "add", "subtract", "mul", "div", "scale", "layer_scale", "gate", "modulate", "dropout", "drop_path",
        "cast", "copy", "identity", "checkpoint", "clamp", "linear", "conv", "depthwise_conv", "slice",
        "split", "chunk", "neg", "pow", "sqrt", "rsqrt", "roll", "flip", "pad", "masked_fill", "mask",
        "abs",
    }
)  # fmt: skip
CONVOLUTIONS = frozenset({"conv", "depthwise_conv"})
LAST_NORMS = frozenset({"layer_norm", "rms_norm"})
TURNS = frozenset({"t", "T", "mT", "H", "mH", "adjoint", "matrix_transpose"})


@dataclass(frozen=True, slots=True)
class View:
    """A value's axes: of which value's axes (`frame`), and which of them stands in each place."""

    frame: str
    order: tuple[int, ...] | None = None  # None: unturned, and how many there are is not known


class Axes:
    """The views of all values of a raw graph, and the axis that holds the channels in each frame."""

    def __init__(self, raw: Mapping[str, Node]) -> None:
        """The axes in `raw`, which is in topological order; nothing is computed before the first question."""
        self.raw = raw
        self.views: dict[str, View] = {}
        self._norms: dict[str, int] = {}
        self._worked: dict[str, set[int]] = {}
        self._channel: dict[str, int] = {}
        self._projected: dict[str, set[int]] = {}

    def _follow(self) -> None:
        for node in self.raw.values():
            self._note(node)
            self._note_channels(node)
            self.views[node.id] = self._view(node)

    def along_tokens(self, key: str) -> bool:
        """Whether this linear or convolution works on another axis than the one that holds the channels."""
        if not self.views:
            self._follow()
        view, axis = self._input(self.raw[key]), self._axis(self.raw[key])
        if view is None or axis is None or (view.order is None and self.raw[key].words[0] == "linear"):
            return False
        if key in self._channel:
            return axis != self._channel[key]
        if view.frame in self._norms:
            return axis != self._norms[view.frame]
        others = self._worked.get(view.frame, set())
        return len(others) > 1 and axis != max(others)

    def off_channels(self, key: str) -> bool:
        """Whether a norm works on an axis that is not the last one and along which no weight in its frame works.

        Said only where the frame has such weights: a norm of the tokens of each channel is no layer norm.
        """
        if not self.views:
            self._follow()
        view, place = self._input(self.raw[key]), self._place(self.raw[key])
        if view is None or place is None:
            return False
        order = view.order if view.order is not None else (0, 1, 2)
        if not -len(order) <= place < len(order):
            return False
        axis = order[place]
        projected = self._projected.get(view.frame, set())
        return bool(projected) and axis not in projected and axis != len(order) - 1

    def _place(self, node: Node) -> int | None:
        """The place of the one axis of its input over which a norm or a reduction goes."""
        if node.words[0] in LAST_NORMS:
            return -1
        dim = node.attr("dim")
        dims = dim if isinstance(dim, tuple) else (dim,)
        return dims[0] if len(dims) == 1 and isinstance(dims[0], int) else None

    def _note_channels(self, node: Node) -> None:
        """Learn which axes the projections of a frame work on."""
        view, axis = self._input(node), self._axis(node)
        if node.words[0] in CONVOLUTIONS and view is not None:
            places = view.order if view.order is not None else (0, 1, 2)
            self._projected.setdefault(view.frame, set()).update(places[1:2])
        elif node.words[0] not in LAST_NORMS and view is not None and axis is not None:
            self._projected.setdefault(view.frame, set()).add(axis)

    def _note(self, node: Node) -> None:
        """Learn from a norm or a product with a weight which axis of its input holds the channels."""
        view, axis = self._input(node), self._axis(node)
        if view is None or axis is None:
            return
        if node.words[0] in LAST_NORMS:
            self._norms[view.frame] = axis
        else:
            self._worked.setdefault(view.frame, set()).add(axis)
            if view.frame in self._norms:
                self._channel[node.id] = self._norms[view.frame]

    def _input(self, node: Node) -> View | None:
        """The view of the operand that is no weight."""
        for arg in node.args:
            if arg in self.views and not self._weight(arg):
                return self.views[arg]
        return None

    def _weight(self, key: str) -> bool:
        while self.raw[key].words[0] in ("slice", "getitem", "cast", "copy"):  # the part for so many tokens
            key = self.raw[key].args[0]
        return self.raw[key].words[0] in ("parameter", "buffer", "constant")

    def _axis(self, node: Node) -> int | None:
        """The axis of the frame along which this operation works, None where that cannot be said."""
        word, view = node.words[0], self._input(node)
        if view is None:
            return None
        if word in LAST_NORMS or word in ("linear", "matmul"):
            weights = [a for a in node.args if self._weight(a)]
            if word in ("linear", "matmul") and not weights:
                return None
            before = word == "matmul" and self._weight(node.args[0])
            order = view.order if view.order is not None else (0, 1, 2)
            return order[-2 if before else -1] if len(order) > 1 else None
        if word == "einsum":
            return self._contracted(node, view)
        if word == "conv" and node.attr("dims") == 1:
            return (view.order if view.order is not None else (0, 1, 2))[1]
        return None

    def _contracted(self, node: Node, view: View) -> int | None:
        """The one axis of its value over which an einsum with a weight sums."""
        equation = node.attr("equation")
        if not isinstance(equation, str) or len(node.args) != 2 or not any(map(self._weight, node.args)):
            return None
        read, _, written = equation.replace(" ", "").partition("->")
        terms = read.split(",")
        if len(terms) != 2:
            return None
        value = terms[1 if self._weight(node.args[0]) else 0]
        order = view.order if view.order is not None else (0, 1, 2)
        summed = [i for i, letter in enumerate(value) if letter not in written]
        return order[summed[0]] if len(summed) == 1 and len(value) == len(order) else None

    def _view(self, node: Node) -> View:
        word = node.words[0]
        before = self._input(node)
        if before is None or node.is_source:
            return View(node.id)
        if word == "transpose":
            return self._turned(node, before)
        if word == "matmul" and any(self._weight(a) for a in node.args):
            return before
        if word in KEEPING or is_a(word, "activation") or is_a(word, "norm") or word == "softmax":
            return before
        if word == "getitem" and self.raw[node.args[0]].words[0] in ("split", "chunk"):
            return before
        return View(node.id)

    def _turned(self, node: Node, before: View) -> View:
        dims = node.attr("dims")
        if not isinstance(dims, str):
            return View(node.id)
        shape = self.raw[node.args[0]].shape
        known = len(before.order) if before.order is not None else len(shape) if shape else None
        if dims in TURNS:
            places = [-2, -1]
        else:
            try:
                places = [int(part) for part in dims.split(",")]
            except ValueError:
                return View(node.id)
        rank = known or (len(places) if len(places) > 2 else 3)
        order = before.order if before.order is not None else tuple(range(rank))
        if len(order) != rank or any(not -rank <= p < rank for p in places):
            return View(node.id)
        if len(places) == 2:
            first, second = (p % rank for p in places)
            turned = list(order)
            turned[first], turned[second] = turned[second], turned[first]
            return View(before.frame, tuple(turned))
        if len(places) != rank:
            return View(node.id)
        return View(before.frame, tuple(order[p % rank] for p in places))


__all__ = ["Axes", "View"]
