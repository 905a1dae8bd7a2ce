"""Facts about the modules of a tree: where each is built, how often it ran, whether any method names it."""

# ruff: noqa: SLF001 - torch and Python keep what a recorder needs behind underscores
from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from typing import TYPE_CHECKING, Any, cast

from archcheck.frontends import mentions as mentions_of
from archcheck.frontends.trace.names import class_name
from archcheck.graph import Span
from archcheck.graph.recording import ModuleInfo
from archcheck.syntax import parsed

if TYPE_CHECKING:
    from collections.abc import Hashable

    import torch

    from archcheck.frontends.trace.scopes import ScopeStack


def describe_modules(
    tree: list[tuple[str, torch.nn.Module]], stack: ScopeStack, used: set[int]
) -> tuple[ModuleInfo, ...]:
    """One `ModuleInfo` for each path of the tree; `used` holds the ids of the tensors that were read."""
    by_path = dict(tree)
    return tuple(_describe(path, module, by_path, stack, used) for path, module in tree)


def _describe(
    path: str, module: torch.nn.Module, by_path: dict[str, torch.nn.Module], stack: ScopeStack, used: set[int]
) -> ModuleInfo:
    import torch

    own = [t for t in (*module._parameters.values(), *module._buffers.values()) if t is not None]
    parent, attribute = _holder(path, by_path)
    return ModuleInfo(
        path=path,
        cls=class_name(type(module)),
        instance=stack.instances[id(module)],
        span=class_span(type(module)),
        container=isinstance(
            module, (torch.nn.ModuleList, torch.nn.ModuleDict, torch.nn.Sequential, torch.nn.ParameterList)
        ),
        calls=stack.calls.get(id(module), 0),
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        parameters_used=any(id(tensor) in used for tensor in own),
        mentioned=parent is None or mentions(type(parent), attribute),
        built_at=None if parent is None else built_at(type(parent), attribute),
    )


def _holder(path: str, by_path: dict[str, torch.nn.Module]) -> tuple[torch.nn.Module | None, str]:
    """The module whose attribute holds this path, and the attribute: `layers.0` is held by `layers` of the
    root.

    An item of a container is held by whoever holds the container.
    """
    import torch

    parts = path.split(".")
    for length in range(len(parts) - 1, -1, -1):
        holder = by_path.get(".".join(parts[:length]))
        if holder is None or not path:
            continue
        if isinstance(holder, (torch.nn.ModuleList, torch.nn.ModuleDict, torch.nn.Sequential)) and length:
            continue
        return holder, parts[length]
    return None, ""


def class_span(cls: Any) -> Span | None:
    """Where a class or function is defined."""
    return _span(cast("Hashable", cls))


@functools.cache
def _span(cls: Any) -> Span | None:
    try:
        lines, first = inspect.getsourcelines(cls)
        file = inspect.getsourcefile(cls) or inspect.getfile(cls)
    except (OSError, TypeError):
        return None
    return Span(file, first, 1, first + len(lines) - 1)


@functools.cache
def _class_tree(cls: type) -> tuple[ast.ClassDef, str, int] | None:
    """The syntax of a class, its file and the lines before it."""
    try:
        lines, first = inspect.getsourcelines(cls)
        file = inspect.getsourcefile(cls) or inspect.getfile(cls)
        body = parsed(textwrap.dedent("".join(lines))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    if not body or not isinstance(body[0], ast.ClassDef):
        return None
    return body[0], file, first - 1


@functools.cache
def _mentioned_names(cls: type) -> frozenset[str] | None:
    """Every attribute name and string in the methods of a class and its bases, constructors apart.

    None where a source is missing, so that nobody is accused on half the evidence.
    """
    names: set[str] = set()
    for base in cls.__mro__:
        if base is object or base.__module__ == "torch.nn.modules.module":
            continue
        found = _class_tree(base)
        if found is None:
            return None
        names |= mentions_of.mentioned_names(found[0])
    return frozenset(names)


def mentions(cls: type, attribute: str) -> bool:
    """Whether any method of the class or its bases but the constructor names the attribute."""
    names = _mentioned_names(cls)
    return names is None or attribute in names


def built_at(cls: type, attribute: str) -> Span | None:
    """The line in a constructor of the class or its bases that sets the attribute."""
    for base in cls.__mro__:
        if base is object or base.__module__ == "torch.nn.modules.module":
            continue
        found = _class_tree(base)
        if found is None:
            continue
        tree, file, before = found
        node = mentions_of.built_at(tree, attribute)
        if node is not None:
            last = getattr(node, "end_lineno", 0) or 0
            return Span(file, node.lineno + before, 1, last + before)  # type: ignore[attr-defined]
    return None
