"""What one engine says of a block, compared with what the other says."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from archcheck.blocks.agreement import Parting, parting
from archcheck.blocks.block import Block

ORDERS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
Reading = Callable[[Block], Sequence[Block]]


def compared(variants: Sequence[Block], traced: Block, read_as: Reading) -> tuple[Parting | None, str]:
    """Where the two engines part, and what else is to be said of the comparison, "" if nothing.

    What one of them could not resolve is no answer of its. Where they part, the source of this class alone is read
    again with the arguments that the trace gave forward beside its defaults (`read_as`, nothing where it was read so
    before): only what the same call computes can be compared, and a file leaves each class little time.
    """
    if not variants:
        return None, "only the trace has it, so there is nothing to compare it with"
    reason = unseen(variants)
    if reason:
        return None, f"static could not resolve {reason}, so there is nothing to compare the trace with"
    if traced.graph.unresolved:
        return (
            None,
            f"the trace could not resolve {traced.graph.unresolved[0].reason}, so there is nothing to compare it with",
        )
    apart = disagreement(variants, traced)
    if apart is None:
        return None, ""
    again = read_as(traced)
    if not again or unseen(again) or disagreement(again, traced) is not None:
        return apart, ""
    if not traced.given:
        return None, ""
    return None, f"compared where forward is given {', '.join(traced.given)}: there the engines agree"


def unseen(variants: Sequence[Block]) -> str:
    """What was not seen of the variants that count, "" if all was."""
    return next((v.graph.unresolved[0].reason for v in variants if v.default and v.graph.unresolved), "")


def disagreement(variants: Sequence[Block], traced: Block) -> Parting | None:
    """Where the trace parts from the variant that has its settings; the defaults decide the rest.

    Where no default chooses between variants, the trace chose one of them itself: it may be any of those.
    """
    settings = dict(traced.settings)
    said = {k: _said(k, settings) for v in variants for k, _ in v.when}
    fitting = [v for v in variants if all(said[k] in (None, str(x)) for k, x in v.when)]
    told = [v for v in fitting if any(said[k] is not None for k, _ in v.when)]
    chosen = told or [v for v in fitting if v.default] or list(variants)
    partings = [parting(v.graph, traced.graph) for v in chosen]
    return None if None in partings else partings[0]


def _said(condition: str, settings: Mapping[str, str]) -> str | None:
    """What settings say of a name, or of a comparison of a name with a literal (`index == 0`); None if nothing."""
    if condition in settings:
        return settings[condition]
    try:
        test = ast.parse(condition, mode="eval").body
        if not isinstance(test, ast.Compare) or len(test.ops) != 1 or type(test.ops[0]) not in ORDERS:
            return None
        value = ast.literal_eval(settings[ast.unparse(test.left)])
        return str(ORDERS[type(test.ops[0])](value, ast.literal_eval(test.comparators[0])))
    except (KeyError, SyntaxError, ValueError, TypeError, RecursionError):
        return None
