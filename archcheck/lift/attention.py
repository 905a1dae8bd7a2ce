"""Attention: two products of computed values, the second reading the first through a weighting.

softmax(q k^T) v is one instance (Vaswani et al. 2017, section 3.2.1); a linear attention q (k^T v)
another (Katharopoulos et al. 2020). The region between the value that queries, keys and values share
(its dominator) and the output projection becomes one box.
"""

from __future__ import annotations

from archcheck.graph import Graph, Literal, upstream
from archcheck.lift.heads import told
from archcheck.lift.lagged import lagged_sum
from archcheck.lift.normed import behind, missed
from archcheck.lift.prepare import SELECTING
from archcheck.lift.projected import end_of
from archcheck.lift.weighted import weighed_again, weighs_only, weighted_sum
from archcheck.lift.work import Work
from archcheck.vocabulary import is_a

PROJECTING = frozenset({"linear", "conv"})
TURNING = SELECTING | {
    "mul",
    "scale",
    "neg",
    "concat",
}  # of rotary positions, between the projection and their sum
# What may stand between the two products.
WEIGHTING = SELECTING | {
    "softmax", "log_softmax", "add", "subtract", "mul", "div", "scale", "layer_scale",
    "masked_fill", "where", "clamp", "maximum", "dropout", "concat", "exp", "pow", "sum", "amax",
    "compare", "gather", "topk", "scatter", "neg", "cumsum", "linear", "conv", "drop_path", "abs",
    "sqrt", "rsqrt", "mean", "acos",
}  # fmt: skip


def attention(work: Work) -> None:
    """Fuse every attention of the graph to one box, its core first."""
    for key in list(work.nodes):
        if key not in work.nodes or key in work.fixed:
            continue
        word = work.word(key)
        if word == "multi_head_attention":
            _whole(work, key)
        elif (found := core_of(work, key)) and not _summary(work, key, found[2]):
            with work.apart(_meet(work, found[0])):
                _box(work, key, *found)


def _meet(work: Work, qkv: list[str]) -> bool:
    """Whether queries and values are of two streams, the one of which was fed by the other before.

    Two-way attention (Kirillov et al. 2023, figure 14): tokens attend to the image, and then the image to the tokens.
    """
    query, value = qkv[0], qkv[-1]
    if len(work.inputs) < 2 or all(n.words[0] != "cross_attention" for n in work.nodes.values()):
        return False
    with work.apart():
        homes = [[work.derives(root, key) for root in work.inputs] for key in (query, value)]
    return any(homes[0]) and any(homes[1]) and not any(map(all, zip(*homes, strict=True)))


def _whole(work: Work, key: str) -> None:
    node = work[key]
    query, memory = node.args[0], node.args[1]
    roots = [r for r in work.inputs if work.derives(r, query)]
    shared = any(work.derives(r, memory) for r in roots[:1]) or query == memory
    word = "self_attention" if shared else "cross_attention"
    args = [query] if shared else [query, memory]
    if query in work.fixed:
        word, args = "cross_attention", [memory]
    region = {key}
    # Positions that are added to queries and keys alone belong to the attention.
    if shared and query != node.args[2] and len(node.args) > 2:
        start = node.args[2]
        between = work.between(start, key)
        if any(is_a(work.word(k), "norm") for k in between):  # of the queries alone, or of queries and keys
            word, args = "cross_attention", [query, start]
        else:
            region |= between
            args = [start]
    elif word == "cross_attention" and len(args) == 2:  # positions on the queries, and on the keys alone
        start, value = _unplaced(work, query, region), node.args[2] if len(node.args) > 2 else memory
        region |= work.between(start, query)
        if value in upstream(work.nodes, [memory]):
            region |= work.between(value, memory)
            memory = value
        args = [start, memory]
    work.fuse(region, key, word, args, told(node))


def _unplaced(work: Work, query: str, region: set[str]) -> str:
    """The queries before another input is added to them for this attention alone (DETR's object queries)."""
    if work.word(query) != "add" or len(work.data(query)) != 2 or not set(work.users(query)) <= region:
        return query
    for value, position in (work.data(query), work.data(query)[::-1]):
        if position in work.inputs and position != work.stream and value != position:
            return value
    return query


def _causal(work: Work, key: str) -> dict[str, Literal]:
    return {"causal": True} if work[key].attr("causal") is True else {}


def core_of(work: Work, key: str) -> tuple[list[str], dict[str, Literal], str | None] | None:
    """Queries, keys and values, the attributes and the first product of the attention whose sum this is."""
    if work.word(key) == "scaled_dot_product_attention":
        return list(work[key].args[:3]), told(work[key]) | _causal(work, key), None
    if (found := weighted_sum(work, key)) is not None:
        return found[0], {}, found[1]
    if (lagged := lagged_sum(work, key)) is not None:
        (value,), soft = lagged
        scores = _scores(work, soft)
        return None if scores is None else ([*work[scores].args[:2], value], {}, scores)
    if work.word(key) != "matmul" or len(work.data(key)) < 2 or weighed_again(work, key):
        return None
    for position, weights in enumerate(work[key].args[:2]):
        scores = _scores(work, weights)
        value = work[key].args[1 - position]
        if scores is not None and scores != key and not weighs_only(work, value):
            return [*work[scores].args[:2], value], told(work[scores]), scores
    return None


def _summary(work: Work, key: str, scores: str | None) -> bool:
    """Whether a softmax of the keys only sums up the values for a product with the queries (Shen et al. 2021)."""
    if scores is None or work.word(scores) == "matmul":
        return False
    todo = [key]
    while todo:
        for user in work.users(todo.pop()):
            if work.word(user) == "matmul" and len(work.data(user)) > 1:
                return True
            if work.word(user) in SELECTING | {"dropout"} or (
                work.word(user) in ("mul", "div") and len(work.data(user)) == 1
            ):
                todo.append(user)
    return False


def _scores(work: Work, key: str) -> str | None:
    """The product of computed values that the weights at `key` come from."""
    todo, seen = [key], set()
    while todo:
        current = todo.pop()
        if current in seen or current in work.fixed:
            continue
        seen.add(current)
        word = work.word(current)
        if word == "matmul" and len(work.data(current)) >= 2:
            return current
        if word in WEIGHTING or is_a(word, "activation") or is_a(word, "norm"):
            todo.extend(reversed(_ways(work, current)))
    return None


def _ways(work: Work, key: str) -> list[str]:
    """The operands that weights may come from: not the branch of a residual, whose sum is a stream and no weight."""
    args = list(work[key].args)
    if work.word(key) != "add" or len(args) < 2:
        return args
    place = work.positions
    return [
        a
        for a in args
        if not any(b != a and place[b] < place[a] and work.between(b, a) for b in work.data(key))
    ]


def _box(
    work: Work,
    core: str,
    qkv: list[str] | tuple[str, ...],
    attrs: dict[str, Literal],
    scores: str | None = None,
) -> None:
    root = _root(work, core, qkv)
    if root is None:
        return
    start = _start(work, root, core, scores, qkv)
    end = end_of(work, core, start)
    region = work.between(start, end)
    self_like = work.derives(root, qkv[-1]) and work.derives(root, qkv[0])
    norms = missed(work, start, region, qkv) if self_like else []
    for norm in norms:
        region -= work.between(start, norm)
    region |= {k for k in work.sides(region, start, *norms) if k not in work.inputs}
    memory = _memory(work, region, qkv)
    if norms:
        sources = list(dict.fromkeys(behind(work, key, norms, start) for key in (qkv[0], qkv[-1], qkv[1])))
        start, memory = sources[0], sources[-1] if len(sources) < 3 else sources[1]
        self_like = len(sources) == 1
    word = "self_attention" if self_like else "cross_attention"
    if not self_like and not norms:
        unplaced = _unplaced(work, start, region)
        region |= work.between(unplaced, start)
        start = unplaced
    args = [start] if self_like or memory is None else [start, memory]
    extra = [a for k in region for a in work[k].args if a not in region and a not in args]
    conditions = [
        a
        for a in dict.fromkeys(extra)
        if a not in work.fixed and a not in work.inputs and _computed(work, a, root)
    ]
    node = work.fuse(region, end, word, [*args, *conditions], attrs, inner=True)
    if end != core and node.inner is not None:
        work.put(node.changed(inner=_opened(work, node.inner, core, word)))


def _opened(work: Work, inside: Graph, core: str, word: str) -> Graph:
    """An attention's inside: its core, up to the weighted sum, as one box; then what follows it."""
    opened = Work(inside, work)
    region = {k for k in upstream(opened.nodes, [core]) if not opened[k].is_source}
    read = {a for k in region for a in opened[k].args}
    origin = opened[core].origin
    box = opened.fuse(region, core, word, [i for i in inside.inputs if i in read], inner=True)
    opened.put(box.changed(origin=origin))
    return opened.graph()


def _computed(work: Work, key: str, root: str) -> bool:
    return work.derives(root, key) and work.word(key) not in SELECTING


def _root(work: Work, core: str, qkv: list[str] | tuple[str, ...]) -> str | None:
    return next(filter(None, map(work.root_of, (qkv[0], qkv[-1], core))), None)


def _start(work: Work, root: str, core: str, scores: str | None, qkv: list[str] | tuple[str, ...]) -> str:
    """The value that the attention reads: climb until the projections of queries, keys or values are inside."""
    need = [k for k in (scores,) if k is not None]
    start = _shared(work, root, core, qkv)
    fallback, depthwise = None, False
    while True:
        region = work.between(start, core)
        if all(k in region for k in need):
            words = {work.word(k) for read in qkv for k in work.between(start, read)}
            if not words.isdisjoint(PROJECTING):
                above = work.idom(root, start) or start
                return above if _side_by_side(work, start, above) else start
            if "depthwise_conv" in words and (fallback is None or not depthwise):
                fallback, depthwise = (
                    start,
                    True,
                )  # one that only some of them pass may stand behind the projection
            if fallback is None:
                fallback = start
        above = work.idom(root, start) or start
        if (
            above == start
            or (_joins(work, start) and not _turned(work, start, above) and all(k in region for k in need))
            or _boundary(work, start)
        ):
            return fallback or start
        start = above


def _shared(work: Work, root: str, core: str, qkv: list[str] | tuple[str, ...]) -> str:
    """The nearest value that all of queries, keys and values pass; a mask or a bias may come from elsewhere."""
    ways = [_above(work, root, key) for key in qkv if work.derives(root, key)]
    shared = [key for key in ways[0] if all(key in way for way in ways)] if ways else []
    return next((key for key in shared if key != core), work.idom(root, core) or root)


def _above(work: Work, root: str, key: str) -> list[str]:
    """A value and its dominators, the nearest first."""
    way = [key]
    while (above := work.idom(root, way[-1])) is not None:
        way.append(above)
    return way


def _side_by_side(work: Work, key: str, above: str) -> bool:
    """Whether this is projections of one value beside each other: one fused projection, written in parts."""
    parts = work.data(key)
    return (
        work.word(key) == "concat"
        and len(parts) > 1
        and all(work.word(p) in PROJECTING and work.data(p)[:1] == [above] for p in parts)
    )


def _joins(work: Work, key: str) -> bool:
    """Whether this is a sum of streams; queries that are a sum of projections are none (DETR: content and position)."""
    data = work.data(key)
    return (
        work.word(key) == "add"
        and len(data) > 1
        and not all(work.word(_whole_of(work, a)) in PROJECTING for a in data)
    )


def _turned(work: Work, key: str, above: str) -> bool:
    """Whether a sum is one of products of a single projection (rotary positions: `q * cos + turned(q) * sin`)."""
    return (
        work.word(above) in PROJECTING
        and above not in work[key].args
        and all(work.word(k) in TURNING for k in work.between(above, key) if k != key)
    )


def _whole_of(work: Work, key: str) -> str:
    while work.word(key) in SELECTING and work.data(key):
        key = work.data(key)[0]
    return key


def _boundary(work: Work, key: str) -> bool:
    return is_a(work.word(key), "sublayer")


def _memory(work: Work, region: set[str], qkv: list[str] | tuple[str, ...]) -> str | None:
    """The value from which keys and values come, where it is not the stream."""
    todo, seen = [qkv[-1]], set()
    while todo:
        key = todo.pop(0)
        if key in seen:
            continue
        seen.add(key)
        if key not in region:
            if key not in work.fixed:
                return key
            continue
        todo.extend(work[key].args)
    return None
