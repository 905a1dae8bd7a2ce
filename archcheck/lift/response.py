"""Global response normalization, by what it computes (ConvNeXt V2, Woo et al. 2023, equations 1 to 3)."""

from __future__ import annotations

from archcheck.lift.work import Work

NORMS = frozenset({"vector_norm", "sqrt", "pow"})


def response(work: Work) -> None:
    """Fuse x * N(x) + x, where N is a norm over the positions divided by its mean over the channels, to `grn`.

    The learned scale and shift behind the product belong to it. Without the sum with x it is another operation.
    """
    for key in list(work.nodes):
        if key not in work.nodes or key in work.fixed or work.word(key) != "div" or len(work.data(key)) != 2:
            continue
        responses, mean = work.data(key)
        if not _averages(work, mean, responses) or work.word(responses) not in NORMS:
            continue
        value = _normed(work, responses, _mean_of(work, mean))
        product = work.only_user(key)
        if value is None or product is None or work.word(product) != "mul" or value not in work[product].args:
            continue
        top = _top(work, product, value)
        region = work.between(value, top)
        summed = any(work.word(one) == "add" and value in work[one].args for one in region)
        if summed and work.closed(region, top):
            work.fuse(region, top, "grn", [value])


def _averages(work: Work, key: str, value: str) -> bool:
    """Whether this is the mean of a value, a small constant added or not."""
    key = _mean_of(work, key)
    return work.word(key) == "mean" and work.data(key) == [value]


def _mean_of(work: Work, key: str) -> str:
    """The value to which small constants are added."""
    while work.word(key) in ("add", "clamp") and len(work.data(key)) == 1:
        key = work.data(key)[0]
    return key


def _normed(work: Work, key: str, mean: str) -> str | None:
    """The value whose norm over the positions this is: two axes of an image or more, the one of a sequence."""
    reduction = key
    if work.word(key) != "vector_norm":  # the root of a sum of squares
        reduction = work.data(key)[0]
        while work.word(reduction) == "add" and len(work.data(reduction)) == 1:
            reduction = work.data(reduction)[0]
        if work.word(reduction) != "sum":
            return None
    axes, channels = _axes(work, reduction), _axes(work, mean)
    if len(axes) < 2:
        shape = work[reduction].shape
        sequence = len(axes) == len(channels) == 1 and axes[0] % 3 != channels[0] % 3
        if not sequence or (shape is not None and len(shape) != 3):
            return None
    value = work.data(reduction)[0]
    if work.word(reduction) == "sum":
        if work.word(value) not in ("pow", "mul"):
            return None
        value = work.data(value)[0]
    return value


def _axes(work: Work, key: str) -> tuple[int, ...]:
    dim = work[key].attr("dim")
    dims = dim if isinstance(dim, tuple) else (dim,)
    return tuple(d for d in dims if isinstance(d, int) and not isinstance(d, bool))


def _top(work: Work, product: str, value: str) -> str:
    """The end of the learned scale, the learned shift and the sum with the value itself."""
    top = product
    while True:
        user = work.only_user(top)
        if user is None:
            return top
        others = [a for a in work[user].args if a != top and a not in work.fixed]
        learned = work.word(user) == "mul" and not others
        summed = work.word(user) == "add" and all(a == value for a in others)
        if not (learned or summed):
            return top
        top = user
