"""Evaluates a small region of elementwise operations and reductions on numbers.

What an expression computes decides, not how it is written: a region that maps a vector x to
(x - mean(x)) / std(x) is a layer norm. Learned weights count as 1 where they multiply and as 0 where
they are added.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Union

from archcheck.graph import Node
from archcheck.lift.work import Work

Value = Union[
    float, list[float]
]  # a list is a vector along the reduced axis, a float is reduced (or pointwise)


class NotEvaluableError(Exception):
    """The region holds an operation that is not elementwise arithmetic or a reduction."""


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def _softplus(x: float) -> float:
    return x if x > 30 else math.log1p(math.exp(x))


def _gelu(x: float) -> float:
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def _gelu_tanh(x: float) -> float:
    return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


POINTWISE: dict[str, Callable[[float], float]] = {
    "relu": lambda x: max(x, 0.0),
    "relu6": lambda x: min(max(x, 0.0), 6.0),
    "relu_squared": lambda x: max(x, 0.0) ** 2,
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "quick_gelu": lambda x: x * _sigmoid(1.702 * x),
    "silu": lambda x: x * _sigmoid(x),
    "mish": lambda x: x * math.tanh(_softplus(x)),
    "tanh": math.tanh,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + abs(x)),
    "log_sigmoid": lambda x: -_softplus(-x),
    "hard_swish": lambda x: x * min(max(x + 3, 0.0), 6.0) / 6,
    "hard_sigmoid": lambda x: min(max(x + 3, 0.0), 6.0) / 6,
    "hard_tanh": lambda x: min(max(x, -1.0), 1.0),
    "elu": lambda x: x if x > 0 else math.expm1(x),
}

UNARY: dict[str, Callable[[float], float]] = POINTWISE | {
    "sqrt": math.sqrt,
    "rsqrt": lambda x: 1 / math.sqrt(x),
    "exp": math.exp,
    "log": math.log,
    "abs": abs,
    "neg": lambda x: -x,
    "erf": math.erf,
    "sin": math.sin,
    "cos": math.cos,
    "cast": lambda x: x,
    "copy": lambda x: x,
    "identity": lambda x: x,
}

BINARY: dict[str, Callable[[float, float], float]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "maximum": max,
}

NEUTRAL = {"mul": 1.0, "div": 1.0, "add": 0.0, "subtract": 0.0}

REDUCTIONS = frozenset({"mean", "sum", "var", "vector_norm", "l2_norm", "einsum"})

EVALUABLE = frozenset(UNARY) | frozenset(BINARY) | REDUCTIONS | {"clamp"}


def _reduce(word: str, x: Sequence[float], node: Node) -> Value:
    if word == "mean":
        return sum(x) / len(x)
    if word == "sum":
        return sum(x)
    if word == "var":
        mean = sum(x) / len(x)
        correction = node.attr("correction", 1)
        correction = correction if isinstance(correction, (int, float)) else 1
        variance = sum((v - mean) ** 2 for v in x) / max(len(x) - correction, 1)
        return math.sqrt(variance) if node.attr("root") else variance
    if node.attr("p") not in (None, 2, "euclidean", "fro"):
        raise NotEvaluableError(node.id)
    norm = math.sqrt(sum(v * v for v in x))
    return norm if word == "vector_norm" else [v / norm for v in x]


def sums_last_axis(node: Node) -> bool:
    """Whether an einsum is the sum of an elementwise product over the last axis, such as `...d,...d->...`."""
    equation = node.attr("equation")
    if not isinstance(equation, str):
        return False
    read, _, written = equation.replace(" ", "").partition("->")
    terms = read.split(",")
    alike = len(terms) == 2 and terms[0] == terms[1]
    return alike and written == terms[0][:-1] and terms[0][-1:] not in ("", ".")


def _dot(node: Node, values: Sequence[Value]) -> Value:
    if len(values) != 2 or not sums_last_axis(node):
        raise NotEvaluableError(node.id)
    left, right = values
    if not isinstance(left, list) or not isinstance(right, list) or len(left) != len(right):
        raise NotEvaluableError(node.id)
    return sum(a * b for a, b in zip(left, right, strict=True))


def _map(fn: Callable[..., float], *values: Value) -> Value:
    size = next((len(v) for v in values if isinstance(v, list)), None)
    if size is None:
        return fn(*values)
    columns = [v if isinstance(v, list) else [v] * size for v in values]
    return [fn(*row) for row in zip(*columns, strict=False)]


def _clamp(node: Node) -> Callable[[float], float]:
    low, high = node.attr("min"), node.attr("max")
    if low is None and high is None:
        raise NotEvaluableError(node.id)
    low = -math.inf if low is None else float(low)
    high = math.inf if high is None else float(high)
    return lambda x: min(max(x, low), high)


def evaluate(work: Work, region: Sequence[str], start: str, end: str, x: Value) -> Value:
    """The value of `end` when `start` is x; `region` holds the nodes between, in order.

    Raises:
        NotEvaluableError: an operation is not arithmetic, or reads another computed value.
    """
    known: dict[str, Value] = {start: x}
    try:
        for key in region:
            known[key] = _step(work, work[key], known)
    except (ArithmeticError, ValueError, TypeError) as error:
        raise NotEvaluableError(str(error)) from None
    return known[end]


def _operand(work: Work, key: str, word: str, known: dict[str, Value]) -> Value:
    if key in known:
        return known[key]
    if key in work.fixed:
        value = work[key].attr("value")
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if number and (value or not work[key].args):  # `weight + 0.0` is the weight, no 0
            return float(value)
        if work.word(key) == "zeros":
            return 0.0
        if word in NEUTRAL:
            return NEUTRAL[word]
    raise NotEvaluableError(key)


def _step(work: Work, node: Node, known: dict[str, Value]) -> Value:
    word = node.words[0]
    if word in BINARY:
        values = [_operand(work, a, word, known) for a in node.args]
        if len(values) == 1:
            scalar = node.attr("value")
            if not isinstance(scalar, (int, float)):
                if scalar is None or word not in NEUTRAL:
                    raise NotEvaluableError(node.id)
                scalar = NEUTRAL[word]  # a number that the source does not tell counts as a learned one
            values = [float(scalar), values[0]] if node.attr("reflected") else [values[0], float(scalar)]
        if len(values) != 2:
            raise NotEvaluableError(node.id)
        return _map(min if node.attr("smaller") else BINARY[word], *values)
    if word == "einsum":
        return _dot(node, [known[a] for a in node.args if a in known])
    values = [known[a] for a in node.args if a in known]
    if len(values) != 1:
        raise NotEvaluableError(node.id)
    if word in UNARY:
        return _map(UNARY[word], values[0])
    if word == "clamp":
        return _map(_clamp(node), values[0])
    if word in REDUCTIONS and isinstance(values[0], list):
        return _reduce(word, values[0], node)
    raise NotEvaluableError(node.id)


def close(a: Value, b: Value, tolerance: float = 1e-3) -> bool:
    """Whether two values agree, relative to their size."""
    one = a if isinstance(a, list) else [a]
    two = b if isinstance(b, list) else [b]
    if len(one) != len(two):
        return False
    size = max(*map(abs, one), *map(abs, two), 1e-06)
    return all(abs(p - q) <= tolerance * size for p, q in zip(one, two, strict=False))


@lru_cache(maxsize=64)
def sample(size: int, scale: float = 10.0, seed: int = 0) -> tuple[float, ...]:
    """A vector of test numbers, the same in every run."""
    source = random.Random(seed)  # noqa: S311 - test numbers, no secret
    return tuple(source.gauss(0.3, 1.0) * scale for _ in range(size))
