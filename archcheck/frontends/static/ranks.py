"""How many dimensions a result has, where the call that made it tells, and how many channels, where a norm does.

The graph is told nothing of them: sizes that are not known would stand in it as sizes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from archcheck.frontends.static.values import SEVERAL, Setting, Shape, Tensor, Unknown, Value, plain
from archcheck.frontends.targets.tables import lookup
from archcheck.vocabulary import is_a

TUPLES = ("torch.", "einops.")  # TensorFlow's shapes are objects of their own
ARRANGING = frozenset({"view", "reshape", "permute"})

# Raw words of calls whose result has as many dimensions as what they are given.
KEEPING = frozenset(
    {"cast", "copy", "identity", "neg", "linear", "layer_norm", "rms_norm", "dropout", "softmax", "scale"}
)
CHANNEL_NORMS = frozenset({"batch_norm", "group_norm", "instance_norm"})
SWAPPING = frozenset({"transpose", "swapaxes", "swapdims", "contiguous", "movedim", "moveaxis"})


def ranked(name: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Shape:
    """A shape of which only the number of sizes is known; None where it is not, or where shapes are no tuples."""
    if not name.startswith(TUPLES):
        return None
    short, given = name.rpartition(".")[2], [plain(arg) for arg in args]
    first = given[0] if given else None
    if short == "rearrange":
        return _named(given[1] if len(given) > 1 else plain(kwargs.get("pattern")))
    if not isinstance(first, Tensor):
        return None
    if short in ARRANGING and not kwargs:
        sizes = given[1:]
        if len(sizes) == 1 and isinstance(sizes[0], (list, tuple)):
            sizes = [plain(size) for size in sizes[0]]
        elif len(sizes) == 1:
            return None  # one value that is not known may be several
        return (None,) * len(sizes) if sizes and all(map(_is_size, sizes)) else None
    entry = lookup(name)
    keeps = entry is not None and (entry.word in KEEPING or is_a(entry.word, "activation"))
    if first.shape is None or not (keeps or short in SWAPPING):
        return None
    return (None,) * len(first.shape)


def learn(name: str, args: Sequence[Value], kwargs: Mapping[str, Value], result: Tensor) -> None:
    """Note how many channels a value has that a norm with weights or statistics of as many reads."""
    entry, first = lookup(name), plain(args[0]) if args else None
    if entry is None or entry.word not in CHANNEL_NORMS or not name.startswith("torch."):
        return
    vectors = [plain(value) for value in (*args[1:], *kwargs.values())]
    sizes = {
        v.shape[0] for v in vectors if isinstance(v, Tensor) and v.shape is not None and len(v.shape) == 1
    }
    if isinstance(first, Tensor) and len(sizes) == 1:
        first.channels = result.channels = next(iter(sizes)) or 0


def _is_size(value: Value) -> bool:
    if isinstance(value, Unknown):
        return value.number and value.reason != SEVERAL
    return isinstance(value, (int, Setting)) and not isinstance(value, bool)


def _named(pattern: Value) -> Shape:
    """The dimensions of `b (h d) n -> b h n d`; those that an ellipsis stands for are not known."""
    _, arrow, made = pattern.partition("->") if isinstance(pattern, str) else ("", "", "")
    return None if not arrow or "..." in made else (None,) * len(re.findall(r"\([^)]*\)|[^\s()]+", made))
