"""The statements of forward: nested calls while they are short, variables where a value is read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archcheck.graph import Graph, Node
from archcheck.scaffolding.naming import identifier, unused, variable
from archcheck.scaffolding.pieces import ATOM, Piece

LONGEST = 76  # characters of an expression


@dataclass(frozen=True, slots=True)
class Loop:
    """A stack: the attribute that holds its members, and what a member is called in the loop."""

    attribute: str
    member: str


@dataclass(slots=True)
class Forward:
    """Writes forward for a graph whose operations have their pieces.

    `inputs` are the names of its arguments, `attributes` what the constructor has built for a node, `labels`
    names that the spec gives, `flattened` the operands (node, position) that become sequences first, `cuts`
    those of which only as many tokens are read as another value has, `loops` the stacks, `kept` the arguments
    whose names nothing else may take (`ids` are no longer ids behind the embedding).
    """

    graph: Graph
    inputs: Mapping[str, str]
    pieces: Mapping[str, Piece]
    attributes: Mapping[str, str]
    labels: Mapping[str, str]
    flattened: frozenset[tuple[str, int]]
    cuts: Mapping[tuple[str, int], str]
    loops: Mapping[str, Loop]
    kept: frozenset[str] = frozenset()
    lines: list[str] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)  # value -> its variable
    _pending: dict[str, tuple[str, int]] = field(default_factory=dict)  # value -> expression and level
    _reads: dict[str, list[str]] = field(default_factory=dict)  # pending value -> variables' values in it
    _left: dict[str, int] = field(default_factory=dict)  # value -> reads that are still to come

    def write(self) -> list[str]:
        """The lines of the body."""
        self._names.update(self.inputs)
        self._left = {key: len(users) for key, users in self.graph.users.items()}
        for key in self.graph.outputs:
            self._left[key] += 1
        for node in self.graph.nodes:
            if node.words[0] in ("parameter", "positional") and node.is_source:
                self._source(node)
        for node in self.graph.operations():
            self._operation(node)
        if len(self.graph.outputs) == 1:
            self.lines.append(f"return {self._text(self.graph.outputs[0])}")
        else:
            self.lines.append("return " + ", ".join(self._flushed(key) for key in self.graph.outputs))
        return self.lines

    # -- operations ----------------------------------------------------------------------------------

    def _operation(self, node: Node) -> None:
        if node.id in self.loops:
            self._loop(node, self.loops[node.id])
            return
        piece = self.pieces[node.id]
        if piece.again:
            for arg in node.args:
                self._flushed(arg)
        text = self._composed(node, piece)
        while len(text) > LONGEST:
            waiting = [arg for arg in node.args if arg in self._pending and not self.graph[arg].is_source]
            if not waiting:
                break
            self._flushed(max(waiting, key=lambda arg: len(self._pending[arg][0])))
            text = self._composed(node, piece)
        self._pending[node.id] = (text, piece.level)
        self._reads[node.id] = [key for arg in node.args for key in self._reads.get(arg, [arg])]
        alone = len(self.graph.outputs) == 1
        if self._left[node.id] > 1 or node.id in self.labels or (node.id in self.graph.outputs and not alone):
            self._flushed(node.id)

    def _composed(self, node: Node, piece: Piece) -> str:
        operands = []
        self._prepare(node)
        for position, arg in enumerate(node.args):
            text, level = self._operand(node, arg)
            if (node.id, position) in self.flattened:
                text, level = f"{self._wrapped(text, level, ATOM)}.flatten(2).transpose(1, 2)", ATOM
            if (node.id, position) in self.cuts:
                other = self._names[self.cuts[node.id, position]]
                text, level = f"{self._wrapped(text, level, ATOM)}[:, : {other}.shape[1]]", ATOM
            operands.append(self._wrapped(text, level, piece.holds))
        module = f"self.{self.attributes[node.id]}" if node.id in self.attributes else ""
        return piece.call.format(*operands, m=module, all=", ".join(operands))

    def _prepare(self, node: Node) -> None:
        """Give the value that a table is cut to fit a variable, before any expression mentions it."""
        for position in range(len(node.args)):
            if (node.id, position) in self.cuts:
                self._flushed(self.cuts[node.id, position])
        others = self._beside(node)
        tables = [self.graph[arg].words[0] for arg in node.args if arg not in others]
        if others and ("positional" in tables or ("parameter" in tables and node.words[0] == "concat")):
            self._flushed(others[0])

    def _beside(self, node: Node) -> list[str]:
        """The operands that are no tables."""
        return [a for a in node.args if not self.graph[a].is_source or a in self.inputs]

    def _operand(self, node: Node, arg: str) -> tuple[str, int]:
        """An operand in the expression of the node that reads it."""
        source = self.graph[arg]
        if source.is_source and source.words[0] in ("positional", "parameter"):
            others = self._beside(node)
            own = f"self.{self.attributes[arg]}"
            if source.words[0] == "positional" and others:
                flat = (node.id, node.args.index(others[0])) in self.flattened
                sequence = self._names[others[0]] + (".flatten(2).transpose(1, 2)" if flat else "")
                return f"{own}({sequence})", ATOM
            if node.words[0] == "concat" and others:
                return f"{own}.expand({self._names[others[0]]}.shape[0], -1, -1)", ATOM
            return own, ATOM
        if arg in self._names:
            return self._names[arg], ATOM
        return self._pending[arg]

    @staticmethod
    def _wrapped(text: str, level: int, most: int) -> str:
        return text if level <= most else f"({text})"

    def _source(self, node: Node) -> None:
        """A table of positions that no sum reads is as long as the first input."""
        first = next(iter(self.inputs.values()))
        own = f"self.{self.attributes[node.id]}"
        self._pending[node.id] = (f"{own}({first})" if node.words[0] == "positional" else own, ATOM)
        self._reads[node.id] = []

    def _loop(self, node: Node, loop: Loop) -> None:
        rest = [self._flushed(arg) for arg in node.args[1:]]
        start, label = node.args[0], self.labels.get(node.id, "")
        first = self._flushed(start, label if self._left[start] == 1 and start not in self.labels else "")
        flatten = (node.id, 0) in self.flattened
        for arg in node.args:
            self._left[arg] -= 1
        name = label or self._dead(node.args[:1])
        if name is None or name in rest:
            name = self._new("stack")
        name = identifier(name)
        if flatten:
            self.lines.append(f"{name} = {first}.flatten(2).transpose(1, 2)")
        elif name != first:
            self.lines.append(f"{name} = {first}")
        outputs = len(node.inner.outputs) if node.inner is not None else 1
        results = ", ".join([name, *rest[: outputs - 1]])
        self.lines.append(f"for {loop.member} in self.{loop.attribute}:")
        self.lines.append(f"    {results} = {loop.member}({', '.join([name, *rest])})")
        self._hold(node.id, name)

    # -- variables -----------------------------------------------------------------------------------

    def _text(self, key: str) -> str:
        return self._names[key] if key in self._names else self._pending[key][0]

    def _flushed(self, key: str, wanted: str = "") -> str:
        """The variable that holds a value; it is assigned now, as `wanted`, if that has not happened."""
        if key in self._names:
            return self._names[key]
        text, _ = self._pending.pop(key)
        read = self._reads.pop(key, [])
        for value in read:
            self._left[value] -= 1
        label = wanted or self.labels.get(key)
        name = identifier(label) if label else self._dead(read)
        if name is None:
            name = self._new(self.graph[key].words[0])
        self.lines.append(f"{name} = {text}")
        self._hold(key, name)
        return name

    def _hold(self, key: str, name: str) -> None:
        for value in [value for value, held in self._names.items() if held == name]:
            del self._names[value]
        self._names[key] = name

    def _dead(self, read: list[str] | tuple[str, ...]) -> str | None:
        """A variable that these values leave behind: the stream's first, never one that the spec names."""
        named = set(self.labels.values()) | set(list(self.inputs.values())[1:]) | self.kept
        over = [self._names[v] for v in read if v in self._names and self._left[v] <= 0]
        over = [name for name in over if name not in named]
        stream = next(iter(self.inputs.values()), None)
        return stream if stream in over else (over[0] if over else None)

    def _new(self, word: str) -> str:
        """A new variable: the stream's usual name if it is free, else one that says what it holds."""
        taken = self._taken()
        return "x" if self.kept and "x" not in taken else unused(variable(word), taken)

    def _taken(self) -> set[str]:
        """The names of values that are still read, and of the arguments."""
        labels = {identifier(label) for label in self.labels.values()}
        live = {name for value, name in self._names.items() if self._left[value] > 0}
        return live | set(self.inputs.values()) | labels
