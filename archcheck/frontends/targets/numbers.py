"""Functions of numpy on Python's own numbers: sizes and rates that constructors compute with them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

LARGEST = 2.0**63  # numpy's integers end there, Python's do not
MOST = 64  # numbers of a list


def _power(x: float, y: float) -> float:
    if isinstance(x, int) and isinstance(y, int):
        if y < 0 or x.bit_length() * y > MOST:
            raise OverflowError
        return int(x**y)
    return math.pow(x, y)


# Of one number, as numpy gives them: what is rounded stays a float.
OF_ONE: dict[str, Callable[[Any], Any]] = {
    "ceil": lambda x: float(math.ceil(x)), "floor": lambda x: float(math.floor(x)), "sqrt": math.sqrt,
    "log": math.log, "log2": math.log2, "log10": math.log10, "exp": math.exp, "abs": abs, "absolute": abs,
    "square": lambda x: x * x, "rint": lambda x: float(round(x)), "round": round, "sin": math.sin, "cos": math.cos,
}  # fmt: skip
# Of a list of numbers.
OF_SEVERAL: dict[str, Callable[[Any], Any]] = {
    "prod": math.prod, "sum": sum, "max": max, "min": min, "amax": max, "amin": min,
    "mean": lambda xs: sum(xs) / len(xs),
}  # fmt: skip
# Of two numbers.
OF_TWO: dict[str, Callable[[Any, Any], Any]] = {
    "power": _power, "maximum": max, "minimum": min, "floor_divide": lambda x, y: x // y,
    "mod": lambda x, y: x % y, "multiply": lambda x, y: x * y, "divide": lambda x, y: x / y,
}  # fmt: skip


def computed(name: str, args: Sequence[Any]) -> Any:
    """What a function of numpy gives for plain numbers, None where it is not known.

    >>> computed("numpy.prod", [[8, 6, 5, 4]]), computed("numpy.ceil", [2.5]), computed("numpy.prod", ["?"])
    (960, 3.0, None)
    """
    package, _, short = name.rpartition(".")
    if package != "numpy":
        return None
    function: Callable[..., Any]
    if len(args) == 1 and short in OF_ONE and _is_number(args[0]):
        function, given = OF_ONE[short], list(args)
    elif len(args) == 1 and short in OF_SEVERAL and isinstance(args[0], (list, tuple)) and args[0]:
        function, given = OF_SEVERAL[short], [args[0]]
        if len(args[0]) > MOST or not all(map(_is_number, args[0])):
            return None
    elif len(args) == 2 and short in OF_TWO and all(map(_is_number, args)):
        function, given = OF_TWO[short], list(args)
    else:
        return None
    try:
        found = function(*given)
    except (ValueError, ArithmeticError):  # numpy warns, and gives what is no number
        return None
    return found if isinstance(found, (int, float)) and abs(found) < LARGEST else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST
