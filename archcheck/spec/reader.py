"""From a YAML tree to a Spec: keys, types, names, chains. All errors of a file are gathered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from archcheck.graph import Literal, Span
from archcheck.spec.body import INPUT, Body
from archcheck.spec.document import Deviation, Figure, Spec
from archcheck.spec.errors import Problems, SpecError, closest, quoted
from archcheck.spec.expand import expand_body, expand_order
from archcheck.spec.fields import Fields, is_null, kind, literal
from archcheck.spec.lexer import RESERVED
from archcheck.spec.notation import read_chain, read_chains
from archcheck.spec.resolve import expand_bodies
from archcheck.spec.source import Source
from archcheck.spec.syntax import Chain
from archcheck.spec.validate import check_chains
from archcheck.spec.yamltree import LARGEST_FILE, Items, Mapping, Scalar, Tree, read_tree
from archcheck.vocabulary import CANONICAL, VALUES

BODY_KEYS = frozenset({"block", "graph", "inputs", "outputs"})
BLOCK_KEYS = BODY_KEYS | {"title", "description", "applies_to"}
FIGURE_KEYS = frozenset({"paper", "label", "url"})
DEVIATION_KEYS = frozenset({"who", "how"})
SPEC_KEYS = BLOCK_KEYS | {
    "archcheck", "name", "figure", "blocks", "order", "model", "ignore", "strict", "set", "known_deviations",
}  # fmt: skip
VERSION = "1"

_NAME = re.compile(r"[^\W\d]\w*")
_SPEC_NAME = re.compile(r"[^\W\d][\w.-]*")


def read_file(path: Path) -> Spec:
    """The spec in a file.

    Raises:
        SpecError: with all that is wrong, also where the file cannot be read.
    """
    nowhere = Span(str(path), 1)
    problems = Problems()
    try:
        # One byte more than is allowed: a device or a growing file must not fill the memory.
        with path.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        problems.add(f"the file cannot be read: {error.strerror or error}", nowhere, "a readable file")
        problems.stop()
    if len(data) > LARGEST_FILE:
        message = f"the file is larger than {LARGEST_FILE // 1024} KB"
        problems.add(message, nowhere, "a spec, which takes a few lines")
        problems.stop()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        span = Source(str(path), before + "?").span(len(before), len(before) + 1)
        problems.add("the file is not UTF-8", span, "text in UTF-8")
        problems.stop()
    return read_text(text, str(path), path.stem)


def read_text(text: str, file: str = "<spec>", name: str = "spec") -> Spec:
    """The spec in a YAML text; `name` is its name where it gives none.

    Raises:
        SpecError: with all that is wrong.
    """
    problems = Problems()
    source = Source(file, text)
    tree = read_tree(source, problems)
    if tree is None or is_null(tree):
        if not problems.found:
            message = "the file is empty"
            problems.add(
                message, source.span(0, 1), "a spec: archcheck: 1, name, and block, graph, order or blocks"
            )
        problems.stop()
    if not isinstance(tree, Mapping):
        problems.add(f"the file holds {kind(tree)}", tree.span, "keys: archcheck: 1, name, block, …")
        problems.stop()
    fields = Fields(tree, problems, "a spec").restrict(SPEC_KEYS)
    spec = _Reader(fields, problems, source).spec(name)
    problems.check()
    return spec


@dataclass(slots=True)
class _Reader:
    """Reads one file. `words` are the names of its blocks; `broken` says that a chain was not read."""

    fields: Fields
    problems: Problems
    source: Source
    words: frozenset[str] = frozenset()
    broken: set[str] = field(default_factory=set)

    def spec(self, default_name: str) -> Spec:
        """The whole file."""
        fields = self.fields
        self.version()
        name = self.spec_name(default_name)
        entries = self.entries("blocks")
        self.words = frozenset(key.text for key, _ in entries)
        if "block" in fields.known or "graph" in fields.known:
            self.words |= {name}
        inputs, values = self.inputs(fields)
        outputs = tuple(scalar.text for scalar in fields.scalars("outputs", "names"))
        spec = Spec(
            name=name,
            source=self.source.file,
            title=fields.text("title"),
            description=fields.text("description"),
            figure=self.figure(),
            block=self.main_block(name, inputs, outputs),
            blocks=tuple(body for key, tree in entries if (body := self.named_block(key, tree)) is not None),
            order=self.order(),
            model=None,
            inputs=inputs,
            input_values=values,
            outputs=outputs,
            ignore=self.ignore(),
            strict=fields.flag("strict"),
            settings=self.settings(),
            applies_to=tuple(item.text for item in fields.scalars("applies_to", "class-name patterns")),
            known_deviations=tuple(self.deviations()),
            text=self.source.text,
            span=fields.mapping.span,
        )
        spec = replace(spec, model=self.model(spec))
        self.one_kind()
        self.meaning(spec)
        return spec

    # -- keys --------------------------------------------------------------------------------------

    def version(self) -> None:
        tree = self.fields.known.get("archcheck")
        if tree is None:
            first = self.source.span(0, 1)
            self.problems.add("the key 'archcheck' is missing", first, "archcheck: 1 in the first line")
        elif not isinstance(tree, Scalar) or tree.text != VERSION:
            self.problems.add(f"version {kind(tree)} of the language is unknown", tree.span, VERSION)

    def spec_name(self, default: str) -> str:
        name = self.fields.text("name") or default
        tree = self.fields.known.get("name")
        if tree is not None and not _SPEC_NAME.fullmatch(name):
            self.problems.add(f"{quoted(name)} is no name", tree.span, "letters, digits, '_', '-' and '.'")
        return name

    def one_kind(self) -> None:
        """A spec says one thing about its blocks."""
        known = self.fields.known
        kinds = [key for key in ("block", "graph", "order") if key in known]
        for key in kinds[1:]:
            message = f"{quoted(key)} and {quoted(kinds[0])} stand in one spec"
            self.problems.add(message, self.fields.keys[key].span, "one of block, graph and order")
        if "order" in kinds and "blocks" in known:
            span = self.fields.keys["order"].span
            self.problems.add("'order' and 'blocks' stand in one spec", span, "one of them")
        if not kinds and "blocks" not in known and "model" not in known:
            expected = "one of block, graph, order, blocks and model"
            self.problems.add("the spec declares nothing", self.fields.mapping.span, expected)

    def figure(self) -> Figure:
        inner = self.fields.fields("figure", FIGURE_KEYS)
        if inner is None:
            return Figure()
        return Figure(inner.text("paper"), inner.text("label"), inner.text("url"))

    def ignore(self) -> tuple[str, ...]:
        found = []
        for item in self.fields.scalars("ignore", "words"):
            if item.text in CANONICAL:
                found.append(item.text)
            else:
                near = closest(item.text)
                self.problems.add(
                    f"unknown word {quoted(item.text)}", item.span, "a word of the vocabulary", near
                )
        return tuple(found)

    def settings(self) -> tuple[tuple[str, Literal], ...]:
        tree = self.fields.get("set")
        if tree is None:
            return ()
        if not isinstance(tree, Mapping):
            self.fields.wrong("set", tree, "a mapping, as in {norm_first: true}")
            return ()
        return tuple((key.text, literal(value, self.problems)) for key, value in tree.entries)

    def deviations(self) -> Iterable[Deviation]:
        tree = self.fields.get("known_deviations")
        for item in tree.items if isinstance(tree, Items) else () if tree is None else (tree,):
            if isinstance(item, Scalar):
                yield Deviation(item.text.strip())
            elif isinstance(item, Mapping):
                inner = Fields(item, self.problems, "`known_deviations`").restrict(DEVIATION_KEYS)
                yield Deviation(inner.text("how"), inner.text("who"))
            else:
                self.fields.wrong("known_deviations", item, "texts, or mappings with who and how")

    def inputs(self, fields: Fields) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """Names, or a mapping from names to the expressions that a trace passes."""
        tree = fields.get("inputs")
        values = []
        if isinstance(tree, Mapping):
            names = tuple(key for key, _ in tree.entries)
            for key, value in tree.entries:
                if not isinstance(value, Scalar):
                    self.problems.add(
                        f"{quoted(key.text)} is {kind(value)}", value.span, "an expression, or nothing"
                    )
                elif not is_null(value):
                    values.append((key.text, value.text))
        else:
            names = fields.scalars("inputs", "names")
        seen: list[str] = []
        for position, name in enumerate(names):
            if self.valid_name(name, seen, stream=position == 0):
                seen.append(name.text)
        return tuple(seen), tuple(values)

    def valid_name(self, name: Scalar, seen: Sequence[str], *, stream: bool = False) -> bool:
        """Whether a scalar may name a value; the first input may be called `input`."""
        text = name.text
        if not _NAME.fullmatch(text) or text in RESERVED:
            self.problems.add(f"{quoted(text)} is no name of a value", name.span, "letters, digits and '_'")
        elif text in seen:
            self.problems.add(f"the name {quoted(text)} is given twice", name.span, "each name once")
        elif text in CANONICAL or text in self.words or (text in VALUES and not (stream and text == INPUT)):
            what = "a block" if text in self.words else "a word of the language"
            self.problems.add(f"{quoted(text)} is {what}", name.span, f"another name, such as '{text}_1'")
        else:
            return True
        return False

    # -- chains ------------------------------------------------------------------------------------

    def entries(self, key: str) -> tuple[tuple[Scalar, Tree], ...]:
        """The entries of `blocks`, their names checked."""
        tree = self.fields.get(key)
        if tree is None:
            return ()
        if not isinstance(tree, Mapping):
            self.fields.wrong(key, tree, "a mapping from names to blocks")
            return ()
        return tuple((name, value) for name, value in tree.entries if self.valid_name(name, ()))

    def main_block(self, name: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Body | None:
        """The top-level `block` or `graph`."""
        for key in ("block", "graph"):
            tree = self.fields.get(key)
            if tree is not None:
                body = self.body(key, name, tree, named=key == "graph")
                return replace(body, inputs=inputs, outputs=outputs)
        return None

    def named_block(self, key: Scalar, tree: Tree) -> Body | None:
        """One entry of `blocks`: `{block: …}`, `{graph: …}`, or the chains themselves."""
        if not isinstance(tree, Mapping):
            return self.body(key.text, key.text, tree, named=False)
        fields = Fields(tree, self.problems, f"the block {quoted(key.text)}").restrict(BLOCK_KEYS)
        return self.described(key.text, fields)

    def described(self, name: str, fields: Fields) -> Body | None:
        """A mapping with `block` or `graph`, and `inputs`, `outputs` and so on."""
        kinds = [word for word in ("block", "graph") if fields.get(word) is not None]
        if len(kinds) != 1:
            known = "both block and graph" if kinds else "neither block nor graph"
            self.problems.add(f"{fields.where} has {known}", fields.mapping.span, "one of block and graph")
            self.broken.add(name)
            return None
        inputs, _ = self.inputs(fields)
        body = self.body(name, name, fields.known[kinds[0]], named=kinds[0] == "graph")
        outputs = tuple(item.text for item in fields.scalars("outputs", "names"))
        applies = tuple(item.text for item in fields.scalars("applies_to", "class-name patterns"))
        return replace(body, inputs=inputs, outputs=outputs, applies_to=applies)

    def model(self, spec: Spec) -> Body | None:
        """The whole model: chains, named chains, or a mapping like a block's."""
        tree = self.fields.get("model")
        if tree is None:
            return None
        if isinstance(tree, Mapping) and BODY_KEYS.intersection(key.text for key, _ in tree.entries):
            fields = Fields(tree, self.problems, "`model`").restrict(BLOCK_KEYS)
            return self.described("model", fields)
        body = self.body("model", "model", tree, named=isinstance(tree, Mapping))
        return replace(body, inputs=spec.inputs, outputs=() if spec.block else spec.outputs)

    def body(self, key: str, name: str, tree: Tree, *, named: bool) -> Body:
        """The chains of a text, of a list of texts, or (named) of a mapping from names to texts."""
        before = len(self.problems.found)
        chains: list[Chain] = []
        names: list[str] = []
        if named and isinstance(tree, Mapping):
            for label, value in tree.entries:
                chain = self.chain(label.text, value)
                if self.valid_name(label, ()) and chain is not None:
                    chains.append(chain)
                    names.append(label.text)
        elif not named and isinstance(tree, Scalar):
            chains.extend(self.chains(tree))
        elif not named and isinstance(tree, Items):
            for item in tree.items:
                if isinstance(item, Scalar) and not is_null(item):
                    chains.extend(self.chains(item))
                else:
                    self.problems.add(f"{quoted(key)} holds {kind(item)}", item.span, "a list of chains")
        else:
            expected = "a mapping from names to chains" if named else "a chain or a list of chains"
            self.fields.wrong(key, tree, expected)
        if not chains and len(self.problems.found) == before:
            self.problems.add(f"{quoted(key)} is empty", tree.span, "a chain")
        if len(self.problems.found) > before:
            self.broken.add(name)
        return Body(name, tuple(chains), tuple(names), span=tree.span)

    def chains(self, scalar: Scalar) -> tuple[Chain, ...]:
        """The chains in one scalar."""
        if self.cut_by_yaml(scalar):
            return ()
        return read_chains(scalar.text, scalar.origin, self.problems, self.words)

    def chain(self, key: str, tree: Tree) -> Chain | None:
        """One chain."""
        if not isinstance(tree, Scalar) or is_null(tree):
            self.problems.add(f"{quoted(key)} is {kind(tree)}", tree.span, "a chain")
            return None
        if self.cut_by_yaml(tree):
            return None
        return read_chain(tree.text, tree.origin, self.problems, self.words)

    def cut_by_yaml(self, scalar: Scalar) -> bool:
        """Whether YAML's own { } or [ ] took a part of a chain that has no quotes."""
        text = scalar.text
        if not (scalar.flow and scalar.plain) or all(text.count(a) == text.count(b) for a, b in ("()", "[]")):
            return False
        message = (
            f"unbalanced bracket in {quoted(text)}: YAML's own {{ }} and [ ] end it at a comma or bracket"
        )
        self.problems.add(message, scalar.span, "quotes around the chain")
        return True

    def order(self) -> Chain | None:
        """The one chain of `order`."""
        tree = self.fields.get("order")
        if tree is None:
            return None
        before = len(self.problems.found)
        if isinstance(tree, Items) and len(tree.items) == 1:
            tree = tree.items[0]
        chain = self.chain("order", tree)
        if len(self.problems.found) > before:
            self.broken.add("order")
        return chain

    # -- meaning -----------------------------------------------------------------------------------

    def meaning(self, spec: Spec) -> None:
        """Check words and expand every body whose notation was read."""
        bodies = (() if spec.block is None else (spec.block,)) + spec.blocks
        for body in (*bodies, *((spec.model,) if spec.model else ())):
            check_chains(body.chains, self.words, self.problems)
        if spec.order is not None:
            check_chains((spec.order,), frozenset(), self.problems)
            if "order" not in self.broken:
                self.gather_order(spec.order)
        if any(body.name in self.broken for body in bodies) or len(bodies) < len(self.words):
            return
        graphs = expand_bodies(bodies, self.problems)
        if spec.model is not None and "model" not in self.broken and len(graphs) == len(bodies):
            expand_body(spec.model, graphs, self.problems)

    def gather_order(self, chain: Chain) -> None:
        """Expand an order twice over, for what only its graph shows."""
        try:
            expand_order(chain, 2)
        except SpecError as error:
            for found in error.problems:
                self.problems.add(found.message, found.span, found.expected, found.suggestion)
