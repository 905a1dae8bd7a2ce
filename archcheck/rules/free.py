"""Rules that need no spec."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from archcheck.rules.base import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archcheck.graph import Graph
    from archcheck.graph.recording import ModuleInfo
    from archcheck.rules.context import Context


class FreeRule(Rule):
    """A rule that looks at the code alone. It claims no edit."""

    def claim(self, context: Context) -> Iterable[Finding]:
        """Nothing: edits belong to the rules about a spec."""
        del context
        return ()

    @abstractmethod
    def look(self, graph: Graph, modules: Sequence[ModuleInfo]) -> Iterable[Finding]:
        """The findings about one block: its graph and the modules of its tree."""
