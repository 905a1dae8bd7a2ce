"""The attributes of a raw node, read from the arguments of the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archcheck.frontends.targets.torch_table import Entry
from archcheck.graph import Literal

if TYPE_CHECKING:
    from torch import fx

Attrs = dict[str, Literal]


def attributes(node: fx.Node, entry: Entry, bound: dict[str, Any]) -> tuple[str, Attrs]:
    """The word and the attributes of a call: the table's, then what the kind of the entry adds or changes."""
    defaults = dict(entry.defaults)
    attrs: Attrs = {}
    for name, parameter in entry.attrs:
        value = bound.get(parameter, defaults.get(parameter))
        if value is not None and not hasattr(value, "op"):
            attrs[name] = literal(value)
    finish = _FINISH.get(entry.kind)
    return finish(node, entry, bound, attrs) if finish else (entry.word, attrs)


def literal(value: Any) -> Literal:
    """A plain value for an attribute: numbers, strings, tuples of them; all else as text."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return tuple(literal(item) for item in value)
    return str(value).removeprefix("torch.")


def _gelu(node: fx.Node, entry: Entry, bound: dict[str, Any], attrs: Attrs) -> tuple[str, Attrs]:
    return ("gelu_tanh" if attrs.get("approximate") == "tanh" else "gelu"), attrs


def _conv(node: fx.Node, entry: Entry, bound: dict[str, Any], attrs: Attrs) -> tuple[str, Attrs]:
    weight = bound.get("weight")
    shape = weight.meta.get("shape") if hasattr(weight, "meta") else None
    if shape:
        attrs = {"kernel": literal(shape[2:]), **attrs, "dims": len(shape) - 2}
        for key in ("stride", "padding", "dilation"):
            if isinstance(attrs.get(key), int):
                attrs[key] = (attrs[key],) * (len(shape) - 2)
    return entry.word, attrs


def _dims_in_name(name: str) -> int:
    return next((int(c) for c in name if c in "123"), 0)


def _pool(node: fx.Node, entry: Entry, bound: dict[str, Any], attrs: Attrs) -> tuple[str, Attrs]:
    dims = _dims_in_name(node.meta["qualified"].rpartition(".")[2])
    if attrs.get("stride") in (None, ()):
        attrs["stride"] = attrs.get("kernel")
    for key in ("kernel", "stride", "padding"):
        if isinstance(attrs.get(key), int):
            attrs[key] = (attrs[key],) * dims
    return entry.word, {**attrs, "global": False, "dims": dims}


def _adaptive(node: fx.Node, entry: Entry, bound: dict[str, Any], attrs: Attrs) -> tuple[str, Attrs]:
    size = bound.get("output_size")
    sizes = size if isinstance(size, (tuple, list)) else (size,)
    dims = _dims_in_name(node.meta["qualified"].rpartition(".")[2])
    return entry.word, {"global": all(item == 1 for item in sizes), "dims": dims}


def _recurrent(node: fx.Node, entry: Entry, bound: dict[str, Any], attrs: Attrs) -> tuple[str, Attrs]:
    return entry.word, {"name": node.meta["qualified"].rpartition(".")[2]}


def _slice(node: fx.Node, entry: Entry, bound: dict[str, Any], attrs: Attrs) -> tuple[str, Attrs]:
    return entry.word, {"index": index_text(bound.get("index"))}


def _setitem(node: fx.Node, entry: Entry, bound: dict[str, Any], attrs: Attrs) -> tuple[str, Attrs]:
    attrs = {"index": index_text(bound.get("index"))}
    if not hasattr(bound.get("value"), "op"):
        attrs["value"] = literal(bound.get("value"))
    return entry.word, attrs


def index_text(index: Any) -> str:
    """An index as it is written: `:, 0, ..., None`; tensors as `tensor`."""
    if isinstance(index, tuple):
        return ", ".join(index_text(item) for item in index)
    if isinstance(index, slice):
        parts = ["" if part is None else index_text(part) for part in (index.start, index.stop)]
        step = "" if index.step is None else f":{index_text(index.step)}"
        return ":".join(parts) + step
    if index is Ellipsis:
        return "..."
    return "tensor" if hasattr(index, "op") else str(index)


def _transpose(node: fx.Node, entry: Entry, bound: dict[str, Any], attrs: Attrs) -> tuple[str, Attrs]:
    rest = [item for item in (*node.args[1:], *node.kwargs.values()) if not hasattr(item, "op")]
    if len(rest) == 1 and isinstance(rest[0], (tuple, list)):
        rest = list(rest[0])
    short = node.meta["qualified"].rpartition(".")[2]
    return entry.word, {"dims": ", ".join(str(item) for item in rest) or short}


def _cast(node: fx.Node, entry: Entry, bound: dict[str, Any], attrs: Attrs) -> tuple[str, Attrs]:
    return entry.word, {"dtype": node.meta.get("dtype", "")}


def _split(node: fx.Node, entry: Entry, bound: dict[str, Any], attrs: Attrs) -> tuple[str, Attrs]:
    sizes = next((bound[key] for key in ("split_size", "split_size_or_sections", "split_sizes", "sections")
                  if key in bound), None)  # fmt: skip
    if isinstance(sizes, (tuple, list)):
        attrs = {"parts": len(sizes), **attrs}
    elif "parts" in node.meta:
        attrs = {"parts": node.meta["parts"], **attrs}
    return entry.word, attrs


def _concat(node: fx.Node, entry: Entry, bound: dict[str, Any], attrs: Attrs) -> tuple[str, Attrs]:
    parts = bound.get("tensors")
    return entry.word, {**attrs, "parts": len(parts) if isinstance(parts, (tuple, list)) else 1}


_FINISH: dict[str, Callable[[fx.Node, Entry, dict[str, Any], Attrs], tuple[str, Attrs]]] = {
    "gelu": _gelu,
    "conv": _conv,
    "pool": _pool,
    "adaptive": _adaptive,
    "recurrent": _recurrent,
    "slice": _slice,
    "setitem": _setitem,
    "transpose": _transpose,
    "cast": _cast,
    "split": _split,
    "concat": _concat,
}
