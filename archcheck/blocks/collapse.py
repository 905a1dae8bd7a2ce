"""A model's graph with each stack as one node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.blocks.layers import Stack
from archcheck.blocks.loops import LOOP
from archcheck.blocks.rows import cut_after, departures, taken_out
from archcheck.graph import Graph, Node, Unresolved
from archcheck.graph.rows import between_members, rows
from archcheck.spec.lexer import RESERVED

if TYPE_CHECKING:
    from archcheck.blocks.block import Tree

MOST_OPENED = 8  # members of a stack that is no row, which are shown in full


def stack_of(tree: Tree, paths: list[str]) -> Stack:
    """The stack with these members: of one with a length of 0 the source does not tell it."""
    path = paths[0].rpartition(".")[0]
    holder = tree.modules.get(path)
    length = holder.length if holder is not None else None
    return Stack(path, len(paths), len(paths) if length is None else length)


def _count(tree: Tree, stack: list[str]) -> tuple[tuple[str, int], ...]:
    """How often a stack repeats; nothing where the source does not tell."""
    length = stack_of(tree, stack).length
    return (("n", length),) if length else ()


def _shared(tree: Tree, stack: list[str]) -> tuple[tuple[str, str], ...]:
    """The module that all members are, or run, as ALBERT's layers do; nothing where they have parts of their own."""
    parts = [_parts(tree, path) for path in stack]
    if len(parts) < 2 or not parts[0] or any(set(one) != set(parts[0]) for one in parts):
        return ()
    name = min(parts[0].values(), key=len).rpartition(".")[2]
    return (("shared", name if name.isidentifier() and name not in RESERVED else "layer"),)


def _parts(tree: Tree, path: str) -> dict[int, str]:
    """The modules that a member of a stack is or runs, by their numbers; rounds of loops have negative ones."""
    scope = tree.first[path]
    inside = (s for node in tree.members[scope] for s in node.scopes[node.scopes.index(scope) :])
    return {s.instance: s.path for s in inside if s.instance > 0}


def _parameters(graph: Graph, member: list[Node]) -> list[str]:
    """The parameters that a member of a stack reads, each once: what several read stands several times in its node."""
    return list(dict.fromkeys(a for node in member for a in node.args if graph[a].words[0] == "parameter"))


def _is_loop(tree: Tree, stack: list[str]) -> bool:
    """Whether the members are rounds of a loop, which stand in the forward that the loop stands in."""
    holder = tree.modules.get(stack[0].rpartition(".")[0])
    return holder is not None and holder.cls == LOOP


def _rows(graph: Graph, tree: Tree, stack: list[str]) -> list[tuple[list[str], tuple[tuple[str, int], ...]]]:
    """The parts of a stack between which the model does something, each with its number of members.

    A member whose result the model reads ends a part, too. Where not all members were built, they stand for those that
    were not: nothing is known of what stands between these.
    """
    seen = {a for path in stack for a in tree.read_by(path)}
    members = [tree.members[tree.first[path]] for path in stack]
    ends = [tree.outline(path).outputs[0] for path in stack]
    parts = cut_after(rows(graph, members, seen), taken_out(graph, members, ends))
    if len(parts) == 1 or stack_of(tree, stack).length != len(stack):
        return [(stack, _count(tree, stack))]
    return [(stack[part.start : part.stop], (("n", len(part)),)) for part in parts]


def inner_stacks(tree: Tree, stacks: list[list[str]], apart: list[list[str]]) -> list[list[str]]:
    """The stacks with those that are no rows replaced by what their members repeat, where all of these were built."""
    found = []
    for stack in stacks:
        if stack not in apart or not len(stack) == stack_of(tree, stack).length <= MOST_OPENED:
            found.append(stack)
            continue
        containers = [c.path for path in stack for c in tree.containers(path)]
        found += [bodies for path in containers if (bodies := tree.bodies(path))]
    return found


def collapsed(graph: Graph, tree: Tree, stacks: list[list[str]]) -> tuple[Graph, list[list[str]]]:
    """The raw graph with each stack replaced by one `stack` node whose inside is a member's graph.

    The stream is what the first member alone reads: the others read it from the member before. Beside it the stack
    reads what a member's canonical graph reads, which a mask, a table of angles or the lengths of sequences is not.
    Where a model does something between the members (stages with downsampling), there are several stacks. Beside
    the graph come the stacks that are no rows.
    """
    replaced: dict[str, str] = {}
    dropped: dict[str, Node] = {}
    unseen: list[Unresolved] = []
    apart: list[list[str]] = []
    for whole, stack, count in ((one, *row) for one in stacks for row in _rows(graph, tree, one)):
        inner = tree.lifted(stack[0])
        members = [tree.members[tree.first[path]] for path in stack]
        inside = {n.id for nodes in members for n in nodes}
        first, last = tree.outline(stack[0]), tree.outline(stack[-1])
        end = last.outputs[0]
        between = between_members(graph, members)
        seen = {a for path in stack for a in tree.read_by(path)}
        if reasons := list(departures(graph, members, between, end, seen)):
            unseen += reasons
            apart.append(whole)
        inside |= between
        outer = dict.fromkeys(a for nodes in members for n in nodes for a in n.args if a not in inside)
        reads = [a for a in outer if not graph[a].is_source or a in graph.inputs]
        later = {a for nodes in members[1:] for n in nodes for a in n.args}
        passed = [a for a in reads if len(members) > 1 and a not in later] or list(first.inputs)
        passed.sort(key=lambda a: a not in seen)  # places at which an attention looks are handed on, too
        beside = [a for a in reads if a not in passed[:1] and a in seen]
        args = [a for a in passed[:1] if a in reads] + beside
        dropped[end] = graph[end].changed(
            words=("stack",),
            args=tuple(args),
            operands=(),
            attrs=(*count, *_shared(tree, stack)),
            weights=tuple(w for nodes in members for w in _parameters(graph, nodes)),
            inner=inner,
            scopes=graph[end].scopes[:1],
            frames=tuple(f for f in graph[end].frames if f.depth <= 1 + _is_loop(tree, stack)),
        )
        for key in inside:
            replaced[key] = end
    nodes = []
    for node in graph.nodes:
        if node.id in dropped:  # it may read what a stack before it gives beside its stream
            given = dict.fromkeys(replaced.get(a, a) for a in dropped[node.id].args)
            nodes.append(dropped[node.id].changed(args=tuple(given)))
        elif node.id not in replaced:
            nodes.append(node.changed(args=tuple(replaced.get(a, a) for a in node.args)))
    made = Graph(
        nodes=tuple(_in_order(nodes)),
        inputs=graph.inputs,
        outputs=tuple(dict.fromkeys(replaced.get(o, o) for o in graph.outputs)),
        unresolved=(*graph.unresolved, *unseen),
    )
    return made, apart


def _in_order(nodes: list[Node]) -> list[Node]:
    """The nodes, each behind all that it reads: what read a member of a stack in its midst reads the stack now."""
    missing = {node.id for node in nodes}
    found: list[Node] = []
    waiting: list[Node] = []
    for node in nodes:
        waiting.append(node)
        while ready := [one for one in waiting if missing.isdisjoint(one.args)]:
            found += ready
            missing.difference_update(one.id for one in ready)
            waiting = [one for one in waiting if one.id in missing]
    return found + waiting
