"""The shapes of tables that a constructor computes: of positions, frequencies, masks.

A table of two dimensions that is added to the stream is one of positions, a vector is a bias: so the number of
dimensions must be known, and the sizes as far as the source gives them.
"""

from __future__ import annotations

from archcheck.frontends.static.values import Shape, Tensor, Value, plain
from archcheck.frontends.targets.tables import lookup

# Raw words of functions that compute each element alone.
ELEMENTWISE = frozenset(
    {
        "sin",
        "cos",
        "exp",
        "log",
        "sqrt",
        "rsqrt",
        "abs",
        "sigmoid",
        "tanh",
        "round",
        "floor",
        "clamp",
        "dropout",
    }
)


def table_shape(name: str, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Shape:
    """The shape of what a call makes of constants; None where it is not known."""
    entry = lookup(name)
    if entry is None or not args:
        return None
    if entry.kind == "slice" and name.endswith("__getitem__") and len(args) > 1:
        return _indexed(_of(args[0]), args[1])
    if entry.kind in ("binary", "reflected"):
        return _broadcast(_of(args[0]), _of(args[1])) if len(args) > 1 else None
    if entry.word in ELEMENTWISE:
        return _of(args[0])
    if entry.word == "concat":
        return _joined(args[0], plain(kwargs.get("dim", args[1] if len(args) > 1 else 0)))
    return None


def is_table(value: Value) -> bool:
    """Whether a value is computed of constants alone."""
    value = plain(value)
    if isinstance(value, (list, tuple)):
        return all(map(is_table, value))
    return not isinstance(value, Tensor) or (value.kind == "constant" and value.call is None)


def _of(value: Value) -> Shape:
    value = plain(value)
    if isinstance(value, Tensor):
        return value.shape
    return () if isinstance(value, (int, float)) else None


def _indexed(shape: Shape, index: Value) -> Shape:
    """The shape of `table[index]` for numbers, slices, None and one ellipsis."""
    if shape is None:
        return None
    parts = [plain(part) for part in (index if isinstance(index, tuple) else (index,))]
    if not all(part is None or part is Ellipsis or isinstance(part, (int, slice)) for part in parts):
        return None
    rest = len(shape) - sum(part is not None and part is not Ellipsis for part in parts)
    if rest < 0 or sum(part is Ellipsis for part in parts) > 1:
        return None
    if Ellipsis not in parts:
        parts.append(Ellipsis)
    found: list[int | None] = []
    sizes = list(shape)
    for part in parts:
        if part is None:
            found.append(1)
        elif part is Ellipsis:
            found += sizes[:rest]
            del sizes[:rest]
        else:
            size = sizes.pop(0)
            if isinstance(part, slice):
                found.append(size if part == slice(None) else None)
    return tuple(found)


def _broadcast(left: Shape, right: Shape) -> Shape:
    if left is None or right is None:
        return None
    longest = max(len(left), len(right))
    pairs = zip((1,) * (longest - len(left)) + left, (1,) * (longest - len(right)) + right, strict=True)
    return tuple(other if one == 1 else one if other == 1 or one == other else None for one, other in pairs)


def _joined(members: Value, dim: Value) -> Shape:
    """The shape of a concatenation: what the members have in common, and along the dimension their sum."""
    members = plain(members)
    shapes = [_of(one) for one in members] if isinstance(members, (list, tuple)) else []
    if (
        not shapes
        or not isinstance(dim, int)
        or shapes[0] is None
        or not -len(shapes[0]) <= dim < len(shapes[0])
    ):
        return None
    sizes = [None if shape is None else shape[dim] for shape in shapes]
    found = list(shapes[0])
    found[dim] = None if None in sizes else sum(size or 0 for size in sizes)
    return tuple(found)
