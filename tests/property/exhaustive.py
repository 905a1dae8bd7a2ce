"""The cost model of docs/design/diff.md, tried out: every explanation of a small code graph by a small spec graph.

Written from the page, not from the engine: it shares with it only the vocabulary (which word is which family, and
which may stand for which). Nothing is estimated, nothing is forgotten, and no state is met twice on purpose: a
branch ends early only where what it has surely paid is already more than the best explanation so far.

    python -m tests.property.minimal --pairs 10000 --seed 1
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations, permutations

import networkx as nx

from archcheck.diff.words import CORES, FREE_TWINS, accepts, replaces
from archcheck.graph import Graph
from archcheck.vocabulary import ON_DEMAND, family

EDGE, MOVE, CORE_MOVE, AGAIN, SIZE, TIE = 1.01, 1.02, 0.01, 1.5, 0.002, 0.0005


class Plain:
    """One graph by positions, with the residual units of its nodes."""

    def __init__(self, graph: Graph) -> None:
        self.nodes = graph.nodes
        self.size = len(graph.nodes)
        index = {node.id: place for place, node in enumerate(graph.nodes)}
        self.args = [tuple(index[a] for a in node.args) for node in graph.nodes]
        self.outputs = [index[value] for value in graph.outputs]
        self.family = [family(node.words[0]) for node in graph.nodes]
        self.join = [bool(node.args) and self.family[p] == "join" for p, node in enumerate(graph.nodes)]
        self.core = [bool(node.args) and self.family[p] in CORES for p, node in enumerate(graph.nodes)]
        self.readers = [[p for p in range(self.size) if v in self.args[p]] for v in range(self.size)]
        self.units = self._units()

    def lost(self, join: int, place: int) -> set[int]:
        """What nobody reads any more when the join loses this operand."""
        kept = [a for p, a in enumerate(self.args[join]) if p != place]
        alive, todo = set(), list(self.outputs)
        while todo:
            value = todo.pop()
            if value not in alive:
                alive.add(value)
                todo += kept if value == join else self.args[value]
        return {p for p in range(self.size) if p not in alive and self.args[p]}

    def tie(self, node: int) -> float:
        """Of two equal steps the later one is missing or extra."""
        return TIE * (self.size - node) / self.size

    def _stream(self, node: int) -> tuple[int, ...]:
        return self.args[node] if self.join[node] else self.args[node][:1]

    def _units(self) -> list[frozenset[int]]:
        """For each node the joins to whose residual unit it belongs; -1 is the graph's start, -2 its end."""
        flow = nx.DiGraph()
        flow.add_nodes_from(range(self.size))
        flow.add_edges_from((a, p) for p in range(self.size) for a in self._stream(p))
        rooted = flow.copy()
        rooted.add_edges_from(("root", p) for p in range(self.size) if not self.args[p])
        fork = nx.immediate_dominators(rooted, "root")
        inside: dict[int, set[int]] = {}
        for join in (p for p in range(self.size) if self.join[p]):
            above = nx.ancestors(flow, join)
            if fork[join] != "root":
                inside[join] = above & nx.descendants(flow, fork[join])
            else:
                inside[join] = {p for p in above if self.args[p]}
        level = [
            min((j for j in inside if p in inside[j]), key=lambda j: (len(inside[j]), j), default=-1)
            for p in range(self.size)
        ]
        found = []
        for p in range(self.size):
            before, after = self._before(p, level), self._after(p, level, flow)
            around = {u for u in (before, after) if u is not None}
            if level[p] >= 0:
                found.append(frozenset(around | {level[p]}))
            else:
                found.append(frozenset({-1 if before is None else before, -2 if after is None else after}))
        return found

    def _before(self, p: int, level: list[int]) -> int | None:
        own = level[p]
        while self._stream(p):
            p = self._stream(p)[0]
            if level[p] != own:
                return None
            if self.join[p]:
                return p
        return None

    def _after(self, p: int, level: list[int], flow: nx.DiGraph[int]) -> int | None:
        """The first join of the node's own level that is computed from it."""
        return min(
            (q for q in nx.descendants(flow, p) if self.join[q] and level[q] == level[p]), default=None
        )


@dataclass
class Story:
    """The decisions of one explanation so far."""

    demands: list[tuple[int, int]]
    pair: tuple[dict[int, int], dict[int, int]]  # of each side: what a node stands for
    skipped: tuple[dict[int, int], dict[int, int]] = field(
        default_factory=lambda: ({}, {})
    )  # -> what is read
    paid: float = 0.0
    dropped: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())  # steps, priced at the end
    cuts: tuple[tuple[int, int, frozenset[int]], ...] = ()  # (side, join, lost), whole sublayers
    recent: tuple[tuple[int, frozenset[int]], ...] = ()  # those since the last pair of cores
    joins: frozenset[tuple[int, int]] = frozenset()

    def copy(self) -> Story:
        return replace(
            self,
            demands=list(self.demands),
            pair=(dict(self.pair[0]), dict(self.pair[1])),
            skipped=(dict(self.skipped[0]), dict(self.skipped[1])),
        )


def cheapest(left: Graph, right: Graph, limit: float = 12.0) -> float:
    """The least cost of all explanations of one level."""
    return _Exhaustive(Plain(left), Plain(right), limit).best


class _Exhaustive:
    def __init__(self, left: Plain, right: Plain, limit: float) -> None:
        self.sides = (left, right)
        self.best = limit
        inputs = [[p for p, n in enumerate(side.nodes) if n.words[0] == "input"] for side in self.sides]
        pairs = list(zip(*inputs, strict=False))
        self.inputs = set(pairs)
        start = Story(
            list(zip(left.outputs, right.outputs, strict=True)),
            (dict(pairs), {c: s for s, c in pairs}),
        )
        self._walk(start)

    # -- one decision after the other ---------------------------------------------------------------

    def _walk(self, story: Story) -> None:
        self._settle(story)
        if self._floor(story) >= self.best - 1e-9:
            return
        open_ = [s for s, _ in story.demands if s not in story.pair[0]]
        values = [c for _, c in story.demands if c not in story.pair[1]]
        if open_:
            for child in self._decide_spec(story, max(open_)):
                self._walk(child)
        elif values:
            for child in self._decide_code(story, max(values)):
                self._walk(child)
        else:
            self.best = min(self.best, self._floor(story, whole=True))

    def _settle(self, story: Story) -> None:
        """Follow what was bypassed; pay for the edges that lead elsewhere."""
        kept = []
        for s, c in story.demands:
            while s in story.skipped[0]:
                s = story.skipped[0][s]
            while c in story.skipped[1]:
                c = story.skipped[1][c]
            if s in story.pair[0] and c in story.pair[1]:
                if story.pair[0][s] != c and story.pair[1][c] != s:
                    story.paid += EDGE
            else:
                kept.append((s, c))
        story.demands = kept

    def _decide_spec(self, story: Story, s: int) -> Iterator[Story]:
        spec, code = self.sides
        wanted = list(dict.fromkeys(c for w, c in story.demands if w == s))
        reached = dict.fromkeys(c for _, c in story.demands)
        for c in reached:
            good, near = accepts(spec.nodes[s], code.nodes[c]), c in wanted
            free = c not in story.pair[1] and bool(spec.args[s]) == bool(code.args[c])
            if free and (good or (near and replaces(spec.nodes[s], code.nodes[c]))):
                yield from self._paired(story, s, c, 0.0 if good else 1.0)
        for c in wanted:
            if c in story.pair[1]:
                yield from self._twin(story, s, c, 0)
            else:
                yield from self._bypass(story, 1, c)
                yield from self._twins_of_code(story, c)
        yield from self._bypass(story, 0, s)

    def _decide_code(self, story: Story, c: int) -> Iterator[Story]:
        yield from self._twins_of_code(story, c)
        yield from self._bypass(story, 1, c)

    def _twins_of_code(self, story: Story, c: int) -> Iterator[Story]:
        for s in dict.fromkeys(s for s, value in story.demands if value == c and s in story.pair[0]):
            yield from self._twin(story, s, c, 1)

    def _twin(self, story: Story, s: int, c: int, which: int) -> Iterator[Story]:
        """One node for two: `which` says whose node is the second one."""
        spec, code = self.sides
        plain = spec.args[s] and code.args[c] and not spec.join[s] and not code.join[c]
        decided = story.pair[1].get(c) if which == 0 else story.pair[0].get(s)
        if not plain or (decided in (s, c, None) and decided == (s, c)[which]):
            return
        if not accepts(spec.nodes[s], code.nodes[c]):
            return
        child = story.copy()
        child.pair[which][(s, c)[which]] = (c, s)[which]
        child.paid += 0.0 if self.sides[which].family[(s, c)[which]] in FREE_TWINS else 1.0
        self._operands(child, s, c)
        yield child

    def _operands(self, story: Story, s: int, c: int) -> None:
        wanted, given = self.sides[0].args[s], self.sides[1].args[c]
        story.demands += zip(wanted, given, strict=False)
        story.paid += EDGE * max(0, len(wanted) - len(given))

    def _paired(self, story: Story, s: int, c: int, price: float) -> Iterator[Story]:
        spec, code = self.sides
        child = story.copy()
        child.pair[0][s], child.pair[1][c] = c, s
        child.paid += price
        if spec.core[s]:
            child.recent = ()
        if not (spec.join[s] and code.join[c]):
            self._operands(child, s, c)
            yield child
            return
        child.joins |= {(s, c)}
        for wanted, passed in self._ways_to_read(0, s):
            for given, gone in self._ways_to_read(1, c):
                for picks in _matchings(len(wanted), len(given)):
                    one = child.copy()
                    for which, inner in ((0, passed), (1, gone)):
                        self._melt(one, which, inner)
                    one.demands += [(wanted[i][2], given[j][2]) for i, j in picks]
                    for which, operands, used in (
                        (0, wanted, {i for i, _ in picks}),
                        (1, given, {j for _, j in picks}),
                    ):
                        for place, (join, at, _) in enumerate(operands):
                            if place not in used:
                                self._cut(one, which, join, at, whole=False)
                    yield one

    def _ways_to_read(
        self, which: int, join: int
    ) -> Iterator[tuple[list[tuple[int, int, int]], tuple[int, ...]]]:
        """The operands of a sum or product, (join, place, value); inner ones behind a dropout may melt into it."""
        side = self.sides[which]
        own = [(join, place, value) for place, value in enumerate(side.args[join])]
        inner: list[tuple[int, tuple[int, ...], int]] = []
        if side.nodes[join].words[0] in ("add", "mul"):
            for place, value in enumerate(side.args[join]):
                passed, reader, here = [], join, value
                while side.readers[here] == [reader] and side.family[here] in ON_DEMAND:
                    passed.append(here)
                    reader, here = here, side.args[here][0]
                alone = side.readers[here] == [reader] and side.args[join].count(value) == 1
                if passed and alone and side.nodes[here].words == side.nodes[join].words:
                    inner.append((place, tuple(passed), here))
        for count in range(len(inner) + 1):
            for chosen in combinations(inner, count):
                melted = {place: (passed, here) for place, passed, here in chosen}
                operands: list[tuple[int, int, int]] = []
                gone: list[int] = []
                for place, one in enumerate(own):
                    if place not in melted:
                        operands.append(one)
                        continue
                    passed, here = melted[place]
                    gone += passed
                    operands += [(here, at, value) for at, value in enumerate(side.args[here])]
                yield operands, tuple(gone)

    def _melt(self, story: Story, which: int, gone: tuple[int, ...]) -> None:
        story.paid += len(gone)

    # -- what is bypassed ---------------------------------------------------------------------------

    def _bypass(self, story: Story, which: int, node: int) -> Iterator[Story]:
        side = self.sides[which]
        if not side.args[node]:
            return
        if not side.join[node]:
            child = story.copy()
            child.skipped[which][node] = side.args[node][0]
            dropped = list(child.dropped)
            dropped[which] |= {node}
            child.dropped = (dropped[0], dropped[1])
            yield child
            return
        for kept, value in enumerate(side.args[node]):
            child = story.copy()
            child.skipped[which][node] = value
            for place in range(len(side.args[node])):
                if place != kept:
                    self._cut(child, which, node, place, whole=True)
            yield child

    def _cut(self, story: Story, which: int, join: int, place: int, *, whole: bool) -> None:
        side = self.sides[which]
        lost = frozenset(side.lost(join, place))
        cores = frozenset(p for p in lost if side.core[p])
        boxes = sum(side.family[p] == "sublayer" for p in cores)
        joins = sum(side.join[p] for p in lost) if cores else 0
        story.paid += max(1, boxes, joins + 1 if joins and not boxes else 1, (len(cores) + 3) // 4)
        story.paid += SIZE * len(lost) + side.tie(join)
        if not cores:
            return
        if any(w != which and self._alike(which, cores, others) for w, others in story.recent):
            story.paid += AGAIN
        story.recent = (*story.recent, (which, cores))
        if whole:
            story.cuts = (*story.cuts, (which, join, lost))

    def _alike(self, which: int, own: frozenset[int], others: frozenset[int]) -> bool:
        spec, code = self.sides
        pairs = [(a, b) if which == 0 else (b, a) for a in own for b in others]
        return any(accepts(spec.nodes[s], code.nodes[c]) for s, c in pairs)

    # -- the price ----------------------------------------------------------------------------------

    def _floor(self, story: Story, *, whole: bool = False) -> float:
        """What the story costs; of an unfinished one what it costs at least."""
        if not whole:
            behind = sum(
                self.sides[w].join[self.sides[w].args[node][0]] for w in (0, 1) for node in story.dropped[w]
            )
            return story.paid + MOVE / 2 * (len(story.dropped[0]) + len(story.dropped[1]) - behind)
        ties = sum(self.sides[w].tie(node) for w in (0, 1) for node in story.dropped[w])
        return story.paid + ties + min(self._moves(story, story.dropped[0], story.dropped[1]))

    def _moves(self, story: Story, missing: frozenset[int], extra: frozenset[int]) -> Iterator[float]:
        """The price of the dropped steps, for every way to call some of them moved."""
        if not missing:
            yield self._rest(story, missing, extra)
            return
        s = max(missing)
        for cost in self._moves(story, missing - {s}, extra):
            yield cost
        for c in sorted(extra):
            if accepts(self.sides[0].nodes[s], self.sides[1].nodes[c]) and self._local(story, s, c):
                smaller = replace(story, dropped=(story.dropped[0] - {s}, story.dropped[1] - {c}))
                for cost in self._moves(smaller, missing - {s}, extra - {c}):
                    yield cost + MOVE + (CORE_MOVE if self.sides[0].core[s] else 0.0)

    def _rest(self, story: Story, missing: frozenset[int], extra: frozenset[int]) -> float:
        """Steps that are simply missing or extra; the norm behind the add goes with its sublayer."""
        left = [set(story.dropped[0]), set(story.dropped[1])]
        cost = float(len(left[0]) + len(left[1]))
        for which, join, lost in story.cuts:
            side = self.sides[which]
            inside = {side.family[p] for p in lost}
            allowed = {"norm"} - inside if "sublayer" in inside else {"activation"} & inside
            behind = [p for p in left[which] if side.args[p][0] == join and side.family[p] in allowed]
            if behind:
                left[which].remove(behind[0])
                cost -= 1.0
        return cost

    def _local(self, story: Story, s: int, c: int) -> bool:
        """Whether both belong to one residual unit."""
        own, other = self.sides[0].units[s], self.sides[1].units[c]
        partners = dict(story.joins)
        return any((u if u < 0 else partners.get(u)) in other for u in own)


def _matchings(many: int, few: int) -> list[list[tuple[int, int]]]:
    """Every way to match as many operands as there are on the smaller side."""
    if many <= few:
        return [list(enumerate(order)) for order in permutations(range(few), many)]
    return [[(i, j) for j, i in enumerate(order)] for order in permutations(range(many), few)]
