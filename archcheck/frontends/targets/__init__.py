"""Plain tables: which qualified name of a framework is which raw word. Nothing here imports a framework."""

from archcheck.frontends.targets.torch_table import Entry, lookup

__all__ = ["Entry", "lookup"]
