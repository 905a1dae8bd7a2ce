"""Ways to make one argument of forward, by its name and annotation, the most likely first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from archcheck.frontends.guesses import BATCH, HEADS, LENGTH, VOCABULARY, guess_number

if TYPE_CHECKING:
    from archcheck.frontends.trace.sizes import Sizes

# A thunk, so that nothing is allocated before it is tried.
Maker = Callable[[], Any]

MEMORY_LENGTH = 7
LARGE_IMAGE = 256  # detectors choose hundreds of positions: of a small image there are not that many

TOKENS = re.compile(r"(.*_)?(input_ids|token_ids|tokens?|ids|idx|indices|prev_output_tokens|word_ids)")
PIXELS = re.compile(r"pixel_values|images?|imgs?|pixels|input_image")
MEMORY = re.compile(
    r"(.*_)?(memory|encoder_(hidden_states|outputs?|out|hidden)|enc_(outputs?|out)|context|ctx|cross.*states|kv"
    r"|key_value_states|memory_states|e_outputs|source_states|conditioning"
    r"|(image|vision|visual|audio|text)_(hidden_states|features|embeds))"
)
NOTHING = re.compile(
    r".*(mask|bias|cache|past|state|pad|incremental|lens|lengths|kwargs|attn_meta|rel_(.*_)?pos|alibi).*"
)
CONDITION = re.compile(
    r"(.*_)?(t|c|temb|t_?emb|cond|vec|emb|time|time_emb(ed(ding)?)?|adaln_input|conditioning_embedding|y|mod)"
)
ROTARY = re.compile(
    r"(.*_)?(position_embeddings?|rotary_(pos_)?emb(eddings?)?|pos_emb(edding)?s?|image_rotary_emb|rope"
    r"|position_embeddings_.*|cos_sin|freqs(_.*)?)"
)
ROTARY_HALF = re.compile(r"(.*_)?(cos|sin)(_cached)?")
POSITIONS = re.compile(r"(.*_)?(position_ids|positions?|pos_ids|cache_position|input_pos)")
GRID = re.compile(r".*(dimensions|resolution).*|hw|size|spatial_shape|grid_size")
# Where each of several packed sequences begins.
STARTS = re.compile(r"cu_(.*_)?seq_?lens?(_.*)?")
STREAM = ("hidden_states", "x", "input", "inputs")

_SIDES = {"h": 1, "height": 1}


def is_stream(name: str) -> bool:
    """An optional first argument that a model cannot do without: `input_ids=None`."""
    return bool(TOKENS.fullmatch(name) or PIXELS.fullmatch(name)) or name in STREAM


def is_nothing(name: str) -> bool:
    """An argument that may be None in most code: a mask, a cache, a state."""
    return bool(NOTHING.fullmatch(name)) and not name.endswith("hidden_states")


def nothing() -> None:
    """The way to make an argument that is not given."""


def makers(name: str, hint: Any, sizes: Sizes, *, first: bool) -> list[Maker]:
    """Ways to make this argument; `first` says that it is the stream."""
    if hint is bool:
        return [lambda: False]
    if hint in (int, float):
        number = guess_number(name)
        plain = isinstance(number, (int, float)) and (hint is float or number == 0)
        return [lambda: number if plain else _SIDES.get(name, LENGTH)]
    if first:
        return list(_stream(name, sizes))
    for pattern, kind in _KINDS:
        if pattern.fullmatch(name):
            return list(kind(name, str(hint), sizes))
    if "tuple[" in str(hint).lower():
        return list(_rotary(name, str(hint), sizes))
    if is_nothing(name):
        return list(_masks(sizes))
    # A model of token ids takes its further sequences as ids, too.
    if sizes.tokens_first or name.endswith("_ids"):
        return [_tokens, *_sequences(sizes), nothing]
    return [*_sequences(sizes), *_alike(sizes), _tensor((BATCH, LENGTH), sizes), nothing]


def _tensor(shape: tuple[int, ...], sizes: Sizes) -> Maker:
    import torch

    return lambda: torch.randn(shape, dtype=sizes.dtype)


def _tokens() -> Any:
    import torch

    return torch.randint(0, VOCABULARY // 2, (BATCH, LENGTH))


def _sequences(sizes: Sizes) -> Iterator[Maker]:
    yield from (_tensor((BATCH, LENGTH, width), sizes) for width in sizes.widths)


def _alike(sizes: Sizes) -> Iterator[Maker]:
    """A second image, or a second feature map, where the stream is one."""
    if sizes.dims == 2:
        yield from (_tensor((BATCH, each, sizes.image, sizes.image), sizes) for each in sizes.channel_choices)


def _stream(name: str, sizes: Sizes) -> Iterator[Maker]:
    """The main value: tokens of a width, images, sequences in the other layout."""
    if TOKENS.fullmatch(name) or (sizes.tokens_first and not PIXELS.fullmatch(name)):
        yield _tokens
    width, image = sizes.width, sizes.image
    images = [(BATCH, channels, image, image) for channels in sizes.channel_choices]
    if image < LARGE_IMAGE:
        images.append((BATCH, sizes.channels, LARGE_IMAGE, LARGE_IMAGE))
    sequences = [(BATCH, LENGTH, each) for each in sizes.widths]
    sequences.insert(1, (LENGTH, BATCH, width))
    lines = [(BATCH, channels, 16) for channels in sizes.channel_choices]
    volumes = [(BATCH, channels, 8, 16, 16) for channels in sizes.channel_choices]
    last: list[tuple[int, ...]] = [
        (BATCH, 64, width),
        (BATCH, 8, 8, width),
        (BATCH, 16, width),
        (LENGTH, width),
    ]
    # Channels last: a block may turn them before its convolutions.
    turned = [(BATCH, *((8,) * sizes.dims), channels) for channels in sizes.channel_choices]
    other: list[tuple[int, ...]] = [(BATCH, width)]
    # Several copies of the stream side by side: hyper-connections and their like.
    copies = [(HEADS, BATCH, LENGTH, width), (BATCH, LENGTH, HEADS, width)]
    shapes: list[tuple[int, ...]]
    if sizes.packed:
        shapes = [*((LENGTH, each) for each in sizes.widths), *sequences]
    elif sizes.dims == 2 or PIXELS.fullmatch(name):
        shapes = [*images, *sequences, *last, *turned, *other]
    elif sizes.dims == 1:
        shapes = [*lines, *sequences, *turned, *images, *other, *last]
    elif sizes.dims == 3:
        shapes = [*volumes, *images, *sequences]
    else:
        shapes = [*sequences, *images[:2], *other, *last, *copies, *lines[:2]]
    yield from (_tensor(shape, sizes) for shape in shapes)
    yield _tokens


def _positions(_name: str, _hint: str, _sizes: Sizes) -> Iterator[Maker]:
    import torch

    yield lambda: torch.arange(LENGTH).expand(BATCH, LENGTH)
    yield lambda: torch.arange(LENGTH)


def _rotary_half(_name: str, _hint: str, sizes: Sizes) -> Iterator[Maker]:
    for head in sizes.head_dims:
        yield _tensor((BATCH, LENGTH, head), sizes)
        yield _tensor((LENGTH, head), sizes)


def _rotary(name: str, hint: str, sizes: Sizes) -> Iterator[Maker]:
    """A pair (cos, sin), one complex table, or embeddings that are added."""
    table = _tensor((BATCH, LENGTH, sizes.width), sizes)
    relative = _tensor((1, 2 * LENGTH - 1, sizes.width), sizes)
    if "relative" in name and "tuple[" not in hint.lower():
        yield from (relative, table)
        return
    complex_tables = [_complex(head // 2) for head in sizes.head_dims]
    if name.startswith("freqs"):
        yield from complex_tables
    for head in (*sizes.head_dims, sizes.head_dims[0] // 2):
        for shape in ((BATCH, LENGTH, head), (LENGTH, head))[:: -1 if sizes.packed else 1]:
            yield _pair(_tensor(shape, sizes))
    yield _tensor((LENGTH, sizes.head_dims[0]), sizes)
    yield from (table, relative, *complex_tables)
    yield nothing


def _complex(half: int) -> Maker:
    import torch

    return lambda: torch.randn(LENGTH, half, dtype=torch.complex64)


def _pair(make: Maker) -> Maker:
    return lambda: (make(), make())


def _grid(_name: str, _hint: str, _sizes: Sizes) -> Iterator[Maker]:
    yield from (_pair(lambda: 8), _pair(lambda: 4), _pair(lambda: 16))


def _pixels(_name: str, _hint: str, sizes: Sizes) -> Iterator[Maker]:
    """Images beside the stream; some models take several of them for each text."""
    image = (3, sizes.image, sizes.image)
    yield _tensor((BATCH, *image), sizes)
    yield _tensor((BATCH, 1, *image), sizes)


def _alibi(_name: str, _hint: str, sizes: Sizes) -> Iterator[Maker]:
    yield nothing
    yield _tensor((BATCH * sizes.heads, 1, LENGTH), sizes)


def _memory(_name: str, _hint: str, sizes: Sizes) -> Iterator[Maker]:
    for width in sizes.widths:
        yield _tensor((BATCH, MEMORY_LENGTH, width), sizes)
        yield _tensor((MEMORY_LENGTH, BATCH, width), sizes)
    yield nothing


def _condition(_name: str, _hint: str, sizes: Sizes) -> Iterator[Maker]:
    import torch

    first, *others = (_tensor((BATCH, width), sizes) for width in sizes.widths)
    yield first
    yield lambda: torch.randint(0, 10, (BATCH,))  # a time or a label, which a model embeds
    yield from others
    yield from _alike(sizes)
    yield from (_tensor((BATCH, 1, width), sizes) for width in sizes.widths)
    yield from _sequences(sizes)
    yield nothing


def _masks(sizes: Sizes) -> Iterator[Maker]:
    import torch

    yield nothing
    yield _tensor((BATCH, 1, LENGTH, LENGTH), sizes)
    yield _tensor((LENGTH, LENGTH), sizes)
    yield lambda: torch.ones(BATCH, LENGTH, dtype=torch.bool)
    yield lambda: torch.ones(BATCH, LENGTH, 1)
    yield lambda: torch.full((BATCH,), LENGTH)


def _starts(_name: str, _hint: str, _sizes: Sizes) -> Iterator[Maker]:
    """Two sequences, packed one behind the other."""
    import torch

    yield lambda: torch.tensor([0, LENGTH // 2, LENGTH], dtype=torch.int32)


def _place(name: str, hint: str, sizes: Sizes) -> Iterator[Maker]:
    """The place of the first token, or of the layer: a number, unless an annotation says otherwise."""
    if "Tensor" not in hint:
        yield lambda: 0
    yield from _positions(name, hint, sizes)
    yield nothing


def _side(name: str, _hint: str, _sizes: Sizes) -> Iterator[Maker]:
    yield lambda: _SIDES.get(name, LENGTH)


_KINDS: tuple[tuple[re.Pattern[str], Callable[[str, str, Sizes], Iterator[Maker]]], ...] = (
    (PIXELS, _pixels),
    (STARTS, _starts),
    (POSITIONS, _positions),
    (ROTARY_HALF, _rotary_half),
    (GRID, _grid),
    (ROTARY, _rotary),
    (re.compile("alibi"), _alibi),
    (re.compile(r"start_pos|pos_offset|offset|curr?_pos|(layer|block)_(idx|id)"), _place),
    (MEMORY, _memory),
    (re.compile("h|w|height|width"), _side),
    (CONDITION, _condition),
)
