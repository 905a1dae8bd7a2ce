"""A residual that a layer hands on beside its branch, for the next one to add: fused norms that return two values.

vLLM, TensorRT-LLM and mamba_ssm compute `x, residual = norm(x, residual)`, with the sum inside of the norm, so that
each sum stands in the layer behind the one whose residual it is, and the last one in the model's norm. It is put
where it belongs. What is changed is in which module's call a sum stands; no edge is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archcheck.blocks.block import Tree
from archcheck.graph import Graph, Node
from archcheck.graph.recording import Recording

# What may stand between a value that is handed on and the sum.
PASSING = frozenset({"cast", "copy", "identity", "dropout", "drop_path", "checkpoint"})


def with_carried(tree: Tree) -> Recording | None:
    """The recording with the sums behind the members of its lists in these; None where no list is so."""
    graph = tree.recording.graph
    moved: dict[str, Node] = {}
    for holder in tree.containers(""):
        members = [c.path for c in tree.called(holder.path)]
        if len(members) > 1 and not any(tree.modules[p].calls > 1 for p in members):
            moved |= _moved(tree, members)
    if not moved:
        return None
    nodes = tuple(moved.get(node.id, node) for node in graph.nodes)
    return replace(tree.recording, graph=replace(graph, nodes=nodes))


def _moved(tree: Tree, members: Sequence[str]) -> dict[str, Node]:
    """The sums behind all members, each in its member; nothing where one has none."""
    graph = tree.recording.graph
    inside = [{node.id for node in tree.members[tree.first[path]]} for path in members]
    found: dict[str, Node] = {}
    for place, path in enumerate(members):
        own = _to_the_sum(graph, inside[place])
        if not own or (place + 1 < len(members) and not own <= inside[place + 1]):
            return {}
        scope = tree.first[path]
        first = tree.members[scope][0]
        scopes = first.scopes[: first.scopes.index(scope) + 1]
        found |= {key: _put(graph[key], scopes) for key in own}
    return found


def _put(node: Node, scopes: tuple[object, ...]) -> Node:
    frames = tuple(replace(f, depth=min(f.depth, len(scopes))) for f in node.frames)
    return replace(node, scopes=scopes, name=scopes[-1].path, frames=frames)  # type: ignore[arg-type, attr-defined]


def _to_the_sum(graph: Graph, inside: set[str]) -> set[str]:
    """The sum of the two values that a member hands on, and what passes these on to it; nothing if that is not all."""
    found: set[str] = set()
    sums = []
    for node in graph.nodes:
        if node.id in inside or not node.args or not all(a in inside or a in found for a in node.args):
            continue
        if node.words[0] == "add" and len(set(node.args)) == 2:
            sums.append(node.id)
        elif node.words[0] not in PASSING or any(a in sums for a in node.args):
            continue
        found.add(node.id)
    if len(sums) != 1:
        return set()
    before = found - set(sums)
    handed = (inside | before) & {a for n in graph.nodes if n.id not in inside for a in n.args}
    read_elsewhere = any(
        user not in inside and user not in found for key in handed for user in graph.users[key]
    )
    return set() if read_elsewhere or handed & set(graph.outputs) else found


def one_stream(graph: Graph) -> Graph:
    """A layer's canonical graph as that of one stream, where it only reads the sum of two of its inputs.

    What the next layer reads of it is the sum of its first two results, then: the stream is these sums.
    """
    given = set(graph.inputs)
    read = next((node for node in graph.nodes if not given.isdisjoint(node.args)), None)
    if len(graph.outputs) < 2 or read is None or read.words[0] != "add" or len(read.args) != 2:
        return graph
    alone = all(graph.users[a] == (read.id,) for a in read.args)
    branch, skip = graph.outputs[:2]
    results = {branch, skip}
    if not set(read.args) <= given or not alone or len(results) < 2 or results & (given | {read.id}):
        return graph
    stream = Node(id=read.id, words=("input",), name="stream", span=read.span)
    end = Node(id=f"{branch}_carried", words=("add",), args=(branch, skip), span=graph[branch].span)
    nodes = (stream if n.id == read.id else n for n in graph.nodes if n.id not in read.args)
    inputs = (read.id, *(i for i in graph.inputs if i not in read.args))
    return replace(graph, nodes=(*nodes, end), inputs=inputs, outputs=(end.id, *graph.outputs[2:]))
