"""From recordings to blocks: which modules are blocks, and what each of them computes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from archcheck.blocks.collapse import collapsed, inner_stacks
from archcheck.blocks.flow import Step, flow, flow_of_all
from archcheck.blocks.layers import Layers
from archcheck.blocks.loops import LOOP
from archcheck.blocks.notation import chains
from archcheck.blocks.signature import raw_signature
from archcheck.graph import Graph, Literal, Node, Scope, Span, Unresolved, upstream
from archcheck.graph.extract import Outline, calls, extract, outlined
from archcheck.graph.recording import ModuleInfo, Recording
from archcheck.lift import lift
from archcheck.lift.pointwise import elementwise
from archcheck.spec.syntax import Chain
from archcheck.vocabulary import JOINS, is_a

# Of the words of recordings: what sublayers are made of.
MIXING = (
    "sublayer", "linear", "conv", "conv_transpose", "matmul", "einsum", "scan", "opaque",
    "scaled_dot_product_attention", "multi_head_attention",
)  # fmt: skip


@dataclass(frozen=True)
class Block:
    """One block of the target in canonical form.

    `flow` and `chains` are None where the block is no single stream. `path` is the module path inside
    the recorded target, `modules` the part of the module tree below it, with paths from the block.
    """

    name: str
    cls: str
    path: str
    graph: Graph
    flow: tuple[Step, ...] | None
    chains: tuple[Chain, ...] | None
    span: Span | None = None
    when: tuple[tuple[str, Literal], ...] = ()
    default: bool = True
    engine: str = "trace"
    modules: tuple[ModuleInfo, ...] = field(default=(), repr=False)
    is_model: bool = False
    count: int = 1
    settings: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    file: str = ""  # of the target that was recorded
    decided: tuple[tuple[str, Literal], ...] = ()  # what the defaults decide, in all variants that they allow
    given: tuple[str, ...] = ()  # arguments of forward that its defaults would not give
    layers: Layers | None = None  # of a member of a stack: all members that equal it

    @property
    def owner(self) -> str:
        """The name of the recorded class or function that the block is a part of, or is."""
        return self.name[: -len(self.path) - 1] if self.path else self.name

    @property
    def place(self) -> tuple[str, str]:
        """The file and the name: files of one target may have blocks of the same name."""
        return (self.file, self.name)


def is_body(graph: Graph) -> bool:
    """Whether a graph is more than one sublayer, norm or projection: it joins, or it holds a sublayer."""
    operations = _main_operations(graph)
    if len(operations) < 2 or all(elementwise(node.words[0]) for node in operations):
        return False  # `x + sin(x) ** 2` is an activation
    if any(_joins(graph, n) for n in operations):
        return True
    return any(is_a(n.words[0], "sublayer") for n in operations)


def _main_operations(graph: Graph) -> list[Node]:
    """The operations of a graph without a second head: a projection that only a further result reads."""
    operations = list(graph.operations())
    main = upstream(graph.by_id, graph.outputs[:1])
    beside = [node for node in operations if node.id not in main]
    if all(is_a(n.words[0], "activation") or n.words[0] in ("linear", "conv") for n in beside):
        return [node for node in operations if node.id in main]
    return operations


def _joins(graph: Graph, node: Node) -> bool:
    """Whether a node adds two values, or puts new features beside an input (DenseNet, Huang et al. 2017)."""
    computed = [a for a in node.args if not graph[a].is_source or a in graph.inputs]
    if node.words[0] == "concat":
        return any(a in graph.inputs for a in computed) and any(not graph[a].is_source for a in computed)
    return node.words[0] == "add" and len(computed) > 1


def mixes(word: str) -> bool:
    """Whether an operation of a recording mixes channels or places, as a sublayer does."""
    return word in MIXING or any(is_a(word, family) for family in MIXING)


def sublayers(graph: Graph) -> tuple[str, ...]:
    """The kinds of the sublayers of a graph, in order; of a convolutional block the residuals count."""
    found = tuple(n.words[0] for n in graph.operations() if is_a(n.words[0], "sublayer"))
    return found or tuple("add" for n in graph.operations() if n.words[0] == "add")


def _without(graph: Graph, attributes: frozenset[str]) -> Graph:
    """A graph whose nodes, and those inside of them, have none of these attributes."""
    nodes = [
        node.changed(
            attrs=tuple(pair for pair in node.attrs if pair[0] not in attributes),
            inner=None if node.inner is None else _without(node.inner, attributes),
        )
        for node in graph.nodes
    ]
    return replace(graph, nodes=tuple(nodes))


class Tree:
    """The module tree of a recording with the calls that were recorded."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.modules = {m.path: m for m in recording.modules}
        self.members = calls(recording.graph)
        self.first: dict[str, Scope] = {}
        for scope in self.members:
            self.first.setdefault(scope.path, scope)
        self._cuts: dict[str, Graph] = {}
        self._outlines: dict[str, Outline] = {}
        self._lifted: dict[str, Graph] = {}
        self._twins: dict[str, str] = {}
        self._kinds: dict[tuple[object, ...], str] = {}

    def cut(self, path: str) -> Graph:
        """The raw graph of the first call of the module at this path."""
        if path not in self._cuts:
            scope = self.first[path]
            self._cuts[path] = extract(self.recording.graph, scope, self.members[scope])
        return self._cuts[path]

    def outline(self, path: str) -> Outline:
        """What the first call of the module at this path reads and gives."""
        if path not in self._outlines:
            self._outlines[path] = outlined(self.recording.graph, self.members[self.first[path]])
        return self._outlines[path]

    def twin(self, path: str) -> str:
        """The first module that was asked for and whose call was recorded in the very same way as this one's."""
        if path not in self._twins:
            scope = self.first[path]
            kind = raw_signature(self.outline(path), self.members[scope], scope)
            self._twins[path] = self._kinds.setdefault(kind, path)
        return self._twins[path]

    @cached_property
    def model(self) -> Graph:
        """The canonical graph of the whole model, each stack one node whose inside is its first member."""
        return self._as_told(self._collapsed[0])

    @cached_property
    def _collapsed(self) -> tuple[Graph, list[list[str]]]:
        return collapsed(self.recording.graph, self, self.stacks)

    @cached_property
    def opened(self) -> Graph:
        """The same, with the members of stacks that are no rows in full, and the stacks inside of these."""
        stacks, (graph, apart) = self.stacks, self._collapsed
        while (inner := inner_stacks(self, stacks, apart)) != stacks:
            stacks = inner
            graph, apart = collapsed(self.recording.graph, self, stacks)
        return self.model if stacks == self.stacks else self._as_told(graph)

    def lifted(self, path: str) -> Graph:
        """The canonical graph of the first call of the module at this path."""
        if path not in self._lifted:
            if path == "":
                self._lifted[path] = self._as_told(self.recording.graph)
            else:
                self._lifted[path] = self._as_told(self.cut(path))
        return self._lifted[path]

    def _as_told(self, graph: Graph) -> Graph:
        """The canonical graph, without the attributes that only the sizes of this recording decide."""
        found = lift(graph)
        return _without(found, self.recording.untold) if self.recording.untold else found

    def read_by(self, path: str) -> set[str]:
        """The values that a module reads from outside and that its canonical graph still reads: no mask, no table."""
        twin = self.twin(path)
        own, its = self.outline(path), self.outline(twin)
        graph = self.lifted(twin)
        read = {a for n in graph.nodes for a in n.args} | set(graph.outputs)
        return {o for o, t in zip(own.inputs, its.inputs, strict=True) if t in read}

    def children(self, path: str) -> list[ModuleInfo]:
        """The modules directly below this one, containers included."""
        prefix = path + "." if path else ""
        return [
            m
            for p, m in self.modules.items()
            if p and p.startswith(prefix) and p != path and "." not in p[len(prefix) :]
        ]

    def called(self, path: str) -> list[ModuleInfo]:
        """The modules directly below this one that were called, in that order (`reversed(self.layers)`)."""
        order = {path: place for place, path in enumerate(self.first)}
        return sorted((c for c in self.children(path) if c.path in order), key=lambda c: order[c.path])

    def containers(self, path: str) -> Iterator[ModuleInfo]:
        """The containers below a module, not looking into those that are stacks themselves."""
        for child in self.children(path):
            if child.container:
                yield child
            if not child.container or not self.bodies(child.path):
                yield from self.containers(child.path)

    def bodies(self, container: str) -> list[str]:
        """The paths of a container's members that were called, if they are bodies of a stack.

        A stack repeats: two of its members are alike, or each holds more than one sublayer. A list of one
        attention and one feed-forward is a block's own, and so is a row of several that is one of many in a list.
        """
        called = self.called(container)
        several = sum(c.container for c in called) > 1
        found = [c for c in called if not c.container or (several and self.written_out(c.path))]
        loop = self.modules[container].cls == LOOP  # what a round runs stands in lists beside the loop
        again = len(found) == 1 and found[0].calls > 1 and any(m.cls == LOOP for m in self.modules.values())
        if (
            not found
            or (again and not loop)
            or not (loop or self.closed(found[0].path))
            or any(c.cls == LOOP for c in self.children(container))
        ):
            return []
        kinds: dict[str, tuple[str, ...]] = {}
        for child in found:
            if (loop or self.closed(child.path)) and is_body(graph := self.lifted(self.twin(child.path))):
                kinds[child.path] = sublayers(graph)
        if len(kinds) > 1 and not self.chained(list(kinds)):
            return []
        alike = len(set(kinds.values())) < len(kinds) and self.repeated(list(kinds))
        above = self.modules.get(container.rpartition(".")[0]) if container else None
        if above is not None and above.container and len(set(kinds.values())) > 1:
            alike = False  # `for attention, network, attention2, network2 in self.layers`
        if _one_layer(list(kinds.values())):
            alike = False
        return list(kinds) if alike or any(len(k) > 1 for k in kinds.values()) else []

    def written_out(self, path: str) -> bool:
        """Whether a list that is called is a layer without a class: `Sequential(attend, feed)`, each a residual."""
        if self.bodies(path) or any(self.bodies(holder.path) for holder in self.containers(path)):
            return False
        return len(sublayers(self.lifted(self.twin(path)))) > 1

    def listed(self, path: str) -> bool:
        """Whether the module at this path is a member of a list."""
        holder = self.modules.get(path.rpartition(".")[0])
        return holder is not None and holder.container

    def repeated(self, paths: list[str]) -> bool:
        """Whether some of these are called in one place: `self.layer[0](x)`, `self.layer[1](x)` are parts, no stack."""
        return len({self.place(path) for path in paths}) < len(paths)

    def place(self, path: str) -> Span | None:
        """Where the module at this path is called."""
        scope = self.first[path]
        node = self.members[scope][0]
        depth = node.scopes.index(scope)
        return next((f.span for f in reversed(node.frames) if f.depth <= depth), None)

    def chained(self, paths: list[str]) -> bool:
        """Whether a member reads what the one before made: not side by side, and nothing added in between.

        A table or another weight that is added is no stream.
        """
        graph = self.recording.graph.by_id
        one, two = ({n.id for n in self.members[self.first[p]]} for p in paths[:2])
        todo = [a for key in two for a in graph[key].args if a not in two]
        seen: set[str] = set()
        while todo:
            key = todo.pop()
            if key in one:
                return True
            joined = (
                [a for a in graph[key].args if a in self.computed] if graph[key].words[0] in JOINS else []
            )
            if key not in seen and len(joined) < 2:
                seen.add(key)
                todo.extend(graph[key].args)
        return False

    @cached_property
    def computed(self) -> set[str]:
        """The values that depend on what forward is given."""
        found = set(self.recording.graph.inputs)
        for node in self.recording.graph.nodes:
            if not found.isdisjoint(node.args):
                found.add(node.id)
        return found

    @property
    def gaps(self) -> Iterator[Unresolved]:
        """Lists of layers that are no stack and of which only a few members were read for all."""
        for holder in self.containers(""):
            read = [c for c in self.called(holder.path) if not c.container]
            if holder.length is None or not 1 < len(read) < holder.length:
                continue
            if not self.bodies(holder.path):
                reason = f"only {len(read)} of the {holder.length} members of {holder.path} were read"
                yield Unresolved(reason, "", holder.span)

    def closed(self, path: str) -> bool:
        """Whether the module runs only modules of its own (a wrapper that is handed a module is no body).

        It may share a part of another member of its list, and what does little to the stream: an activation, a norm.
        """
        around = path.rpartition(".")[0] + "."
        own = path + "." if around == "." else around
        scope = self.first[path]
        for node in self.members[scope]:
            inside = node.scopes[node.scopes.index(scope) + 1 :]
            handed = any(not s.path.startswith(own) for s in inside)
            if handed and node.id in self.computed and mixes(node.words[0]):
                return False
        return True

    @cached_property
    def stacks(self) -> list[list[str]]:
        """The repeated bodies: for each stack the paths of its members. A target may be a list itself."""
        own = self.bodies("") if "" in self.modules and self.modules[""].container else []
        if len(own) > 1:
            return [own]
        return [bodies for c in self.containers("") if (bodies := self.bodies(c.path))]


def _one_layer(kinds: Sequence[tuple[str, ...]]) -> bool:
    """Whether bodies are the sublayers of one layer: feed-forwards, and no mixer twice (macaron, Conformer)."""
    mixers = [k for k in kinds if not all(is_a(word, "feed_forward") for word in k)]
    single = all(len(k) == 1 for k in kinds)
    return single and 0 < len(mixers) < len(kinds) and len(set(mixers)) == len(mixers)


def make_block(recording: Recording, graph: Graph, path: str, members: tuple[str, ...] = ()) -> Block:
    """The block at a path of a recording; a model has `members` of stacks, whose parts are their own affair."""
    apart = tuple(f"{member}." for member in members)
    tree = {m.path: m for m in recording.modules}
    info = tree.get(path)
    steps = flow(graph)
    prefix = path + "." if path else ""
    below = tuple(
        replace(m, path=m.path[len(prefix) :] if m.path != path else "")
        for m in recording.modules
        if m.path == path or (m.path.startswith(prefix) and not m.path.startswith(apart))
    )
    name = recording.name if not path else f"{recording.name}.{path}"
    return Block(
        name=name,
        cls=info.cls if info else recording.name,
        path=path,
        graph=graph,
        flow=flow_of_all(graph, steps),
        chains=chains(graph, steps) if any(graph.operations()) else None,
        span=info.span if info and info.span and not info.container else recording.span,
        when=recording.when,
        default=recording.default,
        engine=recording.engine,
        modules=below,
        is_model=bool(members),
        settings=recording.settings,
        notes=recording.notes,
        file=recording.file,
        decided=tuple((name, False) for name in recording.absent),
        given=recording.given,
    )
