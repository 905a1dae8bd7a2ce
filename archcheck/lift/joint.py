"""Joint attention: streams that are projected apart, attend together and part again (SD3, Esser et al. 2024).

Each stream that goes on gets a box of its own, which reads that stream first and the others after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcheck.graph import Literal
from archcheck.lift.attention import core_of
from archcheck.lift.prepare import SELECTING
from archcheck.lift.projected import end_of
from archcheck.lift.work import Work
from archcheck.vocabulary import is_a

LINEAR = frozenset({"linear", "conv"})
# What may stand between a projection and the concatenation, or that and the product: positions, norms.
BETWEEN = SELECTING | {
    "add", "subtract", "mul", "scale", "layer_scale", "neg", "concat", "cos", "sin", "div",
}  # fmt: skip
FURTHEST = 64  # values between a product and the projections


def joint_attention(work: Work) -> None:
    """Fuse each attention whose queries, keys and values are put together from several streams."""
    for key in list(work.nodes):
        if key in work.nodes and key not in work.fixed:
            core = core_of(work, key)
            if core is not None:
                _joint(work, key, *core[:2])


def _joint(work: Work, core: str, qkv: list[str], attrs: dict[str, Literal]) -> None:
    sources = [_sources(work, operand) for operand in qkv]
    starts = sources[-1]
    if len(starts) < 2 or any(found != starts for found in sources[1:]):
        return
    if any(work.derives(other, one) for one in starts for other in starts if one != other):
        return  # what is computed from a stream (summaries of it) is no stream beside it
    if not sources[0] and (alone := _projected(work, qkv[0])) in starts:  # the queries of one stream only
        parts = [(starts.index(alone), core)]
    else:
        parts = _parts(work, core, len(starts)) if sources[0] == starts else []
    for place, path in parts:
        end = end_of(work, path, starts[place])
        region = set().union(*(work.between(start, end) for start in starts))
        region |= {k for k in work.sides(region, *starts) if k not in work.inputs}
        order = [starts[place], *(s for s in starts if s != starts[place])]
        work.fuse(region, end, "joint_attention", order, attrs, inner=True)


def _sources(work: Work, key: str) -> list[str]:
    """The values that are projected and put together to this one, in order; [] if they are not several."""
    for step in _behind(work, key):
        if work.word(step) == "concat" and len(work.data(step)) > 1:
            found = [_projected(work, operand) for operand in work.data(step)]
            if None not in found and len(set(found)) == len(found):
                return [one for one in found if one is not None]
    return []


def _projected(work: Work, key: str) -> str | None:
    """What the projection reads from which this value comes."""
    return next((work.data(step)[0] for step in _behind(work, key) if work.word(step) in LINEAR), None)


def _behind(work: Work, key: str) -> Iterator[str]:
    """A value and what it is computed from, the nearest of the first operand first, as far as positions and norms go.

    Where a projection turns up, its own operands are another value's (`frequencies * x`: any operand may be the one).
    """
    todo, seen = [key], {key}
    while todo and len(seen) < FURTHEST:
        step = todo.pop()
        yield step
        if work.word(step) in BETWEEN or is_a(work.word(step), "norm"):
            fresh = [operand for operand in work.data(step) if operand not in seen]
            seen.update(fresh)
            todo.extend(reversed(fresh))


def _parts(work: Work, core: str, number: int) -> list[tuple[int, str]]:
    """The parts of the result that go on, each with the place of its stream."""
    found: list[tuple[int, str]] = []
    todo = list(work.users(core))
    while todo:
        user = todo.pop(0)
        if work.word(user) in ("split", "chunk", "unbind"):
            todo.extend(work.users(user))
        elif work.word(user) in SELECTING:
            found.append((_place(work, user, len(found), number), user))
    return found


def _place(work: Work, key: str, seen: int, number: int) -> int:
    """Which part of the whole a selection takes: the n-th of a split, the first or the last of a slice."""
    index = work[key].attr("index")
    if isinstance(index, int):
        return min(index, number - 1)
    if isinstance(index, str):
        bounds = [part.strip() for part in index.split(",") if part.strip() not in (":", "...", "None")]
        if bounds and re.fullmatch(r":[^:]+", bounds[0]):
            return 0
        if bounds and re.fullmatch(r"[^:]+:", bounds[0]):
            return number - 1
    return min(seen, number - 1)
