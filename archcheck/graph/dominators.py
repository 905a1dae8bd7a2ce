"""Immediate dominators of an acyclic graph: which value every path from the root to a value must pass."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


def immediate_dominators(
    order: Iterable[Key], args: Mapping[Key, Sequence[Key]], root: Key
) -> dict[Key, Key]:
    """The immediate dominator of every value that `root` reaches; the root has none.

    `order` is topological, `args` gives the values that a value reads. Operands that the root does not reach
    do not count: they are on no path from it.

    Source: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001). In an acyclic graph one walk
    in topological order is enough, as all operands of a value are done before it.
    """
    known = Dominators(root, 0)
    known.extend((key, args[key]) for key in order if key != root)
    del known.found[root]
    return known.found


class Dominators(Generic[Key]):
    """The immediate dominators of what a root reaches, found as far down the order as they were asked for.

    They depend only on what stands before a value, so a change in the graph leaves those above it as they are.

    Attributes:
        found: value -> its immediate dominator; the root is its own.
        end: the place in the order up to which they are found.
    """

    def __init__(self, root: Key, end: int) -> None:
        """Nothing but the root is found; `end` is the place behind it."""
        self.found: dict[Key, Key] = {root: root}
        self.end = end
        self._depth: dict[Key, int] = {root: 0}

    def extend(self, rest: Iterable[tuple[Key, Sequence[Key]]]) -> None:
        """Go on with the next values of the order, each with what it reads."""
        found, depth = self.found, self._depth
        for key, args in rest:
            self.end += 1
            common: Key | None = None
            for arg in args:
                if arg in found:
                    common = arg if common is None else _meet(common, arg, found, depth)
            if common is not None:
                found[key] = common
                depth[key] = depth[common] + 1
            else:
                found.pop(key, None)  # it was reached before a change

    def cut(self, place: int) -> None:
        """Find those from this place on again when they are asked for."""
        self.end = min(self.end, place)

    def forget(self, keys: Iterable[Key]) -> None:
        """Leave out values that are no longer there, which dominate no value that is."""
        for key in keys:
            self.found.pop(key, None)


def _meet(left: Key, right: Key, found: Mapping[Key, Key], depth: Mapping[Key, int]) -> Key:
    """The nearest value that dominates both: up the tree of dominators from the deeper one."""
    while left != right:
        if depth[left] >= depth[right]:
            left = found[left]
        else:
            right = found[right]
    return left
