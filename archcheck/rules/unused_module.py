"""AC220."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from archcheck.rules.base import WARNING, Finding
from archcheck.rules.free import FreeRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archcheck.graph import Graph
    from archcheck.graph.recording import ModuleInfo

_HARMLESS = ("Identity", "Module")


class UnusedModule(FreeRule):
    """A module is built in the constructor and never reached in forward.

    A dropout that is declared and never applied, a norm whose weight never gets a gradient: of 91 public
    cases in which code and paper part, ten are of this kind, invisible to tests and to loss curves.

    Reported only where no method of the class that holds the module names it: a module that another method
    uses, or that a branch of forward would call under another configuration, is not reported. Neither is
    a container with a member that is used, a module whose parameters are read directly, or an Identity.
    """

    code = "AC220"
    name = "unused-module"
    severity = WARNING
    BUILT: ClassVar[tuple[tuple[str, str, bool], ...]] = (
        ("wrong", "self.norm = nn.LayerNorm(d)       # and no self.norm in any method", True),
        ("right", "self.norm = nn.LayerNorm(d)       # … return x + self.attn(self.norm(x))", False),
    )

    def look(self, graph: Graph, modules: Sequence[ModuleInfo]) -> Iterator[Finding]:
        """The outermost modules that nothing reaches."""
        del graph
        used = {m.instance for m in modules if m.calls or m.parameters_used}
        alive = {m.path for m in modules if m.instance in used}
        by_path = {m.path: m for m in modules}
        reported: list[str] = []
        for module in sorted(modules, key=lambda m: (m.path.count("."), m.path)):
            if not module.path or module.path in alive or module.mentioned or _harmless(module):
                continue
            if any(path.startswith(module.path + ".") for path in alive) or _below(module.path, reported):
                continue
            parent = by_path.get(module.path.rpartition(".")[0])
            if parent is not None and (parent.container or (parent.path and parent.path not in alive)):
                continue
            if module.container and not any(m.path.startswith(module.path + ".") for m in modules):
                continue
            reported.append(module.path)
            yield self._finding(module, parent)

    def _finding(self, module: ModuleInfo, parent: ModuleInfo | None) -> Finding:
        cls = module.cls.rpartition(".")[2]
        return Finding(
            self.code,
            self.name,
            self.severity,
            f"{module.path} ({cls}) is built in the constructor and never reached in forward",
            expected="a call",
            found="none",
            at=module.built_at or (parent or module).span,  # not the line of a framework's class
            advice=f"Call self.{module.path} where the figure has it, or do not build it.",
            label="never reached",
            topic=module.path,
        )


def _harmless(module: ModuleInfo) -> bool:
    return module.cls.rpartition(".")[2] in _HARMLESS and not module.parameters


def _below(path: str, reported: list[str]) -> bool:
    return any(path.startswith(other + ".") for other in reported)
