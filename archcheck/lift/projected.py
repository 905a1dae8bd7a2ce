"""Where an attention ends: at its output projection, or at the weighted sum where there is none."""

from __future__ import annotations

from archcheck.lift.normed import norms_of_some
from archcheck.lift.prepare import SELECTING
from archcheck.lift.work import Work
from archcheck.vocabulary import is_a

LINEAR = frozenset({"linear", "conv", "depthwise_conv"})
FOLLOWING = SELECTING | {"scale", "layer_scale", "dropout", "mul", "gate", "concat"}


def end_of(work: Work, core: str, start: str) -> str:
    """The output projection, or the weighted sum where there is none."""
    current, pending = core, 0
    while True:
        users = work.users(current)
        if current in work.outputs or not users:
            return core
        after = users[0]
        if len(users) > 1:
            selected = [u for u in users if work.word(u) in SELECTING]
            if len(selected) != len(users):
                return core
        word = work.word(after)
        if word in LINEAR:
            return (
                after
                if not _feeds_activation(work, core, after) and _near(work, core, after, pending)
                else core
            )
        # LeViT's projection begins with an activation.
        if is_a(word, "norm") or (is_a(word, "activation") and not pending):
            pending += 1
        elif _own_join(work, after, core, start):
            pass
        elif word not in FOLLOWING or (
            word in ("mul", "concat")
            and any(a != current and not _inside(work, a, start, word == "concat") for a in work.data(after))
        ):
            return core
        elif word == "dropout":
            pending += 1
        current = after


def _own_join(work: Work, key: str, core: str, start: str) -> bool:
    """Whether a weighted sum is divided by what it is made of, or gets the projected queries or values added."""
    if work.word(key) == "div":
        return all(work.derives(core, a) for a in work.data(key))
    if work.word(key) != "add" or len(work.data(key)) < 2:
        return False
    inside = work.between(start, core)
    for other in work.data(key):
        if not work.derives(core, other):
            way = work.between(start, other)
            if way.isdisjoint(inside) or any(is_a(work.word(k), "activation") for k in way):
                return False
    return True


def _inside(work: Work, key: str, start: str, heads: bool) -> bool:
    """Whether this value is made inside of the attention; as a group of heads only by products of values."""
    region = work.between(start, key)
    products = any(
        work.word(k) in ("matmul", "scaled_dot_product_attention") or is_a(work.word(k), "attention")
        for k in region
    )
    return (
        bool(region) and key != start and (products or not heads) and not norms_of_some(work, start, region)
    )


def _feeds_activation(work: Work, core: str, projection: str) -> bool:
    """Whether an activation reads this; not one behind the module that holds both this and the weighted sum."""
    module = _around(work, core, projection)
    return any(
        is_a(work.word(u), "activation") and (len(module) < 2 or _scopes(work, u)[: len(module)] == module)
        for u in work.users(projection)
    )


def _near(work: Work, core: str, projection: str, pending: int) -> bool:
    """Whether a projection behind a norm or a dropout is the attention's own: in the same module."""
    return not pending or len(_scopes(work, core)) <= 1 or len(_around(work, core, projection)) > 1


def _around(work: Work, one: str, other: str) -> tuple[object, ...]:
    """The module calls around both."""
    shared = 0
    first, second = _scopes(work, one), _scopes(work, other)
    while shared < min(len(first), len(second)) and first[shared] == second[shared]:
        shared += 1
    return first[:shared]


def _scopes(work: Work, key: str) -> tuple[object, ...]:
    for origin in work[key].origin:
        if origin in work.raw:
            return work.raw[origin].scopes
    return ()
