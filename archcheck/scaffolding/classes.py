"""One class for each block, opened box and stack: what its constructor builds, and its forward."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from archcheck.graph import Graph, Node
from archcheck.scaffolding.drawing import Place, labels_of
from archcheck.scaffolding.errors import refuse
from archcheck.scaffolding.forward import Forward, Loop
from archcheck.scaffolding.layouts import IDS, IMAGE, SEQUENCE, block_layout
from archcheck.scaffolding.models import arranged, cuts, lengthwise
from archcheck.scaffolding.naming import class_name, identifier, unused
from archcheck.scaffolding.parameters import used
from archcheck.scaffolding.pieces import Piece, Site
from archcheck.scaffolding.widths import WIDTH, Size, Widths, divisor
from archcheck.scaffolding.words import piece
from archcheck.vocabulary import CANONICAL, is_a

# What a step needs besides the running value when the spec does not name it: the argument's name.
UNNAMED = {"cross_attention": "memory", "joint_attention": "context", "modulate": "condition"}
CHANNELS = Size.of("channels")  # of an image that a model reads
STREAM_NAMES = {SEQUENCE: "x", IMAGE: "x", IDS: "ids"}
# Methods and fields of nn.Module that no attribute may hide.
OF_MODULES = frozenset(
    [
        "apply",
        "buffers",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "half",
        "modules",
        "parameters",
        "register_buffer",
        "register_module",
        "requires_grad_",
        "share_memory",
        "state_dict",
        "to",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
    ]
)


@dataclass(frozen=True, slots=True)
class Class:
    """A class that was written: its constructor's arguments, forward's arguments, and the lines of both."""

    name: str
    doc: str
    arguments: tuple[str, ...]
    inputs: tuple[str, ...]
    built: tuple[str, ...]
    forward: tuple[str, ...]
    outputs: int = 1
    layout: str = SEQUENCE

    def call(self, width: str) -> str:
        """The constructor's call from another class that has the same arguments."""
        return f"{self.name}({', '.join(width if a == 'width' else a for a in self.arguments)})"


@dataclass(slots=True)
class Studio:
    """Writes the classes of one file, each once.

    `library` collects the classes of the library that are needed, `multiple` is what `width` must be a
    multiple of, `number` what it must be (0: anything), `counts` the default of `depth`.
    """

    taken: set[str]
    classes: list[Class] = field(default_factory=list)
    library: set[str] = field(default_factory=set)
    multiple: int = 8
    number: int = 0
    depths: dict[str, int] = field(default_factory=dict)
    _done: dict[tuple[int, str], Class] = field(default_factory=dict)
    _names: dict[int, tuple[str, str, Mapping[Place, str]]] = field(default_factory=dict)

    def announce(self, graph: Graph, name: str, doc: str, labels: Mapping[Place, str]) -> None:
        """Say what the class of a block is called, and where its named values stand."""
        self._names[id(graph)] = (unused(name, self.taken), doc, labels)
        self.taken.add(self._names[id(graph)][0])

    def write(self, graph: Graph, layout: str, word: str = "", model: bool = False) -> Class:
        """The class of a graph; `word` is the word of the box that it is the inside of."""
        key = (id(graph), layout)
        if key not in self._done:
            name, doc, labels = self._names.get(id(graph), ("", "", {}))
            if not name:
                name = unused(class_name(word, "Layer"), self.taken)
                doc = f"What stands in the box `{word}`." if word else "What the stack repeats."
            written = _Drafter(self, graph, layout, word, labels, model).draft(name, doc)
            same = self._same(written) if id(graph) not in self._names else None
            if same is None:
                self.classes.append(written)
                self.taken.add(name)
            self._done[key] = same or written
        return self._done[key]

    def _same(self, written: Class) -> Class | None:
        """A class that has another name and is otherwise the same."""
        return next((c for c in self.classes if replace(c, name=written.name) == written), None)

    def labels(self, graph: Graph) -> Mapping[Place, str]:
        """Where the named values of a graph stand."""
        return self._names.get(id(graph), ("", "", {}))[2]


@dataclass(slots=True)
class _Drafter:
    """Writes one class."""

    studio: Studio
    graph: Graph
    layout: str
    word: str
    places: Mapping[Place, str]
    model: bool
    built: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    inner: dict[str, Class] = field(default_factory=dict)

    def draft(self, name: str, doc: str) -> Class:
        """The class, after the classes of what stands in it."""
        self.places = self.places or {}
        for node in self.graph.operations():
            if node.inner is not None:
                self.inner[node.id] = self._inside(node)
        self._complete()
        plan = arranged(self.graph, self.layout, self.inner, self.model)
        self.graph = lengthwise(self.graph, plan.layouts)
        widths = self._widths(plan.layouts)
        labels = labels_of(self.graph, self.places)
        inputs = self._inputs(plan.layouts, labels)
        pieces = {}
        for node in self.graph.nodes:
            if node.is_source and node.words[0] != "input":
                self._source(node, widths, plan.layouts)
            elif not node.is_source:
                patches = any((user, 0) in plan.flattened for user in self.graph.users[node.id])
                pieces[node.id] = self._piece(node, widths, plan.layouts, patches)
        loops = self._loops(widths)
        lines = Forward(
            self.graph, inputs, pieces, self.attributes, labels, plan.flattened, cuts(self.graph), loops,
            frozenset(name for key, name in inputs.items() if self.model and plan.layouts[key] != SEQUENCE),
        ).write()  # fmt: skip
        text = "\n".join(self.built)
        return Class(
            name, doc, used(text), tuple(inputs.values()), tuple(self.built), tuple(lines),
            len(self.graph.outputs), self.layout,
        )  # fmt: skip

    # -- what stands in it ---------------------------------------------------------------------------

    def _inside(self, node: Node) -> Class:
        """The class of a stack's member, of a block or of a box's inside."""
        assert node.inner is not None
        word = node.words[0]
        if self.model:
            return self.studio.write(node.inner, block_layout(node.inner))
        return self.studio.write(node.inner, self.layout, word if word in CANONICAL - {"stack"} else "")

    def _complete(self) -> None:
        """Give every step the inputs that it needs and the spec does not name, as arguments of forward."""
        graph = self.graph
        by_name = {name: key for key, name in graph.names.items()}
        crossing = {n.attr("shared") for n in graph.nodes if n.words[0] == "cross_attention"} - {None}
        nodes: list[Node] = []
        inputs = list(graph.inputs)
        names = dict(graph.names)
        for node in graph.nodes:
            wanted = list(self.inner[node.id].inputs[len(node.args) :]) if node.id in self.inner else []
            if node.words[0] in UNNAMED and len(node.args) == 1 and node.id not in self.inner:
                wanted = [UNNAMED[node.words[0]]]
            words, more = node.words, []
            for name in wanted:
                if name not in by_name:
                    key = by_name[name] = f"{name}.more"
                    nodes.insert(0, Node(key, ("input",), name=name))
                    inputs.append(key)
                    names[key] = name
                more.append(by_name[name])
            if (
                node.words[0] == "self_attention"
                and node.attr("shared") in crossing
                and node.id not in self.inner
            ):
                # One module attends to the stream and to something else: the stream is its memory here.
                words, more = ("cross_attention",), [node.args[0]]
            nodes.append(replace(node, words=words, args=(*node.args, *more)))
        self.graph = Graph(tuple(nodes), tuple(inputs), graph.outputs, (), (), names)

    def _inputs(self, layouts: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for place, key in enumerate(self.graph.inputs):
            name = identifier(self.graph.names.get(key) or "x")
            if not place and name in ("input", "input_"):
                image = self.model and layouts[key] == IMAGE
                name = "image" if image else STREAM_NAMES[layouts[key]]
            found[key] = unused(name, {*found.values(), *map(identifier, labels.values())})
        return found

    def _widths(self, layouts: Mapping[str, str]) -> dict[str, Size]:
        fixed = dict.fromkeys(self.graph.inputs, WIDTH)
        if self.model:
            self._ends(fixed, layouts)
        along = frozenset(node.id for node in self.graph.operations() if node.attr("dim") == 1)
        tokens = along if self.layout == SEQUENCE or self.model else frozenset()
        default = (
            Size.of("hidden") if is_a(self.word, "feed_forward") or self.word == "token_mixing" else WIDTH
        )
        solver = Widths(self.graph, fixed, default, tokens)
        sizes = solver.solve()
        if any(sizes[n.args[0]] == CHANNELS for n in self.graph.operations() if n.args and _parted(n)):
            fixed = {key: WIDTH if size == CHANNELS else size for key, size in fixed.items()}
            solver = Widths(
                self.graph, fixed, default, tokens
            )  # features, then, and no image of three colours
            sizes = solver.solve()
        given = [node.attr(key) for node in self.graph.operations() for key in ("heads", "groups")]
        parts = (part for part in given if isinstance(part, int) and part > 0)
        self.studio.multiple = math.lcm(self.studio.multiple, divisor(sizes.values()), *parts)
        self.studio.number = solver.number or self.studio.number
        return sizes

    def _ends(self, fixed: dict[str, Size], layouts: Mapping[str, str]) -> None:
        """How wide a model starts and ends."""
        first = self.graph.inputs[0]
        for key in self.graph.inputs:
            if layouts[key] == IMAGE:
                fixed[key] = CHANNELS
        for output in self.graph.outputs:
            key = output
            while self.graph[key].words[0] in ("softmax", "dropout") and self.graph[key].args:
                key = self.graph[key].args[0]
            if self.graph[key].words[0] == "linear" and self.graph[key].attr("out_features") is None:
                fixed[key] = Size.of("vocab_size" if layouts[first] == IDS else "classes")

    # -- the constructor -----------------------------------------------------------------------------

    def _piece(
        self, node: Node, widths: Mapping[str, Size], layouts: Mapping[str, str], patches: bool
    ) -> Piece:
        read = widths[node.args[0]].text() if node.args else "width"
        if node.id in self.inner:
            if node.words[0] != "stack":
                self._build(node, self._box(node, read, layouts), self._base(node))
            return Piece()
        if not node.args:
            raise refuse(node, "it reads nothing", "start its chain from a value")
        cut = patches and node.args[0] in self.graph.inputs
        embedded = self.graph[node.args[0]].words[0] == "embedding"
        found = piece(Site(node, layouts[node.id], read, widths[node.id].text(), self.word, cut, embedded))
        if found.build:
            self._build(node, found.build, self._base(node))
        return found

    def _box(self, node: Node, read: str, layouts: Mapping[str, str]) -> str:
        """The constructor's call of a box whose inside is a class; one that mixes tokens runs along these."""
        if node.words[0] != "token_mixing":
            return self.inner[node.id].call(read)
        build = f"ChannelsFirst({self.inner[node.id].call('length')})"
        return f"OverPixels({build})" if layouts[node.id] == IMAGE else build

    def _source(self, node: Node, widths: Mapping[str, Size], layouts: Mapping[str, str]) -> None:
        width = widths[node.id].text()
        if node.words[0] == "positional":
            self._build(node, f"Positional(max_length, {width})", "positional")
            return
        readers = [self.graph[user] for user in self.graph.users[node.id]]
        joined = any(reader.words[0] == "concat" for reader in readers)
        image = any(layouts[reader.id] == IMAGE for reader in readers)
        shape = f"1, 1, {width}" if joined else f"{width}, 1, 1" if image else width
        self._build(node, f"nn.Parameter(torch.zeros({shape}))", "token" if joined else "parameter")

    def _base(self, node: Node) -> str:
        shared = node.attr("shared")
        if shared is not None:
            return f"={shared}"
        word = node.words[0]
        same = Counter(n.words[0] for n in self.graph.operations())[word]
        return word if same == 1 else f"{word}#"

    def _build(self, node: Node, build: str, base: str) -> None:
        """Assign an attribute; `=name` is a module that other steps use, too, `word#` one of several."""
        taken = set(self.attributes.values())
        if base.startswith("="):
            name = identifier(re.sub(r"\W", "_", base[1:]) or "shared")
            name += "_" if name in OF_MODULES or name[0].isdigit() else ""
            if name not in taken:
                self.built.append(f"self.{name} = {build}")
        else:
            stem = base.rstrip("#")
            first = stem if not base.endswith("#") else f"{stem}1"
            name, number = first, 1
            while name in taken or name in OF_MODULES:
                number += 1
                name = f"{stem}{number}"
            self.built.append(f"self.{name} = {build}")
        self.attributes[node.id] = name
        self.studio.library.update(re.findall(r"\b[A-Z]\w+", build))

    def _loops(self, widths: Mapping[str, Size]) -> dict[str, Loop]:
        stacks = [node for node in self.graph.operations() if node.words[0] == "stack"]
        found: dict[str, Loop] = {}
        for node in stacks:
            member = self.inner[node.id]
            base = re.sub(r"(?<!^)(?=[A-Z])", "_", member.name).lower()
            attribute = "layers" if len(stacks) == 1 else unused(f"{base}s", {*self.attributes.values()})
            depth = (
                "depth" if len(stacks) == 1 else f"{attribute[: len(base)]}_depth{attribute[len(base) + 1 :]}"
            )
            count = node.attr("n")
            self.studio.depths.setdefault(depth, count if isinstance(count, int) else 6)
            if self.studio.depths[depth] != count and isinstance(count, int):
                depth = str(count)
            call = member.call(widths[node.args[0]].text())
            alone = node.attr("shared") is not None  # one layer, in each place of the list
            members = f"[{call}] * {depth}" if alone else f"{call} for _ in range({depth})"
            self.built.append(f"self.{attribute} = nn.ModuleList({members})")
            self.attributes[node.id] = attribute
            found[node.id] = Loop(attribute, "layer" if len(stacks) == 1 else base)
        return found


def _parted(node: Node) -> bool:
    """Whether a step divides its channels into heads or groups, or its inside may: three colours cannot be."""
    return any(is_a(node.words[0], kind) for kind in ("stack", "sublayer", "group_norm", "depthwise_conv"))
