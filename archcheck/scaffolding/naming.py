"""Names for classes, attributes and variables."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection

from archcheck.vocabulary import ancestors

TAKEN = frozenset({"Tensor", "F", "nn", "torch", "self", "super", *keyword.kwlist, *dir(builtins)})

_VARIABLES = {
    "norm": "normed", "attention": "attended", "feed_forward": "transformed", "mixer": "mixed",
    "convolution": "convolved", "conv": "convolved", "depthwise_conv": "convolved", "linear": "projected",
    "activation": "activated", "dropout": "kept", "drop_path": "kept", "embedding": "embedded",
    "pool": "pooled", "add": "total", "mul": "product", "concat": "joined", "scale": "scaled",
    "gate": "gated",
}  # fmt: skip


def class_name(text: str, fallback: str = "Block") -> str:
    """A name of a spec or block as a class name; the fallback where it is none.

    >>> class_name("pre_ln"), class_name("norm -> attention -> add")
    ('PreLn', 'Block')
    """
    if not re.fullmatch(r"[^\W\d][\w.-]*", text):
        return fallback
    name = "".join(part[:1].upper() + part[1:] for part in re.split(r"[_.\W]+", text))
    return name if name.isidentifier() and name not in TAKEN else fallback


def identifier(text: str) -> str:
    """A name of a value as a Python name.

    >>> identifier("post"), identifier("lambda")
    ('post', 'lambda_')
    """
    return text + "_" if text in TAKEN else text


def variable(word: str) -> str:
    """What the result of an operation may be called.

    >>> variable("rms_norm"), variable("softmax")
    ('normed', 'result')
    """
    return next((_VARIABLES[name] for name in ancestors(word) if name in _VARIABLES), "result")


def unused(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it if it is taken.

    >>> unused("Layer", {"Layer", "Layer2"})
    'Layer3'
    """
    number = 2
    found = name
    while found in taken:
        found = f"{name}{number}"
        number += 1
    return found
