"""Which layers of a stack are equal, as data and in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

SHORTEST = 3  # so many numbers with equal steps between them are a row
SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True)
class Stack:
    """A list of layers: its path, how many of its members were read, and how many it has (0: not told)."""

    path: str
    read: int
    length: int


@dataclass(frozen=True, slots=True)
class Layers:
    """Equal layers of the stacks of one class or function, by their paths in it.

    `file` and `owner` say in what they stand.
    """

    file: str
    owner: str
    paths: tuple[str, ...]
    stacks: tuple[Stack, ...]

    @property
    def read(self) -> int:
        """How many layers of these stacks were read."""
        return sum(stack.read for stack in self.stacks)

    @property
    def length(self) -> int:
        """How many layers these stacks have, 0 where that is not told."""
        lengths = [stack.length for stack in self.stacks]
        return sum(lengths) if all(lengths) else 0

    def with_equal(self, others: Iterable[Layers]) -> Layers:
        """These layers and further ones that are equal to them."""
        more = tuple(others)
        paths = {path for one in (self, *more) for path in one.paths}
        stacks = dict.fromkeys(stack for one in (self, *more) for stack in one.stacks)
        return replace(self, paths=tuple(sorted(paths, key=_order)), stacks=tuple(stacks))

    def text(self) -> str:
        """`the same in 31 of 32 layers: layers.0 to layers.6 and layers.8 to layers.31`; "" for a lone layer."""
        count, read, length = len(self.paths), self.read, self.length
        if read <= 1 and length <= 1:
            return ""
        if read == length:
            if count == 1:
                return f"{self.paths[0]} alone, of {length} layers"
            number = f"all {length}" if count == length else f"{count} of {length}"
            return f"the same in {number} layers: {listed(self.paths)}"
        number = str(read) if count == read else f"{count} of the {read}"
        the = "the " if count == read else ""
        which = "" if count == read else f": {listed(self.paths)}"
        return f"the same in {the}{number} layers that were read, of {length or 'an unknown number'}{which}"

    def to_dict(self) -> dict[str, Any]:
        """The `layers` object of a RESULT."""
        return {
            "owner": self.owner,
            "paths": list(self.paths),
            "read": self.read,
            "length": self.length or None,
        }


def listed(paths: Sequence[str]) -> str:
    """Paths in words, with rows of numbers as one.

    >>> listed(["layers.0", "layers.1", "layers.2", "layers.4"])
    'layers.0 to layers.2 and layers.4'
    >>> listed(["layers.0", "layers.2", "layers.4", "layers.6"])
    'layers.0, layers.2 to layers.6 in steps of 2'
    """
    rows: list[str] = []
    rest = list(paths)
    while rest:
        row = _row(rest)
        step = _order(row[1])[-1][1] - _order(row[0])[-1][1] if len(row) > 1 else 0
        if step == 1:
            rows.append(f"{row[0]} to {row[-1]}")
        elif step:
            rows.append(f"{row[0]}, {row[1]} to {row[-1]} in steps of {step}")
        else:
            rows.append(row[0])
        rest = rest[len(row) :]
    if len(rows) > SHOWN_ROWS:
        return f"{', '.join(rows[:SHOWN_ROWS])} and more"
    return " and ".join(filter(None, (", ".join(rows[:-1]), rows[-1])))


def _row(paths: Sequence[str]) -> list[str]:
    """The longest row of numbers with equal steps at the start, or the first path alone."""
    row = [paths[0]]
    step = 0
    for path in paths[1:]:
        last, here = _order(row[-1]), _order(path)
        apart = here[-1][1] - last[-1][1]
        numbers = min(here[-1][1], last[-1][1]) >= 0 and (here[:-1], here[-1][0]) == (last[:-1], last[-1][0])
        if not numbers or apart != (step or apart):
            break
        step = apart
        row.append(path)
    return row if len(row) >= SHORTEST else row[:1]


def _order(path: str) -> tuple[tuple[str, int], ...]:
    """The parts of a path, each with the number at its end: ("layer", 3), ("", 3), or ("norm", -1) without one."""
    found = []
    for part in path.split("."):
        name = part.rstrip("0123456789")
        number = part[len(name) :]
        found.append((name, int(number)) if number.isdecimal() else (part, -1))
    return tuple(found)
