"""Where a lifted node stands in the source: its module, and the line that a finding points at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archcheck.graph import Frame, Graph, Node, Scope, Span, upstream
from archcheck.vocabulary import PLUMBING

PICKING = frozenset({"slice", "getitem", "split", "chunk", "unbind", "gather"})


class Places:
    """Answers, for any set of raw nodes, which module call they fill and where that call stands."""

    def __init__(self, graph: Graph) -> None:
        self._raw = graph.by_id
        self._size: dict[tuple[Scope, ...], set[str]] = {}
        self._made_of: dict[str, frozenset[str]] = {}
        # A counter that a norm keeps is no result of it.
        alive = upstream(graph.by_id, graph.outputs)
        for node in graph.operations():
            if node.words[0] in PLUMBING or node.id not in alive:
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
            return frozenset({node.id})  # a part of a table: another part is another weight
        of = [self._made_of.get(arg, frozenset()) for arg in node.args]
        return frozenset().union(*of) if of and all(of) else frozenset()

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
        return scopes[-1].path if scopes else "", _deepest(solid), scopes


def _common(lists: Iterable[Sequence[Scope]]) -> tuple[Scope, ...]:
    out: list[Scope] = []
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
    shared: list[Frame] = []
    for column in zip(*(n.frames for n in nodes), strict=False):
        if any(item != column[0] for item in column):
            break
        shared.append(column[0])
    last = nodes[-1]
    index = len(shared)
    # Where the lines part, the first one in the innermost shared function; on one line the call around all.
    if index < len(last.frames) and all(len(n.frames) > index for n in nodes):
        places = [n.frames[index].span for n in nodes]
        if len({(place.file, place.line, place.end_line) for place in places}) == 1:
            return max(places, key=lambda place: (place.end_column or 0) - place.column)
        if places[0].file == places[-1].file:
            return places[0]
    return shared[-1].span if shared else last.span
