"""Products and sums with what does not depend on the input: scales, biases, positions."""

from __future__ import annotations

from collections.abc import Iterator

from archcheck.graph import Node
from archcheck.lift.prepare import SELECTING
from archcheck.lift.work import Work

WEIGHTED = frozenset({"linear", "conv", "depthwise_conv", "conv_transpose"})
UNBIASED = frozenset({"matmul", "einsum", "linear"})
SMALL = 1e-3
BOUNDED = frozenset({"tanh", "sigmoid", "hard_tanh", "hard_sigmoid", "softsign", "softmax"})
MOVED = SELECTING | {"concat", "transpose", "copy", "cast", "reshape", "resize"}
LONGEST = 16  # steps from a fixed value to the table that it is a part of
MOST_SEGMENTS = 4  # rows of a table of segments; no table of positions is so short
ALIKE = MOVED | {"zeros", "expand", "input", "constant"}  # what zeros are made of
POSITIONS = frozenset({"sin", "cos", "embedding", "arange"})


def biases(work: Work) -> None:
    """Give `x @ weight + bias` to the linear that it is, before any box ends at the product."""
    for key in list(work.nodes):
        if (
            key in work.nodes
            and key not in work.fixed
            and work.word(key) == "add"
            and len(work.data(key)) == 1
        ):
            _bias(work, key)


def _bias(work: Work, key: str) -> bool:
    """Whether the sum was a bias; if so it is gone."""
    (value,) = work.data(key)
    others = [a for a in work[key].args if a in work.fixed]
    if not others:
        return False
    if _one_segment(work, others[0]):
        parts = work.data(value) if work.word(value) == "add" and work.only_user(value) == key else [value]
        if any(work.word(part) == "embedding" for part in parts):
            work.bypass(key, value)
            return True
    shape = _shape_of_table(work, others[0])
    if shape is None and _positional(work, others[0]):
        return False
    if shape is not None and not _flat(shape) and not _of_its_weight(work, value, shape):
        return False
    whole = _of_part(work, value)
    if whole is not None:
        work.bypass(key, value)
        _has_bias(work, whole)
        return True
    if work.word(value) == "add" and work.only_user(value) == key:
        product = _without_bias(work, value)
        if product is not None:
            work.bypass(key, value)  # `x + hidden @ weight + bias` adds the bias last
            _has_bias(work, product)
            return True
    if work.word(value) in WEIGHTED and work.only_user(value) == key:
        attrs = dict(work[value].attrs) | {"bias": True}
        work.fuse({value, key}, key, work.word(value), work.data(value), attrs)
        return True
    return False


def _of_its_weight(work: Work, product: str, shape: tuple[int, ...]) -> bool:
    """Whether a shape has sizes only along indices that an einsum takes from its weight: several linears in one."""
    raw = work.raw.get(product)
    equation = raw.attr("equation") if raw is not None and raw.words[0] == "einsum" else None
    read, arrow, written = str(equation).replace(" ", "").partition("->")
    terms = read.split(",")
    if raw is None or not arrow or "." in read or len(terms) != len(raw.args) or len(shape) > len(written):
        return False
    data = "".join(term for term, arg in zip(terms, raw.args, strict=True) if arg not in work.fixed)
    along = written[len(written) - len(shape) :]
    return all(size == 1 or index not in data for size, index in zip(shape, along, strict=True))


def _one_segment(work: Work, key: str) -> bool:
    """Whether this is the embedding of the one segment that all tokens are in by default: a bias of the embedding."""
    node = work[key]
    if node.words[0] != "embedding" or len(node.args) < 2:
        return False
    table, indices = work[node.args[1]].shape, [one.words[0] for one in _made_of(work, node.args[0])]
    few = table is not None and len(table) == 2 and 0 < table[0] <= MOST_SEGMENTS
    return few or ("zeros" in indices and ALIKE.issuperset(indices))


def _has_bias(work: Work, key: str) -> None:
    work.put(work[key].with_attrs(bias=True))


def _without_bias(work: Work, total: str) -> str | None:
    """The operand of a sum that is a product with a weight that has no bias yet, if nothing else reads it."""
    for operand in work.data(total):
        raw = work.raw.get(operand)
        alone = work.word(operand) in WEIGHTED and work.only_user(operand) == total
        if alone and raw is not None and "bias" not in raw.operands and raw.words[0] in UNBIASED:
            return operand
    return None


def scales(work: Work) -> None:
    """`x * 0.5` is a scale, `x * weight` a layer_scale, `x + table` a sum with a position."""
    for key in list(work.nodes):
        if key not in work.nodes or key in work.fixed:
            continue
        node = work[key]
        if node.words[0] in ("mul", "div") and len(work.data(key)) == 1:
            _scale(work, key)
        elif node.words[0] == "neg":
            work.rename(key, "scale", value=-1.0)
        elif node.words[0] in ("add", "subtract") and len(work.data(key)) == 1:
            _shift(work, key)


def _scale(work: Work, key: str) -> None:
    node = work[key]
    (value,) = work.data(key)
    others = [a for a in node.args if a in work.fixed]
    factor = node.attr("value")
    if others:  # a number that was made outside; `1 - weight` has a number, too, and is none
        factor = None if work[others[0]].args else work[others[0]].attr("value")
        if factor is None and _learned(work, others[0]):
            word = "gate" if squashed(work, others[0]) else "layer_scale"
            work.put(node.changed(words=(word,), args=(value,), operands=(), attrs=()))
            return
    if node.words[0] == "div" and isinstance(factor, (int, float)) and factor:
        if node.attr("reflected"):
            return
        factor = 1 / factor
    if factor == 1 and isinstance(factor, (int, float)):
        work.bypass(key, value)
        return
    attrs = (("value", float(factor)),) if isinstance(factor, (int, float)) else ()
    work.put(node.changed(words=("scale",), args=(value,), operands=(), attrs=attrs))


def _learned(work: Work, key: str) -> bool:
    return any(node.words[0] == "parameter" for node in _made_of(work, key))


def squashed(work: Work, key: str) -> bool:
    """Whether a learned factor passes a bounded nonlinearity: a gate, as the tanh of Flamingo (Alayrac et al. 2022)."""
    return any(node.words[0] in BOUNDED for node in _made_of(work, key))


def _made_of(work: Work, key: str) -> Iterator[Node]:
    """A value and all that it is computed from."""
    todo, seen = [key], {key}
    while todo:
        node = work[todo.pop()]
        yield node
        todo.extend(a for a in node.args if a not in seen)
        seen.update(node.args)


def _shift(work: Work, key: str) -> None:
    """A sum with a fixed tensor: a position, a parameter, or a number."""
    node = work[key]
    (value,) = work.data(key)
    others = [a for a in node.args if a in work.fixed]
    if not others:
        _constant(work, key, value)
        return
    other = others[0]
    shape = _shape_of_table(work, other)
    table = shape is not None and not _flat(shape)
    name = "positional" if table or _positional(work, other) else "parameter"
    source = work[other]
    if source.words[0] != name:
        work.put(source.changed(words=(name,), args=(), operands=(), attrs=()))
    work.put(node.changed(args=(value, other), operands=()))


def _constant(work: Work, key: str, value: str) -> None:
    """A sum with a number: nothing where it only keeps a division from zero, else a sum with a constant."""
    node = work[key]
    number = node.attr("value")
    if not isinstance(number, (int, float)):
        return
    if (node.words[0] == "add" and abs(number) < SMALL) or (number == 0 and not node.attr("reflected")):
        work.bypass(key, value)
        return
    source = Node(id=f"{key}.constant", words=("constant",), attrs=(("value", number),))
    args = (
        (source.id, value) if node.attr("reflected") and node.words[0] == "subtract" else (value, source.id)
    )
    work.insert_before(key, source)
    work.put(node.changed(args=args, operands=(), attrs=()))


def _flat(shape: tuple[int, ...]) -> bool:
    """Whether a shape is that of a vector: one size that may be larger than 1 (0 is a size that is not known)."""
    return sum(size != 1 for size in shape) <= 1


def _shape_of_table(work: Work, key: str, steps: int = LONGEST) -> tuple[int, ...] | None:
    """The shape of a fixed value; where nobody knows it, that of a table it was cut from or put together of."""
    node = work[key]
    if node.words[0] in ("expand", "repeat") and len(node.args) == 1 and steps:  # in many places
        return _shape_of_table(work, node.args[0], steps - 1)
    if node.shape is not None or node.words[0] not in MOVED or not steps:
        return node.shape
    sizes = node.attr("sizes")
    if node.words[0] == "reshape" and isinstance(sizes, tuple) and len(sizes) > 2:
        return tuple(size if isinstance(size, int) and size > 0 else 0 for size in sizes)
    found = [_shape_of_table(work, arg, steps - 1) for arg in node.args]
    least = (
        3 if node.words[0] == "reshape" else 0
    )  # a vector may be kept as (heads, width), not as (1, tokens, width)
    shapes = [shape for shape in found if shape is not None and len(shape) >= least]
    return next((shape for shape in shapes if not _flat(shape)), shapes[0] if shapes else None)


def _of_part(work: Work, value: str) -> str | None:
    """The fused projection of which the value is a part: its bias is added part by part."""
    if work.word(value) not in SELECTING:
        return None
    while work.word(value) in SELECTING:
        value = work.data(value)[0]
    return value if work.word(value) in WEIGHTED else None


def _positional(work: Work, key: str) -> bool:
    return any(node.words[0] in POSITIONS for node in _made_of(work, key))
