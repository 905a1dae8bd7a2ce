"""Conditions on a random draw: what is drawn in the middle decides.

LayerDrop, and stochastic depth that is written out, leave a layer out if a number drawn from 0 to 1 is below a rate.
Which layers a call leaves out is no architecture; what happens more often than not is.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from archcheck.frontends.static.calls_recorded import Call
from archcheck.frontends.static.values import Setting, Tensor, Unknown, Value, number, plain

DRAWN = "a number drawn at random"  # the reason of an Unknown that is one, from 0 to 1
UNIFORM = frozenset({"rand", "rand_like", "random", "random_sample", "uniform", "uniform_"})
PASSED = frozenset({"to", "float", "cpu", "squeeze", "view", "reshape", "getitem", "item"})
SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge
}  # fmt: skip
NAMES: dict[type[ast.cmpop], str] = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}
MIDDLE = 0.5
LONGEST = 8  # calls from a draw to its comparison


def drawn(*bounds: Value) -> Unknown:
    """What `random.random()` or `random.uniform(a, b)` gives."""
    return number(DRAWN if [*map(plain, bounds)] in ([], [0, 1]) else "a number drawn at random, from others")


def likelier(kind: type[ast.cmpop], left: Value, right: Value) -> bool | None:
    """How a comparison of a draw from 0 to 1 with a number comes out more often than not; None for any other one."""
    if kind not in NAMES or not (_is_drawn(left) or _is_drawn(right)):
        return None
    return _compared(NAMES[kind], left, right)


def likelier_data(value: Tensor) -> bool | None:
    """The same for a comparison that was written down."""
    call = value.call
    if call is None or len(call.args) != 2 or not any(map(_from_uniform, call.args)):
        return None
    return _compared(_name(call), *(number(DRAWN) if _from_uniform(arg) else arg for arg in call.args))


def _compared(sign: str, left: Value, right: Value) -> bool | None:
    sides = [MIDDLE if _is_drawn(side) else plain(side) for side in (left, right)]
    told = all(isinstance(side, (int, float)) for side in sides) and sides[0] != sides[1]
    return SIGNS[sign](*sides) if told and sign in SIGNS else None


def _is_drawn(value: Value) -> bool:
    if isinstance(value, Setting) or not isinstance(value, Unknown):
        return False
    return value.reason == DRAWN or (value.held is not None and _from_uniform(value.held.call))


def _from_uniform(call: Any) -> bool:
    for _ in range(LONGEST):
        if not isinstance(call, Call):
            return False
        if _name(call) in UNIFORM:
            bounds = [arg for arg in call.args if isinstance(arg, (int, float))]
            return not call.kwargs.keys() & {"low", "high", "minval", "maxval"} and (
                not _name(call).startswith("uniform") or bounds in ([], [0, 1])
            )
        if _name(call) not in PASSED or not call.args:
            return False
        call = call.args[0]
    return False


def _name(call: Call) -> str:
    """The short name of what is called."""
    return str(call.meta.get("qualified", "")).rpartition(".")[2]
