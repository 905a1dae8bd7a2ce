"""Tensors: calls that make them, their parts, and writing into them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archcheck.frontends.static import views
from archcheck.frontends.static.calls_recorded import any_tensor, tensors
from archcheck.frontends.static.errors import NeedsInputError, raised
from archcheck.frontends.static.limits import light
from archcheck.frontends.static.ranks import learn, ranked
from archcheck.frontends.static.tables import is_table, table_shape
from archcheck.frontends.static.values import (
    SEVERAL,
    Dotted,
    Repeated,
    Setting,
    Shape,
    Tensor,
    Unknown,
    Value,
    made_of,
    number,
    plain,
)
from archcheck.frontends.targets.numbers import computed
from archcheck.frontends.targets.tables import lookup
from archcheck.vocabulary import CREATION

if TYPE_CHECKING:
    from archcheck.frontends.static.calls_recorded import Call
    from archcheck.frontends.static.vm import Interpreter
    from archcheck.frontends.targets.torch_table import Entry
    from archcheck.graph import Span

# Raw words of calls that give back what they are given.
SAME = frozenset({"cast", "copy", "identity"})

# Raw words of calls that raise where they are given an empty list.
JOINING = frozenset({"concat", "stack_tensors"})

# Functions without source that only note or check what they are given.
NOTING = re.compile(
    r"(^|[._])(log|print|warn|assert|check|debug|record|summary|histogram|scalar|profile|plot|watch|callback)s?($|[._])"
)

# Functions that are an attribute of a tensor, by their names in numpy, TensorFlow, Keras and JAX.
ATTRIBUTES = {"shape": "shape", "int_shape": "shape", "ndim": "ndim", "rank": "ndim"}

# Functions that tell something about a tensor which is no tensor.
FACTS = frozenset({*ATTRIBUTES, "shape_n", "size", "numel", "static_rank", "is_tensor", "iscomplexobj"})


def tensor_call(
    vm: Interpreter,
    name: str,
    args: tuple[Value, ...],
    kwargs: dict[str, Value] | None = None,
    **meta: object,
) -> Tensor:
    """Record a call that the tables know."""
    kwargs = kwargs or {}
    entry = lookup(name)
    # No operand of a sum or product may be None.
    both = entry is not None and entry.kind in ("binary", "reflected")
    given = [*args, *kwargs.values()][: 2 if both else 1]
    if (
        entry is not None
        and entry.word in JOINING
        and given
        and isinstance(joined := plain(given[0]), (list, tuple))
    ):
        given = list(joined)
    for needed in given:
        if isinstance(needed, Setting) and needed.value is None and needed.kind == "input":
            raise NeedsInputError(needed.key)
    out = plain(kwargs.get("out"))
    frames = vm.frames() if vm.recorder.recording else ()
    result = vm.recorder.emit(name, args, kwargs, frames, _shape(name, args, kwargs), **meta)
    if result.shape is None:
        result.shape = ranked(name, args, kwargs)
    learn(name, args, kwargs, result)
    return overwrite(vm, out, result) if isinstance(out, Tensor) else result


def framework_call(vm: Interpreter, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """A call of a framework's function by its dotted name."""
    if name.rpartition(".")[2] in FACTS:
        return _fact(vm, name, args)
    if name.startswith("numpy.") and not kwargs:
        known = computed(name, [_plainly(arg) for arg in args])
        if known is not None:
            return known
    entry = lookup(name)
    if entry is not None:
        if any_tensor(args, kwargs):
            first = plain(args[0]) if args else None
            result = tensor_call(vm, name, tuple(args), kwargs)
            if not isinstance(first, Tensor):
                return result
            if entry.kind == "setitem":
                overwrite(vm, first, result)
                return None
            if (name.endswith("_") and not name.endswith("__")) or views.in_place(name, args, kwargs):
                return overwrite(vm, first, result)
            views.show(result, first)
            return result
        needed = args[0] if args else next(iter(kwargs.values()), None)
        if isinstance(needed, Setting) and needed.value is None and needed.kind == "input":
            raise NeedsInputError(needed.key)
        _joins_something(entry, name, plain(needed))
        hidden = _content(entry, name, args, kwargs)
        if hidden is not None and vm.recorder.recording:
            return vm.recorder.lost(hidden.reason, vm.here())
        if entry.word in CREATION:
            return tensor_call(vm, name, tuple(args), kwargs)
        if not vm.recorder.recording:
            return Tensor(None, "constant")
        given = [plain(a) for a in args]
        if entry.word in SAME and given and isinstance(given[0], (bool, int, float)):
            return given[0]
        return made_of(f"{name}() of no tensor", given)
    return opaque(vm, name, args, kwargs)


def _joins_something(entry: Entry, name: str, members: Value) -> None:
    """A concatenation of nothing raises."""
    if entry.word in JOINING and isinstance(members, (list, tuple)) and not members:
        raise raised(RuntimeError, f"{name}(): expected a non-empty list of tensors")


def _fact(vm: Interpreter, name: str, args: list[Value]) -> Value:
    own = ATTRIBUTES.get(name.rpartition(".")[2])
    if own is not None and args and isinstance(plain(args[0]), Tensor):
        return vm.get(args[0], own)
    return number(f"{name}() of a tensor")


def _plainly(value: Value) -> Value:
    """A number, or a list of numbers, without the notes that a variant may change them."""
    value = plain(value)
    return [plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def _content(entry: Entry, name: str, args: list[Value], kwargs: dict[str, Value]) -> Unknown | None:
    """What a new tensor is filled with, if that may be data of another tensor."""
    if entry.kind == "constant":
        given = args[:1]
    elif entry.word == "full" and name.rpartition(".")[2].startswith(("full", "fill")):
        given = [*args[1:2], kwargs.get("fill_value")]
    else:
        return None
    members = [m for g in map(plain, given) for m in (g if isinstance(g, (list, tuple)) else [g])]
    return next((m for m in map(plain, members) if isinstance(m, Unknown) and m.hides), None)


def opaque(vm: Interpreter, name: str, args: list[Value], kwargs: dict[str, Value], why: str = "") -> Value:
    """A call of something whose source is not known: it keeps the dataflow."""
    if not any_tensor(args, kwargs) or not vm.recorder.recording:
        return Unknown(f"{name}(…) was not found")
    result = vm.recorder.emit(f"?{name}", tuple(args), kwargs, vm.frames())
    if result.call is not None:
        reason = f"the source of {name} was not found" + (f" ({why})" if why else "")
        vm.recorder.unresolved.append((reason, result.call.name, vm.here()))
    first = plain(args[0]) if args else None
    if isinstance(first, Tensor) and name.startswith("torch.") and writes(name):
        return overwrite(vm, first, result)
    if vm.stack and vm.stack[-1].node is not None and vm.stack[-1].node is vm.stack[-1].statement:
        for tensor in _written(name, [args, kwargs]):
            overwrite(vm, tensor, result)
    return result


def _written(name: str, operands: Value) -> list[Tensor]:
    """What a call of something unknown writes, of which the result is not used: new memory, else any that it is given.

    Calls that write down or check what they are given leave it as it is.
    """
    given = [one for one in tensors(operands) if one.kind in ("value", "input", "constant")]
    fresh = [one for one in given if one.call is not None and _is_new(one.call)]
    return fresh or ([] if NOTING.search(name) else given)


def _is_new(call: Call) -> bool:
    entry = lookup(str(call.meta.get("qualified", "")))
    return entry is not None and entry.word in CREATION


def writes(name: str) -> bool:
    """Whether a function that no table knows writes into its first operand, by its name, or hands its memory on."""
    short = name.rpartition(".")[2]
    return (short.endswith("_") and not short.endswith("__")) or short == "numpy"


def changed_unseen(vm: Interpreter, by: tuple[str, Span], result: Value) -> Value:
    """A result after something whose source was not found may have changed it."""
    reason, span = by
    if not vm.recorder.recording:
        return result
    if isinstance(result, Tensor):
        made = vm.recorder.emit("?decorator", (result,), {}, vm.frames(), result.shape)
        if made.call is not None:
            vm.recorder.unresolved.append((reason, made.call.name, span))
        return made
    if isinstance(light(result), (list, tuple)):
        return type(result)(changed_unseen(vm, by, one) for one in result)
    if isinstance(result, dict):
        return {key: changed_unseen(vm, by, one) for key, one in result.items()}
    if any(True for _ in tensors(result)):
        vm.recorder.unresolved.append((reason, "", span))
    return result


def part_of(vm: Interpreter, tensor: Tensor, index: Value) -> Tensor:
    """One of several results, or one slice along the first dimension."""
    if tensor.call is None and not vm.recorder.recording:
        return Tensor(None, "constant")
    part = vm.recorder.emit("getitem", (tensor, index), {}, vm.frames(), item=index)
    views.show(part, tensor)
    return part


def overwrite(vm: Interpreter, tensor: Tensor, result: Tensor) -> Tensor:
    """Let a tensor hold a new value; a tensor that it is a view of, holds it, too."""
    if not vm.recorder.recording:
        return tensor
    vm.recorder.read(tensor)
    tensor.call, tensor.shape, tensor.kind = vm.recorder.read(result), result.shape or tensor.shape, "value"
    views.written(vm.recorder, tensor, vm.frames())
    return tensor


def _shape(name: str, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Shape:
    """The shape of a result, as far as it is the shape of an operand or is given."""
    entry = lookup(name)
    if entry is None:
        return None
    if entry.word in CREATION:
        return creation_shape(name, args, kwargs)
    first = plain(args[0]) if args else None
    if entry.word in ("cast", "copy", "identity", "neg") and isinstance(first, Tensor):
        return first.shape if _has_size(first.shape) else None
    if (
        entry.word == "squeeze"
        and isinstance(first, Tensor)
        and first.shape is not None
        and _has_size(first.shape)
    ):
        return _squeezed(name, first.shape, plain(kwargs.get("dim", args[1] if len(args) > 1 else None)))
    if all(map(is_table, [*args, *kwargs.values()])):
        return table_shape(name, args, kwargs)
    return None


def _has_size(shape: Shape) -> bool:
    """Whether a shape says more than how many dimensions there are."""
    return shape is not None and (not shape or any(size is not None for size in shape))


def _squeezed(name: str, shape: tuple[int | None, ...], dim: Value) -> Shape:
    """The shape without, or with another, dimension of size one."""
    if not isinstance(dim, int) or isinstance(dim, bool):
        return None
    added = name.endswith(("unsqueeze", "expand_dims"))
    place = dim if dim >= 0 else dim + len(shape) + added
    if added:
        return (*shape[:place], 1, *shape[place:])
    if not 0 <= place < len(shape) or shape[place] is None:
        return None
    return shape[:place] + shape[place + 1 :] if shape[place] == 1 else shape


GIVEN = ("from_numpy", "asarray", "array", "convert_to_tensor")  # what is given has a shape of its own

OF_VALUES = (*GIVEN, "arange", "linspace", "eye", "tensor", "as_tensor", "new_tensor")


def creation_shape(name: str, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Shape:
    """The shape that `torch.zeros(3, 4)` and its relatives are given."""
    short = name.rpartition(".")[2]
    values = [plain(a) for a in args]
    first = values[0] if values else None
    numbers = short.endswith("Tensor") and isinstance(first, (list, tuple))  # like torch.Tensor([1.0, 2.0])
    if numbers or short.endswith("_like") or short in OF_VALUES:
        if short.endswith("_like") and isinstance(first, Tensor):
            return first.shape
        if short == "arange":
            return (_size(values[0]) if len(values) == 1 else None,)
        if short == "linspace":
            steps = values[2] if len(values) > 2 else plain(kwargs.get("steps", kwargs.get("num")))
            return (_size(steps),)
        if short in ("tensor", "as_tensor") and isinstance(first, (int, float)):
            return ()
        return (len(first),) if short not in GIVEN and isinstance(first, (list, tuple)) else None
    if short.startswith("new_"):
        values = values[1:]
    elif values and isinstance(values[0], Tensor):  # like x.bernoulli_(p): it fills what is there
        return values[0].shape
    given = kwargs.get("size", kwargs.get("shape"))
    if given is not None:
        values = [plain(given)]
    if values and isinstance(values[0], (list, tuple)):
        values = [plain(v) for v in values[0]]
    elif values and isinstance(values[0], Repeated):
        values = list(values[0].members)
    elif short in ("full", "new_full") or (
        len(values) == 1
        and isinstance(values[0], Unknown)
        and (not values[0].key or short.startswith("new_"))
    ):
        return None
    if any(isinstance(v, Unknown) and v.reason == SEVERAL for v in values):
        return None
    return tuple(_size(v) for v in values if v is not None and not isinstance(v, Dotted))


def _size(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
