"""Facts about the modules of a tree: where each is built, how often it ran, whether any method names it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from archcheck.frontends.mentions import built_at, mentioned_names
from archcheck.frontends.static.classes import find_method
from archcheck.frontends.static.conventions import PREPARE_MARK
from archcheck.frontends.static.module_methods import own_parameters
from archcheck.frontends.static.values import (
    ClassValue,
    FunctionValue,
    Instance,
    Repeated,
    Tensor,
    Value,
    plain,
)
from archcheck.graph import Span
from archcheck.graph.recording import ModuleInfo

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

CONTAINERS = frozenset({"ModuleList", "ModuleDict", "Sequential", "ParameterList", "ParameterDict"})


def class_span(value: Value) -> Span | None:
    """Where a class or a function is defined, its decorators included."""
    node: Any = value.node if isinstance(value, (ClassValue, FunctionValue)) else None
    if node is None or isinstance(node, ast.Lambda):
        return None
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return Span(value.module.path, first, 1, node.end_lineno or first)


def module_facts(vm: Interpreter, found: Sequence[tuple[str, Instance]]) -> tuple[ModuleInfo, ...]:
    """One `ModuleInfo` for each path of the tree."""
    by_path = dict(found)
    read = {id(tensor) for _, tensor in vm.recorder.sources}
    facts = [_facts(path, module, by_path, read) for path, module in found]
    return (*facts, *_lists(by_path))


def _lists(by_path: dict[str, Instance]) -> Iterator[ModuleInfo]:
    """The plain lists of modules of Keras and Flax, which keep track of them: containers as a ModuleList is one."""
    for path in dict.fromkeys(path.rpartition(".")[0] for path in by_path):
        holder = by_path.get(path.rpartition(".")[0])
        if path in by_path or holder is None or not isinstance(find_method(holder.cls, PREPARE_MARK), str):
            continue
        held = plain(holder.attributes.get(path.rpartition(".")[2]))
        if isinstance(held, (list, tuple, Repeated)):
            length = held.length if isinstance(held, Repeated) else None
            yield ModuleInfo(path=path, cls="list", instance=0, container=True, mentioned=True, length=length)


def _facts(path: str, module: Instance, by_path: dict[str, Instance], read: set[int]) -> ModuleInfo:
    parent, attribute = _holder(path, by_path)
    own = [t for t in module.attributes.values() if isinstance(t, Tensor)]
    return ModuleInfo(
        path=path,
        cls=module.cls.qualified,
        instance=module.serial,
        span=class_span(module.cls),
        container=is_container(module.cls),
        calls=module.calls,
        parameters=_parameters(module),
        parameters_used=any(id(t) in read for t in own),
        mentioned=parent is None or _mentions(parent.cls, attribute),
        built_at=None if parent is None else _built_at(parent.cls, attribute),
        length=_length(module),
    )


def _length(module: Instance) -> int | None:
    """The length of a list of modules of which only a few were built; None where all were, 0 where it is not known."""
    items = plain(module.attributes.get("_items"))
    if isinstance(items, Repeated):
        return items.length
    known = module.attributes.get("_length")
    return known if isinstance(known, int) else None


def is_container(cls: ClassValue) -> bool:
    """Whether a class holds other modules and computes nothing itself."""
    return any(isinstance(c, ClassValue) and c.module.framework and c.name in CONTAINERS for c in cls.mro)


def _parameters(module: Instance) -> int:
    """The number of its own parameters, as far as their shapes are known; each counts at least once."""
    total = 0
    for tensor in own_parameters(module).values():
        size = 1
        for one in tensor.shape or ():
            size *= one or 1
        total += size
    return total


def _holder(path: str, by_path: dict[str, Instance]) -> tuple[Instance | None, str]:
    """The module whose attribute holds this path; an item of a container is held by the container's holder."""
    parts = path.split(".")
    for length in range(len(parts) - 1, -1, -1):
        holder = by_path.get(".".join(parts[:length]))
        if holder is None or not path or (is_container(holder.cls) and length):
            continue
        return holder, parts[length]
    return None, ""


def _bases(cls: ClassValue) -> Iterator[ClassValue]:
    for one in cls.mro:
        if isinstance(one, ClassValue) and not (one.module.framework and one.name == "Module"):
            yield one


def _mentions(cls: ClassValue, attribute: str) -> bool:
    return any(attribute in mentioned_names(one.node) for one in _bases(cls)) or bool(cls.unknown_base)


def _built_at(cls: ClassValue, attribute: str) -> Span | None:
    for one in _bases(cls):
        node = built_at(one.node, attribute)
        if node is not None:
            last = getattr(node, "end_lineno", 0) or 0
            return Span(one.module.path, node.lineno, 1, last)  # type: ignore[attr-defined]
    return None
