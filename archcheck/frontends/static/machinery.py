"""Files whose frames are no model code."""

from __future__ import annotations

import functools
import os

# Folders of libraries that wrap a forward without computing anything themselves.
WRAPPERS: tuple[str, ...] = (
    "transformers/utils/",
    "transformers/modeling_layers.py",
    "transformers/integrations/hub_kernels.py",
    "accelerate/hooks.py",
    "diffusers/utils/",
    "einops/einops.py",
    "einops/_backends.py",
    "einops/packing.py",
    "einops/_torch_specific.py",
    "einops/layers/",
)

# Files of torch whose frames are model code: the bodies of its layers, but for those that only hold others.
_TORCH_LAYERS = "torch/nn/modules/"
_TORCH_MACHINERY = ("module.py", "container.py", "_functions.py", "utils.py", "lazy.py")


@functools.lru_cache(maxsize=4096)
def is_machinery(file: str) -> bool:
    """Whether the file belongs to a framework's plumbing rather than to a model."""
    file = file.replace(os.sep, "/")
    if _TORCH_LAYERS in file:
        return file.rpartition(_TORCH_LAYERS)[2] in _TORCH_MACHINERY
    return "site-packages/torch/" in file or any(part in file for part in WRAPPERS)
