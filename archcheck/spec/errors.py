"""What is wrong with a spec: problems with a place, gathered and raised together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from archcheck.vocabulary import CANONICAL, nearest

if TYPE_CHECKING:
    from archcheck.graph import Span

MOST_PROBLEMS = 100
LONGEST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of a spec: what is wrong, where, what was expected, and the nearest valid word."""

    message: str
    span: Span
    expected: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        text = f"{self.span.file}:{self.span.line}:{self.span.column}: {self.message}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.suggestion:
            text += f"; did you mean {quoted(self.suggestion)}?"
        return text


class SpecError(Exception):
    """A spec that cannot be used; `problems` lists all that is wrong with it, in reading order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems

    def __reduce__(self) -> tuple[type[SpecError], tuple[tuple[Problem, ...]]]:
        return SpecError, (self.problems,)


@dataclass(slots=True)
class Problems:
    """Gathers problems while a spec is read. Raises SpecError itself when there are too many to read."""

    found: list[Problem] = field(default_factory=list)

    def add(self, message: str, span: Span, expected: str = "", suggestion: str | None = None) -> None:
        """Note one problem; the same one in the same place counts once."""
        problem = Problem(message, span, expected, suggestion or "")
        if problem in self.found:
            return
        self.found.append(problem)
        if len(self.found) >= MOST_PROBLEMS:
            self.found.append(Problem(f"more than {MOST_PROBLEMS} errors; the rest is not shown", span))
            self.stop()

    def error(self) -> SpecError:
        """What was gathered so far, in reading order."""
        by_place = sorted(self.found, key=lambda p: (p.span.file, p.span.line, p.span.column))
        return SpecError(tuple(by_place))

    def stop(self) -> NoReturn:
        """Raise what was gathered so far.

        Raises:
            SpecError: always.
        """
        raise self.error()

    def check(self) -> None:
        """Raise what was gathered, if anything was.

        Raises:
            SpecError: when there is a problem.
        """
        if self.found:
            self.stop()


def quoted(text: str) -> str:
    """The text in quotes for a message, cut short when it is long."""
    flat = " ".join(text.split())
    return f"'{flat}'" if len(flat) <= LONGEST_SHOWN else f"'{flat[:LONGEST_SHOWN]}…'"


def closest(word: str, among: frozenset[str] = CANONICAL) -> str | None:
    """The nearest of these words; None for a text so long that it is no slip of the pen."""
    return nearest(word, among) if len(word) <= LONGEST_SHOWN else None
