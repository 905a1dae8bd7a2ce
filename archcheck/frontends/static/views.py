"""Tensors that share memory: what a view holds after its base, or another view of the base, was written.

A view remembers the calls that made it from its base. When it is read after a write to the base, these calls
are recorded once more on what the base holds now.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.values import Tensor, plain
from archcheck.frontends.targets.attributes import is_whole

if TYPE_CHECKING:
    from archcheck.frontends.static.calls_recorded import Call, Recorder

# Calls whose result shares the memory of their first operand and shows all of it.
WHOLE = frozenset(
    "view reshape transpose permute t squeeze unsqueeze flatten unflatten view_as reshape_as swapaxes swapdims movedim "
    "moveaxis detach T mT alias".split()
)
# Those that show a part of it, and those that give several parts.
PARTS = frozenset("narrow select diagonal expand expand_as unfold getitem as_strided".split())
SEVERAL = frozenset("chunk split unbind tensor_split hsplit vsplit dsplit split_with_sizes".split())

# The position of the argument `inplace` of functions that have it.
IN_PLACE = dict.fromkeys(("relu", "relu6", "silu", "selu", "mish", "hardswish", "hardsigmoid"), 1) | {
    "rrelu": 4,
    "leaky_relu": 2, "elu": 2, "celu": 2, "threshold": 3, "hardtanh": 3,
    "dropout": 3, "dropout1d": 3, "dropout2d": 3, "dropout3d": 3, "alpha_dropout": 3, "feature_alpha_dropout": 3,
}  # fmt: skip

# `x.__iadd__(y)`.
IN_PLACE_OPERATORS = frozenset("iadd isub imul itruediv ifloordiv imod ipow imatmul".split())


def short(qualified: str) -> str:
    """`torch.Tensor.__getitem__` -> `getitem`.

    >>> short("torch.Tensor.__getitem__"), short("torch.transpose")
    ('getitem', 'transpose')
    """
    return qualified.rpartition(".")[2].strip("_")


def in_place(name: str, args: list[Any], kwargs: dict[str, Any]) -> bool:
    """Whether a function is told to write its result into its first argument."""
    if short(name) in IN_PLACE_OPERATORS:
        return True
    position = IN_PLACE.get(short(name))
    if position is None or not name.startswith("torch."):
        return False
    return plain(kwargs.get("inplace", args[position] if len(args) > position else False)) is True


def show(result: Tensor, base: Tensor) -> None:
    """Note that a result is a view of its operand, if its call makes one."""
    call = result.call
    if call is None or result is base or "qualified" not in call.meta:
        return
    if "item" in call.meta:
        if base.way and base.call is base.way[-1] and short(base.way[-1].meta["qualified"]) in SEVERAL:
            result.base, result.way, result.seen = base.base, (*base.way, call), base.seen
            return
    elif short(call.meta["qualified"]) not in WHOLE | PARTS | SEVERAL:
        return
    result.base, result.way, result.seen = base, (call,), base.call


def current(recorder: Recorder, tensor: Tensor) -> None:
    """Bring a view up to date with what was written into its base since it was last read."""
    base = tensor.base
    if base is None or tensor.age == recorder.age:
        return
    tensor.age = recorder.age
    held = recorder.read(base)
    if held is tensor.seen:
        return
    since = [call for call, _ in base.writes]
    first = since.index(tensor.seen) + 1 if tensor.seen in since else 0
    if any(writer is None or not disjoint(writer.way, tensor.way) for _, writer in base.writes[first:]):
        for call in tensor.way:
            held = recorder.repeat(call, held)
        tensor.call = held
    tensor.seen = base.call


def written(recorder: Recorder, tensor: Tensor, frames: Any) -> None:
    """A tensor was written: what it is a view of holds it, too."""
    recorder.age += 1
    base = tensor.base
    tensor.writes = [*tensor.writes, (tensor.call, None)]
    if base is None or tensor.call is None:
        return
    if covers(tensor.way):
        made = recorder.emit("torch.Tensor.copy_", (tensor,), {}, frames, base.shape, word="reshape")
    else:
        recorder.read(base)
        made = recorder.emit("torch.Tensor.copy_", (base, tensor), {}, frames, base.shape, word="scatter")
    base.call, base.kind = made.call, "value"
    tensor.seen = base.call
    above = base.writes
    written(recorder, base, frames)
    base.writes = [*above, (base.call, tensor)]


def covers(way: tuple[Call, ...]) -> bool:
    """Whether a view shows all of its base."""
    return all(
        "item" not in call.meta
        and (
            short(call.meta["qualified"]) in WHOLE
            or (short(call.meta["qualified"]) == "getitem" and is_whole(call.args[1]))
        )
        for call in way
    )


def disjoint(one: tuple[Call, ...], other: tuple[Call, ...]) -> bool:
    """Whether two views of the same base surely share no element."""
    if not one or not other:
        return False
    a, b = one[-1], other[-1]
    if "item" in a.meta and "item" in b.meta:
        same = [_said(c) for c in one[:-1]] == [_said(c) for c in other[:-1]]
        return same and a.meta["item"] != b.meta["item"]
    if (
        len(one) > 1
        or len(other) > 1
        or {short(a.meta["qualified"]), short(b.meta["qualified"])} != {"getitem"}
    ):
        return False
    return _apart(a.args[1], b.args[1])


def _said(call: Call) -> tuple[Any, ...]:
    return call.meta["qualified"], call.args[1:], call.kwargs


def _apart(one: Any, other: Any) -> bool:
    """Whether two indices name different elements along one dimension."""
    left, right = (i if isinstance(i, tuple) else (i,) for i in (one, other))
    if Ellipsis in left or Ellipsis in right:
        if left[:1] != (Ellipsis,) or right[:1] != (Ellipsis,):
            return False
        left, right = left[:0:-1], right[:0:-1]
    return any(_different(a, b) for a, b in zip_longest(left, right, fillvalue=slice(None)))


def _different(a: Any, b: Any) -> bool:
    if isinstance(a, int) and isinstance(b, int):
        return a != b and (a < 0) == (b < 0)
    if not (isinstance(a, slice) and isinstance(b, slice)):
        return False
    if a.step == b.step and isinstance(a.step, int) and a.step > 1 and a.stop is b.stop is None:
        starts = [s.start or 0 for s in (a, b)]
        return all(isinstance(s, int) and s >= 0 for s in starts) and (starts[0] - starts[1]) % a.step != 0
    if a.step is None and b.step is None:
        for low, high in ((a, b), (b, a)):
            ends = (low.stop, high.start)
            if (
                all(isinstance(e, int) for e in ends)
                and ends[0] <= ends[1]
                and (ends[0] < 0) == (ends[1] < 0)
            ):
                return True
            if low.stop is not None and low.stop is high.start:
                return True
    return False
