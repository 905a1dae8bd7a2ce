"""Results of the code beside those of the figure."""

from __future__ import annotations

from collections.abc import Iterator

from archcheck.graph import Graph, Node, upstream
from archcheck.vocabulary import is_a


def further_results(code: Graph, count: int) -> Iterator[str]:
    """The results behind the first `count` ones that go on where those end: with layers that the figure does not have.

    A second stream of its own, a pooled value or a state does not.
    """
    if not 0 < count < len(code.outputs):
        return
    shown = upstream(code.by_id, code.outputs[:count])
    joins = {key for key in shown if code[key].words[0] == "add"}
    for value in code.outputs[count:]:
        above = upstream(code.by_id, [value])
        if joins & above and any(_is_layer(code, code[key]) for key in above - shown):
            yield value


def _is_layer(code: Graph, node: Node) -> bool:
    """Whether a node is a sublayer, a stack, or the sum of two computed values."""
    computed = [arg for arg in node.args if code[arg].args]
    return (
        is_a(node.words[0], "sublayer")
        or node.words[0] == "stack"
        or (node.words[0] == "add" and len(computed) > 1)
    )
