"""The graph while it is being lifted: passes fuse regions into boxes and drop plumbing.

A fused box keeps the id of its result, so readers need no update and the order stays topological.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, KeysView, Mapping, Sequence
from contextlib import contextmanager

from archcheck.graph import Graph, Literal, Node, Unresolved, upstream
from archcheck.graph.dominators import Dominators
from archcheck.lift.axes import Axes
from archcheck.lift.place import Places
from archcheck.vocabulary import CREATION

HEAVIEST = 2_000  # nodes inside of a box, those of the boxes in it counted, too


class Work:
    """A mutable graph with the queries that the passes need.

    Attributes:
        nodes: id -> node, in topological order.
        fixed: ids of values that no input reaches (parameters, constants and what is made of them).
    """

    def __init__(self, graph: Graph, outer: Work | None = None) -> None:
        """The work on a raw graph; with `outer`, on the inside of one of its boxes."""
        self.raw: dict[str, Node] = graph.by_id if outer is None else outer.raw
        self.places: Places = Places(graph) if outer is None else outer.places
        self.plumbing: list[str] = [] if outer is None else outer.plumbing
        self.nodes: dict[str, Node] = {n.id: n for n in graph.nodes}
        self.inputs, self.outputs = graph.inputs, list(graph.outputs)
        self.unresolved: list[Unresolved] = list(graph.unresolved)
        self.sequences: bool | None = None if outer is None else outer.sequences  # see lift.spelled
        self.fixed: set[str] = set()
        self.axes: Axes = Axes(self.raw) if outer is None else outer.axes
        self.finished: dict[int, tuple[Graph, Graph]] = (
            {} if outer is None else outer.finished
        )  # see lift.finish
        self._apart = False
        self._users: dict[str, list[str]] | None = None
        self._order: list[str] = []
        self._positions: dict[str, int] | None = None
        self._dominators: dict[tuple[str, bool], Dominators[str]] = {}  # of a root, streams apart or not
        self.weights: dict[int, tuple[Graph, int]] = {} if outer is None else outer.weights  # see _weight
        if outer is None:
            for node in graph.nodes:
                made = node.words[0] in CREATION  # like x.new_zeros(…): x gives a dtype, not a value
                self.nodes[node.id] = node.changed(origin=(node.id,), args=() if made else node.args)
            self.prune()
        self._find_fixed()

    # -- queries ---------------------------------------------------------------------------------

    def __getitem__(self, key: str) -> Node:
        return self.nodes[key]

    def word(self, key: str) -> str:
        """The word of a node."""
        return self.nodes[key].words[0]

    def users(self, key: str) -> list[str]:
        """The ids of the nodes that read a value, each once, in order."""
        if self._users is None:
            self._users = {k: [] for k in self.nodes}
            for node in self.nodes.values():
                for arg in dict.fromkeys(node.args):
                    self._users[arg].append(node.id)
        return self._users[key]

    def only_user(self, key: str) -> str | None:
        """The one node that reads this value, None if there are more or it is an output."""
        users = self.users(key)
        return users[0] if len(users) == 1 and key not in self.outputs else None

    def data(self, key: str) -> list[str]:
        """The operands of a node that depend on an input."""
        return [a for a in self.nodes[key].args if a not in self.fixed]

    def order(self, keys: Iterable[str]) -> list[str]:
        """The ids in topological order."""
        return sorted({k for k in keys if k in self.nodes}, key=self.positions.__getitem__)

    @property
    def stream(self) -> str | None:
        """The input that the first operation reads: the stream of a block with one stream."""
        for node in self.nodes.values():
            for arg in node.args:
                if arg in self.inputs:
                    return arg
        return self.inputs[0] if self.inputs else None

    @contextmanager
    def apart(self, wanted: bool = True) -> Iterator[None]:
        """Streams kept apart: what a value hands to another stream by a cross-attention is not derived from it."""
        before, self._apart = self._apart, wanted
        try:
            yield
        finally:
            self._apart = before

    def _reads(self, key: str) -> tuple[str, ...]:
        """The operands along which values are derived."""
        node = self.nodes[key]
        if self._apart and node.words[0] == "cross_attention" and node.args[0] not in self.fixed:
            return node.args[:1]
        return node.args

    def derived(self, root: str) -> KeysView[str]:
        """All values that depend on `root`, and `root` itself, as the graph is now."""
        return self._seen_to(root, next(reversed(self.nodes))).keys()

    def derives(self, root: str, key: str) -> bool:
        """Whether a value depends on `root`, or is `root` itself."""
        return key in self._seen_to(root, key)

    def idom(self, root: str, key: str) -> str | None:
        """The immediate dominator of a value along values derived from `root`; None for `root` and for others."""
        above = self._seen_to(root, key).get(key)
        return None if above == key else above

    def _seen_to(self, root: str, key: str) -> dict[str, str]:
        """The dominators of what is derived from `root`, at least down to `key`."""
        place = self.positions
        known = self._dominators.get((root, self._apart))
        if known is None:
            known = Dominators(root, place[root] + 1)
            self._dominators[root, self._apart] = known
        if known.end <= place[key]:
            operands = (
                (k, self._reads(k) if k in self.nodes else ())
                for k in self._order[known.end : place[key] + 1]
            )
            known.extend(operands)
        return known.found

    def root_of(self, key: str) -> str | None:
        """The first input that a value depends on."""
        return next((root for root in self.inputs if self.derives(root, key)), None)

    def adds_back(self, start: str, region: Iterable[str]) -> bool:
        """Whether a region holds a residual join: an add of the value that it starts from."""
        return any(self.word(key) == "add" and start in self.nodes[key].args for key in region)

    def between(self, start: str, end: str) -> set[str]:
        """The nodes on paths from `start` (left out) to `end` (in it)."""
        place = self.positions
        low = place[start]
        above: set[str] = set()
        todo = [end]
        while todo:
            key = todo.pop()
            if key not in above and place[key] > low:  # what stands before the start does not depend on it
                above.add(key)
                todo.extend(self._reads(key))
        found = {start}
        for key in sorted(above, key=place.__getitem__):
            if not found.isdisjoint(self._reads(key)):
                found.add(key)
        found.discard(start)
        return found

    @property
    def positions(self) -> dict[str, int]:
        """The place of each node in the order; fusing and bypassing do not change the order."""
        if self._positions is None:
            self._order = list(self.nodes)
            self._positions = {key: i for i, key in enumerate(self._order)}
        return self._positions

    def sides(self, region: set[str], *keep: str) -> set[str]:
        """The nodes outside a region that serve it alone: masks, weights, projected memory (not `keep`)."""
        found: set[str] = set()
        todo = [a for key in region for a in self.nodes[key].args]
        grew = True
        while grew:
            grew = False
            for key in list(dict.fromkeys(todo)):
                if (
                    key in region
                    or key in found
                    or key in keep
                    or self.nodes[key].is_source
                    or key in self.outputs
                ):
                    continue
                if all(u in region or u in found for u in self.users(key)):
                    found.add(key)
                    todo.extend(self.nodes[key].args)
                    grew = True
        return found

    def closed(self, region: set[str], out: str) -> bool:
        """Whether nothing outside the region reads a value of it other than `out`."""
        return all(
            key == out or (key not in self.outputs and all(u in region for u in self.users(key)))
            for key in region
        )

    # -- changes ---------------------------------------------------------------------------------

    def touch(self) -> None:
        """Forget what was derived from the old edges."""
        self._users = None
        self._dominators.clear()

    def _changed(self, key: str) -> None:
        """Forget what was derived from the old operands of a node: what stands before it does not depend on them."""
        first = self.positions[key]
        for root, apart in list(self._dominators):
            if root not in self.inputs or root not in self.nodes:  # asked for once
                del self._dominators[root, apart]
            else:
                self._dominators[root, apart].cut(first)

    def _unlink(self, key: str) -> None:
        """Take a node from the readers of its operands."""
        if self._users is not None:
            for arg in set(self.nodes[key].args):
                if arg in self._users:
                    self._users[arg].remove(key)

    def _link(self, key: str) -> None:
        """Enter a node among the readers of its operands."""
        if self._users is not None:
            for arg in set(self.nodes[key].args):
                insort(self._users[arg], key, key=self.positions.__getitem__)

    def put(self, node: Node) -> None:
        """Replace the node of that id."""
        old = self.nodes[node.id]
        if old.args == node.args:
            self.nodes[node.id] = node
            if old.words != node.words and self._dominators:
                self._changed(node.id)
            return
        self._unlink(node.id)
        self.nodes[node.id] = node
        self._link(node.id)
        self._changed(node.id)

    def drop(self, *keys: str) -> None:
        """Take away nodes that nothing reads any more."""
        for key in keys:
            self._unlink(key)
        for key in keys:
            del self.nodes[key]
            if self._users is not None:
                del self._users[key]
        for known in self._dominators.values():
            known.forget(keys)

    def insert_before(self, key: str, source: Node) -> None:
        """Put a source before a node in the order; it is fixed."""
        self.nodes = {
            k: n
            for old, node in self.nodes.items()
            for k, n in (((source.id, source), (old, node)) if old == key else ((old, node),))
        }
        self.fixed.add(source.id)
        self._positions = None
        self.touch()

    def rename(self, key: str, word: str, args: Sequence[str] | None = None, **attrs: Literal) -> None:
        """Give a node another word, and other operands and attributes if given."""
        node = self.nodes[key].changed(words=(word,), operands=())
        if args is not None:
            node = node.changed(args=tuple(args))
        self.put(node.with_attrs(**attrs) if attrs else node)

    def bypass(self, key: str, value: str) -> None:
        """Let all readers of `key` read `value` instead, and drop the node as plumbing."""
        for user in list(self.users(key)):
            node = self.nodes[user]
            self.put(node.changed(args=tuple(value if a == key else a for a in node.args)))
        self.outputs = [value if o == key else o for o in self.outputs]
        self.plumbing.extend(self.nodes[key].origin)
        self.drop(key)

    def bypass_all(self, alias: dict[str, str]) -> None:
        """Bypass many nodes in one walk: readers of a key read its value (followed to the end)."""
        if not alias:
            return

        def follow(key: str) -> str:
            while key in alias:
                key = alias[key]
            return key

        for key, node in list(self.nodes.items()):
            if key in alias:
                self.plumbing.extend(node.origin)
                del self.nodes[key]
            elif any(a in alias for a in node.args):
                self.nodes[key] = node.changed(args=tuple(follow(a) for a in node.args))
        self.outputs = [follow(o) for o in self.outputs]
        self.touch()

    def fuse(
        self,
        region: Iterable[str],
        out: str,
        word: str,
        args: Sequence[str],
        attrs: Mapping[str, Literal] | None = None,
        inner: bool = False,
    ) -> Node:
        """Replace a region by one node of that word; `inner` keeps the region as its inside.

        Nodes of the region that others read, too, stay beside the box.
        """
        members = self.order(region)
        inside = set(members)
        if inner:  # attention weights and caches are inside of the box, though the module hands them out
            self.outputs = [o for o in self.outputs if o == out or o not in inside] or self.outputs
        body = self._inner(members, out, args) if inner else None
        kept = {k for k in members if k in self.outputs}
        for key in reversed(members):  # readers first: a value is kept for one outside, or one that is kept
            if key != out and any(u not in inside or (u in kept and u != out) for u in self.users(key)):
                kept.add(key)
        dropped = inside - kept - {out}
        origin = tuple(
            dict.fromkeys(o for k in members if k == out or k in dropped for o in self.nodes[k].origin)
        )
        node = Node(
            id=out,
            words=(word,),
            args=tuple(args),
            attrs=tuple((attrs or {}).items()),
            origin=origin,
            inner=body,
            shape=self.nodes[out].shape,
        )
        self.put(node)
        self.drop(*dropped)
        return node

    def _inner(self, members: list[str], out: str, args: Sequence[str]) -> Graph:
        inside = set(members)
        outer = dict.fromkeys(a for k in members for a in self.nodes[k].args if a not in inside)
        first = [a for a in args if a in outer] + [a for a in outer if a not in args]
        sources = []
        for key in first:
            node = self.nodes[key]
            if node.is_source and key not in args:
                sources.append(node)
            else:
                sources.append(Node(id=key, words=("input",), shape=node.shape))
        inputs = tuple(n.id for n in sources if n.words[0] == "input")
        nodes = [self.nodes[k] for k in members]
        if sum(map(self._weight, nodes)) > HEAVIEST:  # boxes that share their insides double at each level
            nodes = [n.changed(inner=None) for n in nodes]
        return Graph(nodes=(*sources, *nodes), inputs=inputs, outputs=(out,))

    def _weight(self, node: Node) -> int:
        """A node and all nodes inside of it; boxes hold equal boxes many times."""
        inner = node.inner
        if inner is None:
            return 1
        known = self.weights.get(id(inner))
        if known is None:  # the graph is kept, so that no other one gets its number
            known = self.weights[id(inner)] = inner, 1 + sum(map(self._weight, inner.nodes))
        return known[1]

    def prune(self) -> None:
        """Drop the nodes that no output depends on (inputs stay)."""
        alive = {*upstream(self.nodes, self.outputs), *self.inputs}
        for key in [k for k in self.nodes if k not in alive]:
            self.plumbing.extend(self.nodes[key].origin)
            del self.nodes[key]
        self.touch()

    def _find_fixed(self) -> None:
        self.fixed.clear()
        for node in self.nodes.values():
            if node.is_source:
                if node.words[0] != "input":
                    self.fixed.add(node.id)
            elif (node.args or node.words[0] in CREATION) and all(a in self.fixed for a in node.args):
                self.fixed.add(node.id)

    def graph(self) -> Graph:
        """The graph as it is now; what was not resolved counts only where a result depends on it."""
        alive = {o for n in self.nodes.values() for o in (n.id, *n.origin)}
        return Graph(
            nodes=tuple(self.nodes.values()),
            inputs=self.inputs,
            outputs=tuple(self.outputs),
            unresolved=tuple(u for u in self.unresolved if u.value in alive or not u.value),
        )
