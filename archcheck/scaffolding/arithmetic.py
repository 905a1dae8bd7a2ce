"""Joins, activations and arithmetic: what forward computes without a module."""

from __future__ import annotations

from collections.abc import Callable

from archcheck.scaffolding.errors import refuse
from archcheck.scaffolding.pieces import ATOM, DIFFERENCE, PRODUCT, SUM, Piece, Site, number

Writer = Callable[[Site], Piece]

# word -> expression; `DIM` is the axis of the channels. Two mentions of {0} make the operand a variable.
_FUNCTIONS: dict[str, str] = {
    "relu": "F.relu({0})", "relu6": "F.relu6({0})", "elu": "F.elu({0})", "selu": "F.selu({0})",
    "celu": "F.celu({0})", "gelu": "F.gelu({0})", "gelu_tanh": 'F.gelu({0}, approximate="tanh")',
    "silu": "F.silu({0})", "mish": "F.mish({0})", "tanh": "torch.tanh({0})", "sigmoid": "torch.sigmoid({0})",
    "hard_swish": "F.hardswish({0})", "hard_sigmoid": "F.hardsigmoid({0})", "hard_tanh": "F.hardtanh({0})",
    "softplus": "F.softplus({0})", "softsign": "F.softsign({0})", "log_sigmoid": "F.logsigmoid({0})",
    "threshold": "F.threshold({0}, 0.1, 0.0)", "shrink": "F.softshrink({0})", "glu": "F.glu({0}, dim=DIM)",
    "relu_squared": "F.relu({0}).square()", "maxout": "torch.maximum(*{0}.chunk(2, dim=DIM))",
    "sqrt": "{0}.sqrt()", "rsqrt": "{0}.rsqrt()", "exp": "{0}.exp()", "log": "{0}.log()", "abs": "{0}.abs()",
    "sin": "{0}.sin()", "cos": "{0}.cos()", "erf": "{0}.erf()", "acos": "{0}.acos()",
    "clamp": "{0}.clamp(-2.0, 2.0)", "round": "{0}.round()", "sort": "{0}.sort(dim=AXIS).values",
    "cumsum": "{0}.cumsum(dim=AXIS)",
    "mean": "{0}.mean(dim=AXIS, keepdim=True)", "sum": "{0}.sum(dim=AXIS, keepdim=True)",
    "var": "{0}.var(dim=AXIS, keepdim=True)", "amax": "{0}.amax(dim=AXIS, keepdim=True)",
    "vector_norm": "{0}.norm(dim=AXIS, keepdim=True)", "fft": "torch.fft.fft({0}, dim=AXIS).real",
}  # fmt: skip


def _function(template: str) -> Writer:
    method = template.startswith("{0}.") or ("{0}." in template)

    def write(site: Site) -> Piece:
        axis = number(site.node.attr("dim", site.channels))
        call = template.replace("DIM", str(site.channels)).replace("AXIS", axis)
        return Piece(call=call, holds=ATOM if method else DIFFERENCE)

    return write


def _leaky_relu(site: Site) -> Piece:
    slope = site.node.attr("slope")
    return Piece(call="F.leaky_relu({0})" if slope is None else f"F.leaky_relu({{0}}, {number(slope)})")


def _softmax(site: Site) -> Piece:
    return Piece(call=f"{{0}}.softmax(dim={number(site.node.attr('dim', site.channels))})", holds=ATOM)


def _split(site: Site) -> Piece:
    parts, dim = site.node.attr("parts", 2), site.node.attr("dim", site.channels)
    return Piece(call=f"{{0}}.chunk({number(parts)}, dim={number(dim)})[0]", holds=ATOM)


def _add(site: Site) -> Piece:
    return Piece(call=" + ".join(_turned(site)), level=SUM, holds=SUM)


def _mul(site: Site) -> Piece:
    return Piece(call=" * ".join(_turned(site)), level=PRODUCT, holds=ATOM)


def _turned(site: Site) -> list[str]:
    """The operands, the skip before the branch: `x + f(x)`."""
    places = [f"{{{index}}}" for index in range(len(site.node.args))]
    return places[1:] + places[:1] if len(places) == 2 else places


def _concat(site: Site) -> Piece:
    return Piece(call=f"torch.cat([{{all}}], dim={number(site.node.attr('dim', site.channels))})")


def _scale(site: Site) -> Piece:
    value = site.node.attr("value")
    if value is not None:
        return Piece(call=f"{{0}} * {number(value)}", level=PRODUCT, holds=PRODUCT)
    if not site.embedded:  # with the root of the width a scaled vector of length 1 would be an RMS norm
        return Piece(call="{0} * 0.5", level=PRODUCT, holds=PRODUCT)
    width = site.read if site.read.isidentifier() or site.read.isdigit() else f"({site.read})"
    return Piece(f"{width}**0.5", "{0} * {m}", level=PRODUCT, holds=PRODUCT)


def _matmul(site: Site) -> Piece:
    if len(site.node.args) < 2:
        raise refuse(site.node, "it reads one value", "name the other one: matmul(y)")
    return Piece(call="{0} @ {1}.transpose(-2, -1)", level=PRODUCT, holds=ATOM)


def _with_number(operator: str, usual: float) -> Writer:
    def write(site: Site) -> Piece:
        if len(site.node.args) > 1:
            return Piece(call=f"{{0}} {operator} {{1}}", level=PRODUCT, holds=ATOM)
        value = number(site.node.attr("value", usual))
        return Piece(call=f"{{0}} {operator} {value}", level=PRODUCT, holds=ATOM)

    return write


def _maximum(site: Site) -> Piece:
    if len(site.node.args) < 2:
        raise refuse(site.node, "it reads one value", "name the other one: maximum(y)")
    return Piece(call="torch.maximum({0}, {1})")


TABLE: dict[str, Writer | Piece] = {
    **{word: _function(template) for word, template in _FUNCTIONS.items()},
    "leaky_relu": _leaky_relu,
    "prelu": Piece("nn.PReLU()"),
    "quick_gelu": Piece(call="{0} * torch.sigmoid(1.702 * {0})", level=PRODUCT, holds=PRODUCT, again=True),
    "softmax": _softmax,
    "split": _split,
    "add": _add,
    "mul": _mul,
    "subtract": Piece(call="{0} - {1}", level=DIFFERENCE, holds=PRODUCT),
    "interpolate": Piece("Interpolate()"),
    "concat": _concat,
    "scale": _scale,
    "matmul": _matmul,
    "div": _with_number("/", 2.0),
    "pow": _with_number("**", 2.0),
    "neg": Piece(call="-{0}", level=PRODUCT, holds=ATOM),
    "maximum": _maximum,
}
