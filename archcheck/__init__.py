"""archcheck: the diagram is a contract. Compares model code with a block diagram written as a spec.

`check`, `compare`, `describe`, `identify`, `load_spec`, `scaffold` and `strength` are imported when they are
first asked for: the command starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcheck.api import check as check
    from archcheck.api import compare as compare
    from archcheck.api import describe as describe
    from archcheck.api import identify as identify
    from archcheck.api import load_spec as load_spec
    from archcheck.api import strength as strength
    from archcheck.scaffolding import scaffold as scaffold

__version__ = "0.1.0"
__all__ = ["__version__", "check", "compare", "describe", "identify", "load_spec", "scaffold", "strength"]


def __getattr__(name: str) -> Any:
    if name in __all__[1:]:
        home = "archcheck.scaffolding" if name == "scaffold" else "archcheck.api"
        return getattr(import_module(home), name)
    raise AttributeError(f"module 'archcheck' has no attribute {name!r}")
