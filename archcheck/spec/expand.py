"""From chains to a graph: who reads what (architecture.md, "Canonical graphs")."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archcheck.spec.body import INPUT, Body
from archcheck.spec.builder import Builder, place
from archcheck.spec.errors import Problems, closest, quoted
from archcheck.spec.syntax import Chain, GroupStep, Step, WordStep
from archcheck.spec.validate import check_chains
from archcheck.spec.walk import names_in
from archcheck.vocabulary import CANONICAL, VALUES, is_a

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from archcheck.graph import Graph, Span

_GROUP_WORDS = {"sum": "add", "product": "mul", "concat": "concat"}


def expand_block(
    chains: Sequence[Chain],
    *,
    names: Sequence[str] = (),
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    blocks: Mapping[str, Graph] | None = None,
) -> Graph:
    """The graph of the chains of one block.

    `names` names the chains (`graph: {name: chain}`), `inputs` and `outputs` are names, `blocks` gives the
    graphs of the words that are names of blocks.

    Raises:
        SpecError: with everything that is wrong: unknown words and values, joins that do not say what they
            join, results that nothing reads.
    """
    problems = Problems()
    known = blocks or {}
    body = Body("", tuple(chains), tuple(names), tuple(inputs), tuple(outputs))
    check_chains(body.chains, frozenset(known), problems)
    graph = expand_body(body, known, problems)
    problems.check()
    return graph


def expand_body(body: Body, blocks: Mapping[str, Graph], problems: Problems, *, whole: bool = False) -> Graph:
    """As expand_block, for chains whose words were checked; notes problems, returns what it could build.

    `whole` keeps a block that a chain names as one node, with the block's graph inside.
    """
    builder = Builder(problems, whole=whole)
    first, *more = body.inputs or (INPUT,)
    values = {INPUT: builder.input(first, None)}
    values[first] = values[INPUT]
    values.update((name, builder.input(name, None)) for name in more)
    later = names_in(body.chains) | frozenset(filter(None, body.names))
    scope = _Scope(builder, blocks, values, later)
    last = scope.run(body.chains, body.names, values[INPUT])
    where = body.span or place(None)
    outputs = [scope.read(name, where) for name in body.outputs] or [last]
    return builder.finish(outputs)


def expand_order(chain: Chain, repeat: int) -> Graph:
    """The chain, `repeat` times in a row; names are each repetition's own.

    Raises:
        SpecError: as expand_block.
    """
    problems = Problems()
    check_chains((chain,), frozenset(), problems)
    graph = expand_repeated(chain, repeat, problems)
    problems.check()
    return graph


def expand_repeated(chain: Chain, repeat: int, problems: Problems) -> Graph:
    """As expand_order, for a chain whose words were checked; notes problems."""
    builder = Builder(problems)
    start = running = builder.input(INPUT, None)
    for _ in range(repeat):
        scope = _Scope(builder, {}, {INPUT: start}, names_in((chain,)))
        running = scope.run((chain,), (), running)
    return builder.finish([running])


@dataclass(slots=True)
class _Scope:
    """The values that chains may read by name, while they are expanded in reading order."""

    builder: Builder
    blocks: Mapping[str, Graph]
    values: dict[str, str]
    later: frozenset[str]

    @property
    def problems(self) -> Problems:
        return self.builder.problems

    # -- names -------------------------------------------------------------------------------------

    def define(self, name: str, value: str, span: Span) -> None:
        """`as NAME`, or the key of a chain."""
        if name in CANONICAL or name in VALUES or name in self.blocks:
            kind = "a block" if name in self.blocks else "a word of the language"
            self.problems.add(f"{quoted(name)} is {kind}", span, f"another name, such as '{name}_1'")
        elif name in self.values:
            self.problems.add(f"the name {quoted(name)} is given twice", span, "each name once")
        else:
            self.values[name] = value

    def read(self, name: str, span: Span, *, head: bool = False) -> str:
        """The value of that name; a problem is noted where there is none."""
        if name in self.values:
            return self.values[name]
        if name == "positional":
            return self.builder.positional(span)
        if name == "parameter":
            return self.builder.parameter(span)
        self.builder.lost = True
        if name in self.later:
            message = f"the value {quoted(name)} is read before it exists"
            self.problems.add(message, span, "a name that an earlier step has")
            return self.values[INPUT]
        among = frozenset(self.values) | VALUES
        words = CANONICAL | frozenset(self.blocks)
        if head:
            message = f"{quoted(name)} is neither a word nor a value"
            known = f"a word, or one of the values {', '.join(sorted(among))}"
            self.problems.add(message, span, known, closest(name, among | words))
        else:
            near = closest(name, among)
            more = "" if near else "; declare it in `inputs` if forward takes it"
            known = f"one of {', '.join(sorted(among))}{more}"
            self.problems.add(f"there is no value {quoted(name)}", span, known, near)
        return self.values[INPUT]

    # -- chains ------------------------------------------------------------------------------------

    def run(self, chains: Sequence[Chain], names: Sequence[str], running: str) -> str:
        """All chains of a block, in order: the result of the last one."""
        for number, chain in enumerate(chains):
            name = names[number] if number < len(names) else ""
            if name and number and chain.head is None:
                message = f"the chain {quoted(name)} does not say where it starts"
                self.problems.add(message, place(chain), "a value at its head, as in 'input -> norm'")
            running = self.chain(chain, running)
            if name:
                self.define(name, running, place(chain))
        return running

    def chain(self, chain: Chain, running: str) -> str:
        """One chain, from the running value or from the value at its head."""
        start = running
        where = place(chain)
        at_head = replace(where, end_line=where.line, end_column=where.column + len(chain.head or ""))
        if chain.head is not None and (chain.head in self.values or chain.head in VALUES):
            start = running = self.read(chain.head, at_head, head=True)
        elif chain.head is not None:
            self.read(chain.head, at_head, head=True)
            # Probably a word in disguise: with a step in its place what follows keeps its meaning.
            running = self.builder.node(("opaque",), (running,), span=at_head)
        joined: list[WordStep] = []
        for step in chain.steps:
            running = self.step(step, running, start, joined)
        return running

    def step(self, step: Step, running: str, start: str, joined: list[WordStep]) -> str:
        """One step: its result, with `?` and its name."""
        mark = self.builder.mark()
        result = (
            self.group(step, running)
            if isinstance(step, GroupStep)
            else self.word(step, running, start, joined)
        )
        if step.optional:
            self.builder.option(mark, running, result, place(step))
        if step.name is not None:
            self.define(step.name, result, place(step))
        return result

    def group(self, step: GroupStep, running: str) -> str:
        """Branches from one value, and their join."""
        branches = tuple(self.chain(chain, running) for chain in step.chains)
        if step.join is None:
            return branches[0] if branches else running
        return self.builder.node((_GROUP_WORDS[step.join],), branches, span=place(step))

    def word(self, step: WordStep, running: str, start: str, joined: list[WordStep]) -> str:
        """One operation, or a block in place of its name."""
        values = [self.read(name, place(step)) for name in step.values]
        block = self.block(step)
        if block is not None:
            return self.inline(step, block, running, values)
        if any(is_a(word, "join") for word in step.words):
            self.check_join(step, running == start, joined)
            if step.skip is not None:
                values.append(self.chain(step.skip, start))
            elif not values:
                values.append(start)
        inner = None if step.inside is None else self.inside(step, step.inside)
        return self.builder.node(step.words, (running, *values), step=step, inner=inner)

    def check_join(self, step: WordStep, at_start: bool, joined: list[WordStep]) -> None:
        """A join that names no value takes the chain's start: once, and not as the first step."""
        word = "|".join(step.words)
        if step.values or (step.skip is not None and step.skip.head is not None):
            return
        if joined:
            message = f"this chain joins twice: {quoted(word)} would go back to a value before the first join"
            expected = f"a new chain (start another line), or the value by name, as in {step.words[0]}(n)"
            self.problems.add(message, place(step), expected)
        elif at_start and step.skip is None:
            message = f"{quoted(word)} would join a value with itself: the chain starts here"
            self.problems.add(message, place(step), f"the value by name, as in {step.words[0]}(n)")
        joined.append(step)

    # -- boxes -------------------------------------------------------------------------------------

    def inside(self, step: WordStep, chains: tuple[Chain, ...]) -> Graph:
        """What stands in a box: chains of their own, which read the box's operands and nothing else.

        The inputs of the inner graph are the operands of the box, in order, as far as it reads them.
        """
        block = self.lone_block(chains)
        if block is not None and step.words == ("stack",):
            if len(step.values) > len(block.inputs) - 1:
                self.complain_inputs(step, block, "the stacked block")
            return block
        builder = Builder(self.problems, whole=self.builder.whole)
        values = {INPUT: builder.input(INPUT)}
        for name in step.values:
            value = builder.input(name)
            values.setdefault(name, value)
        scope = _Scope(builder, self.blocks, values, names_in(chains))
        result = scope.run(chains, (), values[INPUT])
        read = {arg for node in builder.nodes for arg in node.args} | {result}
        read.update(option.entry for option in builder.options)
        while len(builder.inputs) > 1 and builder.inputs[-1] not in read:
            unread = builder.inputs.pop()
            builder.nodes = [node for node in builder.nodes if node.id != unread]
        return builder.finish([result])

    def lone_block(self, chains: tuple[Chain, ...]) -> Graph | None:
        """The block, where the chains are nothing but its name."""
        if len(chains) != 1 or chains[0].head is not None or len(chains[0].steps) != 1:
            return None
        step = chains[0].steps[0]
        if isinstance(step, GroupStep) or step.optional or step.values:
            return None
        return self.block(step)

    def block(self, step: WordStep) -> Graph | None:
        """The block that a step names."""
        word = step.words[0]
        return self.blocks.get(word) if len(step.words) == 1 and word not in CANONICAL else None

    def inline(self, step: WordStep, block: Graph, running: str, values: list[str]) -> str:
        """The nodes of a block: its inputs are the running value, then the values by order or by name."""
        inputs = [running, *values]
        if len(inputs) > len(block.inputs):
            self.complain_inputs(step, block, quoted(step.words[0]))
            inputs = inputs[: len(block.inputs)]
        for key in block.inputs[len(inputs) :]:
            name = block.names[key]
            if name not in self.values:
                message = f"the block {quoted(step.words[0])} reads {quoted(name)}, too"
                self.problems.add(message, place(step), f"the value in parentheses: {step.words[0]}({name})")
            inputs.append(self.values.get(name, running))
        if len(block.outputs) > 1:
            message = (
                f"the block {quoted(step.words[0])} has {len(block.outputs)} results, a chain carries one"
            )
            self.problems.add(message, place(step), "a block with one output, or its chains written out")
            return running
        if self.builder.whole:
            return self.builder.node(step.words, tuple(inputs), step=step, inner=block)
        return self.builder.copy(block, inputs, place(step))

    def complain_inputs(self, step: WordStep, block: Graph, what: str) -> None:
        """More values than the block has inputs."""
        count = len(block.inputs) - 1
        message = f"{what} reads {count} values besides the stream, but is given {len(step.values)}"
        self.problems.add(message, place(step), f"at most {count}; the block declares them in `inputs`")
