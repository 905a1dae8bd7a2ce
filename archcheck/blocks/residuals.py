"""Members of a list around which the model itself puts a residual or a norm.

In `for layer in self.layers: x = x + layer(x)` a layer is a member with what the model computes between it and the
next one, up to the last value that all that follows reads. Each gets a scope of its own, as if it were the call of a
module (`loops.py` and `periods.py` do so for other layers without a class).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise, takewhile

from archcheck.blocks.block import Tree, sublayers
from archcheck.blocks.loops import LOOP, inside, scopes_of, with_changed
from archcheck.blocks.periods import NAME
from archcheck.graph import Graph, Node, Scope
from archcheck.graph.recording import ModuleInfo, Recording
from archcheck.graph.rows import UNSEEN, between_members
from archcheck.graph.walk import upstream
from archcheck.vocabulary import JOINS, is_a

MOST_COMPARED = 12  # members, two by two
FURTHEST = 16  # operations behind a member that are looked at
NUMBER = re.compile(r"\d+")
PROJECTING = frozenset({"linear", "conv", "depthwise_conv", "matmul", "einsum", "embedding", "pool"})
# The word of an operation, and the modules below the owner in which it stands.
Key = tuple[str, tuple[str, ...]]


@dataclass
class _Round:
    """One member with what stands around it."""

    path: str
    nodes: set[str]
    cuts: list[str]  # its result, and the values behind it through which all that follows reads it
    end: str = ""
    around: set[str] = field(default_factory=set)


def with_residuals(tree: Tree) -> Recording | None:
    """The recording with a scope for each member and the residual around it; None where it has no such list."""
    recording = tree.recording
    changed: dict[str, Node] = {}
    facts: list[ModuleInfo] = []
    for holder in tree.containers(""):
        rounds = _rounds(tree, holder)
        own = [key for one in rounds for key in one.nodes | one.around]
        if not rounds or not changed.keys().isdisjoint(own):  # two lists of one loop
            continue
        name = f"{holder.path}.{NAME}"
        depth = _depth(tree, rounds[0])
        stack = ModuleInfo(name, LOOP, -1, holder.span, container=True, length=holder.length)
        spans = {number: tree.modules[one.path].span for number, one in enumerate(rounds)}
        scopes = scopes_of(recording, stack, spans, facts)
        for number, one in enumerate(rounds):
            for key in one.nodes | one.around:
                changed[key] = _inside(recording.graph[key], scopes[number], depth)
    return with_changed(recording, changed, facts) if changed else None


def _rounds(tree: Tree, holder: ModuleInfo) -> list[_Round]:
    """The rounds of a list; none where the model does nothing around its members, or something else around each."""
    members = [c.path for c in tree.called(holder.path)]
    if len(members) < 2 or any(tree.modules[p].container or tree.modules[p].calls > 1 for p in members):
        return []
    if tree.modules[holder.path].cls == LOOP or not tree.repeated(members):
        return []
    if not all(tree.outline(p).outputs and tree.closed(p) and _holds_sublayer(tree, p) for p in members):
        return []
    graph = tree.recording.graph
    if tree.chained(members) and not _stands_between(tree, members[:2]):
        return []
    rounds = [_Round(p, {n.id for n in tree.members[tree.first[p]]}, []) for p in members]
    following = [*(one.nodes for one in rounds[1:]), set[str]()]
    for one, after in zip(rounds, following, strict=True):
        one.cuts = list(_cuts(graph, tree.outline(one.path).outputs[0], after))
    return rounds if _put_together(tree, rounds) else []


def _stands_between(tree: Tree, pair: Sequence[str]) -> bool:
    """Whether the model computes something of what the second of two members reads."""
    graph = tree.recording.graph
    read = {a for path in pair for a in tree.read_by(path)}
    between = between_members(graph, [tree.members[tree.first[path]] for path in pair], read=read)
    return any(graph[key].words[0] not in UNSEEN for key in between)


def _holds_sublayer(tree: Tree, path: str) -> bool:
    """Whether a member is more than convolutions, of which one block has many."""
    return any(is_a(word, "sublayer") for word in sublayers(tree.lifted(tree.twin(path))))


def _cuts(graph: Graph, start: str, after: set[str]) -> Iterator[str]:
    """A value, and those behind it through which the first result reads it, up to what stands in `after`."""
    alive = graph.behind_first
    places = {node.id: place for place, node in enumerate(graph.nodes)}
    waiting = {start: sum(user in alive for user in graph.users[start])}
    found = 0
    yield start
    for node in graph.nodes[places[start] + 1 :]:
        read = [a for a in node.args if a in waiting]
        if not read or node.id not in alive:
            continue
        if node.id in after or found == FURTHEST:
            return
        found += 1
        for arg in read:
            waiting[arg] -= 1
        waiting = {key: count for key, count in waiting.items() if count}
        waiting[node.id] = sum(user in alive for user in graph.users[node.id])
        if len(waiting) == 1:
            yield node.id


def _depth(tree: Tree, one: _Round) -> int:
    """How many scopes the owner of a list stands in, its own included."""
    return tree.recording.graph[one.cuts[0]].scopes.index(tree.first[one.path])


def _put_together(tree: Tree, rounds: list[_Round]) -> bool:
    """Find where each round ends, and what stands in it around its member; whether these are rounds."""
    graph = tree.recording.graph
    depth = _depth(tree, rounds[0])
    keys = [[_key(tree, key, depth) for key in one.cuts] for one in rounds]
    pattern = _usual(keys)
    for one, own in zip(rounds, keys, strict=True):
        one.end = one.cuts[_as_in(pattern, own)]
    for before, one in pairwise(rounds):
        one.around = _between(tree, before.end, one)
        start = {before.end, *one.around}
        if all(start.isdisjoint(graph[key].args) for key in one.nodes):
            return False  # experts of one value, whose results are summed
    rounds[0].around = _like(graph, rounds[0], rounds[1])
    owner = graph[rounds[0].cuts[0]].scopes[:depth]
    if any(graph[key].scopes[:depth] != owner for one in rounds for key in one.nodes | one.around):
        return False
    joins = any(_is_residual(graph, before.end, one) for before, one in pairwise(rounds))
    return joins or _even(tree, rounds)


def _even(tree: Tree, rounds: Sequence[_Round]) -> bool:
    """Whether the same stands around all members: norms or scales, no projection as between stages, nothing joined."""
    graph = tree.recording.graph
    words = [sorted(graph[key].words[0] for key in one.around) for one in rounds]
    solid = set(words[0]) - UNSEEN
    if not solid or not PROJECTING.isdisjoint(solid) or any(own != words[0] for own in words):
        return False
    joins = (graph[key] for key in rounds[1].around if graph[key].words[0] in JOINS)
    return all(sum(a in tree.computed and a not in rounds[1].around for a in n.args) < 2 for n in joins)


def _key(tree: Tree, key: str, depth: int) -> Key:
    node = tree.recording.graph[key]
    return node.words[0], tuple(NUMBER.sub("", s.path) for s in node.scopes[depth:])


def _usual(rows: Sequence[Sequence[Key]]) -> Sequence[Key]:
    """What all of these rows begin with; where that joins nothing, what most do that joins.

    Their first members are their own members' results.
    """
    every = _common(rows)
    common = (tuple(_common(pair)) for pair in combinations(rows[:MOST_COMPARED], 2))
    most = Counter(one for one in common if _joins(one)).most_common(1)
    return most[0][0] if most and not _joins(every) else every


def _joins(keys: Sequence[Key]) -> bool:
    return any(word in JOINS for word, _ in keys[1:])


def _common(rows: Sequence[Sequence[Key]]) -> Sequence[Key]:
    """What these rows begin with, all of them."""
    same = takewhile(lambda column: len(set(column)) == 1, zip(*(row[1:] for row in rows), strict=False))
    return rows[0][: 1 + sum(1 for _ in same)]


def _as_in(pattern: Sequence[Key], keys: Sequence[Key]) -> int:
    """The place of the last of a pattern among these, else of the last that stands in it in its order: 0 for none."""
    if len(pattern) > 1 and pattern[-1] in keys[1:]:
        return keys.index(pattern[-1], 1)
    rest = iter(pattern[1:])
    return sum(1 for _ in takewhile(lambda key: key in rest, keys[1:]))


def _is_residual(graph: Graph, start: str, one: _Round) -> bool:
    """Whether something around a member joins its result to what the round starts from."""
    skip, branch = {start}, set(one.nodes)
    for node in graph.nodes:
        if node.id in one.around:
            on_skip, on_branch = (not own.isdisjoint(node.args) for own in (skip, branch))
            if on_skip and on_branch and node.words[0] in JOINS:
                return True
            (branch if on_branch else skip).add(node.id)
    return False


def _between(tree: Tree, start: str, one: _Round) -> set[str]:
    """What leads from the end of the round before to this one's, and what of weights alone it reads."""
    graph = tree.recording.graph
    behind = upstream(graph.by_id, [one.end, *tree.read_by(one.path)])
    reached = {start}
    for node in graph.nodes:
        if node.id in behind and not reached.isdisjoint(node.args):
            reached.add(node.id)
    found = reached - {start} - one.nodes
    return found | _of_weights(tree, found)


def _of_weights(tree: Tree, around: set[str]) -> set[str]:
    """The operations on weights alone that only these read."""
    graph = tree.recording.graph
    todo, found = [a for key in around for a in graph[key].args], set[str]()
    while todo:
        node = graph[todo.pop()]
        own = not node.is_source and node.id not in tree.computed
        if own and all(user in around or user in found for user in graph.users[node.id]):
            found.add(node.id)
            todo.extend(node.args)
    return found


def _like(graph: Graph, one: _Round, pattern: _Round) -> set[str]:
    """What stands around the first member, as far as it stands there as around the second."""
    twins = {(pattern.end, one.end)}
    read = [
        [a for n in graph.nodes if n.id in r.nodes for a in n.args if a not in r.nodes]
        for r in (pattern, one)
    ]
    twins.update(zip(*read, strict=False))
    todo, found = list(twins), set[str]()
    while todo:
        its, own = todo.pop()
        alike = graph[its].words == graph[own].words and len(graph[its].args) == len(graph[own].args)
        if its in pattern.around and own not in found and alike:
            found.add(own)
            todo += zip(graph[its].args, graph[own].args, strict=True)
    return found


def _inside(node: Node, scope: Scope, depth: int) -> Node:
    """A node in the scope of its round: the line of the owner's forward and what it calls stand in it, too."""
    above = sum(frame.depth < depth for frame in node.frames)
    own = (place for place in reversed(range(len(node.frames))) if node.frames[place].depth == depth)
    return inside(node, next(own, above), scope, depth)
