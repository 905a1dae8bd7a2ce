"""The boxes that a spec leaves closed, as source text: one class each, taken into a file that needs it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from archcheck.scaffolding.library import adapters, attention, feed_forward, mixers, small

SOURCES: tuple[str, ...] = (
    adapters.SOURCE, attention.SOURCE, feed_forward.SOURCE, mixers.SOURCE, small.SOURCE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One class of the library: its text, and the classes of the library that it uses."""

    name: str
    text: str
    needs: tuple[str, ...]


@lru_cache(maxsize=1)
def parts() -> dict[str, Part]:
    """All classes by name, those that others need before them."""
    found: dict[str, Part] = {}
    for source in SOURCES:
        for node in ast.parse(source).body:
            assert isinstance(node, ast.ClassDef)
            text = ast.get_source_segment(source, node) or ""
            used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            found[node.name] = Part(node.name, text, tuple(name for name in found if name in used))
    return found
