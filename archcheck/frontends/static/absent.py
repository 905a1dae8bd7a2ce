"""Packages that a `try` looks for and that are not there: compiled kernels, above all.

The code goes on without them, as Python would. Where it then raises an error that names one of them, there is no block
without it; the run begins again as if it were there, and what it computes is opaque.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcheck.frontends.static.values import Dotted, Value

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


@dataclass(frozen=True)
class Lack:
    """A name at the top of a module, and what of a package that was not found it stands for."""

    namespace: dict[str, Value]
    bound: str
    dotted: str


@dataclass
class Absent:
    """What was not found, by package, and what of it the target that is read now is taken to have."""

    lacks: dict[str, list[Lack]] = field(default_factory=dict)
    supposed: dict[str, list[tuple[Lack, Value]]] = field(
        default_factory=dict
    )  # and what the name was before

    def note(self, namespace: dict[str, Value], bound: str, dotted: str) -> None:
        """Remember a name that stands for something that was not found."""
        self.lacks.setdefault(dotted.partition(".")[0], []).append(Lack(namespace, bound, dotted))

    def suppose(self, message: str) -> bool:
        """Whether an error names packages that were not found; from then on they are taken to be there."""
        words = set(re.findall(r"\w+", message.replace("-", "_")))
        found = [package for package in self.lacks if package in words and package not in self.supposed]
        for package in found:
            self.supposed[package] = [(lack, lack.namespace.get(lack.bound)) for lack in self.lacks[package]]
            for lack in self.lacks[package]:
                lack.namespace[lack.bound] = Dotted(lack.dotted)
        return bool(found)

    def forget(self) -> None:
        """What one target needs says nothing of the next."""
        for changed in self.supposed.values():
            for lack, before in reversed(changed):
                lack.namespace[lack.bound] = before
        self.supposed.clear()

    def tell(self, vm: Interpreter) -> None:
        """Say in a run what is supposed."""
        for package in self.supposed:
            vm.note(f"{package} was not found and is taken to be there: without it the code raises")
