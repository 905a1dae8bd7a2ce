"""A loop that runs a block several times without a class for it: each round is recorded like a module's call."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from archcheck.frontends.static.places import span_of
from archcheck.graph import Scope, Span
from archcheck.graph.recording import ModuleInfo

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


class Rounds:
    """One loop of a function that is a target; `length` is 0 where it is not known."""

    def __init__(self, name: str, file: str, node: ast.For, length: int) -> None:
        self.name, self.file, self.node, self.length = name, file, node, length
        self.count = 0

    @property
    def span(self) -> Span:
        """The loop's lines."""
        whole = span_of(self.file, self.node)
        return Span(whole.file, whole.line, 1, whole.end_line)

    def begin(self, vm: Interpreter, number: int) -> None:
        """Enter a round."""
        self.count = max(self.count, number + 1)
        vm.recorder.open(Scope(f"{self.name}.{number}", self._cls, 1_000_000 + id(self) % 1000 + number))
        for activation in vm.stack[-1:]:
            activation.depth += 1

    def end(self, vm: Interpreter) -> None:
        """Leave it."""
        vm.recorder.close()
        for activation in vm.stack[-1:]:
            activation.depth -= 1

    @property
    def _cls(self) -> str:
        return f"loop.{self.name}"

    def facts(self) -> list[ModuleInfo]:
        """The loop as a container and its rounds as members."""
        length = None if self.length == self.count else self.length
        whole = ModuleInfo(self.name, "loop", -1, self.span, container=True, length=length)
        members = [
            ModuleInfo(f"{self.name}.{i}", self._cls, -2 - i, self.span, calls=1) for i in range(self.count)
        ]
        return [whole, *members]
