"""What belongs to a module: its submodules, parameters and tensors, also those in plain lists and
dictionaries.
"""

# ruff: noqa: SLF001 - torch and Python keep what a recorder needs behind underscores
from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from archcheck.frontends.trace.configs import field_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

_DEEPEST = 4  # how far plain lists inside lists are followed


def module_tree(root: torch.nn.Module) -> list[tuple[str, torch.nn.Module]]:
    """All (path, module) of a tree in registration order; a module held twice is listed twice.

    Modules in plain lists, tuples and dictionaries count, too, with paths like `layers.0`.
    """
    found: list[tuple[str, torch.nn.Module]] = []
    _walk(root, "", found, [])
    return found


def _walk(
    module: torch.nn.Module, path: str, found: list[tuple[str, torch.nn.Module]], above: list[torch.nn.Module]
) -> None:
    import torch

    if any(module is parent for parent in above):
        return
    found.append((path, module))
    children: list[tuple[str, Any]] = list(module._modules.items())
    for name, value in plain_attributes(module):
        children += [(key, item) for key, item in leaves(value, name) if isinstance(item, torch.nn.Module)]
    for name, child in children:
        if isinstance(child, torch.nn.Module):
            _walk(child, join(path, name), found, [*above, module])


def plain_attributes(module: torch.nn.Module) -> Iterator[tuple[str, Any]]:
    """The attributes of a module that torch did not register."""
    for name, value in list(module.__dict__.items()):
        if name in ("_parameters", "_buffers", "_modules") or name.endswith("_hooks"):
            continue
        yield name, value


def leaves(value: Any, name: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The values inside nested lists, tuples, dictionaries and dataclasses, each with its dotted name."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for key, item in list(value.items()):
            yield from leaves(item, join(name, str(key)), depth + 1)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for index, item in enumerate(value):
            yield from leaves(item, join(name, str(index)), depth + 1)
    elif is_dataclass(value) and not isinstance(value, type):
        for item in fields(value):
            yield from leaves(field_of(value, item.name), join(name, item.name), depth + 1)
    else:
        yield name, value


def tensor_leaves(value: Any, name: str = "") -> list[tuple[str, torch.Tensor]]:
    """The tensors inside a nested value, in order."""
    import torch

    return [(key, item) for key, item in leaves(value, name) if isinstance(item, torch.Tensor)]


def join(path: str, name: str) -> str:
    """A dotted path."""
    return f"{path}.{name}" if path else name
