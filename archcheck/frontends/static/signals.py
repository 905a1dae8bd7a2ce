"""How statements end that leave the block in which they stand: `return`, `break`, `continue`."""

from __future__ import annotations

from archcheck.frontends.static.values import Value


class Return:
    """The signal of a `return`."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value


BREAK, CONTINUE = object(), object()
