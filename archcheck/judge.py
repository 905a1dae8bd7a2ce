"""One block against one spec: alignment, findings and verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archcheck.graph import Graph, Node, upstream
from archcheck.nearest import first_difference, nearest_specs
from archcheck.results import ERROR, MATCH, MISMATCH, UNRESOLVED, Coverage, Pair, Result, Tried, Why
from archcheck.vocabulary import is_a

if TYPE_CHECKING:
    from archcheck.blocks.block import Block
    from archcheck.diff import Alignment
    from archcheck.rules import Finding
    from archcheck.spec import Spec

NEAREST = 3  # how many catalogue specs a result names


def judge(block: Block, spec: Spec, target: str, *, near: bool = True) -> Result:
    """Compare one block (or whole model) with the spec, and say what that means.

    `near` asks for the nearest catalogue specs of a mismatch, too.
    """
    result = answer(block, compare(block, spec), target, spec.name, spec.source)
    if result.verdict != MISMATCH or not near:
        return result
    nearest = () if block.is_model else tuple(nearest_specs(block, NEAREST))
    return replace(result, nearest=nearest, why=_why(result, block))


def _why(result: Result, block: Block) -> Why:
    """The best alignment and the readings that were tried and are no nearer."""
    alignment, expected, found = result.alignment, result.expected, result.found
    assert alignment is not None
    assert expected is not None
    assert found is not None
    pairs = tuple(
        Pair(expected[s].op, expected[s].span, found[c].op, found[c].span)
        for s, c in alignment.pairs
        if s in expected and c in found and not found[c].is_source
    )
    tried = []
    for one in alignment.rejected:
        if one.alignment is None:
            tried.append(Tried(one.reading, None))
            continue
        graph = expected if one.expected is None else one.expected
        first, at = first_difference(one.alignment, graph, found, block.modules)
        tried.append(Tried(one.reading, one.alignment.distance, first, at))
    return Why(pairs, tuple(tried))


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
        layers=block.layers,
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
    from archcheck.blocks.carried import one_stream
    from archcheck.diff import Rejected, align, align_opened, align_order
    from archcheck.lift import boxed, readings

    code = block.graph
    options: dict[str, Any] = {"strict": spec.strict, "ignore": spec.ignore}
    if budget is not None:
        options["budget"] = budget
    if block.is_model:
        return _compare_model(spec, code, options)
    if all(len(graph.outputs) == 1 for graph in spec.graphs().values()):
        code = one_stream(code)
    if spec.order is not None:
        alignment = align_order(lambda repeat: boxed(spec.order_graph(repeat)), code, **options)
        return boxed(spec.order_graph(alignment.repeats or 1)), alignment, code
    tried = [
        (name, reading, align(reading, code, **options))
        for name, graph in spec.graphs().items()
        for reading in readings(graph)
    ]
    best = min(tried, key=lambda one: (one[2].distance, one[2].cost))
    others = (Rejected(f"block {one[0]} of the spec", one[2], one[1]) for one in tried if one[0] != best[0])
    alignment = replace(best[2], rejected=(*best[2].rejected, *others))
    return align_opened(best[1], code, alignment, **options)


def _compare_model(spec: Spec, code: Graph, options: dict[str, Any]) -> tuple[Graph, Alignment, Graph]:
    """As `compare`, of a model: the tower that is farthest from the figure, in the reading that is nearest."""
    from archcheck.diff import align, with_stacks
    from archcheck.lift import readings

    model = spec.model_graph()
    assert model is not None

    def how_far(compared: tuple[Graph, Alignment, Graph]) -> tuple[float, ...]:
        _, alignment, side = compared
        return alignment.distance, alignment.cost, len(alignment.unseen) + len(side.unresolved)

    found = []
    for reading in readings(without_insides(_in_reading_order(model))):
        sides = ends(reading, without_insides(code))
        towers = [(reading, with_stacks(model, code, align(reading, one, **options)), one) for one in sides]
        found.append(max(towers, key=how_far))
    return min(found, key=how_far)


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


def ends(expected: Graph, code: Graph) -> list[Graph]:
    """The code of a model from its first stack to the norm behind its last one, where the spec says no more.

    A spec such as `stack[layer] -> layer_norm` speaks of the stack, not of embeddings and heads; of several
    towers (an encoder and a decoder, an image's and a text's) it speaks of each.
    """
    names = list(expected.operations())
    stacks = [n for n in code.operations() if n.words[0] == "stack"]
    if not names or not stacks:
        return [code]
    from_stack = names[0].words[0] == "stack"
    to_stack = names[-1].words[0] == "stack" or any(is_a(w, "norm") for w in names[-1].words)
    several = sum(n.words[0] == "stack" for n in names) > 1  # an encoder and a decoder of the figure's own
    towers = [stacks] if several or not (from_stack and to_stack) else _towers(code, stacks)
    found = []
    for tower in towers:
        part = _from(code, tower[0]) if from_stack else code
        found.append(_until(part, tower[-1]) if to_stack else part)
    return found


def _towers(code: Graph, stacks: list[Node]) -> list[list[Node]]:
    """The stacks in groups whose streams do not lead to each other; a memory is no stream.

    Nor does a stream go on that ends with a norm and is projected anew (the decoder of MAE, He et al. 2021).
    """
    groups: list[list[Node]] = []
    for stack in stacks:
        above = upstream(code.by_id, stack.args[:1])
        read = [g for g in groups if any(one.id in above for one in g) and not _renewed(code, g[-1], above)]
        groups = [group for group in groups if group not in read]
        groups.append([*(one for group in read for one in group), stack])
    return groups


def _renewed(code: Graph, stack: Node, above: set[str]) -> bool:
    """Whether a norm ends a stack and a projection begins another stream, of what is above the next stack."""
    end = _end(code, stack)
    behind = {end} if end != stack.id else set()
    for node in code.nodes:
        if node.id in above and not behind.isdisjoint(node.args):
            behind.add(node.id)
    return any(code[key].words[0] == "linear" for key in behind)


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
    end = _end(code, stack)
    return code if _led_around(code, end) else _pruned(replace(code, outputs=(end,)))


def _end(code: Graph, stack: Node) -> str:
    """The norm that reads the stack, or the stack."""
    current = [stack.id]
    while current:
        users = [u for key in current for u in code.users[key]]
        norms = [u for u in users if is_a(code[u].words[0], "norm")]
        if norms:
            return norms[0]
        current = [u for u in users if code[u].words[0] in ("dropout", "scale", "add")]
    return stack.id


def _led_around(code: Graph, end: str) -> bool:
    """Whether something from before the end is added to what is made of it: that is no head, but a residual."""
    before = {k for k in upstream(code.by_id, [end]) if not code[k].is_source or k in code.inputs} - {end}
    behind = {end}
    for node in code.nodes:
        if not behind.isdisjoint(node.args):
            behind.add(node.id)
            if node.words[0] == "add" and any(a in before and a not in behind for a in node.args):
                return True
    return False


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
    edits = [e for e in alignment.edits if e.found and opaque.isdisjoint(e.found)]
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
