"""What one engine says of a block, compared with what the other says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archcheck.blocks.agreement import Parting, parting
from archcheck.blocks.block import Block

Reading = Callable[[Block], Sequence[Block]]


def compared(variants: Sequence[Block], traced: Block, read_as: Reading) -> tuple[Parting | None, str]:
    """Where the two engines part, and what else is to be said of the comparison, "" if nothing.

    What one of them could not resolve is no answer of its. Where they part and the trace gave forward more or other
    arguments than its defaults, the source is read again with those (`read_as`): only what the same call computes can
    be compared.
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
    if apart is None or not traced.given:
        return apart, ""
    again = read_as(traced)
    if not again or unseen(again) or disagreement(again, traced) is not None:
        return apart, ""
    return None, f"compared where forward is given {', '.join(traced.given)}: there the engines agree"


def unseen(variants: Sequence[Block]) -> str:
    """What was not seen of the variants that count, "" if all was."""
    return next((v.graph.unresolved[0].reason for v in variants if v.default and v.graph.unresolved), "")


def disagreement(variants: Sequence[Block], traced: Block) -> Parting | None:
    """Where the trace parts from the variant that has its settings; the defaults decide the rest.

    Where no default chooses between variants, the trace chose one of them itself: it may be any of those.
    """
    settings = dict(traced.settings)
    fitting = [v for v in variants if all(settings.get(k, str(x)) == str(x) for k, x in v.when)]
    told = [v for v in fitting if any(k in settings for k, _ in v.when)]
    chosen = told or [v for v in fitting if v.default] or list(variants)
    partings = [parting(v.graph, traced.graph) for v in chosen]
    return None if None in partings else partings[0]
