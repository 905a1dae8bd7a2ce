"""From recorded calls to our raw graph, by the tables of this folder.

Both front ends record calls in the form of `torch.fx` nodes: the trace real ones, the static one its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from archcheck.frontends.targets.attributes import attributes, index_text, is_whole, literal
from archcheck.frontends.targets.tables import lookup
from archcheck.frontends.targets.torch_table import Entry
from archcheck.graph import Graph, Literal, Node, Unresolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Recorded(Protocol):
    """A recorded call: what both `torch.fx` nodes and the static front end's calls have.

    `meta` holds `qualified` (what was called) and, where known, `scopes`, `frames`, `span`, `shape`,
    `dtype`, `parts`; sources have `source` and `source_name`.
    """

    op: str
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    meta: dict[str, Any]


class Few(tuple[Any, ...]):
    """Members of an argument that stand for more than they are."""


@dataclass
class _Work:
    """The raw graph while it is being made."""

    nodes: list[Node] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)


def convert(nodes: Iterable[Recorded]) -> Graph:
    """The raw graph of recorded calls. Nodes keep their names and their order."""
    work = _Work()
    outputs: tuple[str, ...] = ()
    for node in nodes:
        if node.op == "output":
            outputs = tuple(item.name for item in tensors(node.args))
        elif "source" in node.meta:
            _source(work, node)
        else:
            _operation(work, node)
    return Graph(tuple(work.nodes), tuple(work.inputs), outputs, unresolved=tuple(work.unresolved))


def _source(work: _Work, node: Recorded) -> None:
    kind, name, shape = node.meta["source"], node.meta.get("source_name", ""), node.meta.get("shape")
    if kind == "unresolved":
        reason = node.meta["reason"]
        work.nodes.append(_raw(node, "opaque", (), (), {"name": "unresolved", "reason": reason}))
        work.unresolved.append(Unresolved(reason, node.name, node.meta.get("span")))
        return
    attrs: list[tuple[str, Literal]] = []
    if kind == "constant" and node.meta.get("value") is not None:
        attrs.append(("value", node.meta["value"]))
    work.nodes.append(Node(node.name, (kind,), attrs=tuple(attrs), name=name, shape=shape))
    if kind == "input":
        work.inputs.append(node.name)


def _operation(work: _Work, node: Recorded) -> None:
    name = node.meta["qualified"]
    if "item" in node.meta:
        _emit(work, node, "getitem", list(node.args[:1]), (), {"index": node.meta["item"]})
    elif "word" in node.meta:
        _emit(work, node, node.meta["word"], tensors(node.args), (), {})
    else:
        entry = lookup(name)
        if entry is None:
            _emit(work, node, "opaque", tensors((node.args, node.kwargs)), (), {"name": name.lstrip("?")})
        elif entry.word != "slice" or not _end_of_stack(work, node, entry):
            READERS.get(entry.kind, _call)(work, node, entry)


def _end_of_stack(work: _Work, node: Recorded, entry: Entry) -> bool:
    """Emit what `stack(values)[-1]` is: the last of them, or a part of it.

    Of a few that stand for more, an end alone is known.
    """
    bound = bind(node, entry)
    stack, index = (bound.get(key) for key in ("input", "index"))
    place, *rest = index if isinstance(index, tuple) and index else (index,)
    if stack is None or type(place) is not int:
        return False
    made = lookup(stack.meta.get("qualified", "")) if hasattr(stack, "meta") else None
    if made is None or made.word != "stack_tensors":
        return False
    given = bind(stack, made)
    stacked = given.get("tensors") or stack.args[:1]
    values = tensors((stacked,))
    known = place in (0, -1) or not isinstance(stacked, Few)
    if given.get("dim", 0) != 0 or not -len(values) <= place < len(values) or not known:
        return False
    if rest:
        _emit(work, node, "slice", [values[place]], (), {"index": index_text(tuple(rest))})
    else:
        _emit(work, node, "identity", [values[place]], (), {})
    return True


def _emit(
    work: _Work,
    node: Recorded,
    word: str,
    args: list[Any],
    operands: tuple[str, ...],
    attrs: dict[str, Literal],
) -> None:
    work.nodes.append(_raw(node, word, tuple(arg.name for arg in args), operands, attrs))


def _raw(
    node: Recorded,
    word: str,
    args: tuple[str, ...],
    operands: tuple[str, ...],
    attrs: dict[str, Literal],
    id: str = "",
) -> Node:
    scopes = node.meta.get("scopes", ())
    return Node(
        id=id or node.name,
        words=(word,),
        args=args,
        operands=operands,
        attrs=tuple(attrs.items()),
        name=scopes[-1].path if scopes else "",
        span=node.meta.get("span"),
        scopes=scopes,
        frames=node.meta.get("frames", ()),
        shape=node.meta.get("shape"),
    )


NUMPY = (
    ("axis", "dim"),
    ("keepdims", "keepdim"),
    ("ord", "p"),
    ("a_min", "min"),
    ("a_max", "max"),
)  # as numpy calls them; torch and Keras take these names, too


def bind(node: Recorded, entry: Entry) -> dict[str, Any]:
    """The arguments of a call by parameter name, as far as the table names them."""
    bound = dict(zip(entry.params, node.args, strict=False))
    bound.update(node.kwargs)
    for other, name in NUMPY:
        if other in bound and name in entry.params and other not in entry.params:
            bound[name] = bound.pop(other)
    return bound


def tensors(value: Any) -> list[Recorded]:
    """The fx nodes inside nested arguments, in order."""
    if isinstance(value, (tuple, list)):
        return [node for item in value for node in tensors(item)]
    if isinstance(value, dict):
        return [node for item in value.values() for node in tensors(item)]
    if isinstance(value, slice):
        return tensors((value.start, value.stop, value.step))
    return [value] if hasattr(value, "op") else []


def _call(work: _Work, node: Recorded, entry: Entry) -> None:
    bound = bind(node, entry)
    if entry.operands:
        named = [(bound[p], name) for p, name in entry.operands if hasattr(bound.get(p), "op")]
        args, names = [arg for arg, _ in named], tuple(name for _, name in named)
    else:
        args, names = tensors((node.args, {k: v for k, v in node.kwargs.items() if k != "out"})), ()
    word, attrs = attributes(node, entry, bound)
    _emit(work, node, word, args, names, attrs)


def _binary(work: _Work, node: Recorded, entry: Entry, swapped: bool = False) -> None:
    """Two operands, of which one may be a scalar; `add(x, y, alpha=2)` is two nodes."""
    bound = bind(node, entry)
    pair = list(node.args[:2])
    if len(pair) < 2:
        pair += [bound[key] for key in (*entry.params, "other", "exponent") if key in node.kwargs][
            : 2 - len(pair)
        ]
    if swapped:
        pair.reverse()
    alpha = node.kwargs.get("alpha", 1)
    args = tensors(pair)
    attrs: dict[str, Literal] = {}
    if len(args) == 1 and len(pair) == 2:
        scalar_first = not hasattr(pair[0], "op")
        scalar = pair[0] if scalar_first else pair[1]
        if alpha != 1 and isinstance(scalar, (int, float)) and isinstance(alpha, (int, float)):
            scalar, alpha = scalar * alpha, 1
        attrs["value"] = literal(scalar)
        if scalar_first and entry.word in ("subtract", "div", "pow"):
            attrs["reflected"] = True
    raw_args = tuple(arg.name for arg in args)
    if alpha != 1 and len(args) == 2:
        scaled = f"{node.name}_alpha"
        work.nodes.append(_raw(node, "mul", raw_args[1:], (), {"value": literal(alpha)}, id=scaled))
        raw_args = (raw_args[0], scaled)
    work.nodes.append(_raw(node, entry.word, raw_args, (), attrs))


def _reflected(work: _Work, node: Recorded, entry: Entry) -> None:
    _binary(work, node, entry, swapped=True)


def _square(work: _Work, node: Recorded, _entry: Entry) -> None:
    _emit(work, node, "pow", tensors(node.args)[:1], (), {"value": 2})


def _reciprocal(work: _Work, node: Recorded, _entry: Entry) -> None:
    _emit(work, node, "pow", tensors(node.args)[:1], (), {"value": -1})


def _addmm(work: _Work, node: Recorded, entry: Entry) -> None:
    """`input*beta + alpha*(mat1 @ mat2)`: a linear layer where the matrix and the addend are parameters."""
    bound = bind(node, entry)
    addend: Any = bound["input"]
    left: Any = bound.get("mat1", bound.get("batch1", bound.get("mat")))
    right: Any = bound.get("mat2", bound.get("batch2", bound.get("vec")))
    alpha, beta = node.kwargs.get("alpha", 1), node.kwargs.get("beta", 1)
    if alpha == 1 and beta == 1 and all(item.meta.get("source") == "parameter" for item in (right, addend)):
        _emit(work, node, "linear", [left, right, addend], ("input", "weight", "bias"), {})
        return
    product = f"{node.name}_matmul"
    work.nodes.append(_raw(node, "matmul", (left.name, right.name), (), {}, id=product))
    parts = []
    for value, factor, suffix in ((addend.name, beta, "beta"), (product, alpha, "alpha")):
        if factor == 1:
            parts.append(value)
            continue
        work.nodes.append(
            _raw(node, "mul", (value,), (), {"value": literal(factor)}, id=f"{node.name}_{suffix}")
        )
        parts.append(f"{node.name}_{suffix}")
    work.nodes.append(_raw(node, "add", tuple(parts), (), {}))


def _fused(word: str) -> Callable[[_Work, Recorded, Entry], None]:
    """`addcmul` and `addcdiv`: input + value * (tensor1 op tensor2)."""

    def read(work: _Work, node: Recorded, entry: Entry) -> None:
        bound = bind(node, entry)
        addend, one, two = (bound[key] for key in ("input", "tensor1", "tensor2"))
        product = f"{node.name}_{word}"
        work.nodes.append(_raw(node, word, (one.name, two.name), (), {}, id=product))
        value = node.kwargs.get("value", 1)
        if value != 1:
            scaled = f"{node.name}_value"
            work.nodes.append(_raw(node, "mul", (product,), (), {"value": literal(value)}, id=scaled))
            product = scaled
        work.nodes.append(_raw(node, "add", (addend.name, product), (), {}))

    return read


MASKED = 1e3  # what is written into scores where nothing may be attended to is larger


def _setitem(work: _Work, node: Recorded, entry: Entry) -> None:
    """`x[index] = value`: the value where the index names everything, else what `x` held and the value."""
    bound = bind(node, entry)
    target, index, value = (bound.get(key) for key in ("input", "index", "value"))
    attrs: dict[str, Literal] = {"index": index_text(index)}
    if not hasattr(value, "op"):
        attrs["value"] = literal(value)
        word = _filled(index, value)
        read = tensors((target, index)) if word == "masked_fill" else tensors(target)
        _emit(work, node, word, read, (), attrs)
    elif is_whole(index):
        _emit(work, node, "copy", tensors(value), (), attrs)
    else:
        _emit(work, node, "scatter", tensors((target, value)), (), attrs)


def _filled(index: Any, value: Any) -> str:
    """The word for `x[index] = number`: places that a mask names are padding, those that numbers name are not."""
    if is_whole(index):
        return "full"
    parts = index if isinstance(index, tuple) else (index,)
    named = all(part is Ellipsis or isinstance(part, (int, slice)) for part in parts)
    blocked = not isinstance(value, (int, float)) or abs(value) > MASKED
    return "masked_fill" if blocked or not named else "scatter"


def _copy(work: _Work, node: Recorded, _entry: Entry) -> None:
    """`x.copy_(y)` holds `y` afterwards; `copy(x)` holds `x`."""
    _emit(work, node, "copy", tensors((node.args, node.kwargs))[:2][-1:], (), {})


def _constant(work: _Work, node: Recorded, entry: Entry) -> None:
    """`tensor(1.0)` makes a constant; made of tensors, it holds what they hold."""
    args = tensors((node.args, node.kwargs))
    if args:
        _emit(work, node, "copy" if len(args) == 1 else "stack_tensors", args, (), {})
    else:
        _call(work, node, entry)


def _std(work: _Work, node: Recorded, entry: Entry) -> None:
    """The standard deviation is the root of the variance."""
    bound = bind(node, entry)
    _, attrs = attributes(node, entry, bound)
    inner = f"{node.name}_var"
    args = tuple(arg.name for arg in tensors(node.args)[:1])
    work.nodes.append(_raw(node, "var", args, (), attrs, id=inner))
    work.nodes.append(_raw(node, "sqrt", (inner,), (), {}))


def _squared_difference(work: _Work, node: Recorded, _entry: Entry) -> None:
    """`(x - y)²`."""
    inner = f"{node.name}_difference"
    work.nodes.append(_raw(node, "subtract", tuple(a.name for a in tensors(node.args)[:2]), (), {}, id=inner))
    work.nodes.append(_raw(node, "pow", (inner,), (), {"value": 2}))


def _given_moments(work: _Work, node: Recorded, entry: Entry) -> None:
    """`(x - mean) / sqrt(variance + eps) * scale + offset`: a batch norm of the moments that training has kept.

    Where they are computed of a value it is written out, as their axes decide which norm it is.
    """
    bound = bind(node, entry)
    given = tensors([bound.get(key) for key in ("x", "mean", "variance")])
    if len(given) < 3 or not _is_computed(given[2]):
        _call(work, node, entry)
        return
    x, mean, variance = given
    scale, offset = (tensors(bound.get(key)) for key in ("scale", "offset"))

    def step(word: str, *args: str, **attrs: Literal) -> str:
        name = f"{node.name}_{len(work.nodes)}"
        work.nodes.append(_raw(node, word, args, (), attrs, id=name))
        return name

    eps = bound.get("variance_epsilon", bound.get("epsilon", 0))
    factor = step("rsqrt", step("add", variance.name, value=literal(eps)))
    if scale:
        factor = step("mul", factor, scale[0].name)
    centred = step("subtract", x.name, mean.name)
    last = ("add", (step("mul", centred, factor), offset[0].name)) if offset else ("mul", (centred, factor))
    work.nodes.append(_raw(node, *last, (), {}))


def _is_computed(value: Recorded) -> bool:
    """Whether a call computes this of an input, and not of parameters alone."""
    waiting, seen = [value], set()
    while waiting:
        one = waiting.pop()
        if one.name in seen:
            continue
        if one.meta.get("source") == "input":
            return True
        seen.add(one.name)
        waiting += tensors((one.args, one.kwargs))
    return False


def _keep_prob(work: _Work, node: Recorded, entry: Entry) -> None:
    """TensorFlow 1's dropout is told what it keeps, TensorFlow 2's what it drops."""
    bound = bind(node, entry)
    keep, rate = bound.get("keep_prob"), bound.get("rate")
    attrs: dict[str, Literal] = {}
    if isinstance(rate, (int, float)):
        attrs["p"] = rate
    elif isinstance(keep, (int, float)):
        attrs["p"] = round(1 - keep, 10)
    _emit(work, node, "dropout", tensors(node.args)[:1], (), attrs)


def _jax_gelu(work: _Work, node: Recorded, entry: Entry) -> None:
    exact = bind(node, entry).get("approximate") is False
    _emit(work, node, "gelu" if exact else "gelu_tanh", tensors(node.args)[:1], (), {})


def _extreme(work: _Work, node: Recorded, entry: Entry) -> None:
    """`max(x)` and `max(x, dim)` reduce; `max(x, y)` is elementwise."""
    args = tensors((node.args, node.kwargs))
    if len(args) > 1:
        smaller = node.meta["qualified"].rpartition(".")[2] in ("min", "amin")
        _emit(work, node, "maximum", args, (), {"smaller": True} if smaller else {})
    else:
        _call(work, node, entry)


READERS: dict[str, Callable[[_Work, Recorded, Entry], None]] = {
    "binary": _binary,
    "reflected": _reflected,
    "square": _square,
    "reciprocal": _reciprocal,
    "addmm": _addmm,
    "addcmul": _fused("mul"),
    "addcdiv": _fused("div"),
    "std": _std,
    "setitem": _setitem,
    "copy": _copy,
    "constant": _constant,
    "extreme": _extreme,
    "squared_difference": _squared_difference,
    "keep_prob": _keep_prob,
    "jax_gelu": _jax_gelu,
    "given_moments": _given_moments,
}
