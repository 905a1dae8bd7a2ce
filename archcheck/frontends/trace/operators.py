"""Lets a library import whose compiled operators do not fit the installed torch.

Such a library (a torchvision beside another build of torch) fails at import: `operator torchvision::nms does
not exist`. A trace runs none of these operators but in the rarest case, so they are declared by name, without
an implementation, and the import is tried again. An operator that is really called still fails.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_MISSING = re.compile(r"operator (\w+)::(\w+) does not exist")
_MOST = 100  # operators of one library

Loaded = TypeVar("Loaded")
_libraries: list[Any] = []  # torch forgets the operators of a library object that is dropped


def tolerant(load: Callable[[], Loaded]) -> Loaded:
    """`load()`, again after each operator that was missing has been declared. Its other errors pass
    through.
    """
    declared: set[tuple[str, str]] = set()
    while True:
        before = set(sys.modules)
        try:
            return load()
        except Exception as error:
            found = _missing(error)
            if found is None or found.groups() in declared or len(declared) >= _MOST:
                raise
            namespace, operator = found.groups()
            declared.add((namespace, operator))
            _declare(namespace, operator)
            for name in set(sys.modules) - before:  # half imported
                if name.partition(".")[0] == namespace:
                    del sys.modules[name]


def _missing(error: BaseException) -> re.Match[str] | None:
    """The operator that an error, or what it was raised from, complains about: packages that import their parts
    when they are first named wrap what happened then, more than once.
    """
    told: BaseException | None = error
    seen: set[int] = set()
    while told is not None and id(told) not in seen:
        seen.add(id(told))
        found = _MISSING.search(str(told))
        if found is not None:
            return found
        told = told.__cause__ or told.__context__
    return None


def _declare(namespace: str, operator: str) -> None:
    import torch

    library = torch.library.Library(namespace, "FRAGMENT")
    library.define(f"{operator}(Tensor x) -> Tensor")
    _libraries.append(library)
