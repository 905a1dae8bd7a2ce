"""Which node computed the value that a tensor holds now, through in-place operations and views."""

# ruff: noqa: SLF001 - torch and Python keep what a recorder needs behind underscores
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch.fx import Node

# Makes a node that stands for a write into an alias: (kind, operands) -> node.
MakeNode = Callable[[str, "tuple[Node, ...]"], "Node"]


class Values:
    """Tensor -> node, by identity; every tensor seen is kept alive, for `id()` is reused otherwise."""

    def __init__(self, make: MakeNode) -> None:
        self._make = make
        self._alive: dict[int, torch.Tensor] = {}
        self._node: dict[int, Any] = {}
        self._storage: dict[int, list[int]] = {}
        self._pending: dict[int, list[tuple[Node, bool]]] = {}

    def bind(self, tensor: torch.Tensor, node: Any) -> None:
        """This tensor now holds the result of `node` (a node, or a function that makes it when it is first
        read).
        """
        key = id(tensor)
        if key not in self._alive:
            self._alive[key] = tensor
            storage = storage_key(tensor)
            if storage is not None:
                self._storage.setdefault(storage, []).append(key)
        self._node[key] = node
        self._pending.pop(key, None)

    def known(self, tensor: torch.Tensor) -> bool:
        """Whether some node or source holds this very tensor."""
        return id(tensor) in self._node

    def read(self, tensor: torch.Tensor) -> Node | None:
        """The node whose result this tensor holds, None where it is unknown."""
        key = id(tensor)
        node = self._node.get(key)
        if node is None:
            return self._through_alias(tensor)
        if callable(node):
            node = self._node[key] = node()
        for written, whole in self._pending.pop(key, ()):
            # A view that was written covers the whole value or a part of it; a part leaves the rest as it
            # was.
            node = self._make("reshape", (written,)) if whole else self._make("scatter", (node, written))
            self._node[key] = node
        return node

    def write(self, tensor: torch.Tensor, node: Node) -> None:
        """`node` has changed this tensor in place: every alias reads the new value from now on."""
        aliases = self.aliases(tensor)
        self.bind(tensor, node)
        for other in aliases:
            if geometry(other) == geometry(tensor):
                self.bind(other, node)
            elif _overlap(other, tensor):
                whole = other.numel() <= tensor.numel() and _covers(tensor)
                self._pending.setdefault(id(other), []).append((node, whole))

    def aliases(self, tensor: torch.Tensor) -> list[torch.Tensor]:
        """The other tensors that share this one's memory."""
        storage = storage_key(tensor)
        keys = self._storage.get(storage, []) if storage is not None else []
        return [self._alive[key] for key in keys if key != id(tensor)]

    def _through_alias(self, tensor: torch.Tensor) -> Node | None:
        """An unseen tensor object over known memory: the same value where it looks the same, else a view
        of it.
        """
        others = self.aliases(tensor)
        for other in reversed(others):
            if geometry(other) == geometry(tensor):
                node = self.read(other)
                if node is not None:
                    self.bind(tensor, node)
                return node
        for other in others:
            if _covers(other):
                node = self.read(other)
                if node is not None:
                    node = self._make("reshape", (node,))
                    self.bind(tensor, node)
                return node
        return None


def storage_key(tensor: torch.Tensor) -> int | None:
    """What two tensors over one memory have in common; None for tensors without plain memory."""
    try:
        return int(unwrapped(tensor).untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError, AttributeError):
        return None


def unwrapped(tensor: torch.Tensor) -> torch.Tensor:
    """The plain tensor inside the wrappers of vmap and the other function transforms."""
    from torch._C import _functorch

    while _functorch.is_functorch_wrapped_tensor(tensor):
        tensor = _functorch.get_unwrapped(tensor)
    return tensor


def geometry(tensor: torch.Tensor) -> tuple[Any, ...]:
    """Where in its memory a tensor lies."""
    tensor = unwrapped(tensor)
    return (tensor.storage_offset(), tuple(tensor.shape), tensor.stride(), tensor.dtype)


def _covers(tensor: torch.Tensor) -> bool:
    """Whether the tensor fills all of its memory."""
    tensor = unwrapped(tensor)
    try:
        return bool(tensor.numel() * tensor.element_size() >= tensor.untyped_storage().nbytes())
    except (RuntimeError, NotImplementedError):
        return False


def _overlap(one: torch.Tensor, two: torch.Tensor) -> bool:
    """Whether two strided tensors over one memory have an element in common; True where that is too much
    to find out.
    """
    one, two = unwrapped(one), unwrapped(two)
    first, second = _extent(one), _extent(two)
    if first[0] > second[1] or second[0] > first[1]:
        return False
    if one.stride() == two.stride() and one.dim():
        return _boxes_meet(one, two)
    if max(one.numel(), two.numel()) > _COUNTED:
        return True
    return not _offsets(one).isdisjoint(_offsets(two))


_COUNTED = 1 << 16  # elements up to which two views are compared one by one


def _boxes_meet(one: torch.Tensor, two: torch.Tensor) -> bool:
    """The same for equal strides: in the coordinates that the strides span, both are boxes."""
    dims = sorted(range(one.dim()), key=lambda dim: -one.stride(dim))
    start, other = one.storage_offset(), two.storage_offset()
    for dim in dims:
        stride = one.stride(dim) or 1
        (low, start), (low_other, other) = divmod(start, stride), divmod(other, stride)
        if low >= low_other + two.shape[dim] or low_other >= low + one.shape[dim]:
            return False
    return bool(start == other)


def _offsets(tensor: torch.Tensor) -> set[int]:
    found = {tensor.storage_offset()}
    for size, stride in zip(tensor.shape, tensor.stride(), strict=True):
        found = {offset + step * stride for offset in found for step in range(size)}
    return found


def _extent(tensor: torch.Tensor) -> tuple[int, int]:
    start = tensor.storage_offset()
    last = sum(
        (size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True) if size
    )
    return start, start + last
