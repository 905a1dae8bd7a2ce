"""Assembles a spec's graph node by node, and keeps it within bounds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archcheck.graph import Graph, Node, Option, Span
from archcheck.spec.normal import Parts, normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcheck.spec.errors import Problems
    from archcheck.spec.syntax import Chain, GroupStep, WordStep

MOST_NODES = 20_000
DEEPEST_INNER = 32
NOWHERE = Span("<chain>", 1)


def place(part: WordStep | GroupStep | Chain | None) -> Span:
    """Where a part of the syntax stands; chains that code has built stand nowhere."""
    return NOWHERE if part is None or part.span is None else part.span


def measure(graph: Graph) -> tuple[int, int]:
    """How many nodes a graph has, the insides of its boxes included, and how deep boxes stand in boxes."""
    done: dict[int, tuple[int, int]] = {}
    stack = [graph]
    while stack:
        top = stack[-1]
        inner = [node.inner for node in top.nodes if node.inner is not None]
        missing = [child for child in inner if id(child) not in done]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        sizes = [done[id(child)] for child in inner]
        done[id(top)] = (
            len(top.nodes) + sum(size for size, _ in sizes),
            max((depth + 1 for _, depth in sizes), default=0),
        )
    return done[id(graph)]


@dataclass(slots=True)
class Builder:
    """A graph under construction; methods that make a value return its id.

    `lost` says that a name was not found: then a result without a reader is no second error. `whole` says
    that a block that a chain names stays one node.
    """

    problems: Problems
    nodes: list[Node] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    size: int = 0
    lost: bool = False
    whole: bool = False

    def input(self, name: str, span: Span | None = None) -> str:
        """One more input."""
        self.inputs.append(self.node(("input",), (), name=name, span=span))
        return self.inputs[-1]

    def positional(self, span: Span | None) -> str:
        """The position table: one for the whole graph."""
        if not self.tables:
            self.tables.append(self.node(("positional",), (), span=span))
        return self.tables[0]

    def parameter(self, span: Span | None) -> str:
        """A learned tensor, another one each time."""
        return self.node(("parameter",), (), span=span)

    def node(
        self,
        words: tuple[str, ...],
        args: tuple[str, ...],
        *,
        step: WordStep | None = None,
        inner: Graph | None = None,
        name: str = "",
        span: Span | None = None,
    ) -> str:
        """One more node."""
        where = span if step is None else place(step)
        if inner is not None:
            size, depth = measure(inner)
            if depth + 1 > DEEPEST_INNER:
                message = "boxes and stacks stand too deeply inside each other"
                self.problems.add(message, where or NOWHERE, f"at most {DEEPEST_INNER} levels")
                self.problems.stop()
            self.grow(size, where)
        self.grow(1, where)
        key = f"n{len(self.nodes)}"
        attrs = () if step is None else step.attrs
        self.nodes.append(Node(key, words, args, attrs=attrs, inner=inner, name=name, span=where))
        return key

    def grow(self, size: int, span: Span | None) -> None:
        """Count nodes.

        Raises:
            SpecError: when the graph is larger than any figure.
        """
        self.size += size
        if self.size > MOST_NODES:
            message = f"this spec stands for more than {MOST_NODES:,} operations"
            self.problems.add(message, span or NOWHERE, "a stack in place of blocks that are written out")
            self.problems.stop()

    def mark(self) -> int:
        """The place where the next node will stand."""
        return len(self.nodes)

    def option(self, mark: int, entry: str, leave: str, span: Span) -> None:
        """What was built since the mark may be absent."""
        part = tuple(node.id for node in self.nodes[mark:] if node.id not in self.tables)
        if leave in part:
            self.options.append(Option(part, entry, leave))
        else:
            self.problems.add(
                "'?' marks a part that computes nothing", span, "'?' behind a step or a group of steps"
            )

    def copy(self, graph: Graph, inputs: Sequence[str], span: Span) -> str:
        """The nodes of a block, in place of its name; `inputs` are the values that it reads."""
        self.grow(measure(graph)[0], span)
        ids = dict(zip(graph.inputs, inputs, strict=True))
        for node in graph.nodes:
            if node.id in ids:
                continue
            if node.words == ("positional",):
                ids[node.id] = self.positional(node.span)
                continue
            ids[node.id] = f"n{len(self.nodes)}"
            self.nodes.append(replace(node, id=ids[node.id], args=tuple(ids[arg] for arg in node.args)))
        for option in graph.options:
            part = tuple(ids[node] for node in option.nodes if ids[node] not in self.tables)
            self.options.append(Option(part, ids[option.entry], ids[option.exit]))
        return ids[graph.outputs[0]]

    def finish(self, outputs: Sequence[str]) -> Graph:
        """Check that every result is read and that nothing reads into an optional part; then normalize."""
        parts = Parts(tuple(self.nodes), tuple(self.inputs), tuple(outputs), tuple(self.options))
        reads = parts.reads()
        for node in parts.nodes:
            if not node.is_source and not reads[node.id] and not self.lost:
                self.problems.add(
                    f"nothing reads the result of '{node.op}'",
                    node.span or NOWHERE,
                    "a later chain that starts from it or adds it, or its name among the outputs",
                )
        self._check_options(parts)
        return normalize(parts)

    def _check_options(self, parts: Parts) -> None:
        member = parts.membership()
        spans = {node.id: node.span or NOWHERE for node in parts.nodes}
        ops = {node.id: node.op for node in parts.nodes}
        pairs = [(node.id, arg, member[node.id]) for node in parts.nodes for arg in node.args]
        pairs += [(output, output, frozenset()) for output in parts.outputs]
        for reader, arg, inside in pairs:
            if any(parts.options[index].exit != arg for index in member[arg] - inside):
                message = f"'{ops[reader]}' reads '{ops[arg]}' inside a part that may be absent"
                self.problems.add(
                    message, spans[reader], "a value that is always there, or the part's result"
                )
