"""Writes a flow in the notation of a spec: `norm -> attention -> add; …`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archcheck.blocks.flow import JOIN_NAMES, OpStep, Parallel, Residual, Step, stream_of
from archcheck.blocks.modules import tied
from archcheck.graph import Graph
from archcheck.spec.lexer import RESERVED
from archcheck.spec.syntax import Chain, GroupStep, WordStep
from archcheck.spec.syntax import Step as Item
from archcheck.vocabulary import CANONICAL, VALUES

COMMUTE = frozenset({"add", "mul"})  # joins whose running value may be any of the operands


class _NotWrittenError(Exception):
    """The notation has no words for a step of this flow."""


class _Writer:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.names: dict[str, str] = {}
        if graph.inputs:
            self.names[graph.inputs[0]] = "input"
        for key in graph.inputs[1:]:
            self.names[key] = _plain(graph[key].name) or key
        for node in graph.nodes:
            if node.is_source and node.id not in self.names:
                self.names[node.id] = "positional" if node.words[0] == "positional" else "parameter"
        self.named: set[str] = set()
        self.shared = _shared(graph)

    def collect(self, steps: Sequence[Step], start: str) -> None:
        """Find the values that need a name, in a chain that starts from this one."""
        running = start
        for step in steps:
            if isinstance(step, Residual):
                if step.node.words[0] == "concat" and _ends_in(step.branch, step.node.id):
                    raise _NotWrittenError  # one concatenation of several values is not one inside another
                if step.source is not None:
                    self.name(step.source)
                self.collect(step.branch, running)
                self.collect(step.skip, step.source or running)
            elif isinstance(step, Parallel):
                if step.node.words[0] not in JOIN_NAMES:
                    raise _NotWrittenError  # a group has no sign for a difference
                for branch in step.branches:
                    self.collect(branch, running)
            else:
                for arg in _others(step, running):
                    self.name(arg)
            running = step.node.id

    def name(self, key: str) -> str:
        """The name of a value, made up where it has none."""
        if key not in self.names:
            taken = set(self.names.values())
            base = next((w[0] for w in (self.graph[key].words[0],)), "v")
            number = 1
            while f"{base}{number}" in taken:
                number += 1
            self.names[key] = f"{base}{number}"
        return self.names[key]

    def chains(self, steps: Sequence[Step], start: str) -> tuple[Chain, ...]:
        """Top-level steps, a chain for each residual and what follows it on the stream."""
        found: list[list[Item]] = []
        running = start
        for step in steps:
            items = self.items(step, running)
            if isinstance(step, Residual) or not found:
                found.append(items)
            else:
                found[-1].extend(items)
            running = step.node.id
        first = self.names.get(start) if start in self.graph.inputs[1:] else None
        return tuple(Chain(tuple(items), None if place else first) for place, items in enumerate(found))

    def chain(self, steps: Sequence[Step], start: str) -> Chain:
        """A branch or a skip: one chain, residuals inside it in parentheses."""
        items: list[Item] = []
        running = start
        for step in steps:
            parts = self.items(step, running)
            if isinstance(step, Residual):
                items.append(GroupStep((Chain(tuple(parts)),)))
            else:
                items.extend(parts)
            running = step.node.id
        return Chain(tuple(items))

    def items(self, step: Step, running: str) -> list[Item]:
        """One step of the flow as steps of the notation, behind the running value."""
        if isinstance(step, OpStep):
            return [self.word(step, running)]
        if isinstance(step, Parallel):
            return [self.group(step, running)]
        label = self.label(step.node.id)  # first: a sum of sums has its name at the outermost
        items = list(self.chain(step.branch, running).steps)
        fixed = tuple(
            self.names[a]
            for a in step.node.args
            if a in self.graph and self.graph[a].is_source and a in self.names and a not in self.graph.inputs
        )
        skip = None
        values: tuple[str, ...] = fixed
        if step.skip:
            skip = Chain(
                self.chain(step.skip, step.source or running).steps,
                head=self.names.get(step.source) if step.source else None,
            )
        elif step.source is not None:
            values = (self.names[step.source], *fixed)
        items.append(WordStep((step.node.words[0],), values=values, skip=skip, name=label))
        return items

    def group(self, step: Parallel, running: str) -> GroupStep:
        """Branches in parentheses."""
        branches = tuple(self.chain(b, running) for b in step.branches)
        return GroupStep(branches, JOIN_NAMES[step.node.words[0]], name=self.label(step.node.id))

    def word(self, step: OpStep, running: str) -> WordStep:
        """One operation with the values that it reads besides the running one."""
        node = step.node
        values = tuple(self.names[a] for a in _others(step, running) if a in self.names)
        attrs = tuple((k, v) for k, v in node.attrs if k in SHOWN and v is not None)
        attrs = () if node.words[0] not in ("scale", "stack") else attrs
        if node.id in self.shared:
            attrs = (*attrs, ("shared", self.shared[node.id]))
        return WordStep(node.words, values=values, attrs=attrs, name=self.label(node.id))

    def label(self, key: str) -> str | None:
        """The name after `as`, where another step reads this value by name."""
        if key in self.names and not self.graph[key].is_source and key not in self.named:
            self.named.add(key)
            return self.names[key]
        return None


SHOWN = frozenset({"value", "n", "shared"})  # attributes of a scale or a stack


def _shared(graph: Graph) -> dict[str, str]:
    """The names of modules that stand in several places of a graph, by operation."""
    found: dict[str, str] = {}
    for group in tied(graph.operations()):
        name = group[0].name.rpartition(".")[2]
        name = name if name.isidentifier() and name not in RESERVED else f"{group[0].words[0]}_"
        name = name if name not in found.values() else f"{name}_{len(found)}"
        found |= {node.id: name for node in group}
    return found


def _others(step: OpStep, running: str) -> tuple[str, ...]:
    """What an operation reads besides the running value, which is its first operand but for joins."""
    args = step.node.args
    if running in args[1:] and args[0] != running:
        if step.node.words[0] not in COMMUTE:
            raise _NotWrittenError
        place = args.index(running)
        return (*args[:place], *args[place + 1 :])
    return args[1:]


def _plain(name: str) -> str:
    """A name that the notation takes: of its letters, and none of its own words."""
    plain = "".join(c if c.isalnum() or c == "_" else "_" for c in name)
    plain = f"v{plain}" if plain[:1].isdigit() else plain
    return f"{plain}_" if plain in RESERVED or plain in CANONICAL or plain in VALUES else plain


def chains(graph: Graph, steps: Sequence[Step] | None) -> tuple[Chain, ...]:
    """The chains that say what this graph is: by its flow, else value by value with names."""
    if steps is not None:
        written = sorted(_ids(steps))
        if written == sorted(n.id for n in graph.operations()):
            writer, start = _Writer(graph), stream_of(graph)
            try:
                writer.collect(steps, start)
                return writer.chains(steps, start)
            except _NotWrittenError:
                pass
    return _value_by_value(graph)


def _ids(steps: Sequence[Step]) -> list[str]:
    """The operations that a flow writes down, each as often as it does."""
    found: list[str] = []
    for step in steps:
        if isinstance(step, OpStep):
            found.append(step.node.id)
        elif isinstance(step, Residual):
            found += [*_ids(step.branch), *_ids(step.skip)]
            found += [] if _ends_in(step.branch, step.node.id) else [step.node.id]
        else:
            found += [i for branch in step.branches for i in _ids(branch)]
            found.append(step.node.id)
    return found


def _ends_in(steps: Sequence[Step], key: str) -> bool:
    """Whether the last step is the parallel group of this very join (a sum of branches and a skip)."""
    return bool(steps) and not isinstance(steps[-1], OpStep) and steps[-1].node.id == key


def _value_by_value(graph: Graph) -> tuple[Chain, ...]:
    """Chains from named values, for graphs with no flow: several streams, values read across branches."""
    writer = _Writer(graph)
    alone = {n.id for n in graph.operations() if len(graph.users[n.id]) == 1 and n.id not in graph.outputs}
    found: list[Chain] = []
    chain: list[Item] = []
    head: str | None = None
    last = ""
    for node in graph.operations():
        main = node.args[0] if node.args else None
        if main is None or main != last or main not in alone:
            if chain:
                found.append(Chain(tuple(chain), head))
            chain, head = [], None if main is None else writer.name(main)
        values = tuple(writer.name(a) for a in node.args[1:])
        users = graph.users[node.id]
        following = users[0] if node.id in alone and graph[users[0]].args[0] == node.id else None
        after = next((n.id for n in graph.operations() if n.id == following), None)
        label = None if after is not None and _next(graph, node.id) == after else writer.name(node.id)
        if node.id in graph.outputs[:1] and node.id == graph.nodes[-1].id:
            label = None
        chain.append(replace(writer.word(OpStep(node), main or ""), values=values, name=label))
        last = node.id if label is None else ""
    if chain:
        found.append(Chain(tuple(chain), head))
    return tuple(found)


def _next(graph: Graph, key: str) -> str | None:
    """The operation behind this one in reading order."""
    ids = [n.id for n in graph.operations()]
    index = ids.index(key) + 1
    return ids[index] if index < len(ids) else None
