"""Feed-forwards: linear -> activation -> linear, with or without a gate (Shazeer 2020, GLU variants).

The region runs from the value that the first linears read to the last linear before the branch
ends. Squeeze-and-excitation (Hu et al. 2018) is a region of the same kind; mixtures of experts: `experts.py`.
"""

from __future__ import annotations

from archcheck.graph import upstream
from archcheck.lift.normed import norms_of_some
from archcheck.lift.prepare import SELECTING
from archcheck.lift.work import Work
from archcheck.vocabulary import is_a

LINEAR = frozenset({"linear", "conv"})
ABOVE = SELECTING | {"depthwise_conv", "dropout", "drop_path", "scale", "layer_scale", "add", "mul", "clamp"}
BELOW = SELECTING | {
    "depthwise_conv",
    "dropout",
    "drop_path",
    "scale",
    "layer_scale",
    "mul",
    "glu",
    "clamp",
    "sum",
    "scatter",
    "gather",
}


def feed_forward(work: Work) -> None:
    """Fuse every linear -> activation -> linear region to a `feed_forward` or `gated_feed_forward`."""
    for key in list(work.nodes):
        if key in work.nodes and key not in work.fixed and _nonlinear(work, key):
            _feed_forward(work, key)


def _nonlinear(work: Work, key: str) -> bool:
    word = work.word(key)
    return is_a(word, "activation") or (word == "mul" and len(work.data(key)) > 1 and _gated(work, key))


def linearish(work: Work, key: str) -> bool:
    """A linear, or a convolution that is one: kernel 1. A larger kernel mixes what stands side by side."""
    node = work[key]
    if node.words[0] == "linear":
        return True
    if node.words[0] != "conv":
        return False
    kernel = node.attr("kernel")
    if kernel is None:  # a spec that does not say: a convolution of an image, if nobody says otherwise
        return bool(work.sequences)
    sizes = kernel if isinstance(kernel, tuple) else (kernel,)
    dims = node.attr("dims", 2 if work.sequences is False else len(sizes))
    untold = dims == 1 and sizes[:1] in ((0,), ("?",))  # of a sequence it is rarely more than 1
    return untold or all(k == 1 for k in sizes)


def _gated(work: Work, key: str) -> bool:
    """A bilinear gate without an activation: the product of two linears of one value."""
    heads = [_first(work, a) for a in work.data(key)]
    return len(heads) == 2 and all(heads) and len({work.data(h)[0] for h in heads if h}) == 1


def _first(work: Work, key: str) -> str | None:
    """The linear from which this value comes through steps that a feed-forward may hold."""
    for _ in range(12):
        if linearish(work, key):
            return key
        word = work.word(key)
        if (
            key in work.fixed
            or work[key].is_source
            or not (word in ABOVE or is_a(word, "activation") or is_a(word, "norm"))
        ):
            return None
        data = work.data(key)
        key = data[0]
    return None


def _last(work: Work, key: str, tokens: bool = False) -> str | None:
    """The linear that reads this value through steps that a feed-forward may hold.

    A linear along the other axis is such a step (the spatial gate of gMLP, Liu et al. 2021).
    """
    for _ in range(12):
        users = list(work.users(key))
        if key in work.outputs or not users:
            return None
        gated = any(work.word(u) == "mul" for u in users)  # by itself, normalized and mixed (gMLP)
        if len(users) > 1 and not all(
            work.word(u) in SELECTING
            or work.word(u) == "mul"
            or is_a(work.word(u), "activation")
            or (gated and is_a(work.word(u), "norm"))
            for u in users
        ):
            return None
        key = users[-1]
        if linearish(work, key):
            if _mixes_tokens(work, key) == tokens:
                return key
            continue
        word = work.word(key)
        shifted = word == "add" and len(work.data(key)) == 1
        if not (shifted or word in BELOW or is_a(word, "activation") or is_a(word, "norm")):
            return None
    return None


def _feed_forward(work: Work, key: str) -> None:
    first = _first(work, work.data(key)[0])
    tokens = first is not None and _mixes_tokens(work, first)
    last = _last(work, key, tokens)
    if first is None or last is None or first == last:
        return
    mixing = any(_along_sequence(work, k) for k in work.between(first, last))
    if "conv" in (work.word(first), work.word(last)) and _stacked(work, first, last) and not mixing:
        return
    start = _entry(work, first, last)
    if start is None:
        return
    while True:  # a third linear behind another activation belongs to the same network
        after = work.only_user(last)
        if after is None or not is_a(work.word(after), "activation"):
            break
        further = _last(work, after, tokens)
        if further is None:
            break
        last = further
    region = work.between(start, last)
    if work.adds_back(start, region) or any(is_a(work.word(k), "sublayer") for k in region):
        return
    if norms_of_some(work, start, region):
        return  # a norm that its gate or its value alone reads is no part of a network
    region |= work.sides(region, start)
    if not work.closed(work.between(start, last), last):
        return
    word = "token_mixing" if tokens else _kind(work, region)
    work.fuse(region, last, word, [start], inner=True)


def _mixes_tokens(work: Work, linear: str) -> bool:
    """Whether a linear runs along the sequence, not the channels (MLP-Mixer, Tolstikhin et al. 2021)."""
    return any(key in work.raw and work.axes.along_tokens(key) for key in work[linear].origin[:1])


def token_linears(work: Work) -> None:
    """A linear along the tokens that no network holds mixes them alone (ResMLP, Touvron et al. 2021)."""
    for key in list(work.nodes):
        if key not in work.fixed and linearish(work, key) and _mixes_tokens(work, key):
            work.rename(key, "token_mixing")


def _stacked(work: Work, first: str, last: str) -> bool:
    """Whether norms stand between two convolutions that are more than a network of pointwise ones.

    One of them, or a depthwise one between them, mixes positions: a stack of convolutions, or an inverted residual.
    """
    between = work.between(first, last)
    normed = any(is_a(work.word(k), "norm") and work.word(k) != "grn" for k in between)
    deep = any(work.word(k) == "depthwise_conv" for k in between)
    return normed and (deep or not _pointwise(work, first) or not _pointwise(work, last))


def _pointwise(work: Work, key: str) -> bool:
    kernel = work[key].attr("kernel")
    sizes = kernel if isinstance(kernel, tuple) else (kernel,)
    return work.word(key) == "linear" or all(k == 1 for k in sizes)


def _entry(work: Work, first: str, last: str) -> str | None:
    """The one value that all paths into the region come from."""
    for root in work.inputs:
        if not work.derives(root, first):
            continue
        start = work.data(first)[0]
        chain = []
        above = work.idom(root, last)
        while above is not None:
            chain.append(above)
            above = work.idom(root, above)
        if start in chain:
            return start
        return next((k for k in chain if k in upstream(work.nodes, work[first].args)), None)
    return None


def _along_sequence(work: Work, key: str) -> bool:
    """Whether this is a depthwise convolution along a sequence."""
    node = work[key]
    kernel = node.attr("kernel")
    return node.words[0] == "depthwise_conv" and (
        node.attr("dims") == 1 or (isinstance(kernel, tuple) and len(kernel) == 1)
    )


# What makes a region between two linears a mixer instead of a feed-forward.
MIXERS: tuple[tuple[str, frozenset[str]], ...] = (
    ("recurrent", frozenset({"recurrent"})),
    ("fourier", frozenset({"fft"})),
    ("ssm", frozenset({"exp", "cumsum", "softplus"})),
)


def _kind(work: Work, region: set[str]) -> str:
    words = {work.word(k) for k in region}
    for name, signs in MIXERS:
        if words & signs:
            return name
    if any(_along_sequence(work, k) for k in region):
        return "convolution"
    products = [k for k in region if work.word(k) == "mul" and len(work.data(k)) > 1]
    gated = any(work.word(k) == "glu" for k in region) or bool(products)
    return "gated_feed_forward" if gated else "feed_forward"


def fourier(work: Work) -> None:
    """A Fourier transform that stands alone is a mixer of its own (FNet, Lee-Thorp et al. 2022)."""
    for key in list(work.nodes):
        if key not in work.nodes or key in work.fixed or work.word(key) != "fft":
            continue
        start, region = work.data(key)[0], {key}
        while work.word(start) == "fft" and work.only_user(start):
            region.add(start)
            start = work.data(start)[0]
        if work.only_user(key) is None or work.word(work.only_user(key) or key) != "fft":
            work.fuse(region, key, "fourier", [start])


def squeeze_excite(work: Work) -> None:
    """Fuse x * f(pool(x)) to a `squeeze_excite`."""
    for key in list(work.nodes):
        if key not in work.nodes or key in work.fixed or work.word(key) != "mul":
            continue
        data = work.data(key)
        if len(data) != 2:
            continue
        for value, gate in (data, data[::-1]):
            region = work.between(value, gate)
            pools = [k for k in region if _global_pool(work, k) or _pool_of_sequence(work, k, region)]
            if norms_of_some(work, value, region):
                continue  # it scales a value by a function of its norm
            if pools and any(work.word(k) in LINEAR for k in region) and work.closed(region | {key}, key):
                work.fuse(
                    region | {key} | work.sides(region, value), key, "squeeze_excite", [value], inner=True
                )
                break


def _global_pool(work: Work, key: str) -> bool:
    node = work[key]
    if node.words[0] in ("mean", "amax"):
        dim = node.attr("dim")
        return isinstance(dim, tuple) and len(dim) >= 2
    return is_a(node.words[0], "pool") and bool(node.attr("global"))


def _pool_of_sequence(work: Work, key: str, region: set[str]) -> bool:
    """Whether this is the mean over the positions of a sequence; where the features are, its projection says."""
    node = work[key]
    dim = node.attr("dim")
    place = dim[0] if isinstance(dim, tuple) and len(dim) == 1 else dim
    if node.words[0] not in ("mean", "amax") or isinstance(place, bool) or not isinstance(place, int):
        return False
    if node.shape is not None and len(node.shape) not in (2, 3):  # two where the pooled axis is gone
        return False
    reader = next((u for u in work.users(key) if u in region and work.word(u) in LINEAR), None)
    if reader is None:
        return False
    if work.word(reader) == "linear":
        return place in (1, -2)
    return work[reader].attr("dims") == 1 and place in (2, -1)
