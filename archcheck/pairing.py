"""Two implementations against each other: their blocks are paired, and one stands where a figure would.

The second implementation's graph takes the spec's place. Unlike a spec it says all that it computes, so it is
taken at its word: dropout and drop_path count on every level, and the insides of boxes do, unless one side
has no noise at all (code for inference), or the inside is that of an attention, where masks, caches and fused
kernels differ in writing and not in meaning. Sizes are not compared: two implementations of one architecture
may be built small and large. `strict` compares these, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from archcheck.blocks.loops import LOOP
from archcheck.blocks.modules import has_parameters, module_of
from archcheck.diff import align, align_opened, with_stacks
from archcheck.failures import answer_finding, unseen_findings
from archcheck.graph import Graph, Node, upstream
from archcheck.judge import answer, without_insides
from archcheck.results import MATCH, MISMATCH, UNRESOLVED, NotChecked, Result
from archcheck.vocabulary import COUNTS, ON_DEMAND, WIDTHS, family, is_a

if TYPE_CHECKING:
    from archcheck.blocks.block import Block
    from archcheck.rules import Finding

Group = Sequence["Block"]  # the variants of one block

# What depends on how large a model is, and not on its architecture; and what is a framework's convention:
# which dimension holds the channels, and whether borders are padded in a step of its own.
SIZES = (COUNTS - {"top_k"}) | WIDTHS | {"n", "padding", "dim"}


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which block stands for which, and the blocks that have no partner."""

    together: tuple[tuple[Group, Group], ...]
    alone: tuple[NotChecked, ...]


# -- pairs -----------------------------------------------------------------------------------------


def paired(left: Sequence[Group], right: Sequence[Group], names: tuple[str, str]) -> Pairs:
    """The blocks of two targets as pairs: one and one; by name; by class; what is left, by position.

    Several blocks of one class are paired in their order. By name means equal, or one with something before or
    behind the other (`BertLayer`, `TFBertLayer`). What is left is paired by position only if both sides have
    equally many left.
    """
    rest = list(left), list(right)
    if len(left) == len(right) == 1:
        return Pairs(((left[0], right[0]),), ())
    together: list[tuple[Group, Group]] = []
    for alike in (_same_name, _same_class, _affixed):
        for one in list(rest[0]):
            partners = [other for other in rest[1] if alike(one[0], other[0])]
            rivals = [other for other in rest[0] if partners and alike(other[0], partners[0][0])]
            if len(partners) == len(rivals) and one in rivals:
                together += zip(rivals, partners, strict=True)
                rest = [g for g in rest[0] if g not in rivals], [g for g in rest[1] if g not in partners]
    if len(rest[0]) == len(rest[1]):
        together += zip(*rest, strict=True)
        rest = [], []
    order = {id(group): position for position, group in enumerate(left)}
    together.sort(key=lambda pair: order[id(pair[0])])
    alone = [NotChecked(group[0].name, f"no counterpart in {names[1]}") for group in rest[0]]
    alone += [NotChecked(group[0].name, f"no counterpart in {names[0]}") for group in rest[1]]
    return Pairs(tuple(together), tuple(alone))


def _same_name(one: Block, other: Block) -> bool:
    return one.name == other.name


def _same_class(one: Block, other: Block) -> bool:
    return short_class(one) == short_class(other)


def _affixed(one: Block, other: Block) -> bool:
    short, long = sorted((short_class(one), short_class(other)), key=len)
    return long.startswith(short) or long.endswith(short)


def short_class(block: Block) -> str:
    """The block's class without its module; what has none, the round of a loop, goes by its path."""
    module, _, name = block.cls.rpartition(".")
    return block.name if module == LOOP else name


# -- verdicts --------------------------------------------------------------------------------------


def judge_pair(left: Group, right: Group, targets: tuple[str, str], *, strict: bool = False) -> Result:
    """One block of each side, in the configurations that their defaults choose.

    Where no default of its own decides, a default of the other side does for the same condition. Each of the
    variants that are still open must have an equal one on the other side.
    """
    ones: Group = [block for block in left if block.default] or left
    others: Group = [block for block in right if block.default] or right
    ones, others = _as_decided(ones, others), _as_decided(others, ones)
    table = [[judge_two(one, other, targets, strict=strict) for other in others] for one in ones]
    best = [min(row, key=_badness) for row in table]
    backwards = [min((row[i] for row in table), key=_badness) for i in range(len(others))]
    chosen = max(best, key=_badness)
    settled = {result.verdict == MATCH for result in (*best, *backwards)}
    variants = len(left) + len(right) - 1
    if settled == {True, False}:
        chosen = _undecided(max((*best, *backwards), key=_badness), targets)
    return replace(chosen, coverage=replace(chosen.coverage, variants=variants))


def _as_decided(variants: Group, by: Group) -> Group:
    """The variants in which each condition comes out as the other side's defaults decide it."""
    known = dict(by[0].decided)
    kept = [one for one in variants if all(known.get(name, value) == value for name, value in one.when)]
    return kept or variants


def _badness(result: Result) -> tuple[int, int]:
    order = (MATCH, MISMATCH, UNRESOLVED)
    return (order.index(result.verdict) if result.verdict in order else len(order), result.distance)


def _undecided(result: Result, targets: tuple[str, str]) -> Result:
    from archcheck.blocks.variants import described

    when = f" when {described(result.when)}" if result.when else ""
    message = (
        f"some variants are equal, but {targets[0]}{when} has no equal in {targets[1]}; no default decides"
    )
    finding = answer_finding("AC908", message, "say which variant is meant with --set", at=result.span)
    return replace(result, verdict=UNRESOLVED, findings=(finding, *result.findings))


def judge_two(one: Block, other: Block, targets: tuple[str, str], *, strict: bool = False) -> Result:
    """The first block compared with the second."""
    found, expected = _live(one.graph), as_spec(_live(other.graph))
    whole = expected, found
    if one.is_model or other.is_model:
        found, expected = without_insides(found), without_insides(expected)
    if not strict:
        expected = _without_sizes(expected)
    name = _called(one, other, targets[1])
    noise = frozenset(ON_DEMAND)
    notes: list[str] = []
    if not strict:
        for kind in sorted(ON_DEMAND):
            have = _has(found, kind), _has(expected, kind)
            if have[0] != have[1]:
                noise -= {kind}
                found, expected = _without(found, kind), _without(expected, kind)
                silent = name if have[0] else short_class(one)
                notes.append(f"{silent} has no {kind} anywhere, so {kind} is not compared")
    alignment = align(expected, found, strict=strict, everywhere=noise)
    expected, alignment, found = align_opened(expected, found, alignment, strict=strict, everywhere=noise)
    alignment = with_stacks(*whole, alignment)
    told = tuple(entry for entry in alignment.unseen if entry[2] == "inside")
    compared = expected, replace(alignment, unseen=told), found
    result = answer(one, compared, targets[0], targets[1], _file(other))
    result = replace(result, other=name, notes=(*result.notes, *notes))
    if one.graph.unresolved or other.graph.unresolved:
        # A part that was not seen may keep the parts around it from being one box, so no difference is sure.
        here = unseen_findings(one.graph, (), one.engine)
        there = unseen_findings(other.graph, (), other.engine)
        lost = tuple(replace(finding, at=None, spec_at=finding.at) for finding in there)
        return replace(result, verdict=UNRESOLVED, findings=(*here, *lost))
    if result.verdict not in (MATCH, MISMATCH):
        return result
    # What needs no spec (AC220, AC230) is no difference between the two.
    apart = tuple(_reworded(f, name) for f in result.findings if f.edits)
    return replace(result, findings=apart)


def _called(one: Block, other: Block, target: str) -> str:
    """The other block's class, with its file or its target where both have one name."""
    if short_class(one) != short_class(other):
        return short_class(other)
    if _file(one) != _file(other):
        return f"{short_class(other)} of {PurePath(_file(other)).name}"
    return target


def _file(block: Block) -> str:
    return block.span.file if block.span else block.file


def _reworded(finding: Finding, name: str) -> Finding:
    """A finding that speaks of the other implementation, where rules speak of a figure."""
    texts = {
        key: getattr(finding, key).replace("the figure", name).replace("The figure", name)
        for key in ("message", "expected", "found", "advice", "label")
    }
    related = tuple(replace(r, message=r.message.replace("the figure", name)) for r in finding.related)
    return replace(finding, **texts, related=related, otherwise="")


# -- the other implementation as a spec ------------------------------------------------------------


def _live(graph: Graph) -> Graph:
    """The stream's result and what it needs; what else a block returns is framework convention."""
    outputs = graph.outputs[:1]
    alive = upstream(graph.by_id, outputs)
    return replace(
        graph,
        nodes=tuple(n for n in graph.nodes if n.id in alive),
        inputs=tuple(i for i in graph.inputs if i in alive),
        outputs=outputs,
        names={key: value for key, value in graph.names.items() if value in alive},
    )


def as_spec(graph: Graph) -> Graph:
    """The graph with `shared` on the nodes that are one module, as a spec would say it."""
    owners = ((n.id, module_of(n)) for n in graph.operations() if has_parameters(n))
    modules = {key: module for key, module in owners if module is not None}
    uses = Counter(instance for instance, _ in set(modules.values()))
    nodes = tuple(
        n.with_attrs(shared=n.name) if n.id in modules and uses[modules[n.id][0]] > 1 else n
        for n in graph.nodes
    )
    return replace(graph, nodes=nodes)


def _without_sizes(graph: Graph) -> Graph:
    """The graph without sizes, and with attentions closed."""

    def open_(node: Node) -> Node:
        attrs = tuple((key, value) for key, value in node.attrs if key not in SIZES)
        closed = node.inner is None or is_a(node.words[0], "attention")
        inner = None if closed or node.inner is None else _without_sizes(node.inner)
        return replace(node, attrs=attrs, inner=inner)

    return replace(graph, nodes=tuple(map(open_, graph.nodes)))


def _has(graph: Graph, kind: str) -> bool:
    """Whether a family that does something stands on a level that is compared."""
    return any(
        (family(n.words[0]) == kind and not n.noop)
        or (n.inner is not None and not is_a(n.words[0], "attention") and _has(n.inner, kind))
        for n in graph.nodes
    )


def _without(graph: Graph, kind: str) -> Graph:
    """The graph without a family, on all levels."""
    target: dict[str, str] = {}
    nodes = []
    for node in graph.nodes:
        args = tuple(target.get(arg, arg) for arg in node.args)
        if family(node.words[0]) == kind and args:
            target[node.id] = args[0]
            continue
        inner = None if node.inner is None else _without(node.inner, kind)
        nodes.append(replace(node, args=args, inner=inner))
    outputs = tuple(target.get(value, value) for value in graph.outputs)
    names = {key: target.get(value, value) for key, value in graph.names.items()}
    return replace(graph, nodes=tuple(nodes), outputs=outputs, names=names)
