"""What a module says about its own sizes: by its configuration, else by its first layers."""

# ruff: noqa: SLF001 - torch keeps what a reader needs behind underscores

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archcheck.frontends.guesses import HEADS
from archcheck.frontends.trace.configs import field_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

IMAGE = 32


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the module says about its own sizes."""

    width: int
    widths: tuple[int, ...]
    channels: int
    channel_choices: tuple[int, ...]
    head_dims: tuple[int, ...]
    heads: int
    tokens_first: bool
    dims: int
    image: int
    dtype: Any
    packed: bool = False  # sequences one behind the other, without a dimension of the batch


_HEADS = (
    "num_attention_heads",
    "num_heads",
    "n_head",
    "n_heads",
    "nhead",
    "decoder_attention_heads",
    "encoder_attention_heads",
)


_ROTARY_PARTS = ("partial_rotary_factor", "rotary_pct", "rope_pct", "rotary_percentage")


def sizes_of(module: Callable[..., Any]) -> Sizes:
    """Read the sizes off the module: its configuration, else its first layers."""
    import torch

    if not isinstance(module, torch.nn.Module):
        return Sizes(32, (32,), 3, (3, 32), (8,), HEADS, False, 0, IMAGE, torch.float32)
    config = _config_of(module)
    layers = [child for child in module.modules() if child is not module or not list(module.children())]
    widths, channels, dims = _layer_sizes(layers)
    if not widths and not channels:  # a block whose only weights are vectors, one number a channel
        widths, channels, dims = _vector_sizes(module)
    fields = ("hidden_size", "d_model", "n_embd", "embed_dim", "dim", "embedding_dim", "model_dim", "size")
    named = [field_of(place, f) for place in (config, module) if place is not None for f in fields]
    widths = [w for w in named if type(w) is int] + widths or [32]
    heads = next((h for f in _HEADS for h in [_field(config, module, f)] if h), HEADS)
    places = (None, *module.modules())
    named_dims = [_field(config, place, f) for f in ("head_dim", "qk_rope_head_dim") for place in places]
    sizes = [*(d for d in named_dims if d), widths[0] // heads or 8]
    rotated = [int(d * part) for d in sizes for part in [_rotary_part(config, module)] if part]
    head_dims = tuple(dict.fromkeys([*(d for d in rotated if d), *sizes]))[:3]
    floats = [p.dtype for p in module.parameters() if p.dtype.is_floating_point]
    parts = [config, *(vars(config).values() if hasattr(config, "__dict__") else ())]
    images = [_field(part, None, "image_size") for part in parts]  # the part for images may be one of several
    image = next((i for i in images if i), None) or _image_size(module) or IMAGE
    unique = tuple(dict.fromkeys(widths))[:3]
    chans = tuple(dict.fromkeys([*channels, 3, unique[0]]))[:3]
    first = next((c for c in layers if _is_leaf(c)), None)
    return Sizes(
        unique[0],
        unique,
        chans[0],
        chans,
        head_dims,
        heads,
        isinstance(first, torch.nn.Embedding),
        dims,
        image,
        floats[0] if floats else torch.float32,
    )


def _rotary_part(config: Any, module: Any) -> float:
    """Which part of a head rotary positions turn, 0 where all of it (GPT-NeoX, Black et al. 2022, section 2.1)."""
    rope = field_of(config, "rope_parameters")
    places = [vars(p) for p in (config, module) if hasattr(p, "__dict__")] + [
        rope if isinstance(rope, dict) else {}
    ]
    found = [place.get(name) for place in places for name in _ROTARY_PARTS]
    return next((f for f in found if isinstance(f, float) and 0 < f < 1), 0.0)


def _is_leaf(module: torch.nn.Module) -> bool:
    return not list(module.children()) and bool(list(module.parameters()))


def _field(config: Any, module: Any, name: str) -> int | None:
    for place in (config, module):
        value = field_of(place, name)
        if type(value) is int and value > 0:
            return value
    return None


def _config_of(module: torch.nn.Module) -> Any:
    for child in module.modules():
        config = child.__dict__.get("config")
        if config is not None:
            return config
    return None


def _vector_sizes(module: torch.nn.Module) -> tuple[list[int], list[int], int]:
    """As `_layer_sizes`, of the learned vectors: (channels,) of sequences, (channels, 1, 1) of images."""
    shapes = [tuple(p.shape) for p in module.parameters() if 1 < p.numel() == max(p.shape, default=0)]
    image = [shape[0] for shape in shapes if len(shape) == 3 and shape[1:] == (1, 1)]
    return [max(shape) for shape in shapes], image, 2 if image else 0


def _layer_sizes(layers: list[torch.nn.Module]) -> tuple[list[int], list[int], int]:
    """Widths, channels and the dimensions of the first convolution, in the order in which the layers are
    registered; none where a linear stands before it, unless that is for a condition, beside more convolutions.
    """
    widths: list[int] = []
    channels: list[int] = []
    dims = later = 0  # of the first convolution; a group norm takes any number, mostly those of images
    grouped = False
    for layer in layers:
        kind = type(layer).__name__
        if "Conv" in kind or "BatchNorm" in kind or "InstanceNorm" in kind or "GroupNorm" in kind:
            size = next(
                (
                    getattr(layer, f)
                    for f in ("in_channels", "num_features", "num_channels")
                    if hasattr(layer, f)
                ),
                0,
            )
            spatial = next((int(c) for c in kind if c in "123"), 0)
            if size and (spatial or "GroupNorm" in kind):
                channels.append(size)
                later = later or spatial
                dims = dims or (spatial if not widths else 0)
                grouped = grouped or not (spatial or widths)
                continue
        for attribute in (
            "normalized_shape",
            "in_features",
            "embed_dim",
            "d_model",
            "embedding_dim",
            "input_size",
            "hidden_size",
        ):
            size = getattr(layer, attribute, None)
            if isinstance(size, (tuple, list)) and size:
                size = size[-1]
            if type(size) is int:
                widths.append(size)
                break
        else:
            weight = layer._parameters.get("weight")
            if weight is not None and weight.dim() == 1:
                widths.append(weight.shape[0])
    return widths, channels, dims or ((later or 2) if grouped or len(channels) > len(widths) else 0)


_IMAGE_SIZE = re.compile(r"(img|image|input)_?(size|resolution)")


def _image_size(module: Any) -> int | None:
    """The side of the images that the constructor speaks of: an attribute, or the default of its argument."""
    for name, value in vars(module).items() if hasattr(module, "__dict__") else ():
        if _IMAGE_SIZE.fullmatch(name) and isinstance(value, int):
            return value
    try:
        parameters = inspect.signature(type(module)).parameters.values()
    except (TypeError, ValueError):
        return None
    return next(
        (p.default for p in parameters if _IMAGE_SIZE.fullmatch(p.name) and isinstance(p.default, int)), None
    )
