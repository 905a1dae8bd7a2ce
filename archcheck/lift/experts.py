"""Mixtures of experts: the region between the value that a router reads and the value where its routes meet again.

The router may read another value than the experts (Gemma 4: each has a norm of its own); then the box reads both.
"""

from __future__ import annotations

from archcheck.graph import Literal, upstream
from archcheck.graph.dominators import immediate_dominators
from archcheck.lift.feed_forward import LINEAR, linearish
from archcheck.lift.normed import norms_of_some
from archcheck.lift.work import Work
from archcheck.vocabulary import PLUMBING, is_a

# What a value is written into, or passes unchanged, before anything is added at places of it.
WRITTEN = PLUMBING | {"index_add", "copy"}


def experts(work: Work) -> None:
    """Fuse a routed mixture of experts: the region between the value that the router reads and its end."""
    work.prune()
    for key in list(work.nodes):
        if key in work.nodes and key not in work.fixed and (work.word(key) == "topk" or _best(work, key)):
            _experts(work, key)


def _best(work: Work, key: str) -> bool:
    """Whether this takes the most probable of several routes: the maximum of a softmax of a linear."""
    if work.word(key) not in ("amax", "argmax") or work.word(work.data(key)[0]) != "softmax":
        return False
    return linearish(work, work.data(work.data(key)[0])[0])


def _experts(work: Work, key: str) -> None:
    for root in work.inputs:
        if not work.derives(root, key):
            continue
        start = _router_input(work, root, key)
        if start is None:
            return
        end = _reconverge(work, start, key)
        if end is None:
            return
        if _adds_to_input(work, start, end):
            return
        region = _members(work, root, start, end)
        if sum(_network(work, k) for k in region) < 2:
            return
        read = _read(work, root, key, region)
        if read is None:
            return
        attrs: dict[str, Literal] = {}
        k = work[key].attr("k")
        if isinstance(k, int):
            attrs["top_k"] = k
        routed = [work.word(k) for k in region if is_a(work.word(k), "attention")]
        word = routed[0] if routed else "moe"  # heads that are chosen for each token (Zhang et al. 2022)
        work.fuse(region, end, word, read or [start], {} if routed else attrs, inner=True)
        return


def _adds_to_input(work: Work, start: str, end: str) -> bool:
    """Whether the experts' results are added to a copy of what they read: a residual inside of the region."""
    for key in work.between(start, end):
        if work.word(key) == "index_add":
            base = key
            while base != start and base not in work.fixed and work.word(base) in WRITTEN:
                base = work[base].args[0]
            if base == start:
                return True
    return False


def _network(work: Work, key: str) -> bool:
    return work.word(key) in LINEAR or is_a(work.word(key), "feed_forward")


def _members(work: Work, root: str, start: str, end: str) -> set[str]:
    """The router, the experts and what serves them alone; norms before only some of them stand before the box."""
    region = work.between(start, end)
    apart = norms_of_some(work, start, region)
    for norm in apart:
        region -= work.between(start, norm)
    serving = work.sides(region, start, *apart)
    own = work.derived(root)  # experts that read another value than the router serve it, too
    before = [
        key
        for key in work.order(serving)
        if key in own
        and is_a(work.word(key), "norm")
        and not any(_network(work, k) for k in serving & upstream(work.nodes, [key]))
    ]
    return region | work.sides(region, start, *apart, *before)


def _read(work: Work, root: str, routes: str, members: set[str]) -> list[str] | None:
    """What the experts read, and then what the router reads if that is another value; None if others read it, too."""
    chosen, own = work.derived(routes), work.derived(root)
    router = upstream(work.nodes, [routes])
    experts: dict[str, None] = {}
    asking: dict[str, None] = {}
    for key in work.order(members):
        if key in work.fixed or not _network(work, key):
            continue
        value = key
        while (
            value in members
        ):  # what is picked by the routes (weights, places of tokens) is not what is read
            data = work.data(value)
            value = next((a for a in data if a not in chosen), data[0])
        if value in own:
            (asking if key in router else experts)[value] = None
    return list(experts | asking) if len(experts) <= 1 else None


def _router_input(work: Work, root: str, key: str) -> str | None:
    current: str | None = key
    while current is not None and current != root:
        if linearish(work, current):
            return _without_jitter(work, work.data(current)[0])
        current = work.idom(root, current)
    return None


def _without_jitter(work: Work, key: str) -> str:
    """What a router reads before noise that only the router sees (Fedus et al. 2021, section 2.2)."""
    while work.word(key) == "dropout" and work.only_user(key) is not None and work.data(key):
        above = work.data(key)[0]
        if work.only_user(above) is not None:
            break
        key = above
    return key


def _reconverge(work: Work, start: str, routes: str) -> str | None:
    """The first value at which all paths from `start` that pass the router's experts meet again.

    What a join adds that the routes did not choose (the residual, a sublayer in parallel) is no such path, unless
    it is a network of `start` itself: a shared expert.
    """
    chosen = work.derived(routes)

    def passes(key: str, user: str) -> bool:
        beside = work.word(user) in ("add", "concat") and user in chosen and key not in chosen
        return not beside or _shared_expert(work, start, key)

    readers: dict[str, list[str]] = {"<end>": []}
    result = work.outputs[:1]  # probabilities and counts that are handed out, too, are no paths of the routes
    alive = upstream(work.nodes, result)
    backwards = [key for key in reversed(work.nodes) if work.derives(start, key) and key in alive]
    for key in backwards:
        users = [u for u in work.users(key) if u in readers and passes(key, u)]
        if users or key in chosen:
            readers[key] = users if users and key not in result else [*users, "<end>"]
    after = immediate_dominators([k for k in backwards if k in readers], readers, "<end>")
    before = upstream(work.nodes, [routes])  # what a router alone reads leads to its routes first
    end = after.get(start, "<end>")
    while end in before:
        end = after.get(end, "<end>")
    return None if end == "<end>" else end


def _shared_expert(work: Work, start: str, key: str) -> bool:
    """Whether a value is that of a feed-forward, perhaps gated, that reads what the router reads."""
    words = {work.word(k) for k in work.between(start, key)}
    networks = {"feed_forward", "gated_feed_forward"}
    return bool(words & networks) and words <= networks | {"linear", "mul", "gate", "sigmoid", "scale"}
