"""Attentions that are no pair of products: weights that a linear makes, and attention in blocks.

Deformable attention (Zhu et al. 2021, eq. 2) and outlook attention (Yuan et al. 2021, section 3.1) weigh values with a
softmax of a projection of the query; separable self-attention (Mehta and Rastegari 2022, section 3) does so with one
weight a token. Block-sparse attention (Zaheer et al. 2020, section 2) puts together what several attentions of the
same value give for parts of the sequence; differential attention (Ye et al. 2024) takes one from the other.
"""

from __future__ import annotations

from archcheck.lift.prepare import SELECTING
from archcheck.lift.work import Work
from archcheck.vocabulary import is_a

LINEAR = frozenset({"linear", "conv"})
BETWEEN = SELECTING | {"dropout", "masked_fill", "where", "concat", "scale", "add"}
VALUES = SELECTING | {"concat", "resize", "gather", "scatter", "where", "masked_fill", "mul", "dropout"}
JOINED = frozenset({"concat", "add", "subtract"})
LONGEST = 16
# What weights may pass on their way to another product of weights.
REWEIGHING = SELECTING | {
    "matmul", "add", "subtract", "mul", "div", "pow", "scale", "neg", "abs", "sum", "mean", "amax", "clamp", "dropout",
}  # fmt: skip


def weighted_sum(work: Work, key: str) -> tuple[list[str], str] | None:
    """Weights and values, and the softmax, of a sum whose weights are a projection and no product."""
    word, data = work.word(key), work.data(key)
    product = key
    if word == "sum" and data:
        product = data[0]
        if work.word(product) != "mul":
            return None
    elif word != "matmul":
        return None
    data = work.data(product)
    if len(data) != 2:
        return None
    for weights, values in (data, data[::-1]):
        soft = _softmax(work, weights)
        made = _projected(work, values) or _gathered(work, values) or _remembered(work, values, weights)
        if soft is not None and made is not None:
            return [weights, made, made], soft
    return None


def weighs_only(work: Work, key: str) -> bool:
    """Whether this is made of softmaxes alone: a product with it is a weighting still, and no sum of values.

    Nyström attention weighs by three of them, the second inverted by iteration (Xiong et al. 2021, equation 13).
    """
    todo, seen, found = [key], set(work.fixed), False
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        if work.word(current) == "softmax":
            found = True
        elif work.word(current) in REWEIGHING:
            todo.extend(work[current].args)
        else:
            return False
    return found


def weighed_again(work: Work, key: str) -> bool:
    """Whether a sum is only the values of another one, with no projection between the two."""
    user = work.only_user(key)
    if user is None or work.word(user) != "matmul":
        return False
    return any(other != key and weighs_only(work, other) for other in work.data(user))


def _softmax(work: Work, key: str) -> str | None:
    """The softmax of a projection that these weights are."""
    key = _through(work, key, SELECTING | {"dropout"})
    if work.word(key) != "softmax":
        return None
    scores = _through(work, work.data(key)[0], BETWEEN)
    return key if work.word(scores) in LINEAR else None


def _projected(work: Work, key: str) -> str | None:
    """The linear that makes the values, None where they come from a network with an activation (an expert)."""
    made = _through(work, key, VALUES)
    if work.word(made) not in LINEAR:
        return None
    read = _through(work, work.data(made)[0], VALUES)
    return None if is_a(work.word(read), "activation") else made


def _gathered(work: Work, key: str) -> str | None:
    """The linear of whose values these are means of several, gathered at places: a bilinear sampling, written out."""
    linears: set[str] = set()
    seen: set[str] = set()
    picked, todo = False, [key]
    while todo:
        one = todo.pop()
        word = work.word(one)
        if one in work.fixed or one in seen:
            continue
        seen.add(one)
        if word in LINEAR:
            linears.add(one)
        elif word in VALUES or word == "add":
            picked = picked or word == "gather"
            todo.extend(work.data(one)[:1] if word == "gather" else work.data(one))
    return _projected(work, linears.pop()) if picked and len(linears) == 1 else None


def _remembered(work: Work, key: str, weights: str) -> str | None:
    """The input from which values are sampled as they are, where the weights come from another (D-FINE, Peng 2024)."""
    made = _through(work, key, VALUES)
    sampled = any(work.word(k) == "resize" for k in work.between(made, key)) if made in work.inputs else False
    return made if sampled and not work.derives(made, weights) else None


def _through(work: Work, key: str, words: frozenset[str]) -> str:
    for _ in range(LONGEST):
        if key in work.fixed or work.word(key) not in words or not work.data(key):
            break
        key = work.data(key)[0]
    return key


def blocks(work: Work) -> None:
    """Make one attention of several that read the same value, before a linear reads them all."""
    for key in reversed(list(work.nodes)):
        if key not in work.nodes or key in work.fixed or work.word(key) not in JOINED:
            continue
        parts = _parts(work, key)
        starts = {_read(work, work[p].args[0], parts) for p in parts}
        kinds = {(work.word(p), *_memory(work, p)) for p in parts}
        if len(parts) < 2 or len(starts) != 1 or len(kinds) != 1:
            continue
        (start,), ((word, *memory),) = starts, kinds
        ended = work.raw[parts[0]].words[0] in LINEAR
        end = (
            key
            if ended
            else _linear_behind(work, key, normed=parts[0] if work.word(key) == "subtract" else None)
        )
        region = work.between(start, end)
        if (ended or end != key) and work.closed(region, end):
            region |= work.sides(region, start)
            args = [start, *(_outside(work, value, region) for value in memory)]
            work.fuse(region, end, word, args, dict(work[parts[0]].attrs), inner=True)


def _memory(work: Work, attention: str) -> tuple[str, ...]:
    """What an attention attends to, where it is not what it reads."""
    return work[attention].args[1:2] if work.word(attention) == "cross_attention" else ()


def _outside(work: Work, key: str, region: set[str]) -> str:
    """What a value of a region comes from: a memory before the projection that several attentions share."""
    while key in region:
        key = work.data(key)[0]
    return key


def _parts(work: Work, key: str) -> list[str]:
    """The attentions that a join puts together; none if it joins more than these.

    Either they have no projection of their own, or a concatenation puts together what one projection made of each
    (two streams that are kept in one value: ProphetNet, Qi et al. 2020, section 3.2).
    """
    found: list[str] = []
    todo = list(work.data(key))
    while todo:
        one = _through(work, todo.pop(), SELECTING)
        word = work.word(one)
        if word in ("self_attention", "cross_attention"):
            found += [] if one in found else [one]
        elif (word in JOINED or (word == "mul" and len(work.data(one)) == 1)) and one not in work.fixed:
            todo.extend(work.data(one))
        else:
            return []
    weights = {_weights(work, one) for one in found}
    shared = len(weights) == 1 and work.word(key) == "concat" and bool(min(weights))
    return found if shared or not any(weights) else []


def _weights(work: Work, attention: str) -> tuple[str, ...]:
    """The weights of the projection that an attention ends with, none if it ends without one."""
    raw = work.raw[attention]
    return tuple(a for a in raw.args if work.raw[a].is_source) if raw.words[0] in LINEAR else ()


def _read(work: Work, start: str, parts: list[str]) -> str:
    """What an attention reads, without what another one of them hands on to it (a cascade, Liu et al. 2023)."""
    start = _through(work, start, SELECTING)
    if work.word(start) == "add":
        others = [a for a in work.data(start) if _through(work, a, SELECTING) not in parts]
        if 0 < len(others) < len(work.data(start)):
            start = _through(work, others[0], SELECTING) if len(set(others)) == 1 else start
    return start


def _linear_behind(work: Work, key: str, normed: str | None = None) -> str:
    """The linear that alone reads a value, perhaps masked; the value itself if there is none.

    Behind a difference of attentions stands a norm, if in the same module (Ye et al. 2024, equation 3).
    """
    after: str | None = key
    for _ in range(LONGEST):
        after = work.only_user(after or key)
        if after is None:
            return key
        word = work.word(after)
        if word in LINEAR:
            return after
        if normed is not None and is_a(word, "norm") and _together(work, normed, after):
            continue
        active = is_a(word, "activation")
        masked = word == "mul" and sum(work.derives(key, a) for a in work.data(after)) == 1
        if not (word in SELECTING or masked or active):
            return key
    return key


def _together(work: Work, one: str, two: str) -> bool:
    """Whether two nodes stand in one module below the whole, or there is no other."""
    ways = [work.raw[key].scopes for key in (one, two)]
    shared = sum(a == b for a, b in zip(*ways, strict=False))
    return shared > 1 or len(ways[0]) <= 1
