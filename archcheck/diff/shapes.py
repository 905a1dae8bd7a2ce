"""What a value computes from another one, as a number: equal numbers mean equal words in equal places.

Nodes count as equal where they could be paired for nothing; steps that may be left out for nothing are not seen.
Of a step that is no join only the running operand counts, and a value that is computed twice is as good as one.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from archcheck.diff.words import FLAT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archcheck.diff.matching import Matching
    from archcheck.diff.side import Side
    from archcheck.graph import Graph, Node

HOLE = 0  # the number of the value from which a stretch starts
NONE = -1
MOST_INSIDES = 64  # pairs of different opened boxes whose insides are compared for the bound
DIFFERENT = 0.5  # a price from which on two nodes cannot be paired for nothing

Key = tuple[int, tuple[int, ...]]


class Shapes:
    """The numbers of one comparison. `label` is a number for each node of either side; `unseen` those labels that
    may be left out for nothing.
    """

    def __init__(self, label: dict[int, list[int]], unseen: frozenset[int]) -> None:
        self.label = label
        self.unseen = unseen
        self.numbers: dict[Key, int] = {}

    def turned(self) -> Shapes:
        """The same labels, for the numbers of the other side."""
        return Shapes(self.label, self.unseen)

    def read(self, side: Side, position: int) -> tuple[int, ...]:
        """The operands that count."""
        return side.args[position] if side.join[position] else side.args[position][:1]

    def sources(self, side: Side) -> list[int]:
        """The numbers of what nothing computes."""
        own = self.label[id(side)]
        labels = dict.fromkeys(own[p] for p, leaf in enumerate(side.leaf) if leaf)
        return [self.numbers.setdefault((label, ()), len(self.numbers) + 1) for label in labels]

    def of(
        self, side: Side, members: list[int], first: tuple[int, int], without: frozenset[int]
    ) -> dict[int, int]:
        """The numbers of the members of a stretch, as if some of them were left out; new shapes get new numbers.

        `first` is the value from which it starts, and that value's number.
        """
        found: dict[int, int] = dict([first])
        parts: dict[int, Key] = {}  # how joins were computed, also behind steps that are left out
        for position in members:
            if position in without or self.hidden(side, position):
                operand = side.args[position][0]
                found[position] = self._operand(side, operand, found)
                if operand in parts:
                    parts[position] = parts[operand]
                continue
            key = self._key(side, position, found, parts)
            assert key is not None
            parts[position] = key
            found[position] = self.numbers.setdefault(key, len(self.numbers) + 1)
        return found

    def hidden(self, side: Side, position: int) -> bool:
        """Whether this step may be left out for nothing."""
        return self.label[id(side)][position] in self.unseen

    def _operand(self, side: Side, operand: int, found: dict[int, int]) -> int:
        if operand not in found and side.leaf[operand]:
            key = (self.label[id(side)][operand], ())
            found[operand] = self.numbers.setdefault(key, len(self.numbers) + 1)
        return found.get(operand, NONE)

    def _key(self, side: Side, position: int, found: dict[int, int], parts: dict[int, Key]) -> Key | None:
        """What a node computes; None where an operand has no number."""
        operands: list[int] = []
        words = side.nodes[position].words
        flat = side.join[position] and set(words) <= FLAT
        for operand in self.read(side, position):
            inner = self._melted(side, position, operand, parts) if flat else None
            if inner is not None:
                operands.extend(inner)
                continue
            number = self._operand(side, operand, found)
            if number == NONE:
                return None
            operands.append(number)
        if side.join[position] and side.commutative(position):
            operands.sort()
        return self.label[id(side)][position], tuple(operands)

    def _melted(self, side: Side, join: int, operand: int, parts: dict[int, Key]) -> tuple[int, ...] | None:
        """The operands of an inner join of the same word, where all steps between are left out."""
        inner = None if side.join[operand] else parts.get(operand)
        return inner[1] if inner is not None and inner[0] == self.label[id(side)][join] else None

    # -- where shapes stand in another graph ---------------------------------------------------------

    def places(self, side: Side, roots: set[int], whole: set[int]) -> Iterator[tuple[int, int, int, bool]]:
        """(start, end, shape, whether one step was left out) for all shapes among `roots`.

        The start is -1 where the shape is computed from sources alone. Steps are left out of this side only for the
        shapes in `whole`.
        """
        users = _users(self, side)
        closed, parts = self._spread(side, users, {}, {}, -1)
        for start in (-1, *(p for p in range(len(side.nodes)) if not side.leaf[p])):
            found, own_parts = closed, parts
            if start >= 0:
                below = self._below(users, start, closed)
                known = {p: number for p, number in closed.items() if p not in below}
                own_parts = {p: part for p, part in parts.items() if p not in below}
                found, own_parts = self._spread(side, users, {**known, start: HOLE}, own_parts, start)
            for end, shape in found.items():
                if shape in roots and end != start:
                    yield start, end, shape, False
            steps = [p for p in found if p != start and not side.join[p] and not side.leaf[p]]
            for step in (*steps, *self._edge(side, users, found)):
                yield from self._without(side, users, found, own_parts, (start, step), whole)

    def _edge(self, side: Side, users: list[list[int]], found: dict[int, int]) -> list[int]:
        """The steps without a number whose operand has one."""
        return sorted(
            {q for p in found for q in users[p] if q not in found and not side.join[q] and not side.leaf[q]}
        )

    def _without(
        self,
        side: Side,
        users: list[list[int]],
        found: dict[int, int],
        parts: dict[int, Key],
        at: tuple[int, int],
        whole: set[int],
    ) -> Iterator[tuple[int, int, int, bool]]:
        start, step = at
        if not side.alike[step] or self.hidden(side, step):
            return
        below = self._below(users, step, found)
        known = {p: n for p, n in found.items() if p not in below}
        known[step] = found[side.args[step][0]]
        parts = {p: key for p, key in parts.items() if p in known}
        if side.args[step][0] in parts:
            parts[step] = parts[side.args[step][0]]
        new, _ = self._spread(side, users, known, parts, step)
        for end, shape in new.items():
            if shape in whole and end != step and (end in below or end not in found):
                yield start, end, shape, True

    def _below(self, users: list[list[int]], step: int, found: dict[int, int]) -> set[int]:
        below, todo = {step}, [step]
        while todo:
            for user in users[todo.pop()]:
                if user in found and user not in below:
                    below.add(user)
                    todo.append(user)
        return below

    def _spread(
        self,
        side: Side,
        users: list[list[int]],
        known: dict[int, int],
        parts: dict[int, Key],
        start: int,
    ) -> tuple[dict[int, int], dict[int, Key]]:
        """The numbers of all nodes that are computed from a value in a way that has a number already."""
        heap: list[int] = []
        queued: set[int] = set()

        def queue(position: int) -> None:
            for user in users[position]:
                if user not in queued and user not in known:
                    queued.add(user)
                    heappush(heap, user)

        if start >= 0:
            queue(start)
        else:
            for position, leaf in enumerate(side.leaf):
                if leaf:
                    number = self.numbers.get((self.label[id(side)][position], ()), NONE)
                    if number != NONE:
                        known[position] = number
                        queue(position)
        while heap:
            position = heappop(heap)
            if self.hidden(side, position):
                operand = side.args[position][0]
                number = known.get(operand, NONE)
                if operand in parts:
                    parts[position] = parts[operand]
            else:
                key = self._known_key(side, position, known, parts)
                number = self.numbers.get(key, NONE) if key is not None else NONE
                if key is not None and number == NONE and side.join[position]:
                    number = -position - 2  # of no meaning by itself, but it may melt into another join
                if key is not None and number != NONE:
                    parts[position] = key
            if number != NONE:
                known[position] = number
                queue(position)
        return known, parts

    def _known_key(
        self, side: Side, position: int, known: dict[int, int], parts: dict[int, Key]
    ) -> Key | None:
        if any(a not in known and not side.leaf[a] for a in self.read(side, position)):
            return None
        return self._key(side, position, known, parts)


def _users(shapes: Shapes, side: Side) -> list[list[int]]:
    """For each value the nodes that read it as an operand that counts."""
    users: list[list[int]] = [[] for _ in side.nodes]
    for position in range(len(side.nodes)):
        for operand in dict.fromkeys(shapes.read(side, position)):
            users[operand].append(position)
    return users


def labels(
    spec: Side, code: Side, matching: Matching, judge: Callable[[int, int], float] | None
) -> Shapes | None:
    """The labels of both sides: equal where two nodes, or others like them, can be paired for nothing.

    None where a join may be left out for nothing.
    """
    names = [[_name(node) for node in side.nodes] for side in (spec, code)]
    first = [{name: p for p, name in reversed(list(enumerate(own)))} for own in names]
    fits = [(s, c) for s in first[0].values() for c in first[1].values() if matching.fit(s, c) == 2]
    opened = sum(spec.nodes[s].inner is not None and code.nodes[c].inner is not None for s, c in fits)
    groups = _Groups()
    for s, c in fits:
        inside = spec.nodes[s].inner is not None and code.nodes[c].inner is not None
        if judge is None or (inside and opened > MOST_INSIDES) or judge(s, c) < DIFFERENT:
            groups.unite((0, names[0][s]), (1, names[1][c]))
    label, unseen = {}, set()
    for which, side in enumerate((spec, code)):
        own = [groups.number((which, name)) for name in names[which]]
        label[id(side)] = own
        single = {side.index[o.exit] for o in side.graph.options if len(o.nodes) == 1}
        for position, node in enumerate(side.nodes):
            if (node.noop or position in single) and node.args:
                if side.join[position]:
                    return None
                unseen.add(own[position])
    return Shapes(label, frozenset(unseen))


def _name(node: Node) -> object:
    """What two nodes have in common that are judged alike."""
    inside = None if node.inner is None else _text(node.inner)
    return node.words, bool(node.args), node.attrs, inside


def _text(graph: Graph) -> object:
    """A graph without names."""
    place = {node.id: p for p, node in enumerate(graph.nodes)}
    options = tuple((place.get(o.entry), place.get(o.exit), len(o.nodes)) for o in graph.options)
    nodes = tuple((_name(node), node.noop, tuple(place[a] for a in node.args)) for node in graph.nodes)
    return nodes, options, tuple(place[value] for value in graph.outputs)


class _Groups:
    """Names that are taken together, and a number for each group."""

    def __init__(self) -> None:
        self.parent: dict[object, object] = {}
        self.numbers: dict[object, int] = {}

    def _root(self, name: object) -> object:
        while self.parent.get(name, name) != name:
            name = self.parent[name]
        return name

    def unite(self, one: object, other: object) -> None:
        left, right = self._root(one), self._root(other)
        if left != right:
            self.parent[left] = right

    def number(self, name: object) -> int:
        return self.numbers.setdefault(self._root(name), len(self.numbers))
