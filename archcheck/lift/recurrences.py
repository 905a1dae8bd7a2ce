"""Recurrences over the sequence, written out: state spaces, recurrent units and linear attentions with decay.

A selective state space (Gu and Dao 2023; Dao and Gu 2024, section 6) or a receptance-weighted mean (RWKV, Peng et
al. 2023, section 3.1; the RG-LRU, De et al. 2024, section 2.4) is a region between linears in which decays are added
up along the sequence: cumulative sums, or several exponentials. What stands in it - norms, products, attention-like
products of a chunk - is its inside. The state of a state space is read out by a product that sums over it; a
recurrent unit has a state of single numbers.
"""

from __future__ import annotations

from archcheck.graph.dominators import immediate_dominators
from archcheck.lift.normed import norms_of_some
from archcheck.lift.prepare import SELECTING
from archcheck.lift.work import Work
from archcheck.vocabulary import is_a

PROJECTIONS = frozenset({"linear", "conv", "depthwise_conv"})
SEVERAL = 2  # exponentials that make a recurrence; a single one may be part of a softmax
STEPS = frozenset({"softplus", "log_sigmoid"})
ROUTES = frozenset({"topk", "argmax", "one_hot", "embedding", "compare"})  # these count tokens, no decay
ON_THE_WAY = SELECTING | {
    "add", "subtract", "interpolate", "mul", "div", "gate", "scale", "layer_scale", "dropout", "scatter", "concat",
    "where", "matmul", "sum", "exp", "cumsum", "maximum", "clamp", "linear", "abs",
}  # fmt: skip
MIXING = ON_THE_WAY - {"linear", "matmul", "exp", "cumsum", "abs"}


def state_spaces(work: Work) -> None:
    """Fuse the recurrences whose steps are plain to see, before their products of a chunk look like an attention.

    Their steps are a softplus, or the logarithm of a forget gate, and are added up; no softmax weighs them.
    """
    for key in list(work.nodes):
        if key in work.nodes and key not in work.fixed and work.word(key) == "cumsum":
            _recurrence(work, key, needed=STEPS)


def recurrences(work: Work) -> None:
    """Fuse every recurrence to an `ssm` or `recurrent`, from what its first linears read to its last linear."""
    for key in list(work.nodes):
        if key in work.nodes and key not in work.fixed and work.word(key) in ("cumsum", "exp"):
            _recurrence(work, key)


def _recurrence(work: Work, sign: str, needed: frozenset[str] = frozenset()) -> None:
    end = _end(work, sign)
    root = work.root_of(sign)
    if end is None or root is None:
        return
    start = _start(work, root, sign, end)
    if start is None:
        return
    region = work.between(start, end)
    words = [work.word(k) for k in region]
    if needed and (needed.isdisjoint(words) or "softmax" in words):
        return
    if "cumsum" not in words and words.count("exp") < SEVERAL:
        return
    if any(_routes(work, k) for k in region) or any(is_a(w, "feed_forward") or w == "moe" for w in words):
        return
    if work.adds_back(start, region) or not _closed(work, region, end):
        return
    if norms_of_some(work, start, region):
        return  # a norm that some of its projections alone read is no part of it
    word = "ssm" if any(_contracts(work, k) for k in region) else "recurrent"
    work.fuse(region | work.sides(region, start), end, word, [start], inner=True)


def _closed(work: Work, region: set[str], end: str) -> bool:
    """Whether nothing reads the inside; states that the block hands out beside its result are inside all the same."""
    inside = region - {end}
    return all(key not in work.outputs[:1] and all(u in region for u in work.users(key)) for key in inside)


def _routes(work: Work, key: str) -> bool:
    """Whether a step picks tokens or experts. A comparison that chooses between two values of a function does not."""
    if work.word(key) == "compare" and all(work.word(user) == "where" for user in work.users(key)):
        return False
    return work.word(key) in ROUTES


def _contracts(work: Work, key: str) -> bool:
    """Whether computed values are multiplied and summed over an index: how a state of several numbers is read out."""
    read_out = work.word(key) == "matmul" and len(work.data(key)) > 1
    return read_out or is_a(work.word(key), "attention")


def _end(work: Work, sign: str) -> str | None:
    """The first linear that everything made of the sign passes."""
    readers: dict[str, list[str]] = {"<end>": []}
    backwards = [key for key in reversed(work.nodes) if work.derives(sign, key)]
    for key in backwards:
        users = work.users(key)
        readers[key] = users if users and key not in work.outputs[:1] else [*users, "<end>"]
    after = immediate_dominators(backwards, readers, "<end>")
    key = sign
    while (key := after.get(key, "<end>")) != "<end>":
        word = work.word(key)
        if word in PROJECTIONS and _learned(work, key):
            return key
        if word not in ON_THE_WAY and not any(is_a(word, f) for f in ("norm", "activation", "attention")):
            return None
    return None


def _learned(work: Work, key: str) -> bool:
    """Whether a product is with a parameter, not with a constant such as a state that begins with zeros."""
    todo = [a for o in work[key].origin if o in work.raw for a in work.raw[o].args if a in work.fixed]
    seen: set[str] = set()
    while todo:
        node = work.raw[todo.pop()]
        if node.words[0] == "parameter":
            return True
        if node.id not in seen:
            seen.add(node.id)
            todo.extend(node.args)
    return False


def _start(work: Work, root: str, sign: str, end: str) -> str | None:
    """The nearest value that all paths to the end come from, its first linears and the sign behind it."""
    start = work.idom(root, end) or end
    while (above := work.idom(root, start)) is not None:
        word = work.word(start)
        if word in PROJECTIONS:
            shaped = _projects_for_all(work, start, end)
        else:
            shaped = is_a(word, "activation") or (word in ON_THE_WAY and _mixes(work, start, above))
        region = work.between(start, end) - {end}
        if not shaped and sign in region and any(work.word(k) in PROJECTIONS for k in region):
            return start
        start = above
    return start if start in work.inputs else None


def _mixes(work: Work, key: str, above: str) -> bool:
    """Whether a value mixes parts of one value, as a token with the one before it.

    A condition's modulation does not, and no more does a residual's join, behind which a branch was computed.
    """
    if work.word(key) in ("dropout", "scale", "layer_scale") and work.data(key) == [above]:
        return False  # a step of one value, before the recurrence
    region = work.between(above, key)
    if any(not work.derives(above, a) for k in region for a in work.data(k)):
        return False
    return all(work.word(k) in MIXING for k in region - {key})


def _projects_for_all(work: Work, key: str, end: str) -> bool:
    """Whether a projection is the mixer's own: some path from it to the end has no further one, as a gate's."""
    inside = work.between(key, end)
    seen: set[str] = set()
    todo = [user for user in work.users(key) if user in inside]
    while todo:
        node = todo.pop()
        if node == end:
            return True
        if node not in seen and work.word(node) not in PROJECTIONS:
            seen.add(node)
            todo.extend(user for user in work.users(node) if user in inside)
    return False
