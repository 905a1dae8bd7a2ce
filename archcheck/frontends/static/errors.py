"""How an abstract run ends other than by a result."""

from __future__ import annotations

from typing import Any

from archcheck.graph import Span

NONE_TAKEN_APART = "NoneType is not iterable:"  # a name follows


class Raised(Exception):  # noqa: N818 - the code that is read raises it; it is no error of ours
    """The code that is read raises an exception: the names of its class and bases, and its text."""

    def __init__(self, names: tuple[str, ...], message: str = "", value: Any = None) -> None:
        super().__init__(message)
        self.names, self.message, self.value = names, message, value
        self.place: Span | None = None
        self.choices: dict[str, Any] = {}  # what the run that it ended had decided

    @property
    def name(self) -> str:
        """The name of the exception's class."""
        return self.names[0] if self.names else "Exception"


class NeedsInputError(Exception):
    """An optional argument of forward that is used although it was not given."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class NeedsChoiceError(Exception):
    """A name of the configuration that has no default and picks a member of a table: one must be supposed."""

    def __init__(self, key: str, possible: tuple[Any, ...]) -> None:
        super().__init__(key)
        self.key, self.possible = key, possible


class EnoughError(Exception):
    """A generator has yielded more than anybody asks for."""


class LeftError(Exception):
    """A loop over a generator is left: the generator ends where it stands."""

    def __init__(self, source: object) -> None:
        super().__init__()
        self.source = source


class GaveUpError(Exception):
    """The interpreter stops: a limit was reached. The text says which."""


def raised(kind: type[BaseException], message: str = "") -> Raised:
    """A builtin exception, as the interpreter raises it."""
    return Raised(tuple(c.__name__ for c in kind.__mro__ if c is not object), message)
