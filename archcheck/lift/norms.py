"""Hand-written activations and norms, recognised by what they compute."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

from archcheck.graph import upstream
from archcheck.lift import evaluate as ev
from archcheck.lift.scales import squashed
from archcheck.lift.work import Work
from archcheck.vocabulary import is_a

POINTS = [-3.1, -2.0, -1.3, -0.7, -0.2, 0.1, 0.4, 0.9, 1.6, 2.4, 3.2]
OVER = {"batch": "batch_norm", "spatial": "instance_norm", "all": "group_norm", "other": "norm"}
ELSEWHERE = {"layer_norm": "instance_norm", "rms_norm": "norm"}  # the same along the tokens
WIDTH_KEPT = frozenset({"mul", "add", "cast", "copy", "dropout", "drop_path"})
LONGEST = 4096  # numbers of a sample
UNKNOWN = (64, 48)  # sizes to try where the code does not tell it: the answer must not depend on it
CLIMB = 14  # how far up the dominator tree a hand-written function may reach


def _starts(work: Work, root: str, top: str) -> Iterator[str]:
    """The values above `top` that a function ending there may start from, nearest first."""
    key = top
    for _ in range(CLIMB):
        above = work.idom(root, key)
        if above is None:
            return
        yield above
        if work.word(above) not in ev.EVALUABLE:
            return
        key = above


def _regions(work: Work, top: str) -> Iterator[tuple[str, list[str]]]:
    for root in work.inputs:
        if work.derives(root, top) and top != root:
            for start in _starts(work, root, top):
                region = work.between(start, top)
                if any(work.word(k) not in ev.EVALUABLE for k in region):
                    break
                if work.closed(region, top):
                    yield start, work.order(region)
            return


def activations(work: Work) -> None:
    """Fuse pointwise expressions such as x * sigmoid(x) to the activation that they compute."""
    for top in reversed(list(work.nodes)):
        if (
            top not in work.nodes
            or top in work.fixed
            or work.word(top)
            not in ("mul", "div", "pow", "maximum", "clamp", "subtract", "add", "log", "neg", "where")
        ):
            continue
        for start, region in _regions(work, top):
            if any(work.word(k) in ev.REDUCTIONS for k in region) or any(
                len(work.data(k)) + sum(_zero(work, a) for a in work[k].args) != len(work[k].args)
                for k in region
            ):
                continue
            word = _activation(work, region, start, top)
            if word:
                work.fuse(region, top, word, [start])
                break


def _zero(work: Work, key: str) -> bool:
    """Whether an operand is zero, as written in the source: `maximum(x, zeros_like(x))`."""
    return key in work.fixed and (work.word(key) == "zeros" or work[key].attr("value") == 0)


def _activation(work: Work, region: list[str], start: str, top: str) -> str | None:
    possible = dict(ev.POINTWISE)
    for x in POINTS:  # most expressions are told from every activation by the first of them
        try:
            found = ev.evaluate(work, region, start, top, x)
        except ev.NotEvaluableError:
            return None
        possible = {word: fn for word, fn in possible.items() if ev.close(found, fn(x), 1e-4)}
        if not possible:
            return None
    return next(iter(possible))


def norms(work: Work) -> None:
    """Fuse hand-written norms, with their learned weight and bias, to the norm that they compute."""
    for top in reversed(list(work.nodes)):
        if (
            top not in work.nodes
            or top in work.fixed
            or work.word(top) not in ("mul", "div", "add", "l2_norm", "cast")
        ):
            continue
        matches: dict[str, tuple[str, list[str]]] = {}
        for start, region in _regions(work, top):
            word = _norm(work, region, start, top)
            if word and word not in matches:
                matches[word] = (start, region)
        for word in (
            "instance_norm",
            "batch_norm",
            "group_norm",
            "layer_norm",
            "rms_norm",
            "scale_norm",
            "l2_norm",
            "norm",
        ):
            if word in matches:
                start, region = matches[word]
                work.fuse(region, top, word, [start], _eps(work, region))
                break
    for key in list(work.nodes):
        if key in work.nodes and key not in work.fixed:
            _own_weights(work, key)
    _once(work)


def _once(work: Work) -> None:
    """One norm for a module that is called again on the same value, as for query, key and value of an attention."""
    first: dict[tuple[object, ...], str] = {}
    for key, node in list(work.nodes.items()):
        if key in work.fixed or not is_a(node.words[0], "norm") or len(work.data(key)) != 1:
            continue
        weights = frozenset(work.places.weights(node.origin))
        if weights:
            same = first.setdefault((node.words, node.args, node.attrs, weights), key)
            if same != key and key not in work.outputs:
                work.bypass(key, same)


def along_tokens(work: Work) -> None:
    """Rename norms that work along the tokens, unless it is the network behind them that mixes tokens."""
    if not any(node.words[0] == "token_mixing" for node in work.nodes.values()):
        for key in list(work.nodes):
            _along_tokens(work, key)


def _along_tokens(work: Work, key: str) -> None:
    """A layer norm that norms the tokens of each channel is an instance norm, the like of an RMS norm has no name."""
    if work.word(key) not in ELSEWHERE:
        return
    for raw in (work.raw[k] for k in work[key].origin if k in work.raw):
        norms_itself = raw.words[0] in ELSEWHERE or raw.words[0] in ev.REDUCTIONS
        if norms_itself and work.axes.off_channels(raw.id):
            work.rename(key, ELSEWHERE[work.word(key)])
            return


def _own_weights(work: Work, key: str) -> None:
    """Give a norm without weights the learned vectors that its only reader multiplies and adds: they are its own."""
    node = work[key]
    if not is_a(node.words[0], "norm") or node.words[0] in ("l2_norm", "scale_norm") or len(node.args) != 1:
        return
    for word in ("mul", "add"):
        user = work.only_user(key)
        if user is None or work.word(user) != word or len(work[user].args) != 2 or len(work.data(user)) != 1:
            return
        (weight,) = (a for a in work[user].args if a in work.fixed)
        if len(_learned_size(work, weight)) != 1 or _gated(work, user):
            return
        work.fuse({key, user}, user, node.words[0], node.args, dict(node.attrs))
        key = user


def _gated(work: Work, key: str) -> bool:
    """Whether this is a product with a learned factor that a nonlinearity bounds: a gate behind a norm, no weight."""
    return work.word(key) == "mul" and any(squashed(work, a) for a in work[key].args if a in work.fixed)


def _learned_size(work: Work, key: str) -> set[int]:
    """How long a fixed value is along its one axis, if a learned vector makes it (0: not known); {} where none does."""
    shapes = _shapes(work, key)
    sizes = {math.prod(shape) if shape is not None else 0 for shape in shapes}
    flat = all(shape is None or sum(size != 1 for size in shape) == 1 for shape in shapes)
    return sizes if flat else set()


def _shapes(work: Work, key: str) -> list[tuple[int, ...] | None]:
    """The shapes of the parameters that a fixed value is made of."""
    leaves = [work[k] for k in upstream(work.nodes, [key]) if not work[k].args]
    return [leaf.shape for leaf in leaves if leaf.words[0] == "parameter"]


def _eps(work: Work, region: list[str]) -> dict[str, float]:
    for key in region:
        value = work[key].attr("value")
        if work.word(key) == "add" and isinstance(value, float) and 0 < value < 1e-2:
            return {"eps": value}
    return {}


def _norm(work: Work, region: list[str], start: str, top: str) -> str | None:
    reductions = [k for k in region if work.word(k) in ev.REDUCTIONS]
    if not reductions:
        return None
    weights = [
        k for k in region if work.word(k) in ("mul", "add") and any(a in work.fixed for a in work[k].args)
    ]
    if (
        len([k for k in weights if work.word(k) == "mul"]) > 1
        or len([k for k in weights if work.word(k) == "add"]) > 2
    ):
        return None
    if any(_gated(work, k) for k in weights) or not _between(work, region, reductions).isdisjoint(weights):
        return None  # a gate, or what a reduction reads and stands before the norm, is no weight of its own
    shape = work[start].shape
    learned = {n for k in weights for a in work[k].args if a in work.fixed for n in _learned_size(work, a)}
    axes = {_axes(work, k, shape) for k in reductions}
    if len(axes) != 1:
        return None
    (axis,) = axes
    sizes = _sizes(work, start, top, learned, axis)
    results = [_result(work, region, start, top, n) for n in sizes]
    if not results or any(y is None for y in results):
        return None
    words = {_which(y) for y in results if y}
    word = next(iter(words)) if len(words) == 1 else None
    y = results[0] or []
    if word == "rms_norm" and any(work.word(k) == "add" for k in weights) and not _scaled(work, weights):
        return None  # a learned vector in place of a factor is no norm's own
    scalar = any(work.word(k) == "mul" and _scalar_weight(work, k) for k in weights)
    behind = len(work[top].args) == 1 and top not in reductions  # a factor behind the norm is no part of it
    if word != "l2_norm" and behind:
        scalar = False
    if scalar and _which([v / (math.sqrt(sum(w * w for w in y)) or 1.0) for v in y]) == "l2_norm":
        longer = _result(work, region, start, top, sizes[0], 20.0)
        # a learned length, whatever number it is multiplied with, but the same of a longer vector
        word = "scale_norm" if longer and ev.close(y, longer) else None
    elif word == "l2_norm" and learned and any(_unknown_factor(work, k) for k in region):
        word = "rms_norm"  # a length of 1 times a number and a learned vector: only their sizes differ
    return _along(word, axis)


def _sizes(work: Work, start: str, top: str, learned: set[int], axis: str) -> tuple[int, ...]:
    """The size of a norm's axis; two where nothing tells it, none where it is 1, whose mean is the number itself."""
    shape = work[start].shape
    if shape:
        size = shape[1] if axis == "channel" else shape[-1] if 1 < shape[-1] <= LONGEST else UNKNOWN[0]
        return (size,) if size > 1 else ()
    # as long as the vectors that it is multiplied with, or as wide as the linears around it
    told = learned if len(learned) == 1 and max(learned) > 1 else _widths(work, start, top)
    size = next((n for n in told if len(told) == 1 and 1 < n <= LONGEST), 0)
    return (size,) if size else UNKNOWN


def _result(
    work: Work, region: list[str], start: str, top: str, size: int, scale: float = 10.0
) -> list[float] | None:
    """What a region makes of a sample of this size, if it is a vector again."""
    try:
        y = ev.evaluate(work, region, start, top, list(ev.sample(size, scale)))
    except ev.NotEvaluableError:
        return None
    return y if isinstance(y, list) else None


def _between(work: Work, region: list[str], reductions: list[str]) -> set[str]:
    """The values of a region that its reductions are computed from."""
    found: set[str] = set()
    todo = [arg for key in reductions for arg in work[key].args]
    while todo:
        key = todo.pop()
        if key in region and key not in found:
            found.add(key)
            todo.extend(work[key].args)
    return found


def _widths(work: Work, start: str, top: str) -> set[int]:
    """How wide the linear that a norm's input comes from makes it, and how wide those that read its result want it."""
    source = start
    while work.word(source) in WIDTH_KEPT and len(work.data(source)) == 1:
        (source,) = work.data(source)
    ends = [(source, 0)] + [(user, -1) for user in work.users(top) if work[user].args[0] == top]
    weights = [(_weight_shape(work, key), side) for key, side in ends if work.word(key) == "linear"]
    return {shape[side] for shape, side in weights if shape}


def _weight_shape(work: Work, key: str) -> tuple[int, ...] | None:
    """The shape of the weight of a linear, (features out, features in)."""
    return next((work[a].shape for a in work[key].args[1:2] if a in work.fixed), None)


def _scaled(work: Work, weights: list[str]) -> bool:
    return any(work.word(k) == "mul" for k in weights)


def _along(word: str | None, axis: str) -> str | None:
    """The norm that this is over these axes: `norm` over axes that are not known, or that have no name."""
    if word == "layer_norm":
        return OVER.get(axis, word)
    return "norm" if word == "rms_norm" and axis in OVER else word


def _which(y: list[float]) -> str | None:
    """Which norm made this of the numbers that a sample has."""
    return next((word for word, want in _wanted(len(y)) if ev.close(y, want)), None)


@lru_cache(maxsize=16)
def _wanted(n: int) -> tuple[tuple[str, list[float]], ...]:
    """What each norm makes of a sample of this size."""
    x = ev.sample(n)
    mean = sum(x) / n
    centred = [v - mean for v in x]
    variance = sum(v * v for v in centred)
    square = math.sqrt(sum(v * v for v in x))
    return (
        ("layer_norm", [v / math.sqrt(variance / n) for v in centred]),
        ("layer_norm", [v / math.sqrt(variance / max(n - 1, 1)) for v in centred]),
        ("rms_norm", [v / (square / math.sqrt(n)) for v in x]),
        ("l2_norm", [v / square for v in x]),
    )


def _unknown_factor(work: Work, key: str) -> bool:
    """Whether this is a product with a number that the source does not tell, such as a square root of a size."""
    return (
        work.word(key) in ("mul", "div")
        and len(work[key].args) == 1
        and work[key].attr("value") in (None, "?")
    )


def _scalar_weight(work: Work, key: str) -> bool:
    shapes = [_shapes(work, a) for a in work[key].args if a in work.fixed]
    return any(found and all(s is not None and math.prod(s) == 1 for s in found) for found in shapes)


def _axes(work: Work, key: str, shape: tuple[int, ...] | None) -> str:
    """Over what a reduction goes: last, channel (axis 1 of an image), spatial, batch or all."""
    if work.word(key) == "einsum":
        return "last" if ev.sums_last_axis(work[key]) else "other"
    dim = work[key].attr("dim")
    dims = dim if isinstance(dim, tuple) else (dim,)
    if any(not isinstance(d, int) for d in dims):
        return "last" if dim is None and work.word(key) == "l2_norm" else "other"
    rank = len(shape) if shape else max(3, *(d + 1 for d in dims if isinstance(d, int)))
    axes = {d % rank for d in dims if isinstance(d, int)}
    if axes == {rank - 1}:
        return "last"
    if 0 in axes:
        return "batch"
    if axes == {1} and rank > 2:
        return "channel"
    if rank > 3 and axes == set(range(2, rank)):
        return "spatial"
    return "all" if axes == set(range(1, rank)) else "other"
