"""The attributes of a raw node, read from the arguments of the call."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from string import ascii_letters
from typing import TYPE_CHECKING, Any

from archcheck.graph import Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from archcheck.frontends.targets.convert import Recorded
    from archcheck.frontends.targets.torch_table import Entry

Attrs = dict[str, Literal]


@dataclass
class Call:
    """One recorded call: its node, its entry in the table, its arguments by name, the attributes so
    far.
    """

    node: Recorded
    entry: Entry
    bound: dict[str, Any]
    attrs: Attrs


def attributes(node: Recorded, entry: Entry, bound: dict[str, Any]) -> tuple[str, Attrs]:
    """The word and the attributes of a call: the table's, then what the kind of the entry adds or changes."""
    defaults = dict(entry.defaults)
    attrs: Attrs = {}
    for name, parameter in entry.attrs:
        value = bound.get(parameter, defaults.get(parameter))
        if value is not None and not hasattr(value, "op"):
            attrs[name] = literal(value)
    finish = _FINISH.get(entry.kind)
    return finish(Call(node, entry, bound, attrs)) if finish else (entry.word, attrs)


def literal(value: Any) -> Literal:
    """A plain value for an attribute: numbers, strings, tuples of them; all else as text."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return tuple(literal(item) for item in value)
    return str(value).removeprefix("torch.")


def _gelu(call: Call) -> tuple[str, Attrs]:
    return ("gelu_tanh" if call.attrs.get("approximate") == "tanh" else "gelu"), call.attrs


def _normalize(call: Call) -> tuple[str, Attrs]:
    """Another length than the Euclidean one is a norm without a name."""
    return (call.entry.word if call.attrs.get("p", 2) == 2 else "norm"), call.attrs


def _hardtanh(call: Call) -> tuple[str, Attrs]:
    """A clamp to [0, 6] is ReLU6, which torch's module of that name calls hardtanh for."""
    bounds = (call.bound.get("min_val"), call.bound.get("max_val"))
    return ("relu6" if bounds == (0, 6) else call.entry.word), call.attrs


def _conv(call: Call) -> tuple[str, Attrs]:
    weight = call.bound.get("weight")
    shape = getattr(weight, "meta", {}).get("shape")
    if shape:
        call.attrs = {"kernel": literal(shape[2:]), **call.attrs, "dims": len(shape) - 2}
        for key in ("stride", "padding", "dilation"):
            if isinstance(call.attrs.get(key), int):
                call.attrs[key] = (call.attrs[key],) * (len(shape) - 2)
    return call.entry.word, call.attrs


def _dims_in_name(name: str) -> int:
    return next((int(c) for c in name if c in "123"), 0)


def _pool(call: Call) -> tuple[str, Attrs]:
    dims = _dims_in_name(call.node.meta["qualified"].rpartition(".")[2])
    if call.attrs.get("stride") in (None, ()):
        call.attrs["stride"] = call.attrs.get("kernel")
    for key in ("kernel", "stride", "padding"):
        if isinstance(call.attrs.get(key), int):
            call.attrs[key] = (call.attrs[key],) * dims
    return call.entry.word, {**call.attrs, "global": False, "dims": dims}


def _adaptive(call: Call) -> tuple[str, Attrs]:
    size = call.bound.get("output_size")
    sizes = size if isinstance(size, (tuple, list)) else (size,)
    dims = _dims_in_name(call.node.meta["qualified"].rpartition(".")[2])
    return call.entry.word, {"global": all(item == 1 for item in sizes), "dims": dims}


def _recurrent(call: Call) -> tuple[str, Attrs]:
    return call.entry.word, {"name": call.node.meta["qualified"].rpartition(".")[2]}


def _slice(call: Call) -> tuple[str, Attrs]:
    return call.entry.word, {"index": index_text(call.bound.get("index"))}


def is_whole(index: Any) -> bool:
    """Whether an index names every element: `x[:]`, `x[..., :]`.

    >>> is_whole((Ellipsis, slice(None))), is_whole((slice(None), 0))
    (True, False)
    """
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is Ellipsis or part == slice(None) for part in parts)


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


def _transpose(call: Call) -> tuple[str, Attrs]:
    rest = [item for item in (*call.node.args[1:], *call.node.kwargs.values()) if not hasattr(item, "op")]
    if len(rest) == 1 and isinstance(rest[0], (tuple, list)):
        rest = list(rest[0])
    short = call.node.meta["qualified"].rpartition(".")[2]
    return call.entry.word, {"dims": ", ".join(str(item) for item in rest) or short}


def _einsum(call: Call) -> tuple[str, Attrs]:
    """An einsum of one value moves its axes, or sums over some of them."""
    equation = call.attrs.get("equation")
    read, arrow, written = str(equation).replace(" ", "").partition("->")
    if not isinstance(equation, str) or not read.isalpha() or len(set(read)) < len(read):
        return call.entry.word, call.attrs
    written = written if arrow else "".join(sorted(read))
    if set(written) == set(read):
        return "transpose", {"dims": ", ".join(str(read.index(axis)) for axis in written)}
    return "sum", {
        "dim": tuple(place for place, axis in enumerate(read) if axis not in written),
        "keepdim": False,
    }


def _named_einsum(call: Call) -> tuple[str, Attrs]:
    """An einsum as einops has it: the pattern stands last, and an axis may have a name of several letters."""
    given = [*call.node.args, call.node.kwargs.get("pattern")]
    pattern = next((one for one in reversed(given) if isinstance(one, str)), "")
    names = dict.fromkeys(re.findall(r"[A-Za-z_]\w*", pattern))
    if not names or len(names) > len(ascii_letters):
        return call.entry.word, call.attrs
    letters = dict(zip(names, ascii_letters, strict=False))
    equation = re.sub(r"[A-Za-z_]\w*", lambda name: letters[name[0]], pattern)
    return _einsum(replace(call, attrs={"equation": equation}))


def _reshape(call: Call) -> tuple[str, Attrs]:
    """The sizes that are given, None for one that is not known; those of an `unflatten` are the last of them."""
    unflattens = call.node.meta["qualified"].endswith("unflatten")
    given = [*call.node.args[2 if unflattens else 1 :], *call.node.kwargs.values()]
    sizes = given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given
    if unflattens and call.node.args[1:2] != (-1,):
        return call.entry.word, {}
    return call.entry.word, {"sizes": (None, *_known(sizes)) if unflattens else _known(sizes)}


def _known(sizes: Iterable[Any]) -> tuple[int | None, ...]:
    """The sizes that are told, None for each other one."""
    return tuple(size if isinstance(size, int) else None for size in sizes)


def _rearrange(call: Call) -> tuple[str, Attrs]:
    """A pattern that names each axis alone, in another order, is a transposition; others split and merge axes."""
    pattern = call.attrs.get("pattern")
    read, _, written = (side.split() for side in str(pattern).partition("->"))
    front = len(read) == 3 and read[0] == "..." == written[0]
    names = read[1:] if front else read
    if (
        not hasattr(call.bound.get("tensor"), "op")  # of a list: its members are the first axis
        or sorted(read) != sorted(written)
        or len(set(read)) < len(read)
        or not all(name.isidentifier() for name in names)
    ):
        return call.entry.word, call.attrs | _taken_apart(str(pattern), call.node.kwargs)
    if front:
        return ("transpose", {"dims": "-2, -1"}) if read != written else (call.entry.word, call.attrs)
    return "transpose", {"dims": ", ".join(str(read.index(axis)) for axis in written)}


def _taken_apart(pattern: str, sizes: Mapping[str, Any]) -> Attrs:
    """The sizes that a pattern gives the parts of its last axis: `(None, 8, None)` for `b n (h d)` with 8 heads."""
    axis = re.search(r"\(([^()]+)\)\s*->", pattern)
    if axis is None:
        return {}
    return {"sizes": (None, *_known(sizes.get(name) for name in axis[1].split()))}


def _cast(call: Call) -> tuple[str, Attrs]:
    return call.entry.word, {"dtype": call.node.meta.get("dtype", "")}


_SIZES = ("split_size", "split_size_or_sections", "split_sizes", "sections")


def _split(call: Call) -> tuple[str, Attrs]:
    sizes = next((call.bound[key] for key in _SIZES if key in call.bound), None)
    if isinstance(sizes, (tuple, list)):
        call.attrs = {"parts": len(sizes), **call.attrs, "sizes": _known(sizes)}
        return call.entry.word, call.attrs
    if isinstance(sizes, int):
        call.attrs = {**call.attrs, "size": sizes}
    if "parts" in call.node.meta:
        call.attrs = {"parts": call.node.meta["parts"], **call.attrs}
    return call.entry.word, call.attrs


def _concat(call: Call) -> tuple[str, Attrs]:
    parts = call.bound.get("tensors")
    return call.entry.word, {**call.attrs, "parts": len(parts) if isinstance(parts, (tuple, list)) else 1}


_FINISH: dict[str, Callable[[Call], tuple[str, Attrs]]] = {
    "gelu": _gelu,
    "normalize": _normalize,
    "hardtanh": _hardtanh,
    "conv": _conv,
    "pool": _pool,
    "adaptive": _adaptive,
    "recurrent": _recurrent,
    "slice": _slice,
    "transpose": _transpose,
    "einsum": _einsum,
    "named_einsum": _named_einsum,
    "reshape": _reshape,
    "rearrange": _rearrange,
    "cast": _cast,
    "split": _split,
    "concat": _concat,
}
