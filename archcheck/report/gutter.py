"""One graph as rows with a gutter that shows which earlier value each row reads.

    ,- x                a value that is read again later gets a lane
    |  layer_norm
    |  self_attention
    '> add              the lane ends where the value is read for the last time

Works for any graph: with several values alive there are several lanes, and a row that reads one and
leaves it alive is drawn `|>`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archcheck.graph import Graph, Node
from archcheck.vocabulary import JOINS, MAIN_ATTRIBUTE

SOURCE, FORK, OP = "source", "fork", "op"
MOST_LANES = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a drawn graph; `after` is the gutter of a row in between that this side leaves empty."""

    kind: str
    node: Node
    gutter: str
    after: str
    label: str = ""


class _Lanes:
    """The values that are alive, each in its column."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.held: list[str | None] = [None] * columns

    def open(self, value: str) -> int:
        """Give a value the first free column (none if all are taken: its later readers name it)."""
        if value not in self.held and None in self.held:
            self.held[self.held.index(None)] = value
        return self.held.index(value) if value in self.held else -1

    def idle(self) -> str:
        """The gutter of a row that reads no lane."""
        return " ".join("|" if value else " " for value in self.held) + " "

    def forked(self, lane: int) -> str:
        """The gutter of the row at which a lane begins."""
        chars = list(self.idle())
        if lane >= 0:
            chars[2 * lane] = ","
            _dashes(chars, 2 * lane + 1, len(chars))
        return "".join(chars)

    def joined(self, read: list[int], ended: list[int]) -> str:
        """The gutter of a row that reads these lanes, of which some end here."""
        chars = list(self.idle())
        if not read:
            return "".join(chars)
        for lane in ended:
            chars[2 * lane] = "'"
        _dashes(chars, 2 * min(read) + 1, len(chars))
        chars[-1] = ">"
        return "".join(chars)


def _dashes(chars: list[str], start: int, end: int) -> None:
    for position in range(start, end):
        if chars[position] == " ":
            chars[position] = "-"


def rows(graph: Graph, *, spec_side: bool = False) -> list[Row]:
    """The rows of a graph: its inputs, its operations, and a fork row where a value is read again later."""
    reading = _Reading(graph)
    lanes = _Lanes(max(1, min(reading.most_alive(), MOST_LANES)))
    optional = {key for option in graph.options for key in option.nodes}
    found: list[Row] = []
    for key in reading.sources:
        lane = lanes.open(key) if key in reading.last else -1
        gutter = lanes.forked(lane) if lane >= 0 else lanes.idle()
        found.append(Row(SOURCE, graph[key], gutter, lanes.idle(), _name(graph, key)))
    for position, node in enumerate(reading.operations):
        read = sorted({lanes.held.index(value) for value in reading.skips(position) if value in lanes.held})
        ended = [lane for lane in read if reading.last[lanes.held[lane] or ""] == position]
        gutter = lanes.joined(read, ended)
        for lane, value in enumerate(lanes.held):
            if value and reading.last[value] == position:
                lanes.held[lane] = None
        rowless = [arg for arg in node.args if arg in reading.crowded or reading.is_beside(arg)]
        text = label(node, optional=node.id in optional, spec_side=spec_side) + _reads(graph, node, rowless)
        found.append(Row(OP, node, gutter, lanes.idle(), text + _output(graph, node)))
        if node.id in reading.last:
            lane = lanes.open(node.id)
            if lane < 0:
                reading.crowded.add(node.id)
                continue
            found.append(Row(FORK, node, lanes.forked(lane), lanes.idle()))
    return found


class _Reading:
    """Which row reads which value, and up to which row a value stays alive."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.operations = tuple(graph.operations())
        self.row = {node.id: position for position, node in enumerate(self.operations)}
        self.sources = self._streams()
        self.crowded: set[str] = set()
        self.last = dict(self._alive())

    def _streams(self) -> tuple[str, ...]:
        """The inputs that get a row, the one that the first operation reads last.

        An input that only stands beside a running value (the memory of a cross-attention) gets none.
        """
        found = []
        for key in self.graph.inputs:
            readers = [self.graph[user] for user in self.graph.users.get(key, ())]
            if any(key == reader.args[0] or reader.words[0] in JOINS for reader in readers):
                found.append(key)
        first = self.operations[0].args[:1] if self.operations else ()
        return tuple(sorted(found, key=lambda key: key in first))

    def before(self, position: int) -> str | None:
        """The value of the row above an operation."""
        if position:
            return self.operations[position - 1].id
        return self.sources[-1] if self.sources else None

    def skips(self, position: int) -> list[str]:
        """The values that a row reads besides the one of the row above it."""
        above = self.before(position)
        known = [arg for arg in self.operations[position].args if arg in self.row or arg in self.sources]
        return [arg for arg in dict.fromkeys(known) if arg != above]

    def is_beside(self, key: str) -> bool:
        """Whether a value has no row: a table, a constant, or an input beside the stream."""
        return key not in self.row and key not in self.sources

    def _alive(self) -> Iterator[tuple[str, int]]:
        for key in (*self.sources, *self.row):
            readers = [self.row[user] for user in self.graph.users[key] if user in self.row]
            later = [reader for reader in readers if self.before(reader) != key]
            if later:
                yield key, max(later)

    def most_alive(self) -> int:
        """The largest number of values that are alive at once."""
        born = {key: self.row.get(key, -1) for key in self.last}
        events = sorted([(born[key], 1) for key in self.last] + [(end, -1) for end in self.last.values()])
        alive = most = 0
        for _, change in events:
            alive += change
            most = max(most, alive)
        return most


def label(node: Node, *, optional: bool = False, spec_side: bool = False) -> str:
    """The words of a step as the notation writes them: attributes only where they were asked for."""
    shown = []
    for key, value in node.attrs:
        if key == "shared" and node.words[0] == "stack":
            shown.append(f"shared={value}")
        elif MAIN_ATTRIBUTE.get(node.words[0]) == key and node.words[0] in ("scale", "stack"):
            shown.append(literal(value) if key == "value" else f"{key}={literal(value)}")
        elif spec_side and value is not None:
            shown.append(f"{key}={literal(value)}")
    text = node.op + (f"({', '.join(shown)})" if shown else "")
    if optional:
        text += "?"
    return f"{text} (does nothing)" if node.noop else text


def literal(value: object) -> str:
    """A literal as the notation writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "null"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _reads(graph: Graph, node: Node, rowless: list[str]) -> str:
    """What a row reads that no lane can show: tables, inputs beside the stream, values without a lane."""
    named = [_called(graph, arg) for arg in node.args if arg in rowless]
    return f"({', '.join(dict.fromkeys(named))})" if named else ""


def _called(graph: Graph, key: str) -> str:
    node = graph[key]
    return (
        node.op if node.words[0] in ("positional", "parameter", "constant", "buffer") else _name(graph, key)
    )


def _output(graph: Graph, node: Node) -> str:
    """The number of an output, where a graph has several."""
    if len(graph.outputs) < 2 or node.id not in graph.outputs:
        return ""
    return f" => {graph.outputs.index(node.id) + 1}"


def _name(graph: Graph, key: str) -> str:
    """What a value is called: its own name, the name it has in the graph, or its operation."""
    node = graph[key]
    if node.name:
        return node.name
    names = [name for name, value in graph.names.items() if value == key]
    return names[0] if names else node.op
