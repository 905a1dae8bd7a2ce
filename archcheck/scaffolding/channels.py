"""Norms, convolutions, linears, pools: what is built for a number of channels, on sequences and on images."""

from __future__ import annotations

from collections.abc import Callable

from archcheck.graph import Literal
from archcheck.scaffolding.pieces import ATOM, PRODUCT, Piece, Site, number
from archcheck.vocabulary import is_a

Writer = Callable[[Site], Piece]

_CONV_ATTRIBUTES = ("stride", "padding", "dilation", "groups", "bias")


def _last(site: Site, build: str) -> Piece:
    """A module for (…, channels)."""
    return Piece(f"ChannelsLast({build})" if site.image else build)


def _first(site: Site, build: str) -> Piece:
    """A module for (batch, channels, …)."""
    return Piece(build if site.image else f"ChannelsFirst({build})")


def _dims(site: Site) -> str:
    return "2d" if site.image else "1d"


def _options(site: Site, *keys: str, **names: str) -> str:
    """Attributes of the spec as keyword arguments; `names` maps an attribute to torch's name for it."""
    found = ""
    for key in (*keys, *names):
        value = site.node.attr(key)
        if value is not None:
            found += f", {names.get(key, key)}={number(value)}"
    return found


def _layer_norm(site: Site) -> Piece:
    return _last(site, f"nn.LayerNorm({site.read}{_options(site, 'eps', affine='elementwise_affine')})")


def _rms_norm(site: Site) -> Piece:
    return _last(site, f"nn.RMSNorm({site.read}{_options(site, 'eps', affine='elementwise_affine')})")


def _per_channel(name: str) -> Writer:
    def write(site: Site) -> Piece:
        return _first(site, f"nn.{name}{_dims(site)}({site.read}{_options(site, 'eps', 'affine')})")

    return write


def _group_norm(site: Site) -> Piece:
    groups = site.node.attr("groups")
    given = "groups" if groups is None else number(groups)
    return _first(site, f"nn.GroupNorm({given}, {site.read}{_options(site, 'eps', 'affine')})")


def _own_norm(name: str) -> Writer:
    def write(site: Site) -> Piece:
        return _last(site, f"{name}({site.read}{_options(site, 'eps')})")

    return write


def _global_response(site: Site) -> Piece:
    positions = "(1, 2)" if site.image else "(1,)"
    return _last(site, f"GlobalResponseNorm({site.read}, {positions}{_options(site, 'eps')})")


def _l2_norm(site: Site) -> Piece:
    return Piece(call=f"F.normalize({{0}}, dim={site.channels}{_options(site, 'eps')})")


def _linear(site: Site) -> Piece:
    return _last(site, f"nn.Linear({site.read}, {site.made}{_options(site, 'bias')})")


def _kernel(site: Site, usual: int) -> tuple[str, Literal]:
    """The kernel, and the padding that keeps the length."""
    kernel: Literal = site.node.attr("kernel", usual)
    dilation = site.node.attr("dilation", 1)
    if site.node.attr("padding") is not None:
        return number(kernel), None
    if isinstance(kernel, tuple):
        sizes = [size for size in kernel if isinstance(size, int)]
        return number(kernel), tuple(size // 2 for size in sizes)
    wide = dilation if isinstance(dilation, int) else 1
    return number(kernel), wide * (kernel - 1) // 2 if isinstance(kernel, int) else None


def _conv(site: Site) -> Piece:
    if site.patches and site.node.attr("kernel") is None:
        options = _options(site, "bias")
        return Piece(f"nn.Conv2d({site.read}, {site.made}, patch, stride=patch{options})")
    # A feed-forward network mixes the channels of each position alone.
    kernel, padding = _kernel(site, 1 if site.box == "convolution" or is_a(site.box, "feed_forward") else 3)
    same = f", padding={number(padding)}" if padding else ""
    options = _options(site, *_CONV_ATTRIBUTES)
    return _first(site, f"nn.Conv{_dims(site)}({site.read}, {site.made}, {kernel}{same}{options})")


def _depthwise_conv(site: Site) -> Piece:
    kernel, padding = _kernel(site, 3)
    same = f", padding={number(padding)}" if padding else ""
    options = _options(site, *(key for key in _CONV_ATTRIBUTES if key != "groups"))
    build = f"nn.Conv{_dims(site)}({site.read}, {site.made}, {kernel}{same}{options}, groups={site.read})"
    return _first(site, build)


def _conv_transpose(site: Site) -> Piece:
    kernel, padding = _kernel(site, 3)
    same = f", padding={number(padding)}" if padding else ""
    options = _options(site, *_CONV_ATTRIBUTES)
    build = f"nn.ConvTranspose{_dims(site)}({site.read}, {site.made}, {kernel}{same}{options})"
    return _first(site, build)


def _pool(name: str) -> Writer:
    def write(site: Site) -> Piece:
        if site.node.attr("global"):
            return _first(site, f"nn.Adaptive{name}{_dims(site)}(1)")
        kernel, padding = _kernel(site, 3)
        stride = number(site.node.attr("stride", 1))
        same = f", padding={number(site.node.attr('padding', padding))}"
        return _first(site, f"nn.{name}{_dims(site)}({kernel}, stride={stride}{same})")

    return write


def _resize(site: Site) -> Piece:
    factor = number(site.node.attr("factor", 2))
    return _first(site, f"nn.Upsample(scale_factor={factor}{_options(site, 'mode')})")


def _shuffle(site: Site) -> Piece:
    return _first(site, f"nn.ChannelShuffle({number(site.node.attr('factor', 2))})")


def _squeeze_excite(site: Site) -> Piece:
    build = f"SqueezeExcite({site.read})"
    return (
        Piece(build)
        if site.image
        else Piece(build, "{m}({0}.transpose(1, 2)[..., None])[..., 0].transpose(1, 2)", holds=ATOM)
    )


def _layer_scale(site: Site) -> Piece:
    start = site.node.attr("init", site.node.attr("value"))
    shape = f"{site.read}, 1, 1" if site.image else site.read
    filled = (
        f"torch.ones({shape})"
        if start is None
        else f"torch.full(({shape}{'' if site.image else ','}), {number(start)})"
    )
    return Piece(f"nn.Parameter({filled})", "{0} * {m}", level=PRODUCT, holds=PRODUCT)


TABLE: dict[str, Writer] = {
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "batch_norm": _per_channel("BatchNorm"),
    "instance_norm": _per_channel("InstanceNorm"),
    "group_norm": _group_norm,
    "scale_norm": _own_norm("ScaleNorm"),
    "grn": _global_response,
    "l2_norm": _l2_norm,
    "linear": _linear,
    "conv": _conv,
    "depthwise_conv": _depthwise_conv,
    "conv_transpose": _conv_transpose,
    "max_pool": _pool("MaxPool"),
    "avg_pool": _pool("AvgPool"),
    "resize": _resize,
    "shuffle": _shuffle,
    "squeeze_excite": _squeeze_excite,
    "layer_scale": _layer_scale,
}
