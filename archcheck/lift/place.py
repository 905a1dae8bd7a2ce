"""Where a lifted node stands in the source: its module, and the line that a finding points at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from archcheck.graph import Graph, Node, Scope, Span, upstream
from archcheck.vocabulary import PLUMBING

MOST_BESIDE = 500  # other operations of a module
T = TypeVar("T")
PICKING = frozenset({"slice", "getitem", "split", "chunk", "unbind", "gather"})


class Places:
    """Answers, for any set of raw nodes, which module call they fill and where that call stands."""

    def __init__(self, graph: Graph) -> None:
        self._raw = graph.by_id
        self._size: dict[tuple[Scope, ...], set[str]] = {}
        self._made_of: dict[str, frozenset[str]] = {}
        self._parts: dict[str, str] = {}
        self._picked: dict[tuple[object, ...], str] = {}
        # A counter that a norm keeps is no result of it, and what is made of weights alone is a weight.
        alive = upstream(graph.by_id, graph.outputs)
        read: set[str] = set(graph.inputs)
        for node in graph.operations():
            if not read.isdisjoint(node.args):
                read.add(node.id)
            if node.words[0] in PLUMBING or _finds_places(node) or node.id not in alive & read:
                continue
            for depth in range(1, len(node.scopes) + 1):
                self._size.setdefault(node.scopes[:depth], set()).add(node.id)

    def weights(self, origin: Sequence[str]) -> tuple[str, ...]:
        """The parameters that raw nodes read, also those that pass operations without an input on their way."""
        if not self._made_of:
            for node in self._raw.values():
                self._made_of[node.id] = self._parameters(node)
        read = (arg for one in origin if one in self._raw for arg in self._raw[one].args)
        return tuple(dict.fromkeys(w for arg in read for w in sorted(self._made_of[arg])))

    def _parameters(self, node: Node) -> frozenset[str]:
        if node.words[0] == "parameter":
            return frozenset({node.id})
        if node.words[0] in PICKING and node.args and self._made_of.get(node.args[0]):
            return frozenset({self._part(node)})  # a part of a table: another part is another weight
        of = [self._made_of.get(arg, frozenset()) for arg in node.args]
        return frozenset().union(*of) if of and all(of) else frozenset()

    def _part(self, node: Node) -> str:
        """The first node that picks what this one picks: the same part of a table is the same weight."""
        told = len(node.args) == 1 and "?" not in str(node.attrs)
        same = (node.words[0], self._parts.get(node.args[0], node.args[0]), node.attrs if told else node.id)
        return self._parts.setdefault(node.id, self._picked.setdefault(same, node.id))

    def of(self, origin: Sequence[str]) -> tuple[str, Span | None, tuple[Scope, ...]]:
        """The module path, the span and the scopes of a box made of these raw nodes."""
        nodes = [self._raw[o] for o in origin if o in self._raw]
        solid = [n for n in nodes if n.words[0] not in PLUMBING] or nodes
        if not solid:
            return "", None, ()
        scopes = _common([n.scopes for n in solid])
        covered = {n.id for n in solid}
        depth = len(scopes)
        while depth > 1 and self._size.get(scopes[: depth - 1], set()) <= covered and depth > 2:
            depth -= 1
        whole = depth > 1 and self._size.get(scopes[:depth], set()) <= covered
        if whole:
            span = _caller(solid[0], depth)
            return scopes[depth - 1].path, span, scopes[:depth]
        span = self._call(solid, scopes, covered) or _deepest(solid)
        return scopes[-1].path if scopes else "", span, scopes

    def _call(self, nodes: Sequence[Node], scopes: tuple[Scope, ...], covered: set[str]) -> Span | None:
        """The call of the outermost function or method of one module that computes these nodes and nothing else.

        None for a single operation, which stands where it is written.
        """
        first = nodes[0].frames
        depth = len(_common([n.frames for n in nodes]))
        depth = min(depth, max(len(first) - 1, 0))  # where all stand on one line, it is no call
        if len(nodes) == 1 or not depth or first[depth - 1].depth != first[depth].depth:
            return None
        found = None
        beside = self._size.get(scopes, set()) - covered
        while depth and first[depth - 1].depth == first[depth].depth and len(beside) <= MOST_BESIDE:
            inside = (self._raw[key] for key in beside if self._raw[key].frames[:depth] == first[:depth])
            if not all(map(_is_offset, inside)):
                break
            depth -= 1
            found = first[depth].span
        return found


def _finds_places(node: Node) -> bool:
    """Whether this tells where something holds (`torch.where(mask)`, `mask == 0`): no part of what is computed."""
    return node.words[0] == "compare" or (node.words[0] == "where" and len(node.args) == 1)


def _is_offset(node: Node) -> bool:
    """Whether this adds a number: the `1 + scale` of a modulation is a part of its condition."""
    return node.words[0] in ("add", "subtract") and len(node.args) == 1


def _common(lists: Iterable[Sequence[T]]) -> tuple[T, ...]:
    """What all of these begin with."""
    out: list[T] = []
    for column in zip(*lists, strict=False):
        if any(item != column[0] for item in column):
            break
        out.append(column[0])
    return tuple(out)


def _caller(node: Node, depth: int) -> Span | None:
    """The line that calls the module at this depth."""
    outer = [f for f in node.frames if f.depth < depth]
    return outer[-1].span if outer else node.span


def _deepest(nodes: Sequence[Node]) -> Span | None:
    """The deepest line that all nodes share; for one node its own; else the first node's line."""
    if len(nodes) == 1:
        frames = nodes[0].frames
        return frames[-1].span if frames else nodes[0].span
    shared = _common([n.frames for n in nodes])
    last = nodes[-1]
    index = len(shared)
    inner = len(_common([n.scopes for n in nodes]))
    # Where the lines part, the first one in the innermost shared function; on one line the call around all. Where a
    # list calls them (`Sequential`), they part in the functions of its members.
    if index < len(last.frames) and all(
        len(n.frames) > index and n.frames[index].depth <= inner for n in nodes
    ):
        places = [n.frames[index].span for n in nodes]
        if len({(place.file, place.line, place.end_line) for place in places}) == 1:
            return max(places, key=lambda place: (place.end_column or 0) - place.column)
        if places[0].file == places[-1].file:
            return places[0]
    return shared[-1].span if shared else last.span
