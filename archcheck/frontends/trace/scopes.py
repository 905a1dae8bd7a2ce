"""Which module's forward is running: a stack of calls, kept by wrapping `forward` of every module for a
while.
"""

# ruff: noqa: SLF001 - torch and Python keep what a recorder needs behind underscores
from __future__ import annotations

import functools
import sys
import types
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

from archcheck.frontends.trace.names import class_name
from archcheck.graph import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch

_MISSING = object()


class ScopeStack:
    """The module calls that are open now, outermost first, each with the frame that opened it."""

    def __init__(self, tree: list[tuple[str, torch.nn.Module]]) -> None:
        self.paths: dict[int, str] = {}
        self.instances: dict[int, int] = {}
        for path, module in tree:
            self.paths.setdefault(id(module), path)
            self.instances.setdefault(id(module), len(self.instances))
        self.calls: dict[int, int] = {}
        self.scopes: tuple[Scope, ...] = ()
        self.frames: list[FrameType] = []

    @contextmanager
    def entered(self, key: int, scope: Scope, frame: FrameType) -> Iterator[None]:
        """Within this block the scope is the innermost one."""
        self.calls[key] = self.calls.get(key, 0) + 1
        outer = self.scopes
        self.scopes = (*outer, scope)
        self.frames.append(frame)
        try:
            yield
        finally:
            self.frames.pop()
            self.scopes = outer

    def scope(self, module: torch.nn.Module) -> Scope:
        """The scope that the next call of this module opens."""
        key = id(module)
        return Scope(self.paths[key], class_name(type(module)), self.instances[key], self.calls.get(key, 0))

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A forward that opens the scope of its module; it keeps the signature of the one it wraps."""

        @functools.wraps(function)
        def forward(module: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
            with self.entered(id(module), self.scope(module), sys._getframe()):
                return function(module, *args, **kwargs)

        return forward


@contextmanager
def watched(stack: ScopeStack, tree: list[tuple[str, torch.nn.Module]]) -> Iterator[None]:
    """Every module of the tree opens its scope while this block runs, also when `.forward()` is called
    directly.

    The wrapper stands in the instance's own dictionary, so that classes stay untouched; afterwards the
    dictionaries are as before.
    """
    import torch

    saved: list[tuple[torch.nn.Module, Any]] = []
    try:
        for module in {id(m): m for _, m in tree}.values():
            if isinstance(module, torch.jit.ScriptModule):
                continue  # its forward is no Python function
            before = module.__dict__.get("forward", _MISSING)
            bound = getattr(module, "forward", None)
            if bound is None:
                continue
            inner = _unbound(bound)
            saved.append((module, before))
            module.__dict__["forward"] = types.MethodType(stack.wrap(inner), module)
        yield
    finally:
        for module, before in saved:
            if before is _MISSING:
                module.__dict__.pop("forward", None)
            else:
                module.__dict__["forward"] = before


def _unbound(bound: Callable[..., Any]) -> Callable[..., Any]:
    """A function of (module, …) from a bound method or from any callable set on the instance."""
    function = getattr(bound, "__func__", None)
    if function is not None and hasattr(bound, "__self__"):
        owner = bound.__self__

        @functools.wraps(function)
        def method(_module: Any, *args: Any, **kwargs: Any) -> Any:
            return function(owner, *args, **kwargs)

        return method

    @functools.wraps(bound)
    def plain(_module: Any, *args: Any, **kwargs: Any) -> Any:
        return bound(*args, **kwargs)

    return plain
