"""`scaffold`: a readable, runnable PyTorch module from a spec (docs/design/scaffold.md)."""

from archcheck.scaffolding.errors import ScaffoldError
from archcheck.scaffolding.module import scaffold

__all__ = ["ScaffoldError", "scaffold"]
