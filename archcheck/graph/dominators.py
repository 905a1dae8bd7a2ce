"""Immediate dominators of an acyclic graph: which value every path from the root to a value must pass."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

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
    found: dict[Key, Key] = {root: root}
    depth: dict[Key, int] = {root: 0}
    for key in order:
        if key == root:
            continue
        common: Key | None = None
        for arg in args[key]:
            if arg not in found:
                continue
            common = arg if common is None else _meet(common, arg, found, depth)
        if common is not None:
            found[key] = common
            depth[key] = depth[common] + 1
    del found[root]
    return found


def _meet(left: Key, right: Key, found: Mapping[Key, Key], depth: Mapping[Key, int]) -> Key:
    """The nearest value that dominates both: up the tree of dominators from the deeper one."""
    while left != right:
        if depth[left] >= depth[right]:
            left = found[left]
        else:
            right = found[right]
    return left
