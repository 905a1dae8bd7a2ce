"""What one abstract run leaves behind in modules and classes, and what the next run must not see.

The modules of a library serve many runs. Each starts as after the imports: counters are what they were, and
containers hold no tensor of an earlier run. What definitions put into registries stays.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from archcheck.frontends.static.values import ClassValue, FunctionValue, Tensor, Value, is_constant

if TYPE_CHECKING:
    from archcheck.frontends.static.calls_recorded import Call, Recorder
    from archcheck.frontends.static.modules import Library, SourceModule

DEEPEST = 3  # containers inside containers


# A run can change a global value of these types without binding its name anew.
CHANGEABLE = frozenset({list, dict, Tensor, FunctionValue, ClassValue})


def keep(module: SourceModule, name: str) -> None:
    """Note what a global name is after its definition."""
    value = module.namespace.get(name)
    if is_constant(value):
        module.kept[name] = value
    elif isinstance(value, ClassValue) and value.module is module:
        value.kept = {key: held for key, held in value.namespace.items() if is_constant(held)}


def keep_changed(module: SourceModule, statement: ast.stmt) -> None:
    """Note what classes are after a statement that changes them behind their definition (`Base.flag = False`)."""
    if isinstance(statement, (ast.Assign, ast.AugAssign, ast.Delete, ast.Expr)):
        for name, pending in module.pending.items():
            if isinstance(module.namespace.get(name), ClassValue) and any(s is statement for s in pending):
                keep(module, name)


def restore(library: Library, recorder: Recorder) -> None:
    """Make the modules of a library what they were before the last run."""
    for module, name, value in _touched(library):
        if name in module.kept:
            module.namespace[name] = module.kept[name]
            continue
        if isinstance(value, ClassValue):
            value.namespace.update(value.kept)
        for held in _containers(value):
            _clean(held, recorder)
    for read in library.modules.values():
        if read is not None:
            read.touched.clear()


def left_behind(library: Library, recorder: Recorder) -> str:
    """The global name that holds, after a run, what the run computed from its inputs; "" if there is none."""
    for module, name, value in _touched(library):
        for held in _containers(value):
            members = held if isinstance(held, list) else held.values() if isinstance(held, dict) else [held]
            if any(isinstance(m, Tensor) and _from_input(m, recorder) for m in members):
                return f"{module.name}.{name}"
    return ""


def _touched(library: Library) -> Iterator[tuple[SourceModule, str, Value]]:
    """The global names that the run since the last restore read or wrote, and the classes behind them."""
    classes: set[int] = set()
    for module in list(library.modules.values()):
        if module is None or module.framework:
            continue
        for name, cls in module.touched.items():
            value = module.namespace.get(name) if cls is None else cls
            if not isinstance(value, ClassValue):
                yield module, name, value
                continue
            for one in value.mro:
                if isinstance(one, ClassValue) and not one.module.framework and id(one) not in classes:
                    classes.add(id(one))
                    yield one.module, one.name, one


def _from_input(tensor: Tensor, recorder: Recorder) -> bool:
    """Whether a tensor was computed in this run, from an input."""
    if tensor.call is None or recorder.is_stale(tensor):
        return False
    seen: set[int] = set()
    todo: list[Call] = [tensor.call]
    while todo:
        call = todo.pop()
        if call.meta.get("source") == "input":
            return True
        for arg in (*call.args, *call.kwargs.values()):
            for one in arg if isinstance(arg, tuple) else (arg,):
                if hasattr(one, "meta") and id(one) not in seen:
                    seen.add(id(one))
                    todo.append(one)
    return False


def _containers(value: Value, depth: int = 0) -> Iterator[Value]:
    """The lists, dictionaries and tensors that a global value holds."""
    if depth > DEEPEST:
        return
    if isinstance(value, (list, dict, Tensor)):
        yield value
    inner: list[Value] = []
    if isinstance(value, ClassValue):
        inner = list(value.namespace.values())
    elif isinstance(value, FunctionValue):
        inner = [*value.defaults, *value.keyword_defaults.values()]
    elif isinstance(value, list):
        inner = value
    elif isinstance(value, dict):
        inner = list(value.values())
    for held in inner:
        if isinstance(held, (list, dict)) or (depth == 0 and isinstance(held, (FunctionValue, Tensor))):
            yield from _containers(held, depth + 1)


def _clean(value: Value, recorder: Recorder) -> None:
    """Take the tensors of earlier runs out of a container."""
    if isinstance(value, Tensor):
        if recorder.is_stale(value):
            value.call, value.kind, value.base, value.writes = None, "constant", None, []
    elif isinstance(value, list):
        if any(_stale(held, recorder) for held in value):
            value[:] = [held for held in value if not _stale(held, recorder)]
    elif isinstance(value, dict):
        for key in [k for k, held in value.items() if _stale(held, recorder)]:
            del value[key]


def _stale(value: Value, recorder: Recorder) -> bool:
    return isinstance(value, Tensor) and value.kind != "constant" and recorder.is_stale(value)
