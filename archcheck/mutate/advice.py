"""Which words to add to a spec, so that it notices a mutation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.blocks.flow import flow
from archcheck.blocks.notation import chains
from archcheck.spec import print_block
from archcheck.vocabulary import MAIN_ATTRIBUTE, ON_DEMAND, family, is_a

if TYPE_CHECKING:
    from archcheck.diff import Alignment
    from archcheck.graph import Graph, Node
    from archcheck.mutate.draft import Mutant
    from archcheck.spec import Spec


def advice(mutant: Mutant, spec: Spec, expected: Graph, found: Graph, alignment: Alignment) -> str:
    """What to write; `expected`, `found` and `alignment` are those of the graph that was mutated."""
    pairs = {code: wanted for wanted, code in alignment.pairs}
    inner = {path: {c: s for s, c in pairs} for path, pairs in alignment.inner}
    path: tuple[tuple[str, str], ...] = ()
    for box in mutant.within:
        wanted = pairs.get(box)
        if wanted is None or wanted not in expected or expected[wanted].inner is None:
            return _open(found[box])
        path = (*path, (wanted, box))
        expected, found = _inside(expected, wanted), _inside(found, box)
        pairs = inner.get(path, {})
    return _of_step(mutant, spec, expected, found, pairs)


def _inside(graph: Graph, key: str) -> Graph:
    inside = graph[key].inner
    assert inside is not None
    return inside


def _open(box: Node) -> str:
    assert box.inner is not None
    text = print_block(chains(box.inner, flow(box.inner)))
    return f"open the box: {box.op}[{text}]"


def _of_step(mutant: Mutant, spec: Spec, expected: Graph, found: Graph, pairs: dict[str, str]) -> str:
    """Advice about a step of a level that the spec speaks of."""
    optional = {key for option in expected.options for key in option.nodes}
    nodes = [found[key] for key in mutant.nodes if key in found]
    for node in nodes:
        for name in spec.ignore:
            if is_a(node.words[0], name):
                return f"take `{name}` out of `ignore`"
    for node in nodes:
        wanted = pairs.get(node.id)
        if wanted is None and family(node.words[0]) in ON_DEMAND:
            return f"name it: … -> {node.op} -> … (a spec that does not name {node.op} ignores it)"
        if wanted is not None and wanted in optional and not mutant.attribute:
            return f"write {expected[wanted].op} without `?`"
    for node in nodes[:1]:
        wanted = pairs.get(node.id)
        if mutant.attribute:
            return f"write {_with_attribute(node, mutant.attribute)}"
        if wanted is not None and expected[wanted].words != node.words:
            return f"write {node.op} for {expected[wanted].op}"
    if len(nodes) > 1 and all(family(n.words[0]) in {*ON_DEMAND, "scale"} for n in nodes):
        return "these steps commute; `strict: true` insists on their order"
    return "write these steps out, without `?` and with their own words"


def _with_attribute(node: Node, name: str) -> str:
    value = node.attr(name)
    text = (
        f"{value:g}"
        if isinstance(value, float)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
    return f"{node.op}({text})" if MAIN_ATTRIBUTE.get(node.words[0]) == name else f"{node.op}({name}={text})"
