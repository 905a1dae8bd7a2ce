"""One block against one spec: alignment, findings and verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from archcheck.graph import Graph, Node, upstream
from archcheck.results import ERROR, MATCH, MISMATCH, UNRESOLVED, Coverage, Nearest, Result
from archcheck.vocabulary import ON_DEMAND, family, is_a

if TYPE_CHECKING:
    from archcheck.blocks.block import Block
    from archcheck.diff import Alignment
    from archcheck.rules import Finding
    from archcheck.spec import Spec

NEAREST = 3  # how many catalogue specs a result names
QUICK = 100  # the search budget for a look at a catalogue spec
LOOKED_AT = 10  # catalogue specs that are compared, the likely ones
EXACT, NEAR = 0.0, 1.05  # what an explanation may cost: nothing, or one edit of any kind


def judge(block: Block, spec: Spec, target: str, *, near: bool = True) -> Result:
    """Compare one block (or whole model) with the spec, and say what that means.

    `near` asks for the nearest catalogue specs of a mismatch, too.
    """
    result = answer(block, compare(block, spec), target, spec.name, spec.source)
    if near and result.verdict == MISMATCH and not block.is_model:
        return replace(result, nearest=tuple(nearest_specs(block))[:NEAREST])
    return result


def answer(
    block: Block, compared: tuple[Graph, Alignment, Graph], target: str, name: str, file: str
) -> Result:
    """What a comparison of a block (the expected graph, the alignment, the found graph) means.

    `name` and `file` are those of what the block was compared with.
    """
    expected, alignment, found = compared
    verdict = _verdict(alignment, expected, found)
    return Result(
        target=target,
        name=block.name,
        spec=name,
        engine=block.engine,
        verdict=verdict,
        span=block.span,
        spec_file=file,
        when=block.when,
        default=block.default,
        distance=alignment.distance,
        optimal=alignment.optimal,
        coverage=_coverage(alignment, found),
        findings=_findings(alignment, expected, found, block, verdict),
        alignment=alignment,
        expected=expected,
        found=found,
        settings=block.settings,
        notes=block.notes,
    )


def _findings(
    alignment: Alignment, expected: Graph, found: Graph, block: Block, verdict: str
) -> tuple[Finding, ...]:
    """What the edits mean; where part of the stream was not seen, what was not seen instead."""
    from archcheck.failures import answer_finding, unseen_findings
    from archcheck.rules import findings

    if verdict == UNRESOLVED:
        return unseen_findings(found, alignment.unseen, block.engine)
    if verdict == ERROR:
        return (
            answer_finding(
                "AC906", "all that the spec names is optional, and the code has none of it", at=block.span
            ),
        )
    return findings(alignment, expected, found, block.modules)


def compare(block: Block, spec: Spec, budget: int | None = None) -> tuple[Graph, Alignment, Graph]:
    """The spec's graph that speaks of this block, the alignment, and the code's graph as compared."""
    from archcheck.diff import align, align_order
    from archcheck.lift import boxed

    code = block.graph
    options: dict[str, object] = {"strict": spec.strict, "ignore": spec.ignore}
    if budget is not None:
        options["budget"] = budget
    if block.is_model:
        model = spec.model_graph()
        assert model is not None
        expected, code = ends(boxed(without_insides(_in_reading_order(model))), without_insides(code))
        return expected, align(expected, code, **options), code  # type: ignore[arg-type]
    if spec.order is not None:
        alignment = align_order(lambda repeat: boxed(spec.order_graph(repeat)), code, **options)  # type: ignore[arg-type]
        return boxed(spec.order_graph(alignment.repeats or 1)), alignment, code
    tried = [(graph, align(graph, code, **options)) for graph in map(boxed, spec.graphs().values())]  # type: ignore[arg-type]
    expected, alignment = min(tried, key=lambda pair: (pair[1].distance, pair[1].cost))
    return expected, alignment, code


def without_insides(graph: Graph) -> Graph:
    """The graph with its stacks closed: their members are compared one by one."""
    nodes = tuple(replace(n, inner=None) if n.words[0] == "stack" else n for n in graph.nodes)
    return replace(graph, nodes=nodes)


def _in_reading_order(model: Graph) -> Graph:
    """The graph of a spec with the further operands of each stack in the order in which its block reads them.

    The code's stacks have theirs in that order: a recording does not tell the order of forward's arguments.
    """
    return replace(model, nodes=tuple(map(_stack_in_reading_order, model.nodes)))


def _stack_in_reading_order(node: Node) -> Node:
    if node.words[0] != "stack" or node.inner is None or len(node.args) < 3:
        return node
    reads = [arg for each in node.inner.nodes for arg in each.args]
    places = [reads.index(key) if key in reads else len(reads) for key in node.inner.inputs]
    order = sorted(range(1, len(node.args)), key=lambda index: places[index])
    return replace(node, args=(node.args[0], *(node.args[index] for index in order)))


def ends(expected: Graph, code: Graph) -> tuple[Graph, Graph]:
    """The code of a model from its first stack to the norm behind its last one, where the spec says no more.

    A spec such as `stack[layer] -> layer_norm` speaks of the stack, not of embeddings and heads.
    """
    names = list(expected.operations())
    stacks = [n for n in code.operations() if n.words[0] == "stack"]
    if not names or not stacks:
        return expected, code
    if names[0].words[0] == "stack":
        code = _from(code, stacks[0])
    if names[-1].words[0] == "stack" or any(is_a(w, "norm") for w in names[-1].words):
        code = _until(code, stacks[-1])
    return expected, code


def _from(code: Graph, stack: Node) -> Graph:
    """The graph with the value that the stack reads as its input."""
    first = stack.args[0] if stack.args else None
    if first is None or first in code.inputs:
        return code
    source = Node(id=first, words=("input",), name="stream")
    nodes = [source if n.id == first else n for n in code.nodes]
    return _pruned(Graph(tuple(nodes), (first, *code.inputs), code.outputs, (), code.unresolved))


def _until(code: Graph, stack: Node) -> Graph:
    """The graph up to the norm that reads the stack, or up to the stack."""
    end = stack.id
    current = [stack.id]
    while current:
        users = [u for key in current for u in code.users[key]]
        norms = [u for u in users if is_a(code[u].words[0], "norm")]
        if norms:
            end = norms[0]
            break
        current = [u for u in users if code[u].words[0] in ("dropout", "scale", "add")]
    return _pruned(replace(code, outputs=(end,)))


def _pruned(graph: Graph) -> Graph:
    alive = upstream(graph.by_id, graph.outputs)
    nodes = tuple(n for n in graph.nodes if n.id in alive)
    kept = tuple(i for i in graph.inputs if i in alive)
    return Graph(
        nodes, kept, graph.outputs, (), tuple(u for u in graph.unresolved if u.value in alive or not u.value)
    )


def _verdict(alignment: Alignment, expected: Graph, found: Graph) -> str:
    lost = [
        u
        for u in found.unresolved
        if u.value not in found or found[u.value].is_source or not found[u.value].args
    ]
    opaque = {u.value for u in found.unresolved}
    # what is missing may be inside of what was not seen: only an edit about code that was seen is a proof
    edits = [e for e in alignment.edits if set(e.found) - opaque]
    if lost or (found.unresolved and not edits):
        return UNRESOLVED
    if edits or alignment.edits:
        return MISMATCH
    if alignment.unseen:  # the spec asks for something that the code's graph does not tell
        return UNRESOLVED
    optional = {node for option in expected.options for node in option.nodes}
    if not any(s not in optional and not expected[s].is_source for s, _ in alignment.pairs if s in expected):
        return ERROR
    return MATCH


def _coverage(alignment: Alignment, found: Graph) -> Coverage:
    operations = sum(1 for _ in found.operations())
    paired = {c for _, c in alignment.pairs if c in found and not found[c].is_source}
    touched = {
        c for e in alignment.edits if not e.within for c in e.found if c in found and not found[c].is_source
    }
    opaque = {u.value for u in found.unresolved}
    return Coverage(operations, len((paired | touched) - opaque), len(found.unresolved), 1)


@dataclass(frozen=True)
class _Known:
    """A spec of the catalogue with the graphs of its blocks, expanded once."""

    spec: Spec
    graphs: tuple[Graph, ...]


# The distance, whether it is no pattern, how unspecific it is, its paper and its name: the order of the nearest.
_Place = tuple[int, bool, int, str, str]


@lru_cache(maxsize=1)
def _catalogue() -> tuple[_Known, ...]:
    from archcheck.lift import boxed
    from archcheck.spec import catalogue

    found = (catalogue.load(name) for name in catalogue.names())
    return tuple(
        _Known(spec, tuple(map(boxed, spec.graphs().values()))) for spec in found if spec.block_names
    )


def _likely(block: Block) -> list[_Known]:
    """The catalogue specs that a block may be near to, the likeliest first: all that may fit, and a few more."""
    have = Counter(family(n.words[0]) for n in block.graph.operations())
    apart = [(min(_apart(graph, have) for graph in known.graphs), known) for known in _catalogue()]
    apart.sort(key=lambda pair: (pair[0], not pair[1].spec.pattern))
    fitting = sum(distance == 0 for distance, _ in apart)
    return [known for _, known in apart[: max(LOOKED_AT, fitting)]]


def nearest_specs(block: Block) -> list[Nearest]:
    """The nearest catalogue specs; at the same distance patterns, then the most specific, then the earliest paper.

    Only the likely ones are compared: those that differ least in how many operations of each kind they have.
    Those that fit exactly are looked for first, then those that are one edit away: a distance that is small
    is found much sooner than one that is not.
    """
    likely = _likely(block)
    rows: list[_Place] = []
    for limit in (EXACT, NEAR, None):
        for known in list(likely):
            near = _looked_at(block, known, limit)
            if near is not None:
                rows.append(near)
                likely.remove(known)
        if len(rows) >= NEAREST:
            break
    return [Nearest(name, distance) for distance, *_, name in sorted(rows)]


def _looked_at(block: Block, known: _Known, limit: float | None) -> _Place | None:
    """A catalogue spec's place in the order of the nearest; None where it is farther away than the limit."""
    from archcheck.diff import align, align_within

    spec, code = known.spec, block.graph
    found: list[tuple[Alignment, Graph]] = []
    for graph in known.graphs:
        if limit is None:
            found.append((align(graph, code, strict=spec.strict, ignore=spec.ignore, budget=QUICK), graph))
            continue
        near = align_within(graph, code, limit, strict=spec.strict, ignore=spec.ignore, budget=QUICK)
        if near is not None:
            found.append((near, graph))
    if not found:
        return None
    alignment, expected = min(found, key=lambda pair: (pair[0].distance, pair[0].cost))
    paper = spec.figure.paper
    first = paper if paper.startswith("arXiv:") else "~"
    return alignment.distance, not spec.pattern, -_specificity(expected), first, spec.name


def _apart(graph: Graph, have: Counter[str]) -> int:
    """In how many operations a graph of a spec and a code must differ, by the number of each kind."""
    optional = {node for option in graph.options for node in option.nodes}
    kinds = {n.id: family(n.words[0]) for n in graph.operations() if family(n.words[0]) not in ON_DEMAND}
    most = Counter(kinds.values())
    must = Counter(kind for key, kind in kinds.items() if key not in optional)
    missing = sum((must - have).values())
    return missing + sum(count for kind, count in (have - most).items() if kind not in ON_DEMAND)


def _specificity(graph: Graph) -> int:
    """How much a spec says of the block itself: the depth of its words in the hierarchy."""
    from archcheck.vocabulary import ancestors

    optional = {node for option in graph.options for node in option.nodes}
    total = 0
    for node in graph.operations():
        if node.id not in optional:
            total += min(len(ancestors(w)) for w in node.words)
    return total


def family_of(block: Block) -> str | None:
    """The catalogue spec that the block matches, None if it matches none."""
    if block.is_model or block.graph.unresolved:
        return None
    exact = sorted(near for known in _likely(block) if (near := _looked_at(block, known, EXACT)) is not None)
    return exact[0][-1] if exact else None


def applies(spec: Spec, block: Block) -> bool:
    """Whether the spec speaks of a class of this name (`applies_to` holds shell patterns)."""
    from fnmatch import fnmatchcase

    name = block.cls.rsplit(".", 1)[-1]
    return not spec.applies_to or any(
        fnmatchcase(name, p) or fnmatchcase(block.cls, p) for p in spec.applies_to
    )


def left_out_by(spec: Spec, block: Block, named: bool) -> str:
    """Why the spec says nothing about this block or model; "" if it does."""
    if block.is_model:
        return "" if spec.model is not None else f"a model: {spec.name} speaks of its blocks"
    if not spec.block_names and spec.order is None:
        return f"a block: {spec.name} speaks of a whole model"
    if not named and not applies(spec, block):
        return f"{spec.name} applies to {', '.join(spec.applies_to)}"
    return ""
