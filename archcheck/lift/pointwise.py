"""Activations without a name: a function of one projection's elements, written out in more than one branch.

xIELU (Huang 2024) chooses between two polynomials with learned coefficients; Snake adds a squared sine to its
argument. What such a function is called is not known; that it is an activation is seen from the dataflow.
"""

from __future__ import annotations

from archcheck.lift.work import Work
from archcheck.vocabulary import is_a

PROJECTIONS = frozenset({"linear", "conv", "depthwise_conv", "conv_transpose"})
# Each element of the result depends on the same element of the operands alone.
LINEAR = frozenset({"scale", "layer_scale", "add", "subtract", "neg"})
CURVED = frozenset(
    {
        "where",
        "compare",
        "maximum",
        "minimum",
        "clamp",
        "pow",
        "exp",
        "log",
        "abs",
        "sin",
        "cos",
        "sqrt",
        "rsqrt",
        "erf",
    }
)
JOINING = frozenset({"where", "add", "subtract", "mul", "div", "maximum", "minimum"})
CLIMB = 24  # how far above its end the projection may stand


def pointwise(work: Work) -> None:
    """Fuse what computes each element of a projection anew, from that element alone, to an `activation`."""
    for top in reversed(list(work.nodes)):
        if top not in work.nodes or top in work.fixed or work.word(top) not in JOINING:
            continue
        start = _projection(work, top) or _unnamed(work, top)
        if start is None:
            continue
        region = work.between(start, top)
        if (
            len(work.users(start)) > 1
            and all(_elementwise(work, k) for k in region)
            and any(_curved(work, k) for k in region)
            and all(a == start or a in region or _coefficient(work, a) for k in region for a in work[k].args)
            and work.closed(region, top)
        ):
            work.fuse(region, top, "activation", [start])


def _projection(work: Work, top: str) -> str | None:
    """The projection that all ways to `top` come from, with nothing but elements' functions between."""
    root = work.root_of(top)
    if root is None:
        return None
    key = top
    for _ in range(CLIMB):
        above = work.idom(root, key)
        if above is None:
            return None
        if work.word(above) in PROJECTIONS:
            return above
        if not _elementwise(work, above):
            return None
        key = above
    return None


def _unnamed(work: Work, top: str) -> str | None:
    """The value whose elements alone a function without a name reads, wherever that value comes from.

    Only a curve that has no name itself, and that a module of its own computes: `x + gelu(x)` is a residual.
    """
    root = work.root_of(top)
    start = work.idom(root, top) if root is not None else None
    if start is None:
        return None
    region = work.between(start, top)
    words = {work.word(k) for k in region}
    scopes = {work.raw[k].scopes for k in region if k in work.raw}
    before = work.raw[start].scopes if start in work.raw else ()
    own = len(scopes) == 1 and before != (scope := next(iter(scopes))) and len(scope) > 1
    return start if own and words & CURVED and not any(is_a(w, "activation") for w in words) else None


def _elementwise(work: Work, key: str) -> bool:
    return elementwise(work.word(key))


def elementwise(word: str) -> bool:
    """Whether an operation of this word changes each element by itself."""
    return word in LINEAR or word in CURVED or word in JOINING or is_a(word, "activation")


def _coefficient(work: Work, key: str) -> bool:
    """Whether an operand is a number or a parameter, no position."""
    return key in work.fixed and work.word(key) != "positional"


def _curved(work: Work, key: str) -> bool:
    """Whether a step is no linear function of its operands."""
    word = work.word(key)
    products = word in ("mul", "div") and len(work.data(key)) > 1
    return word in CURVED or products or is_a(word, "activation")
