"""Layers whose halves are members of one flat list: `Sequential(attention, network, attention, network, norm)`.

Where the members of a list repeat with a period, each of them one sublayer (or a norm between them), and the
sublayers of a period mix tokens and features, a period is a layer. Each gets a scope of its own, as if it were the
call of a module (`loops.py` does so for the rounds of a loop).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archcheck.blocks.block import Tree, is_body, sublayers
from archcheck.blocks.loops import LOOP, inside, scopes_of, with_changed
from archcheck.graph import Node, Scope
from archcheck.graph.recording import ModuleInfo, Recording
from archcheck.vocabulary import ON_DEMAND, is_a

NAME = "round"  # the periods of `layers` are `layers.round.0`, `layers.round.1`, …


@dataclass(frozen=True)
class _Member:
    path: str
    body: bool
    kind: tuple[str, ...]  # its sublayers; of what is no body its operations


def with_periods(tree: Tree) -> Recording | None:
    """The recording with a scope for each period of its flat lists; None where it has no such list."""
    recording = tree.recording
    scopes: dict[str, Scope] = {}  # of the members, by their paths
    facts: list[ModuleInfo] = []
    for stack in tree.stacks:
        holder = tree.modules[stack[0].rpartition(".")[0]]
        found = _periods(tree, holder, stack)
        if not found:
            continue
        name = f"{holder.path}.{NAME}".lstrip(".")
        length = holder.length // len(found[0]) if holder.length else holder.length
        rounds = ModuleInfo(name, LOOP, -1, holder.span, container=True, length=length)
        spans = {number: tree.modules[paths[0]].span for number, paths in enumerate(found)}
        own = scopes_of(recording, rounds, spans, facts)
        scopes |= {path: own[number] for number, paths in enumerate(found) for path in paths}
    if not scopes:
        return None
    changed = {node.id: _inside(node, scopes) for node in recording.graph.nodes}
    return with_changed(recording, changed, facts)


def _periods(tree: Tree, holder: ModuleInfo, stack: Sequence[str]) -> list[list[str]]:
    """The paths of each period's members; nothing where the list has none, or where a period is no layer."""
    members = _members(tree, holder, set(stack))
    while members and not members[-1].body and not _size(members):
        members.pop()  # the norm behind the last layer
    size = _size(members)
    first = [m for m in members[:size] if m.body]
    words = [word for m in first for word in m.kind]
    features = [is_a(word, "feed_forward") for word in words]
    if len(words) != len(first) or all(features) or not any(features):
        return []
    if any(tree.modules[m.path].calls > 1 for m in members):
        return []
    paths = [m.path for m in members]
    return [paths[at : at + size] for at in range(0, len(paths), size)]


def _members(tree: Tree, holder: ModuleInfo, bodies: set[str]) -> list[_Member]:
    """The members of a list that were called, in the order of their calls; none where one is a list itself."""
    if any(child.container for child in tree.children(holder.path)):
        return []
    found = []
    for child in tree.called(holder.path):
        graph = tree.lifted(tree.twin(child.path))
        body = child.path in bodies and is_body(graph)
        words = (n.words[0] for n in graph.operations() if n.words[0] not in ON_DEMAND)
        found.append(_Member(child.path, body, sublayers(graph) if body else tuple(words)))
    return found


def _size(members: Sequence[_Member]) -> int:
    """The length of the period, 0 where the members do not repeat or all are alike."""
    kinds = [(m.body, m.kind) for m in members]
    for size in range(1, len(kinds) // 2 + 1):
        if len(kinds) % size == 0 and kinds == kinds[:size] * (len(kinds) // size):
            return size if size > 1 else 0
    return 0


def _inside(node: Node, scopes: dict[str, Scope]) -> Node:
    """A node of a member in the scope of its period; what it stands in from the member on is one scope deeper."""
    for depth, scope in enumerate(node.scopes):
        period = scopes.get(scope.path)
        if period is not None:
            deeper = (place for place, frame in enumerate(node.frames) if frame.depth > depth)
            return inside(node, next(deeper, len(node.frames)), period, depth)
    return node
