"""Dropout and drop path, by hand or by function."""

from __future__ import annotations

import math
import re

from archcheck.lift.work import Work

PARTS = frozenset(
    {
        "random", "add", "subtract", "compare", "where", "cast", "round", "div", "mul", "reshape", "expand",
        "full", "ones", "zeros", "identity", "copy", "squeeze", "slice", "dropout",
    }
)  # fmt: skip

BROADCAST = re.compile(r":(, None)+")


def masks(work: Work) -> None:
    """Write a choice between a value and 0 by a random mask as a product with the mask, before masks go."""
    for key, node in list(work.nodes.items()):
        if node.words[0] not in ("where", "masked_fill") or key in work.fixed:
            continue
        random = [a for a in node.args if a in work.fixed and _random(work, a)]
        data = work.data(key)
        others = [a for a in node.args if a not in (*random, *data)]
        zero = all(work.word(a) == "zeros" or work[a].attr("value") == 0 for a in others)
        if len(random) == len(data) == 1 and zero and not node.attr("value"):
            work.put(node.changed(words=("mul",), args=(data[0], random[0]), operands=(), attrs=()))


def noise(work: Work) -> None:
    """Turn products with a random mask into `dropout` or `drop_path`, and mark those with p = 0."""
    for key in list(work.nodes):
        if key not in work.nodes:
            continue
        node = work[key]
        if node.words[0] in ("mul", "div") and len(node.args) == 2:
            _by_hand(work, key)
        elif node.words[0] in ("dropout", "drop_path"):
            p = node.attr("p")
            data = work.data(key)[:1]
            if data:
                work.rename(key, node.words[0], data)
                work.put(work[key].changed(noop=p == 0 or node.attr("training") is False))


def _by_hand(work: Work, key: str) -> None:
    masks = [a for a in work[key].args if a in work.fixed and _random(work, a)]
    data = work.data(key)
    if len(masks) != 1 or len(data) != 1:
        return
    shape, whole = _mask_shape(work, masks[0]), work[key].shape  # the value's own shape may be of windows
    word = "dropout"
    if shape is not None and whole is not None and len(whole) > 1:
        word = "drop_path" if math.prod(shape[1:]) == 1 and shape[0] == whole[0] else "dropout"
    elif shape is not None and len(shape) > 1 and math.prod(shape[1:]) == 1:
        word = "drop_path"
    value, region = data[0], {key}
    above = work[value]
    if (
        above.words[0] in ("div", "mul")
        and len(work.data(value)) == 1
        and len(above.args) == 1
        and work.only_user(value)
    ) and (above.scopes == work[key].scopes or above.span == work[key].span):
        value, region = work.data(value)[0], {key, value}
    below = work.only_user(key)
    scaled = below and work.word(below) in ("div", "mul") and len(work[below].args) == 1 and len(region) == 1
    if below and scaled and work[below].scopes == work[key].scopes:
        region, key = {key, below}, below
    work.fuse(region, key, word, [value])


def _mask_shape(work: Work, key: str, depth: int = 0) -> tuple[int, ...] | None:
    """The shape of a mask, or of the random numbers that it is made of."""
    node = work[key]
    if node.shape is not None or depth > 8:
        return node.shape
    index = node.attr("index") if node.words[0] == "slice" else None
    if isinstance(index, str) and BROADCAST.fullmatch(index):  # one number for each sample, for all the rest
        return (0, *(1 for _ in range(index.count("None"))))
    if node.words[0] == "dropout" and node.args:  # of ones
        return _mask_shape(work, node.args[0], depth + 1)
    return next((_mask_shape(work, a, depth + 1) for a in node.args if _random(work, a)), None)


def _random(work: Work, key: str, depth: int = 0) -> bool:
    node = work[key]
    if node.words[0] in ("random", "dropout"):  # also the dropout of ones
        return True
    if depth > 8 or node.words[0] not in PARTS:
        return False
    return any(_random(work, a, depth + 1) for a in node.args)
