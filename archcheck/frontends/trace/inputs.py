"""Arguments for forward: from `--call`, from `--inputs`, or by the names of its parameters; several tries in a fixed order."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archcheck.frontends.trace.build import setting_value, type_hints
from archcheck.frontends.trace.guesses import BATCH, HEADS, LENGTH, VOCABULARY, guess_number
from archcheck.frontends.trace.target import Names, TargetError

if TYPE_CHECKING:
    import torch

MEMORY_LENGTH = 7
MOST_TRIES = 24
_IMAGE = 32

Arguments = tuple[tuple[Any, ...], dict[str, Any]]
# A way to make one argument: a thunk, so that nothing is allocated before it is tried.
Maker = Callable[[], Any]

_TOKENS = re.compile(
    r"(.*_)?(input_ids|token_ids|tokens?|ids|idx|indices|src_tokens|prev_output_tokens|word_ids)"
)
_PIXELS = re.compile(r"pixel_values|images?|imgs?|pixels|(input_)?image")
_MEMORY = re.compile(r"(.*_)?(memory|encoder_(hidden_states|output|outputs|out)|enc_(out|output|outputs)|context|ctx|cross.*states"
                     r"|kv|key_value_states|encoder_hidden|memory_states|e_outputs|source_states|conditioning)")  # fmt: skip
_NOTHING = re.compile(
    r".*(mask|bias|cache|past|state|padding|pad|incremental|lens|lengths|kwargs|attn_meta|rel_pos|alibi).*"
)
_CONDITION = re.compile(
    r"(.*_)?(t|c|temb|t_?emb|cond|vec|emb|time|time_emb(ed(ding)?)?|adaln_input|conditioning_embedding|y|mod)"
)
_ROTARY_PAIR = re.compile(r"(.*_)?(position_embeddings?|rotary_(pos_)?emb(eddings?)?|pos_emb(edding)?s?|image_rotary_emb|rope"
                          r"|position_embeddings_.*|cos_sin)")  # fmt: skip
_ROTARY_ONE = re.compile(r"cos|sin|(.*_)?cos(_cached)?|(.*_)?sin(_cached)?")
_POSITIONS = re.compile(r"(.*_)?(position_ids|positions?|pos_ids|cache_position|input_pos)")


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the module says about its own sizes."""

    width: int
    widths: tuple[int, ...]
    channels: int
    channel_choices: tuple[int, ...]
    head_dim: int
    heads: int
    tokens_first: bool
    dims: int
    image: int
    dtype: Any


def given_call(call: str, names: Names) -> Arguments:
    """The arguments of a `--call` expression: a tuple, a dictionary, both, or one value."""
    value = names.evaluate(call)
    if isinstance(value, dict):
        return (), value
    if (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[0], tuple)
        and isinstance(value[1], dict)
    ):
        return value[0], value[1]
    if isinstance(value, (tuple, list)):
        return tuple(value), {}
    return (value,), {}


def attempts(module: Callable[..., Any], inputs: Sequence[str], names: Names) -> Iterator[Arguments]:
    """Arguments to try, the most likely first; at most `MOST_TRIES` of a stage.

    Raises TargetError where `--inputs` names no parameter of forward.
    """
    forward = getattr(module, "forward", module)
    parameters = _parameters(forward)
    wanted = dict(part.partition("=")[::2] for part in inputs)
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for name in wanted:
        if name not in parameters and not takes_any:
            raise TargetError(
                f"forward has no argument {name!r}", f"its arguments are: {', '.join(parameters) or 'none'}"
            )
    maker = _Planner(parameters, wanted, names, sizes_of(module), type_hints(forward))
    done: list[set[str]] = []
    for optional in _OPTIONAL:
        plan = maker.plan(optional)
        if set(plan) in done:
            continue
        done.append(set(plan))
        for choice in _choices(list(plan.values())):
            yield _bind(parameters, dict(zip(plan, choice, strict=True)))


# Optional arguments that are given when forward does not run without them, one stage after the other.
_OPTIONAL: tuple[tuple[re.Pattern[str], ...], ...] = (
    (),
    (_ROTARY_PAIR, _ROTARY_ONE, re.compile("position_ids|alibi")),
    (_ROTARY_PAIR, _ROTARY_ONE, _POSITIONS, _MEMORY),
    (_ROTARY_PAIR, _ROTARY_ONE, _POSITIONS, _MEMORY, _CONDITION),
)


@dataclass(frozen=True, slots=True)
class _Planner:
    """Which arguments are given, and the ways to make each."""

    parameters: Mapping[str, inspect.Parameter]
    wanted: Mapping[str, str]
    names: Names
    sizes: Sizes
    hints: Mapping[str, Any]

    def plan(self, optional: tuple[re.Pattern[str], ...]) -> dict[str, list[Maker]]:
        """Argument -> the ways to make it, the stream first."""
        plan: dict[str, list[Maker]] = {}
        for name, parameter in self.parameters.items():
            asked = name in self.wanted or _is_required(parameter)
            if self.wanted.get(name):
                plan[name] = [_expression(self.wanted[name], self.names)]
            elif parameter.kind is parameter.VAR_POSITIONAL and not plan:
                plan[name] = list(_makers("x", None, self.sizes, first=True))
            elif asked or (not plan and _is_stream(name)):
                plan[name] = list(_makers(name, self.hints.get(name), self.sizes, first=not plan))
            elif any(pattern.fullmatch(name) for pattern in optional):
                plan[name] = list(_makers(name, self.hints.get(name), self.sizes, first=False))
        for name, text in self.wanted.items():
            if name not in plan:
                plan[name] = (
                    [_expression(text, self.names)] if text else list(_makers(name, None, self.sizes, False))
                )
        return plan


def _choices(makers: list[list[Maker]]) -> Iterator[tuple[Maker, ...]]:
    """Combinations, those with few departures from the first choices first."""
    ranges = [range(len(options)) for options in makers]
    if not ranges:
        yield ()
        return
    total = 1
    for options in ranges:
        total *= len(options)
    orders = itertools.islice(itertools.product(*ranges), 20_000)
    ranked = sorted(orders, key=lambda picks: (sum(pick > 0 for pick in picks), sum(picks), picks))
    for picks in ranked[:MOST_TRIES]:
        yield tuple(options[pick] for options, pick in zip(makers, picks, strict=True))


def _bind(parameters: Mapping[str, inspect.Parameter], chosen: dict[str, Maker]) -> Arguments:
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for name, maker in chosen.items():
        parameter = parameters.get(name)
        if parameter is not None and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
            args.append(maker())
        else:
            kwargs[name] = maker()
    # Leading arguments by position: wrappers of forward often know only `*args`.
    for name, parameter in parameters.items():
        if (
            name in kwargs
            and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
            and not args
            or (
                name in kwargs
                and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
                and len(args) == list(parameters).index(name)
            )
        ):
            if list(parameters).index(name) != len(args):
                break
            args.append(kwargs.pop(name))
        elif parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
            break
    return tuple(args), kwargs


def _parameters(forward: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(forward).parameters)
    except (TypeError, ValueError):
        return {}


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty and parameter.kind not in (
        parameter.VAR_POSITIONAL,
        parameter.VAR_KEYWORD,
    )


def _is_stream(name: str) -> bool:
    """An optional first argument that a model cannot do without: `input_ids=None`."""
    return bool(_TOKENS.fullmatch(name) or _PIXELS.fullmatch(name)) or name in (
        "hidden_states",
        "x",
        "input",
        "inputs",
    )


def _expression(text: str, names: Names) -> Maker:
    return lambda: setting_value(text, names)


def _makers(name: str, hint: Any, sizes: Sizes, first: bool) -> Iterator[Maker]:
    """Ways to make one argument, the most likely first."""
    import torch

    text = str(hint)
    if hint is bool:
        yield lambda: False
        return
    if hint in (int, float):
        number = guess_number(name)
        yield lambda: number if isinstance(number, (int, float)) and hint is float else _length(name)
        return
    tokens = lambda: torch.randint(0, min(VOCABULARY, 50), (BATCH, LENGTH))  # noqa: E731
    if _TOKENS.fullmatch(name) and first or (first and sizes.tokens_first and not _PIXELS.fullmatch(name)):
        yield tokens
    if first:
        yield from _stream(name, sizes)
        yield tokens
        return
    if _POSITIONS.fullmatch(name):
        yield lambda: torch.arange(LENGTH).expand(BATCH, LENGTH)
        yield lambda: torch.arange(LENGTH)
    elif _ROTARY_ONE.fullmatch(name):
        yield from (
            _tensor(shape, sizes) for shape in ((BATCH, LENGTH, sizes.head_dim), (LENGTH, sizes.head_dim))
        )
    elif _ROTARY_PAIR.fullmatch(name) or "Tuple" in text or "tuple[" in text:
        yield from _rotary(sizes)
    elif name == "alibi":
        yield _tensor((BATCH * sizes.heads, 1, LENGTH), sizes)
    elif _MEMORY.fullmatch(name):
        yield from (_tensor((BATCH, MEMORY_LENGTH, width), sizes) for width in sizes.widths)
        yield from (_tensor((MEMORY_LENGTH, BATCH, width), sizes) for width in sizes.widths)
    elif _NOTHING.fullmatch(name):
        yield lambda: None
        yield _tensor((BATCH, 1, LENGTH, LENGTH), sizes)
        yield _tensor((LENGTH, LENGTH), sizes)
        yield lambda: torch.ones(BATCH, LENGTH, dtype=torch.bool)
        yield lambda: torch.full((BATCH,), LENGTH)
    elif _CONDITION.fullmatch(name):
        yield from (_tensor((BATCH, width), sizes) for width in sizes.widths)
        yield from (_tensor((BATCH, 1, width), sizes) for width in sizes.widths)
        yield from (_tensor((BATCH, LENGTH, width), sizes) for width in sizes.widths)
        yield lambda: torch.randint(0, 10, (BATCH,))
    elif name in ("h", "w", "height", "width"):
        yield lambda: _length(name)
    else:
        yield from (_tensor((BATCH, LENGTH, width), sizes) for width in sizes.widths)
        yield lambda: None
    if _ROTARY_PAIR.fullmatch(name) or _CONDITION.fullmatch(name) or _MEMORY.fullmatch(name):
        yield lambda: None


def _length(name: str) -> int:
    return {"h": 1, "height": 1, "w": LENGTH, "width": LENGTH}.get(name, LENGTH)


def _rotary(sizes: Sizes) -> Iterator[Maker]:
    import torch

    for shape in (
        (BATCH, LENGTH, sizes.head_dim),
        (LENGTH, sizes.head_dim),
        (BATCH, LENGTH, sizes.head_dim // 2),
        (LENGTH, sizes.head_dim // 2),
    ):
        yield lambda shape=shape: (  # type: ignore[misc]
            torch.randn(shape, dtype=sizes.dtype),
            torch.randn(shape, dtype=sizes.dtype),
        )
    yield _tensor((LENGTH, sizes.head_dim), sizes)
    yield lambda: torch.randn(BATCH, LENGTH, sizes.head_dim // 2, dtype=torch.complex64)


def _stream(name: str, sizes: Sizes) -> Iterator[Maker]:
    """The main value: tokens of a width, images, sequences in the other layout."""
    images = [(BATCH, channels, sizes.image, sizes.image) for channels in sizes.channel_choices]
    sequences = [(BATCH, LENGTH, width) for width in sizes.widths]
    other: list[tuple[int, ...]] = [(LENGTH, BATCH, sizes.width), (BATCH, sizes.width)]
    channels_first = [(BATCH, c, 16) for c in sizes.channel_choices]
    volumes = [(BATCH, c, 8, 16, 16) for c in sizes.channel_choices]
    last = [
        (BATCH, 8, 8, sizes.width),
        (BATCH, 64, sizes.width),
        (BATCH, 16, sizes.width),
        (LENGTH, sizes.width),
    ]
    if sizes.dims == 2 or _PIXELS.fullmatch(name):
        shapes = [*images, *sequences, *last, *other]
    elif sizes.dims == 1:
        shapes = [*channels_first, *sequences, *images, *other, *last]
    elif sizes.dims == 3:
        shapes = [*volumes, *images, *sequences]
    else:
        shapes = [*sequences, *images, *other, *last, *channels_first]
    yield from (_tensor(shape, sizes) for shape in shapes)


def _tensor(shape: tuple[int, ...], sizes: Sizes) -> Maker:
    import torch

    return lambda: torch.randn(shape, dtype=sizes.dtype)


def sizes_of(module: Callable[..., Any]) -> Sizes:
    """Read the sizes off the module: its configuration, else its first layers."""
    import torch

    if not isinstance(module, torch.nn.Module):
        return Sizes(32, (32,), 3, (3, 32), 8, HEADS, False, 0, _IMAGE, torch.float32)
    config = _config_of(module)
    layers = [child for child in module.modules() if child is not module or not list(module.children())]
    widths, channels, dims = _layer_sizes(layers)
    fields = ("hidden_size", "d_model", "n_embd", "embed_dim", "dim", "embedding_dim", "model_dim", "size")
    named = [getattr(place, f, None) for place in (config, module) if place is not None for f in fields]
    widths = [w for w in named if type(w) is int] + widths or [32]
    heads = next((h for f in ("num_attention_heads", "num_heads", "n_head", "n_heads", "nhead", "decoder_attention_heads",
                              "encoder_attention_heads") for h in [_field(config, module, f)] if h), HEADS)  # fmt: skip
    head_dim = next(
        (h for c in module.modules() for h in [_field(config, c, "head_dim")] if h), widths[0] // heads or 8
    )
    floats = [p.dtype for p in module.parameters() if p.dtype.is_floating_point]
    image = _field(config, None, "image_size") or _IMAGE
    unique = tuple(dict.fromkeys(widths))[:3]
    chans = tuple(dict.fromkeys([*channels, 3, unique[0]]))[:3]
    first = next((c for c in layers if _is_leaf(c)), None)
    return Sizes(
        unique[0],
        unique,
        chans[0],
        chans,
        head_dim,
        heads,
        isinstance(first, torch.nn.Embedding),
        dims,
        image,
        floats[0] if floats else torch.float32,
    )


def _is_leaf(module: torch.nn.Module) -> bool:
    return not list(module.children()) and bool(list(module.parameters()))


def _field(config: Any, module: Any, name: str) -> int | None:
    for place in (config, module):
        value = getattr(place, name, None)
        if type(value) is int and value > 0:
            return value
    return None


def _config_of(module: torch.nn.Module) -> Any:
    for child in module.modules():
        config = child.__dict__.get("config")
        if config is not None:
            return config
    return None


def _layer_sizes(layers: list[torch.nn.Module]) -> tuple[list[int], list[int], int]:
    """Widths, channels and the dimensions of the first convolution, in the order in which the layers are registered."""
    widths: list[int] = []
    channels: list[int] = []
    dims = 0
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
                dims = dims or (spatial or 2 if not widths else 0)
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
    return widths, channels, dims
