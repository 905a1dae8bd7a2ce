"""The frozen types of a graph: what stands where, and which value reads which.

A node has one result, and the node's id names it: "value" and "node id" are one thing. An operation
with several results (a split, a recurrent cell) is one node with a `getitem` node for each result
that is read. Sources are nodes, too: `input`, `parameter`, `buffer`, `constant` and, in specs,
`positional`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Union

if TYPE_CHECKING:
    import networkx as nx

Literal = Union[None, bool, int, float, str, tuple["Literal", ...]]

SOURCES = frozenset({"input", "parameter", "buffer", "constant", "positional"})


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file.

    Lines and columns count from 1, columns in UTF-8 bytes; the end column is exclusive, 0 = unknown.
    """

    file: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The `at` object of the JSON contracts."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "end_line": self.end_line or self.line,
            "end_column": self.end_column or self.column,
        }


@dataclass(frozen=True, slots=True)
class Scope:
    """One call of one module: the module in whose forward an operation was recorded.

    `path` is relative to the target ("" is the target itself), `cls` the qualified class name,
    `instance` tells module objects apart (a module shared by two attributes is one instance) and
    `call` counts the calls of that instance from 0.
    """

    path: str
    cls: str
    instance: int
    call: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """One Python frame on the way to an operation: where it stood, and in which scope.

    `depth` is the number of scopes of the node that were entered when the frame ran: 1 means that
    the line belongs to the forward of `scopes[0]` (or to a helper which that forward called).
    """

    span: Span
    depth: int


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of a raw or canonical graph, or one step of a spec.

    `words` holds the accepted words (a node of code has one); `args` the ids of the values that it
    reads, the running value first; `operands` names them where the operation names its operands
    ("query", "key", …), else it is empty. `origin` lists the raw nodes that a lifted node stands for, `weights`
    the raw parameters that they read (of a stack those of each layer, one layer after the other).
    """

    id: str
    words: tuple[str, ...]
    args: tuple[str, ...] = ()
    operands: tuple[str, ...] = ()
    attrs: tuple[tuple[str, Literal], ...] = ()
    noop: bool = False
    name: str = ""
    span: Span | None = None
    scopes: tuple[Scope, ...] = ()
    frames: tuple[Frame, ...] = ()
    origin: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    inner: Graph | None = None
    shape: tuple[int, ...] | None = None

    @property
    def op(self) -> str:
        """The word, or the words of a choice joined by `|`."""
        return "|".join(self.words)

    @property
    def is_source(self) -> bool:
        """Whether the node is an input, a parameter or another value that nothing computes."""
        return self.words[0] in SOURCES

    def attr(self, key: str, default: Any = None) -> Any:
        """The attribute of that name, or the default."""
        for name, value in self.attrs:
            if name == key:
                return value
        return default

    def changed(self, **changes: Any) -> Node:
        """What `dataclasses.replace` gives, in a third of the time: passes over large graphs live on it."""
        values = list(_VALUES(self))
        for name, value in changes.items():
            values[_PLACES[name]] = value
        return Node(*values)

    def with_attrs(self, **more: Literal) -> Node:
        """This node with attributes added or replaced."""
        merged = dict(self.attrs) | more
        return self.changed(attrs=tuple(merged.items()))


_PLACES = {field.name: place for place, field in enumerate(fields(Node))}
_VALUES = attrgetter(*_PLACES)


@dataclass(frozen=True, slots=True)
class Option:
    """A part of a spec graph that may be absent: readers of `exit` then read `entry`.

    `nodes` lists all nodes of the part. Options nest (an optional step in an optional group) and
    never overlap otherwise.
    """

    nodes: tuple[str, ...]
    entry: str
    exit: str


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A value whose computation was not seen: what it was, why, and where."""

    reason: str
    value: str = ""
    span: Span | None = None


@dataclass(frozen=True)
class Graph:
    """Nodes in topological order, sources included; `inputs` and `outputs` are node ids."""

    nodes: tuple[Node, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict, hash=False)

    @cached_property
    def by_id(self) -> dict[str, Node]:
        """The nodes by id."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def users(self) -> dict[str, tuple[str, ...]]:
        """For each value the nodes that read it, in order, a node once for each operand."""
        found: dict[str, list[str]] = {node.id: [] for node in self.nodes}
        for node in self.nodes:
            for arg in node.args:
                found[arg].append(node.id)
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def behind_first(self) -> frozenset[str]:
        """The first output and all values that it depends on."""
        from archcheck.graph.walk import upstream

        return frozenset(upstream(self.by_id, self.outputs[:1]))

    def __getitem__(self, key: str) -> Node:
        return self.by_id[key]

    def __contains__(self, key: object) -> bool:
        return key in self.by_id

    def operations(self) -> Iterator[Node]:
        """The nodes that compute something: all but the sources."""
        return (node for node in self.nodes if not node.is_source)

    def nx(self) -> nx.MultiDiGraph[str]:
        """The graph as a networkx MultiDiGraph whose edges are keyed by operand position."""
        import networkx as nx

        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for node in self.nodes:
            graph.add_node(node.id, node=node)
        for node in self.nodes:
            for position, arg in enumerate(node.args):
                graph.add_edge(arg, node.id, key=position)
        return graph

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without the caches."""
        return (
            Graph,
            (self.nodes, self.inputs, self.outputs, self.options, self.unresolved, dict(self.names)),
        )
