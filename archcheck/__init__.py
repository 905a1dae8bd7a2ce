"""archcheck: the diagram is a contract. Compares model code with a block diagram written as a spec.

`check`, `compare`, `describe` and `load_spec` are imported when they are first asked for: the command
starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcheck.api import check as check
    from archcheck.api import compare as compare
    from archcheck.api import describe as describe
    from archcheck.api import load_spec as load_spec

__version__ = "0.1.0"
__all__ = ["__version__", "check", "compare", "describe", "load_spec"]


def __getattr__(name: str) -> Any:
    if name in ("check", "compare", "describe", "load_spec"):
        return getattr(import_module("archcheck.api"), name)
    raise AttributeError(f"module 'archcheck' has no attribute {name!r}")
