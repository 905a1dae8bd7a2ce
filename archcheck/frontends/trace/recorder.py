"""The recorder: a torch function mode that writes every call with its producers into a `torch.fx.Graph`.

Imports torch; only the child process (or a caller that has torch already) imports this module.
"""

# ruff: noqa: SLF001 - torch and Python keep what a recorder needs behind underscores
from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

import torch
from torch import fx
from torch.overrides import TorchFunctionMode

from archcheck.frontends.targets import lookup
from archcheck.frontends.trace.names import qualified_name
from archcheck.frontends.trace.values import Values
from archcheck.vocabulary import PLUMBING

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcheck.frontends.trace.frames import FrameReader
    from archcheck.frontends.trace.scopes import ScopeStack
    from archcheck.graph import Span

# Properties and methods whose call leaves torch: what comes back by another way has no producer.
ESCAPES = frozenset(
    {"item", "tolist", "numpy", "__array__", "__float__", "__int__", "__index__", "__complex__", "__dlpack__"}
)
DECISIONS = ESCAPES | {"__bool__", "equal", "allclose", "is_nonzero"}
_FROM_DATA = frozenset({"torch.tensor", "torch.as_tensor", "torch.asarray", "torch.from_numpy"})
_NORMS_WITH_STATE = frozenset({"batch_norm", "instance_norm", "native_batch_norm"})
_UNSEEN = (
    "made during the run by code that does not show its operations: "
    "a scripted function, a thread or an extension"
)
_ATOMS = (
    bool,
    int,
    float,
    complex,
    str,
    type(None),
    torch.dtype,
    torch.device,
    torch.layout,
    torch.memory_format,
)


def source_parameter(name: str) -> None:
    """Stands in the fx graph for a source that is neither an input nor an attribute of the target."""


class Recorder(TorchFunctionMode):  # type: ignore[misc]
    """Records while it is entered. `graph` is the fx graph; `notes` what a reader of it should know."""

    def __init__(self, stack: ScopeStack, reader: FrameReader) -> None:
        super().__init__()
        self.graph = fx.Graph()
        self.notes: list[str] = []
        self.values = Values(self._alias_node)
        self.used: set[int] = set()
        self._stack = stack
        self._reader = reader
        self._named: dict[str, fx.Node] = {}
        self._last_source: fx.Node | None = None
        self._existing: dict[int, torch.Tensor] = {}
        self._escaped: list[tuple[str, Span | None]] = []

    def declare(self, tensor: torch.Tensor, kind: str, name: str) -> None:
        """A tensor that exists before the run: `kind` is input, parameter, buffer or constant."""
        self._existing[id(tensor)] = tensor
        if not self.values.known(tensor):
            self.values.bind(tensor, lambda: self._source(tensor, kind, name))

    def snapshot(self) -> None:
        """Remember every tensor that exists now: what is met later and is none of them was made during the
        run.
        """
        for thing in gc.get_objects():
            if issubclass(type(thing), torch.Tensor):
                self._existing.setdefault(id(thing), thing)

    # -- the mode

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") in ("__get__", "__set__"):
            return self._property(func, args, kwargs)
        operands = _tensors((args, kwargs))
        versions = [_version(tensor) for tensor in operands]
        result = func(*args, **kwargs)
        changed = [tensor for tensor, old in zip(operands, versions, strict=True) if _version(tensor) != old]
        results = _tensors(result)
        name = qualified_name(func)
        short = name.rpartition(".")[2]
        if short in DECISIONS:
            self._left_torch(short, operands)
        elif (
            isinstance(result, torch.Tensor)
            and not changed
            and any(result is operand for operand in operands)
        ):
            entry = lookup(name)
            if entry is not None and entry.word in PLUMBING:
                return result  # x.contiguous() or x.to(same): the very same tensor, nothing was computed
            # A dropout with p=0 returns its input: a tensor object of its own keeps the two values apart.
            result = result.view_as(result)
            self._record(func, name, args, kwargs, result, changed)
        elif results or changed:
            self._record(func, name, args, kwargs, result, changed)
        return result

    def _property(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = func(*args, **kwargs)
        if func.__name__ == "__set__":  # x.data = y: x holds y from now on
            if len(args) > 1 and isinstance(args[1], torch.Tensor) and qualified_name(func).endswith("copy_"):
                self._record(func, "torch.Tensor.copy_", args, kwargs, None, [args[0]])
        elif isinstance(result, torch.Tensor) and result is not args[0]:
            name = qualified_name(func)
            if not name.endswith((".grad", "._base")):
                self._record(func, name, args, kwargs, result, [])
        return result

    # -- nodes

    def _record(
        self,
        func: Any,
        name: str,
        args: Any,
        kwargs: dict[str, Any],
        result: Any,
        changed: list[torch.Tensor],
    ) -> None:
        target = func
        if name in _FROM_DATA and self._escaped and not _tensors((args, kwargs)):
            for tensor in _tensors(result):
                self.values.bind(tensor, self._unresolved(tensor, self._escape_reason()))
            return
        node = self.graph.create_node("call_function", target, self._operands(args), self._operands(kwargs))
        self._describe(node, name, changed[0] if result is None and changed else result)
        results = _tensors(result)
        written = self._written(name, changed, results, args)
        for tensor in written:
            self.values.write(tensor, node)
        if isinstance(result, torch.Tensor):
            if not any(result is tensor for tensor in written):
                self.values.bind(result, node)
        else:
            self._bind_parts(node, result, {id(tensor) for tensor in written})

    def _bind_parts(self, node: fx.Node, result: Any, done: set[int]) -> None:
        """Each tensor of a nested result is an item of the node, made when it is first read."""
        if not isinstance(result, (tuple, list)):
            if isinstance(result, dict):
                result = tuple(result.values())
            else:
                return
        for index, part in enumerate(result):
            if isinstance(part, torch.Tensor):
                if id(part) not in done:
                    self.values.bind(part, self._item(node, index, part))
            elif isinstance(part, (tuple, list)):
                for inner, deep in enumerate(part):
                    if isinstance(deep, torch.Tensor):
                        self.values.bind(deep, self._nested(node, index, inner, deep))

    def _nested(self, node: fx.Node, index: int, inner: int, part: torch.Tensor) -> Callable[[], fx.Node]:
        return self._item(self._item(node, index, None)(), inner, part)

    def _item(self, node: fx.Node, index: int, part: torch.Tensor | None) -> Callable[[], fx.Node]:
        def make() -> fx.Node:
            import operator

            key = f"item {node.name} {index}"
            if key not in self._named:
                item = self.graph.create_node("call_function", operator.getitem, (node, index))
                item.meta.update(node.meta)
                item.meta.update(qualified="operator.getitem", item=index, shape=_shape(part))
                self._named[key] = item
            return self._named[key]

        return make

    def _describe(self, node: fx.Node, name: str, result: Any) -> None:
        frames = self._reader.read(sys._getframe(2), self._stack.frames)
        node.meta.update(
            qualified=name,
            scopes=self._stack.scopes,
            frames=frames,
            module=[scope.path for scope in self._stack.scopes],
            cls=self._stack.scopes[-1].cls if self._stack.scopes else "",
            span=frames[-1].span if frames else None,
            shape=_shape(result),
            dtype=_dtype(result),
        )
        if isinstance(result, (tuple, list)):
            node.meta["parts"] = len(result)

    def _alias_node(self, kind: str, operands: tuple[fx.Node, ...]) -> fx.Node:
        """A node that no call made: a value seen through a view that was written, or a view of a written
        value.
        """
        node = self.graph.create_node("call_function", source_parameter, tuple(operands))
        node.meta.update(operands[-1].meta)
        node.meta.pop("item", None)
        node.meta.update(qualified=f"archcheck.{kind}", word=kind, shape=operands[0].meta.get("shape"))
        return node

    def _written(
        self, name: str, changed: list[torch.Tensor], results: list[torch.Tensor], args: Any
    ) -> list[torch.Tensor]:
        """Which tensors hold the result after the call, besides fresh ones."""
        if not changed or name.rpartition(".")[2] in _NORMS_WITH_STATE:
            return []
        returned = [tensor for tensor in changed if any(tensor is result for result in results)]
        if returned:
            return returned
        # A view shares its version counter with its base, so the first operand is the one that is written.
        return [] if results and name.startswith("torch.") and not _names_a_write(name) else changed[:1]

    # -- operands

    def _operands(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return self.read(value)
        if isinstance(value, (tuple, list)):
            return (
                type(value)(map(self._operands, value))
                if type(value) in (tuple, list)
                else tuple(map(self._operands, value))
            )
        if isinstance(value, dict):
            return {str(key): self._operands(item) for key, item in value.items()}
        if isinstance(value, slice):
            return slice(*(self._operands(part) for part in (value.start, value.stop, value.step)))
        return value if isinstance(value, _ATOMS) or value is Ellipsis else repr(type(value))

    def read(self, tensor: torch.Tensor) -> fx.Node:
        """The node of the value that this tensor holds now; a source or an unresolved node where none is
        known.
        """
        self.used.add(id(tensor))
        node = self.values.read(tensor)
        if node is None:
            if id(tensor) in self._existing:
                node = self._source(tensor, "constant", "")
            else:
                node = self._unresolved(tensor, self._unknown_reason())
            self.values.bind(tensor, node)
        return node

    def _source(self, tensor: torch.Tensor, kind: str, name: str) -> fx.Node:
        key = f"{kind} {name}" if name else f"{kind} {id(tensor)}"
        node = self._named.get(key)
        if node is None:
            # Sources stand before all operations, in the order in which they are first read.
            first = self._last_source or next(iter(self.graph.nodes), None)
            insert = (
                self.graph.inserting_after
                if self._last_source or first is None
                else self.graph.inserting_before
            )
            with insert(first):
                if kind == "input":
                    node = self.graph.placeholder(name)
                elif name:
                    node = self.graph.create_node("get_attr", name)
                else:
                    node = self.graph.create_node("call_function", source_parameter, (kind,))
            node.meta.update(
                source=kind,
                source_name=name,
                shape=_shape(tensor),
                dtype=_dtype(tensor),
                value=_scalar(tensor),
            )
            self._named[key] = self._last_source = node
        return node

    def _unresolved(self, tensor: torch.Tensor, reason: str) -> fx.Node:
        node = self.graph.create_node("call_function", source_parameter, ("unresolved",))
        self._describe(node, "archcheck.unresolved", tensor)
        node.meta.update(source="unresolved", reason=reason)
        return node

    # -- what the graph cannot show

    def _left_torch(self, short: str, operands: list[torch.Tensor]) -> None:
        frames = self._reader.read(sys._getframe(2), self._stack.frames)
        span = frames[-1].span if frames else None
        if short in ESCAPES:
            self._escaped.append((short, span))
        # Asking a constant decides nothing about the input, but which tensors are constants is known only
        # later.
        if operands and span is not None:
            note = (
                f"a value decides at {span.file}:{span.line} ({short}): another input may take another path"
            )
            if note not in self.notes:
                self.notes.append(note)

    def _escape_reason(self) -> str:
        short, span = self._escaped[-1]
        where = f" at line {span.line}" if span else ""
        return f"made from plain numbers after .{short.strip('_')}(){where}: its dataflow left torch"

    def _unknown_reason(self) -> str:
        if self._escaped:
            return self._escape_reason()
        return _UNSEEN


def _names_a_write(name: str) -> bool:
    short = name.rpartition(".")[2]
    return (
        short == "__setitem__"
        or (short.endswith("_") and not short.endswith("__"))
        or short.startswith("__i")
    )


def _tensors(value: Any) -> list[torch.Tensor]:
    """The tensors in nested tuples, lists and dictionaries, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif isinstance(value, slice):
        value = (value.start, value.stop, value.step)
    elif not isinstance(value, (tuple, list)):
        return []
    found: list[torch.Tensor] = []
    for item in value:
        found += _tensors(item)
    return found


def _version(tensor: torch.Tensor) -> int:
    try:
        return int(tensor._version)
    except RuntimeError:  # inference tensors have no counter
        return -1


def _shape(value: Any) -> tuple[int, ...] | None:
    if isinstance(value, (tuple, list)) and value:
        value = value[0]
    if not isinstance(value, torch.Tensor):
        return None
    return tuple(size if type(size) is int else -1 for size in value.shape)


def _dtype(value: Any) -> str:
    return str(value.dtype).removeprefix("torch.") if isinstance(value, torch.Tensor) else ""


def _scalar(tensor: torch.Tensor) -> float | int | bool | None:
    """The value of a real tensor of one element."""
    from torch._subclasses.fake_tensor import FakeTensor

    if isinstance(tensor, FakeTensor):
        constant = getattr(tensor, "constant", None)
        if constant is None:
            return None
        tensor = constant
    if tensor.numel() != 1 or tensor.is_meta or tensor.is_complex():
        return None
    with torch._C.DisableTorchFunction():
        value: float | int | bool = tensor.detach().reshape(()).item()
        return value
