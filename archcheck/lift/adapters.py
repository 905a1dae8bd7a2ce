"""Low-rank updates of a linear (LoRA, Hu et al. 2022).

`linear(x) + linear(linear(dropout(x))) * 0.5` is one linear map of x, of which a part may be left out.
"""

from __future__ import annotations

from archcheck.lift.work import Work

HARMLESS = frozenset(
    {"linear", "mul", "neg", "dropout"}
)  # beside numbers and weights: what keeps a map linear
MOST = 8  # so many operations are on the longest way of one


def low_rank(work: Work) -> None:
    """Fuse a sum of a linear and of a pair of linears of the same value, both without an activation, to a `linear`."""
    for key in list(work.nodes):
        if key in work.nodes and key not in work.fixed and work.word(key) == "add":
            data = work.data(key)
            if len(data) == 2 and len(work[key].args) == 2 and data[0] != data[1]:
                _update(work, key, data)


def _update(work: Work, key: str, data: list[str]) -> None:
    found = [_map(work, operand, key) for operand in data]
    starts = {start for start, _ in found}
    linears = sorted(sum(work.word(k) == "linear" for k in region) for _, region in found)
    if len(starts) == 1 and linears[0] == 1 and linears[1] > 1:
        region = {key}.union(*(region for _, region in found))
        work.fuse(region, key, "linear", [*starts])


def _map(work: Work, end: str, user: str) -> tuple[str, set[str]]:
    """The value from which a chain of linear operations starts that only this user reads, and the chain."""
    region: set[str] = set()
    while len(region) < MOST and work.only_user(end) == user and len(work.data(end)) == 1:
        if not _linear(work, end):
            break
        region.add(end)
        user, end = end, work.data(end)[0]
    return end, region


def _linear(work: Work, key: str) -> bool:
    """Whether an operation of one computed value is a linear map of it, or leaves elements of it out."""
    node = work[key]
    if node.words[0] == "div":  # 1 / x is none
        return node.args[0] in work.data(key) and not node.attr("reflected")
    return node.words[0] in HARMLESS
