"""Writes down the framework calls of an abstract run, in the form in which the trace does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archcheck.frontends.static import views
from archcheck.frontends.static.values import (
    Condition,
    Dotted,
    Instance,
    Lazy,
    Repeated,
    Setting,
    Shape,
    Tensor,
    Unknown,
    Value,
    plain,
)
from archcheck.frontends.targets.convert import Few
from archcheck.graph import Frame, Scope, Span


class Call:
    """One recorded call, or a source. Has what `frontends.targets.convert` asks for."""

    __slots__ = ("args", "kwargs", "meta", "name", "op", "run")

    def __init__(
        self, op: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], meta: dict[str, Any]
    ):
        self.op, self.name, self.args, self.kwargs, self.meta = op, name, args, kwargs, meta
        self.run: Recorder | None = None  # the run that it belongs to


DEEPEST = 6  # containers inside containers of an argument


class Missed:
    """An argument whose value is not known."""

    def __repr__(self) -> str:
        return "?"


MISSED = Missed()


class Recorder:
    """The calls of one run in order, and the module scopes that are open."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.scopes: list[Scope] = []
        self.scope_tuple: tuple[Scope, ...] = ()
        self.recording = False
        self.sources: list[tuple[Call, Tensor]] = []
        self.unresolved: list[tuple[str, str, Span | None]] = []
        self.age = 0  # the number of writes in place
        self._count = 0

    def write(self, call: Call) -> None:
        """Write down a call."""
        call.run = self
        self.calls.append(call)

    def is_stale(self, tensor: Tensor) -> bool:
        """Whether a tensor holds what an earlier run computed."""
        return tensor.call is not None and tensor.call.run is not self

    def open(self, scope: Scope) -> None:
        """Enter a module's forward."""
        self.scopes.append(scope)
        self.scope_tuple = tuple(self.scopes)

    def close(self) -> None:
        """Leave it."""
        self.scopes.pop()
        self.scope_tuple = tuple(self.scopes)

    def name(self, stem: str) -> str:
        """A new name for a call."""
        self._count += 1
        return f"{stem}_{self._count}"

    def emit(
        self,
        qualified: str,
        args: tuple[Value, ...],
        kwargs: dict[str, Value],
        frames: tuple[Frame, ...],
        shape: Shape = None,
        **meta: Any,
    ) -> Tensor:
        """Record a call and return its result. Outside of forward the result is a constant of the model."""
        if not self.recording:
            return Tensor(None, "constant", shape)
        meta["qualified"] = qualified
        meta["scopes"] = self.scope_tuple
        meta["frames"] = frames
        meta["span"] = frames[-1].span if frames else None
        if shape is not None:
            meta["shape"] = tuple(size or 0 for size in shape)
        given = tuple(self.readable(arg) for arg in args)
        named = {key: self.readable(value) for key, value in kwargs.items()}
        call = Call("call", self.name(qualified.rpartition(".")[2].strip("_") or "call"), given, named, meta)
        self.write(call)
        return Tensor(call, "value", shape)

    def source(self, kind: str, name: str, shape: Shape = None) -> Tensor:
        """An input of the run."""
        meta: dict[str, Any] = {"source": kind, "source_name": name}
        if shape is not None:
            meta["shape"] = tuple(size or 0 for size in shape)
        call = Call("placeholder", self.name(name.replace(".", "_") or kind), (), {}, meta)
        self.write(call)
        return Tensor(call, kind, shape, name=name)

    def lost(self, reason: str, span: Span | None) -> Tensor:
        """A tensor whose computation was not seen."""
        meta: dict[str, Any] = {"source": "unresolved", "reason": reason, "span": span}
        call = Call("placeholder", self.name("unresolved"), (), {}, meta)
        self.write(call)
        return Tensor(call)

    def read(self, tensor: Tensor) -> Call:
        """The call that made what a tensor holds; sources are written down when they are first read."""
        if tensor.base is not None:
            views.current(self, tensor)
        if tensor.call is None or self.is_stale(tensor):
            kind = tensor.kind if tensor.kind in ("parameter", "buffer", "input") else "constant"
            made = self.source(kind, tensor.name, tensor.shape)
            assert made.call is not None
            tensor.call = made.call
            self.sources.append((made.call, tensor))
        return tensor.call

    def repeat(self, call: Call, operand: Call) -> Call:
        """Record a call once more, on another first operand."""
        stem = str(call.meta["qualified"]).rpartition(".")[2].strip("_")
        made = Call(call.op, self.name(stem or "call"), (operand, *call.args[1:]), call.kwargs, call.meta)
        self.write(made)
        return made

    def readable(self, value: Value, depth: int = 0) -> Any:
        """An argument in the form of the recorded calls: calls for tensors, plain values, or `MISSED`."""
        if depth > DEEPEST:
            return MISSED
        if isinstance(value, Tensor):
            return self.read(value)
        if isinstance(value, (Setting, Condition, Lazy)):
            return self.readable(plain(value), depth)
        if isinstance(value, (tuple, list)):
            return tuple(self.readable(item, depth + 1) for item in value)
        if isinstance(value, Repeated):
            if len(value.members) != value.length and not any(True for _ in tensors(value)):
                return MISSED  # numbers that stand for others: as axes they would be a claim
            return Few(self.readable(item, depth + 1) for item in value.members)
        if isinstance(value, dict):
            return {key: self.readable(item, depth + 1) for key, item in value.items()}
        if isinstance(value, slice):
            return slice(*(self.readable(item, depth + 1) for item in (value.start, value.stop, value.step)))
        if isinstance(value, Dotted):
            return value.name
        if isinstance(value, Instance) and isinstance(value.payload, (tuple, list, dict)):
            return self.readable(value.payload, depth)
        if value is None or isinstance(value, (bool, int, float, str)) or value is Ellipsis:
            return value
        return MISSED


def tensors(value: Value, depth: int = 0) -> Iterator[Tensor]:
    """The tensors inside a value, in order."""
    if isinstance(value, Tensor):
        yield value
    elif depth > 4 or isinstance(value, Unknown):
        return
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from tensors(item, depth + 1)
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors(item, depth + 1)
    elif isinstance(value, Setting):
        yield from tensors(value.value, depth + 1)
    elif isinstance(value, Lazy):
        yield from tensors(value.left(), depth + 1)
    elif isinstance(value, Repeated):
        for item in value.members:
            yield from tensors(item, depth + 1)
    elif isinstance(value, Instance) and not value.serial:
        yield from tensors(value.payload, depth + 1)
        for item in value.attributes.values():
            yield from tensors(item, depth + 1)


def any_tensor(args: list[Value], kwargs: dict[str, Value]) -> bool:
    """Whether the arguments of a call hold a tensor anywhere."""
    if any(type(arg) is Tensor for arg in args):
        return True
    return any(True for _ in tensors([args, kwargs]))
