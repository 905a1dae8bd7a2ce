"""The round trip: spec -> scaffold -> front end -> lift gives the spec's graph again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from archcheck.blocks.block import Block
from archcheck.diff import align
from archcheck.graph import Graph
from archcheck.judge import judge
from archcheck.lift import boxed
from archcheck.results import MATCH
from archcheck.spec import Spec, expand_block, print_block
from tests.property.scaffolded import read, traced, written

UNORDERED = ("add", "mul")
FRONT_ENDS: dict[str, Callable[[Path, str], Block]] = {"static": read, "trace": traced}


def signature(graph: Graph) -> Counter[object]:
    """What a graph computes, boxes closed: each operation with all that it depends on, and the results."""
    keys: dict[str, object] = {}
    for place, key in enumerate(graph.inputs):
        keys[key] = f"input {place if place == 0 else ''}"
    for node in graph.nodes:
        if node.id in keys:
            continue
        args = tuple(keys[a] for a in node.args)
        value = node.attr("value") if node.words[0] == "scale" else None
        keys[node.id] = hash(
            (node.words, value, frozenset(Counter(args).items()) if node.words[0] in UNORDERED else args)
        )
    found = Counter(keys[n.id] for n in graph.operations())
    found.update(("result", keys[o]) for o in graph.outputs)
    return found


def differences(spec: Spec, block: Block) -> Iterator[str]:
    """In which ways a block that was made of a spec differs from it; none is right."""
    expected = boxed(next(iter(spec.graphs().values())))
    if signature(expected) != signature(block.graph):
        yield f"the graphs differ: {print_block(block.chains or ())}"
    found = align(expected, block.graph, strict=True)
    if found.distance or not found.optimal or found.unseen:
        yield f"distance {found.distance}, {found.edits[:2]}, unseen {found.unseen}"
    if block.chains is None or signature(boxed(_expanded(block))) != signature(block.graph):
        yield f"the notation says something else: {print_block(block.chains or ())}"


def _expanded(block: Block) -> Graph:
    """The graph of the notation that `describe` prints."""
    names = [block.graph.names.get(key) or block.graph[key].name or key for key in block.graph.inputs]
    return expand_block(block.chains or (), inputs=("input", *names[1:]))


def round_trip(spec: Spec, engines: Sequence[str] = tuple(FRONT_ENDS)) -> list[str]:
    """What is wrong with the round trip of a closed spec, through these front ends."""
    wrong = []
    path = written(spec)
    for name in engines:
        front_end = FRONT_ENDS[name]
        block = front_end(path, "Block" if spec.model is None else "Layer")
        wrong += [f"{name}: {text}" for text in differences(spec, block)]
        if spec.model is not None:
            wrong += _verdict(name, front_end(path, "Block"), spec)
    return wrong


def open_trip(spec: Spec, *, optional: bool, engines: Sequence[str] = tuple(FRONT_ENDS)) -> list[str]:
    """What is wrong when a spec that leaves something open is checked against its own scaffold."""
    path = written(spec, optional=optional)
    wrong = []
    for name in engines:
        front_end = FRONT_ENDS[name]
        for cls in ("Block",) if spec.model is None else ("Layer", "Block"):
            wrong += _verdict(name, front_end(path, cls), spec)
    return wrong


def _verdict(engine: str, block: Block, spec: Spec) -> list[str]:
    result = judge(block, spec, block.name, near=False)
    if result.verdict == MATCH:
        return []
    return [
        f"{engine}: {block.name} {result.verdict}: "
        + "; ".join(f"{f.code} {f.message}" for f in result.findings)
    ]
