"""Places in a text: from an offset to a line and column, also from inside a YAML scalar."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcheck.graph import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file (or of a chain on the command line) and the offsets where its lines start."""

    file: str
    text: str
    starts: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        starts = (0, *(match.end() for match in _LINE_END.finditer(self.text)))
        object.__setattr__(self, "starts", starts)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The span of text[start:end]; never empty."""
        line, column = self.position(start)
        end_line, end_column = self.position(max(end - 1, start))
        return Span(self.file, line, column, end_line, end_column + 1)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece of notation stands: `offsets[i]` is the place of its character i in the source.

    `start` is the place of the whole, for a text without characters.
    """

    source: Source
    offsets: Sequence[int]
    start: int = 0

    @classmethod
    def of(cls, text: str, file: str = "<chain>") -> Origin:
        """The origin of a text that is its own source."""
        return cls(Source(file, text), range(len(text)))

    def span(self, start: int, end: int) -> Span:
        """The span of the characters [start, end) of the notation."""
        if not self.offsets:
            return self.source.span(self.start, self.start)
        last = len(self.offsets) - 1
        first = self.offsets[start] if start <= last else self.offsets[last] + 1
        final = self.offsets[min(max(end - 1, start), last)] + 1
        return self.source.span(first, max(final, first + 1))
