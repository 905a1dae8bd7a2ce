"""Attributes and methods of tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.frontends.static.calls_recorded import tensors
from archcheck.frontends.static.subscripts import has_several
from archcheck.frontends.static.tensors import framework_call, opaque, part_of, writes
from archcheck.frontends.static.values import (
    MISSING,
    SHAPE,
    SIZE,
    Dotted,
    Sizes,
    Tensor,
    TensorMethod,
    Unknown,
    Value,
    number,
    plain,
)
from archcheck.frontends.targets.tables import lookup
from archcheck.frontends.targets.torch_names import has_attribute

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

# Facts about a tensor that are not known, and that are no tensors.
FACTS = frozenset(
    {"shape", "ndim", "device", "layout", "is_leaf", "requires_grad", "is_cuda", "is_sparse", "is_nested", "names",
     "itemsize", "nbytes", "grad_fn", "is_quantized", "is_meta", "sharding", "name", "op", "size", "dynamic_shape"}
)  # fmt: skip
FACT_METHODS = frozenset(
    {"size", "dim", "numel", "item", "tolist", "is_contiguous", "data_ptr", "nelement", "stride", "element_size",
     "get_device", "is_floating_point", "storage", "untyped_storage", "get_shape", "as_list", "ndimension",
     "backward", "register_hook", "retain_grad", "set_shape", "eval", "block_until_ready", "storage_offset"}
)  # fmt: skip
DATA = frozenset({"item", "tolist"})  # what the tensor holds, as plain numbers
SAME = frozenset({"requires_grad_", "retain_grad", "share_memory_", "pin_memory", "to_tensor"})
RESULTS = {"values": 0, "indices": 1}  # the names of what topk, sort, max and min give, by their place
TRANSPOSED = {"T": "t", "mT": "mT", "H": "t", "mH": "mH"}


def get(vm: Interpreter, value: Tensor, name: str) -> Value:
    """`tensor.name`."""
    if name == "shape":
        return shape(value)
    if name == "dtype":
        return Dotted(f"torch.{value.dtype}")
    if name in TRANSPOSED:
        return framework_call(vm, f"torch.Tensor.{TRANSPOSED[name]}", [value], {})
    if name in RESULTS and has_several(value):
        return part_of(vm, value, RESULTS[name])
    if name in ("data", "real", "values"):
        return value
    if name == "ndim" and value.shape is not None:
        return len(value.shape)
    mark = vm.marked.get(name, {}).get(id(value))
    if mark is not None and name not in FACTS and not has_attribute(name, parameter=True):
        return mark[1]
    if name == "at" and lookup("jax.Array.at") is not None:
        return value
    known = lookup(f"torch.Tensor.{name}") or lookup(f"jax.Array.{name}")
    if name in FACT_METHODS or known is not None or name in SAME:
        return TensorMethod(value, name)
    if name in FACTS:
        return number(f"{name} of a tensor")
    if value.kind == "input" and not name.startswith("__") and not writes(name):
        from archcheck.frontends.static.attributes import configured

        return configured(vm, f"{value.name}.{name}", MISSING)
    if name == "grad":
        return None
    if vm.recorder.recording and not has_attribute(name) and _is_opaque(value):
        return vm.recorder.emit(f"?{name}", (value,), {}, vm.frames())
    return TensorMethod(value, name)


def _is_fixed(value: Tensor) -> bool:
    """Whether a tensor was made before forward ran: no data of the stream is in it."""
    return value.kind == "constant" and value.call is None and not value.writes


def _is_opaque(value: Tensor) -> bool:
    """Whether something without source gave it: nobody knows that it is a tensor."""
    return value.call is not None and str(value.call.meta.get("qualified", "")).startswith("?")


def lacks(vm: Interpreter, value: Value, name: str) -> bool:
    """Whether a value is a tensor that no attribute of this name can be found at."""
    return (
        isinstance(value, Tensor)
        and value.kind != "input"
        and not _is_opaque(value)
        and not _is_marked(vm, value, name)
        and name not in FACTS
        and not has_attribute(name, parameter=value.kind == "parameter")
    )


def _is_marked(vm: Interpreter, value: Tensor, name: str) -> bool:
    """Whether the code gave a tensor an attribute of this name; of computed ones any that has it may be this one."""
    marked = vm.marked.get(name, {})
    return id(value) in marked or (value.kind == "value" and bool(marked))


def shape(value: Tensor) -> Value:
    """The shape as far as it is known."""
    if value.shape is None:
        return Sizes(SHAPE.reason, number=True, channels=value.channels) if value.channels else SHAPE
    sizes = [SIZE if size is None else size for size in value.shape]
    if value.channels and len(sizes) > 1:
        sizes[1] = value.channels
    return tuple(sizes)


def call_method(vm: Interpreter, method: TensorMethod, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`tensor.name(…)`."""
    tensor, name = method.tensor, method.name
    if name in ("dim", "ndimension") and tensor.shape is not None:
        return len(tensor.shape)
    if name == "size" and tensor.shape is None and tensor.channels and [*map(plain, args)] in ([], [1]):
        return tensor.channels if args else shape(tensor)
    if name in ("size", "get_shape") and tensor.shape is not None:
        sizes = shape(tensor)
        index = plain(args[0]) if args else None
        return sizes[index] if isinstance(index, int) and -len(sizes) <= index < len(sizes) else sizes
    if name in SAME:
        return tensor
    if name in FACT_METHODS:
        if name == "is_floating_point" and tensor.kind == "parameter":
            return True
        if name in DATA and not _is_fixed(tensor):
            return Unknown(f"{name}() of a tensor", held=tensor)
        return SIZE if name in ("size", "numel", "nelement") else number(f"{name}() of a tensor")
    if name == "apply_" or name == "map_":
        return tensor
    qualified = f"torch.Tensor.{name}"
    if name == "type_as" or lookup(qualified) is not None:
        return framework_call(vm, qualified, [tensor, *args], kwargs)
    if lookup(f"jax.Array.{name}") is not None:
        return framework_call(vm, f"jax.Array.{name}", [tensor, *args], kwargs)
    if tensor.kind == "constant" and not any(t.call is not None for t in tensors([args, kwargs])):
        return Tensor(None, "constant")
    return opaque(vm, qualified, [tensor, *args], kwargs)
