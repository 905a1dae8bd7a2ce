"""How many heads an attention has, and how wide they are (Vaswani et al. 2017, section 3.2.2).

That is told by the shapes of its operands, or by the sizes to which the projections of queries and keys are
reshaped and the widths of these. Keys of fewer heads are shared (Ainslie et al. 2023, "GQA").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archcheck.graph import Literal, Node
from archcheck.lift.work import Work

PRODUCTS = frozenset({"scaled_dot_product_attention", "matmul", "einsum"})
PACKED = (2, 3)  # keys and values, or queries too, beside each other in one projection
MOST_LOOKED_AT = 200  # operations between a projection and the product


class Projected(NamedTuple):
    """Queries or keys: the sizes of their last axes, the width of their projection; 0 for what is not told."""

    heads: int
    size: int
    width: int


def heads(work: Work) -> None:
    """Note the heads of queries and keys while operands have their shapes, and projections their weights."""
    for key, node in list(work.nodes.items()):
        if node.words[0] == "multi_head_attention":
            work.put(node.with_attrs(**_of_module(work, node)))
        if node.words[0] not in PRODUCTS or key in work.fixed or len(work.data(key)) < 2:
            continue
        query, keys = (_projected(work, a) for a in work.data(key)[:2])
        number = _by_shape(work, node) or query.heads
        shared = keys.heads or int(keys.width > 0 and keys.width == query.size)
        told = {"heads": number, "head_dim": query.size, "kv_heads": shared} if number else {}
        work.put(node.with_attrs(**{name: value for name, value in told.items() if value}))


def told(node: Node) -> dict[str, Literal]:
    """What is known of the heads of an attention."""
    found = {name: node.attr(name) for name in ("heads", "kv_heads", "head_dim")}
    return {name: value for name, value in found.items() if isinstance(value, int)}


def _of_module(work: Work, node: Node) -> dict[str, Literal]:
    """The module of torch has as many heads of keys as of queries; its output projection is as wide as all."""
    number = node.attr("heads")
    if not isinstance(number, int):
        return {}
    widths = {
        shape[0] for a in node.args if (shape := work[a].shape) and len(shape) == 2 and shape[0] == shape[1]
    }
    return {"kv_heads": number, **({"head_dim": widths.pop() // number} if len(widths) == 1 else {})}


def _by_shape(work: Work, node: Node) -> int:
    """The second of four axes (batch, heads, …)."""
    shape = work[node.args[0]].shape if node.words[0] == "scaled_dot_product_attention" else node.shape
    return shape[1] if shape is not None and len(shape) == 4 else 0


def _projected(work: Work, key: str) -> Projected:
    """The heads of an operand, as far as all of its projections tell the same."""
    found = {_read(way) for way in _ways(work, key)}
    if len(found) == 1:
        return found.pop()
    numbers = {one.heads for one in found}
    return Projected(numbers.pop() if len(numbers) == 1 else 0, 0, 0)


class _Way(NamedTuple):
    """A place on the way from an operand back to a projection, and what stood behind it.

    `reshapes` are passed on the way, the last one next to the projection; `parts` says into how many the last axis was
    cut before that one, `inside` behind it (0: not told); `piece` is the width of one that a split gives the sizes of,
    `place` where it stands among them.
    """

    at: str
    reshapes: tuple[Node, ...] = ()
    parts: int = 1
    inside: int = 1
    piece: int = 0
    place: int = 0
    width: int = 0


def _ways(work: Work, key: str) -> Iterator[_Way]:
    """The ways from an operand back to the projections that it is made of."""
    todo = [_Way(key)]
    seen: set[tuple[object, ...]] = set()
    while todo:
        way = todo.pop()
        place = (way.at, tuple(node.id for node in way.reshapes), *way[2:])
        if way.at in work.fixed or place in seen or len(seen) > MOST_LOOKED_AT:
            continue
        seen.add(place)
        node = work[way.at]
        word, data = node.words[0], work.data(way.at)
        if word == "linear" or (word == "matmul" and len(data) == 1):
            yield way._replace(width=way.piece or _width(work, node))
        elif word not in PRODUCTS and word != "softmax":
            split_from = bool(way.piece and way.reshapes) and _restores(node)
            if word == "reshape" and not split_from:
                inside = 0 if way.piece else way.inside * way.parts
                way = way._replace(reshapes=(*way.reshapes, node), parts=1, inside=inside, piece=0)
            if word == "getitem" and isinstance(node.attr("index"), int):
                way = way._replace(place=node.attr("index"))
            elif word == "split" and (piece := _piece(node, way.place)):
                way = way._replace(piece=piece)
            else:
                way = way._replace(parts=way.parts * _cut(node))
            todo.extend(way._replace(at=a) for a in _starts(work, way.at, data))


def _starts(work: Work, key: str, data: Sequence[str]) -> Sequence[str]:
    """The operands of an operation; of one that joins parts of one value (rotary embeddings) that value."""
    if len(data) < 2:
        return data
    roots = [root for root in (work.stream, *work.inputs) if root is not None and work.derives(root, key)]
    start = work.idom(roots[0], key) if roots else None
    return data if start is None or start in work.inputs else [start]


def _restores(node: Node) -> bool:
    """Whether a reshape leaves the features whole: `view(*shape, width)` behind a projection of rows of tokens."""
    sizes = (-1, *_sizes(node))
    return len(sizes) <= 4 and sizes[-1] > 0 and sizes[-2] < 0


def _piece(node: Node, index: int) -> int:
    """The size of one of the pieces that a split makes, 0 where it is not told."""
    sizes = node.attr("sizes") or (node.attr("size"),) * (index + 1)
    size = sizes[index] if -len(sizes) <= index < len(sizes) else None
    return size if isinstance(size, int) and size > 0 else 0


def _cut(node: Node) -> int:
    """Into how many equal parts an operation takes the last axis of a value; 0 where that, or the axis, is not told."""
    word, dim = node.words[0], node.attr("dim")
    if word == "unbind":  # an axis of its own
        return 0 if dim == -1 else 1
    if word == "chunk":
        parts = node.attr("parts")
        return parts if isinstance(parts, int) else 0
    if word == "split":  # the pieces may differ
        return 0
    if word == "slice":
        index = node.attr("index")
        return int(isinstance(index, str) and not ranges(index))
    return 1


def ranges(index: str) -> bool:
    """Whether an index cuts an axis, and does not only take one place of it, or add one.

    >>> ranges("..., 0, :"), ranges("..., :-2, :"), ranges("[1, 2]")
    (False, True, True)
    """
    return "[" in index or "?" in index or any(":" in axis and axis != ":" for axis in index.split(", "))


def _width(work: Work, node: Node) -> int:
    """The number of features that a projection makes, 0 where the shape of its weight is not known."""
    shapes = [work[a].shape for a in node.args if a in work.fixed]
    shape = next((shape for shape in shapes if shape is not None and len(shape) == 2), None)
    return 0 if shape is None else shape[0 if node.words[0] == "linear" else 1]


def _read(way: _Way) -> Projected:
    """What the first reshape behind a projection says that takes its features apart."""
    width = way.width // way.parts if way.parts else 0
    sizes = next((s for node in reversed(way.reshapes) if (s := _sizes(node))[-1:] != (way.width,)), None)
    if sizes is None:
        return Projected(0, 0, width)
    if len(sizes) < 2 or not way.inside:
        return Projected(0, 0, 0)
    beside, number, size = (0, *sizes)[-3:]
    if not width:  # it is not told into what unequal parts the projection is split
        whole = len(sizes) > 3 and number > 0
        return Projected(number, max(size, 0) // way.inside, 0) if whole else Projected(0, 0, 0)
    if (
        number in PACKED and beside > 0 and beside * number * size == width
    ):  # a head's query, key and value together
        return Projected(beside, size, beside * size)
    if beside in PACKED and width % (beside * max(number, 1) * max(size, 1)) == 0:
        width = width // beside
    if number * size != width and size > 0 and (number <= 0 or len(sizes) == 3):  # positions, or batches
        number = width // size if width % size == 0 else 0
    if number <= 0 or width % number or (size > 0 and number * size != width):
        return Projected(0, 0, 0)
    return Projected(number, width // number // way.inside, width // way.inside)


def _sizes(node: Node) -> tuple[int, ...]:
    """The sizes of a reshaped value, -1 for one that is not known."""
    sizes = node.shape or node.attr("sizes") or ()
    return tuple(s if isinstance(s, int) and s > 0 else -1 for s in sizes) if isinstance(sizes, tuple) else ()
