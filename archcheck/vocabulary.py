"""The vocabulary: every word of the language, its family and its role. One file; all else asks it.

Two sets of words. *Canonical* words name what a figure shows: a spec may use them, and a lifted graph
holds nothing else. *Raw* words name what a framework computes: the front ends emit them, and the lift
turns them into canonical ones or drops them as plumbing. Many words are both (`linear`, `relu`, `add`).
"""

from __future__ import annotations

from difflib import get_close_matches

# word -> its parent in the is-a hierarchy ("" = a family of its own). A more specific word may stand
# in code where the spec has a more general one, never the other way round.
PARENT: dict[str, str] = {
    "sublayer": "",
    "attention": "sublayer",
    "self_attention": "attention",
    "cross_attention": "attention",
    "joint_attention": "attention",
    "feed_forward": "sublayer",
    "gated_feed_forward": "feed_forward",
    "moe": "feed_forward",
    "mixer": "sublayer",
    "token_mixing": "mixer",
    "ssm": "mixer",
    "recurrent": "mixer",
    "fourier": "mixer",
    "convolution": "sublayer",
    "norm": "",
    "layer_norm": "norm",
    "rms_norm": "norm",
    "batch_norm": "norm",
    "group_norm": "norm",
    "instance_norm": "norm",
    "scale_norm": "norm",
    "l2_norm": "norm",
    "grn": "norm",
    "activation": "",
    "relu": "activation",
    "relu6": "activation",
    "relu_squared": "activation",
    "leaky_relu": "activation",
    "prelu": "activation",
    "elu": "activation",
    "selu": "activation",
    "celu": "activation",
    "gelu": "activation",
    "gelu_tanh": "gelu",
    "quick_gelu": "gelu",
    "silu": "activation",
    "mish": "activation",
    "tanh": "activation",
    "sigmoid": "activation",
    "hard_swish": "activation",
    "hard_sigmoid": "activation",
    "hard_tanh": "activation",
    "softplus": "activation",
    "softsign": "activation",
    "log_sigmoid": "activation",
    "threshold": "activation",
    "shrink": "activation",
    "maxout": "activation",
    "glu": "activation",
    "dropout": "",
    "drop_path": "",
    "join": "",
    "add": "join",
    "mul": "join",
    "concat": "join",
    "subtract": "join",
    "interpolate": "join",
    "gate": "",
    "modulate": "",
    "scale": "",
    "layer_scale": "scale",
    "linear": "",
    "conv": "",
    "depthwise_conv": "conv",
    "conv_transpose": "",
    "squeeze_excite": "",
    "embedding": "",
    "pool": "",
    "max_pool": "pool",
    "avg_pool": "pool",
    "resize": "",
    "shuffle": "",
    "split": "",
    "softmax": "",
    "stack": "",
    # What code computes beside all this; a figure rarely shows it, but `describe` must be able to say it.
    "math": "",
    "matmul": "math",
    "div": "math",
    "neg": "math",
    "pow": "math",
    "sqrt": "math",
    "rsqrt": "math",
    "exp": "math",
    "log": "math",
    "abs": "math",
    "sin": "math",
    "cos": "math",
    "erf": "math",
    "acos": "math",
    "clamp": "math",
    "maximum": "math",
    "round": "math",
    "compare": "math",
    "where": "math",
    "mean": "math",
    "sum": "math",
    "var": "math",
    "amax": "math",
    "cumsum": "math",
    "vector_norm": "math",
    "topk": "math",
    "sort": "math",
    "argmax": "math",
    "gather": "math",
    "scatter": "math",
    "fft": "math",
    "unfold": "math",
    "opaque": "",
}

# What a chain may read by name besides the values that the spec names itself.
VALUES: frozenset[str] = frozenset({"input", "positional", "parameter"})

# Words that a chain may join with; they read the running value and the value the chain started from.
JOINS: frozenset[str] = frozenset({"add", "mul", "concat", "subtract", "interpolate"})

# Families that are compared only where the spec names them (DESIGN: "A spec speaks of what it names").
ON_DEMAND: frozenset[str] = frozenset({"dropout", "drop_path"})

# Steps that commute with their neighbours of this set, in the order in which they are written down.
COMMUTING: tuple[str, ...] = ("dropout", "layer_scale", "scale", "drop_path")

# The attribute that a bare number in parentheses stands for: `scale(0.5)`, `dropout(0.1)`.
MAIN_ATTRIBUTE: dict[str, str] = {
    "scale": "value",
    "layer_scale": "value",
    "dropout": "p",
    "drop_path": "p",
    "stack": "n",
}

# The attributes that a word (or any word above it) may carry. `shared` names one module in two places.
ATTRIBUTES: dict[str, frozenset[str]] = {
    "attention": frozenset({"heads", "kv_heads", "head_dim", "causal"}),
    "moe": frozenset({"experts", "top_k"}),
    "norm": frozenset({"eps", "affine", "groups"}),
    "activation": frozenset({"slope"}),
    "dropout": frozenset({"p"}),
    "drop_path": frozenset({"p"}),
    "scale": frozenset({"value", "init"}),
    "join": frozenset({"dim"}),
    "linear": frozenset({"bias", "in_features", "out_features"}),
    "conv": frozenset({"kernel", "stride", "padding", "dilation", "groups", "bias", "dims"}),
    "conv_transpose": frozenset({"kernel", "stride", "padding", "dilation", "groups", "bias", "dims"}),
    "pool": frozenset({"kernel", "stride", "padding", "global", "dims"}),
    "resize": frozenset({"factor", "mode"}),
    "shuffle": frozenset({"factor"}),
    "split": frozenset({"parts", "dim"}),
    "softmax": frozenset({"dim"}),
    "stack": frozenset({"n"}),
    "math": frozenset({"dim", "value", "name"}),
    "opaque": frozenset({"name"}),
}

# Attributes that say how large a module was built, and nothing of how.
COUNTS: frozenset[str] = frozenset({"heads", "kv_heads", "experts", "top_k"})
WIDTHS: frozenset[str] = frozenset({"head_dim", "in_features", "out_features"})

# Attributes every word may carry.
COMMON_ATTRIBUTES: frozenset[str] = frozenset({"shared"})

# Raw words that only move, copy, cast or select data. The lift drops them.
PLUMBING: frozenset[str] = frozenset(
    {
        "reshape", "transpose", "expand", "repeat", "squeeze", "cast", "copy", "pad", "roll", "flip",
        "slice", "getitem", "masked_fill", "mask", "tuple", "identity", "checkpoint", "quantize",
    }
)  # fmt: skip

# Raw words that make a tensor from nothing. `random` matters: a hand-written dropout reads it.
CREATION: frozenset[str] = frozenset({"zeros", "ones", "full", "arange", "random"})

# Raw words that the lift turns into canonical ones.
PRIMITIVE: frozenset[str] = frozenset(
    {
        "scaled_dot_product_attention", "multi_head_attention", "einsum", "log_softmax", "stack_tensors",
        "chunk", "unbind", "one_hot", "index_add", "scan", "moments", "embedding_bag",
    }
)  # fmt: skip

CANONICAL: frozenset[str] = frozenset(PARENT)
RAW: frozenset[str] = (
    CANONICAL | PLUMBING | CREATION | PRIMITIVE | {"input", "parameter", "buffer", "constant"}
)


def ancestors(word: str) -> tuple[str, ...]:
    """The word and the families above it, nearest first.

    >>> ancestors("gelu_tanh")
    ('gelu_tanh', 'gelu', 'activation')
    """
    found = []
    while word:
        found.append(word)
        word = PARENT.get(word, "")
    return tuple(found)


def is_a(word: str, family: str) -> bool:
    """Whether `word` is `family` or stands below it."""
    return family in ancestors(word)


def family(word: str) -> str:
    """The topmost family of a word: `layer_norm` -> `norm`."""
    return ancestors(word)[-1]


def attributes(word: str) -> frozenset[str]:
    """The attributes that this word may carry."""
    found = COMMON_ATTRIBUTES
    for name in ancestors(word):
        found |= ATTRIBUTES.get(name, frozenset())
    return found


def nearest(word: str, among: frozenset[str] | None = None) -> str | None:
    """The valid word that is spelled most like this one, for error messages."""
    plain = word.lower().replace("-", "_").replace(" ", "_")
    candidates = CANONICAL if among is None else among
    if plain in candidates:
        return plain
    squeezed = {c.replace("_", ""): c for c in sorted(candidates)}
    if plain.replace("_", "") in squeezed:
        return squeezed[plain.replace("_", "")]
    close = get_close_matches(plain, sorted(candidates), n=1, cutoff=0.6)
    return close[0] if close else None
