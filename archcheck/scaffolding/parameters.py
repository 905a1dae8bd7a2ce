"""The arguments of constructors: their types, their usual values, their order."""

from __future__ import annotations

import re

# name -> annotation and usual value; `width` and `hidden` follow from what stands in the file.
PARAMETERS: dict[str, tuple[str, int | float]] = {
    "vocab_size": ("int", 1000), "channels": ("int", 3), "classes": ("int", 10), "width": ("int", 64),
    "heads": ("int", 4), "hidden": ("int", 256), "experts": ("int", 4), "top_k": ("int", 2),
    "kernel": ("int", 3), "groups": ("int", 8), "patch": ("int", 4), "length": ("int", 64),
    "max_length": ("int", 512), "dropout": ("float", 0.1), "drop_path": ("float", 0.1),
}  # fmt: skip
DEPTH = re.compile(r"(\w+_)?depth\d*")


def used(text: str) -> tuple[str, ...]:
    """The arguments that a constructor's body mentions, in their order; depths stand behind the sizes."""
    plain = re.sub(r"self\.\w+ = ", "", text)
    words = set(re.findall(r"(?<![\w.])[a-z_]\w*(?!\w*\s*=)", plain))
    depths = sorted(word for word in words if DEPTH.fullmatch(word))
    return (*(name for name in PARAMETERS if name in words), *depths)
