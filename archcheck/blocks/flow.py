"""The residual decomposition: a canonical graph as stream, branches, skips and joins.

For each join the immediate dominator of its operands is the fork. The operand that reaches the fork
with the least on its way is the skip, the rest is the branch, and both are decomposed in turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Union

from archcheck.graph import Graph, Node, upstream
from archcheck.vocabulary import JOINS, is_a

REPEATS = 8  # how often a flow may write an operation, on average
PROJECTIONS = frozenset({"linear", "conv", "depthwise_conv", "embedding"})
JOIN_NAMES = {"add": "sum", "mul": "product", "concat": "concat"}


@dataclass(frozen=True, slots=True)
class OpStep:
    """One operation of the stream or of a branch; `inner` is the flow of its inside."""

    node: Node
    inner: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Residual:
    """A join of a branch with a skip. `source` is the value that the skip reads, None = the step's start."""

    node: Node
    branch: tuple[Step, ...]
    skip: tuple[Step, ...] = ()
    source: str | None = None
    start: str = ""


@dataclass(frozen=True, slots=True)
class Parallel:
    """Branches of one value that a join brings together, with no skip."""

    node: Node
    branches: tuple[tuple[Step, ...], ...]


Step = Union[OpStep, Residual, Parallel]


class NoSingleStreamError(Exception):
    """The graph is not one stream with branches; it has no flow."""


class _Decomposer:
    def __init__(self, graph: Graph, out: str) -> None:
        self.graph, self.out = graph, out
        self.walked: dict[tuple[str, str], tuple[list[Step], tuple[int, int]]] = {}
        self.sources: dict[str, set[str]] = {}
        self.most = REPEATS * len(graph.nodes)

    @cached_property
    def stream(self) -> str:
        """The stream: the first input that the output carries on; else the first that it comes from.

        An input that is carried on as it is comes before one of which only a projection is added.
        """
        inputs = set(self.graph.inputs)
        above = self.carried(self.out, PROJECTIONS)
        if not above & inputs:
            above = self.carried(self.out)
        if not above & inputs:
            above = upstream(self.graph.by_id, [self.out])
        for node in self.graph.nodes:
            for arg in node.args:
                if arg in self.graph.inputs and arg in above and node.id in above:
                    return arg
        raise NoSingleStreamError

    @cached_property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """What each value reads of this stream: where streams meet (a concat, a joint attention), its own part."""
        streams = set(self.graph.inputs)
        found: dict[str, tuple[str, ...]] = {}
        for node in self.graph.nodes:
            args = node.args
            meet = node.words[0] == "concat" or is_a(node.words[0], "sublayer")
            if meet and len(args) > 1:
                carried = [self.carried(a) & streams for a in args]
                own = tuple(a for a, c in zip(args, carried, strict=True) if self.stream in c)
                others = any(c and self.stream not in c for c in carried)
                args = own if own and others else args
            found[node.id] = args
        return found

    def carried(self, out: str, ends: frozenset[str] = frozenset()) -> set[str]:
        """The values that an output holds besides what sublayers add to them.

        These are what it comes from by way of joins, and of the first operand of what is no sublayer and has
        none of these words.
        """
        found: set[str] = set()
        todo = [out]
        while todo:
            key = todo.pop()
            if key in found:
                continue
            found.add(key)
            node = self.graph[key]
            if node.words[0] in JOINS:
                todo.extend(node.args)
            elif not is_a(node.words[0], "sublayer") and node.words[0] not in ends:
                todo.extend(node.args[:1])
        return found

    @cached_property
    def derived(self) -> set[str]:
        found = {self.stream}
        for node in self.graph.nodes:
            if any(a in found for a in self.reads[node.id]):
                found.add(node.id)
        return found

    @cached_property
    def index(self) -> dict[str, int]:
        return {n.id: i for i, n in enumerate(self.graph.nodes)}

    @cached_property
    def idom(self) -> dict[str, str]:
        """Immediate dominators along the stream; with few nodes Cooper's sets are simple and quick."""
        order = [n.id for n in self.graph.nodes if n.id in self.derived]
        idom = {self.stream: self.stream}
        for key in order:
            if key == self.stream:
                continue
            above = [a for a in self.reads[key] if a in self.derived]
            common = above[0]
            for other in above[1:]:
                common = _meet(common, other, idom, self.index)
            idom[key] = common
        return idom

    def walk(self, end: str, start: str) -> list[Step]:
        """The steps that make `end` of `start`."""
        return self.weighed(end, start)[0]

    def weighed(self, end: str, start: str) -> tuple[list[Step], tuple[int, int]]:
        """The steps that make `end` of `start`, and their weight; a way is walked once, however many need it."""
        known = self.walked.get((end, start))
        if known is None:
            steps = self.steps(end, start)
            known = self.walked[end, start] = steps, weight(steps)
            if known[1][1] > self.most:  # ways that share most of what they hold are no flow to read
                raise NoSingleStreamError
        return known

    def steps(self, end: str, start: str) -> list[Step]:
        """The steps that make `end` of `start`, walked."""
        parts: list[list[Step]] = []
        current = end
        while current != start:
            if current not in self.derived or current == self.stream:
                raise NoSingleStreamError
            node = self.graph[current]
            data = [a for a in self.reads[current] if a in self.derived]
            if node.words[0] in JOINS and len(data) > 1:
                fork = self.idom[current]
                parts.append(self.join(node, data, fork))
                current = fork
            else:
                parts.append([OpStep(node, inner_flow(node))])
                current = data[0]
        return [step for part in reversed(parts) for step in part]

    def join(self, node: Node, data: list[str], fork: str) -> list[Step]:
        """The steps of one join: a residual, or parallel branches."""
        if fork in data:
            rest = [a for i, a in enumerate(data) if i != data.index(fork)]
            branch = self.branches(node, rest, fork)
            return self.sequential(node, branch, (), fork, fork)
        skip = self.lightest(data, fork) if node.words[0] in ("add", "subtract") else None
        if skip is None:
            return [*self.branches(node, data, fork)]
        rest = [a for i, a in enumerate(data) if i != data.index(skip)]
        source = self.shared(skip, rest, fork)
        branch = self.branches(node, rest, fork)
        return self.sequential(node, branch, tuple(self.walk(skip, source)), source, fork)

    def branches(self, node: Node, operands: list[str], fork: str) -> list[Step]:
        """One branch as its steps, several as what they share and then a parallel group."""
        if len(operands) == 1:
            return self.walk(operands[0], fork)
        common = operands[0]
        for other in operands[1:]:
            common = _meet(common, other, self.idom, self.index)
        if not self.reaches(common, fork):
            common = fork
        if common in operands:  # a sum of sums: the inner one is a residual of its own
            return [*self.walk(common, fork), *self.join(node, operands, common)]
        group = Parallel(node, tuple(tuple(self.walk(o, common)) for o in operands))
        return [*self.walk(common, fork), group]

    def reaches(self, value: str, fork: str) -> bool:
        """Whether the value is the fork or depends on it."""
        return fork in self.above(value)

    def above(self, value: str) -> set[str]:
        """The value and all that it depends on."""
        if value not in self.sources:
            self.sources[value] = upstream(self.graph.by_id, [value])
        return self.sources[value]

    def lightest(self, data: list[str], fork: str) -> str | None:
        """The operand that is the skip: without a sublayer, and with the least on its way."""
        weights = [(self.weighed(a, fork)[1], i) for i, a in enumerate(data)]
        weights.sort()
        if weights[0][0][0] > 0 or weights[0][0] == weights[1][0]:
            return None
        return data[weights[0][1]]

    def shared(self, skip: str, rest: list[str], fork: str) -> str:
        """The last value on the skip's way that the branch reads, too: there the skip starts."""
        above = upstream(self.graph.by_id, rest)
        current = skip
        while current != fork and current not in above:
            current = self.idom[current]
        return current

    def sequential(
        self, node: Node, branch: list[Step], skip: tuple[Step, ...], source: str, fork: str
    ) -> list[Step]:
        """A residual; or, where its branch holds finished residuals, these and then the rest of it.

        `x + f(x1)` with `x1 = x + g(x)` is written one after the other where both hold a sublayer.
        """
        cut = 0
        for i, step in enumerate(branch):
            rest = branch[i + 1 :]
            if isinstance(step, Residual) and weight([step])[0]:
                # What is concatenated is projected at once.
                added = step.node.words[0] == "add" and _solid(rest)
                cut = i + 1 if added or weight(rest)[0] else cut
        if cut:
            last = branch[cut - 1]
            begin = last.node.id if isinstance(last, (Residual, Parallel)) else ""
            return [*branch[:cut], Residual(node, tuple(branch[cut:]), skip, source, begin)]
        return [Residual(node, tuple(branch), skip, None if source == fork else source, fork)]


def _meet(a: str, b: str, idom: dict[str, str], index: dict[str, int]) -> str:
    while a != b:
        if index[a] > index[b]:
            a = idom[a]
        else:
            b = idom[b]
    return a


def weight(steps: Iterable[Step]) -> tuple[int, int]:
    """How much a way holds: the number of sublayers, then of operations."""
    heavy, light = 0, 0
    for step in steps:
        if isinstance(step, OpStep):
            heavy += is_a(step.node.words[0], "sublayer")
            light += 1
        else:
            parts = step.branches if isinstance(step, Parallel) else (step.branch, step.skip)
            for part in parts:
                h, n = weight(part)
                heavy, light = heavy + h, light + n + 1
    return heavy, light


def inner_flow(node: Node) -> tuple[Step, ...]:
    """The flow of a box's inside, empty where it is no single stream."""
    return flow(node.inner) or () if node.inner is not None else ()


def flow(graph: Graph, out: str = "") -> tuple[Step, ...] | None:
    """The flow of a canonical graph up to an output, the first if none is named; None if it is no single stream."""
    if not graph.outputs:
        return None
    try:
        decomposer = _Decomposer(graph, out or graph.outputs[0])
        return tuple(decomposer.walk(decomposer.out, decomposer.stream))
    except (NoSingleStreamError, RecursionError):
        return None


def stream_of(graph: Graph) -> str:
    """The input that the flow of a graph starts from, "" if there is none."""
    try:
        return _Decomposer(graph, graph.outputs[0]).stream if graph.outputs else ""
    except NoSingleStreamError:
        return ""


def flow_of_all(graph: Graph, first: tuple[Step, ...] | None) -> tuple[Step, ...] | None:
    """The flow of the first output, and in their places the sublayers that only another stream passes."""
    if first is None or len(graph.outputs) < 2:
        return first
    modules = {node.id: node.name for node in graph.nodes}
    known = set(_solid(first))
    named = {modules.get(key) for key in known} - {"", None}
    index = {node.id: position for position, node in enumerate(graph.nodes)}
    index |= {_whole(node): position for node, position in zip(graph.nodes, index.values(), strict=True)}

    def place(step: Step) -> int:
        return min((index[k] for k in _solid([step])), default=index[step.node.id])

    found = [(place(step), step) for step in first]
    for out in graph.outputs[1:]:
        steps = flow(graph, out) or ()
        fresh = [key for key in _solid(steps) if key not in known]
        if all(modules.get(key) in named for key in fresh):
            continue  # a stream that passes the same modules as those before it says nothing new (XLNet)
        behind: int | None = (
            None  # the place of a sublayer of this stream alone, behind which its norms stand
        )
        for step in steps:
            own = _solid([step])
            if own:
                behind = place(step) if known.isdisjoint(own) else None
            if behind is not None:
                found.append((behind, step))
                known.update(own)
        named |= {modules.get(key) for key in fresh} - {"", None}
    return tuple(step for _, step in sorted(found, key=lambda one: one[0]))


def _whole(node: Node) -> str:
    """What tells a sublayer from others: its node, and for the results of a joint attention what they read."""
    joint = node.words[0] == "joint_attention"
    return " ".join((node.words[0], *sorted(node.args))) if joint else node.id


def _solid(steps: Iterable[Step]) -> list[str]:
    """The operations with weights of their own, and the sublayers, that some steps hold.

    The two results of a joint attention are one sublayer.
    """
    found: list[str] = []
    for step in steps:
        if isinstance(step, OpStep):
            word = step.node.words[0]
            found += [_whole(step.node)] if is_a(word, "sublayer") or word in ("linear", "conv") else []
        else:
            parts = step.branches if isinstance(step, Parallel) else (step.branch, step.skip)
            found += [key for part in parts for key in _solid(part)]
    return found
