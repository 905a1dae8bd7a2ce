"""From a YAML tree to a Spec: keys, types, names, chains. All errors of a file are gathered."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archcheck.graph import Literal, Span
from archcheck.spec.bodies import BLOCK_KEYS, BODY_KEYS, BodyReader
from archcheck.spec.document import Deviation, Figure, Spec
from archcheck.spec.errors import Problems, closest, quoted
from archcheck.spec.expand import expand_body, expand_repeated
from archcheck.spec.fields import Fields, is_null, kind, literal
from archcheck.spec.resolve import expand_bodies
from archcheck.spec.source import Source
from archcheck.spec.validate import check_chains
from archcheck.spec.walk import chains_of, steps_of
from archcheck.spec.yamltree import LARGEST_FILE, Items, Mapping, Scalar, Tree, read_tree
from archcheck.vocabulary import CANONICAL

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from archcheck.spec.body import Body
    from archcheck.spec.syntax import Chain

FIGURE_KEYS = frozenset({"paper", "label", "url"})
DEVIATION_KEYS = frozenset({"who", "how"})
SPEC_KEYS = BLOCK_KEYS | {
    "archcheck", "name", "figure", "blocks", "order", "model", "ignore", "strict", "set", "pattern",
    "known_deviations",
}  # fmt: skip
KINDS = frozenset({"block", "graph", "order", "blocks", "model"})
VERSION = "1"

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
    """Reads one file."""

    fields: Fields
    problems: Problems
    source: Source

    def spec(self, default_name: str) -> Spec:
        """The whole file."""
        fields = self.fields
        self.version()
        name = self.spec_name(default_name)
        bodies = BodyReader(self.problems)
        entries = self.entries(bodies, name)
        bodies.words = frozenset(key.text for key, _ in entries)
        inputs, values = bodies.inputs(fields)
        spec = Spec(
            name=name,
            source=self.source.file,
            title=fields.text("title"),
            description=fields.text("description"),
            figure=self.figure(),
            block=self.main_block(bodies, name, inputs),
            blocks=tuple(body for key, tree in entries if (body := bodies.named_block(key, tree))),
            order=self.order(bodies),
            inputs=inputs,
            input_values=values,
            outputs=tuple(scalar.text for scalar in fields.scalars("outputs", "names")),
            ignore=self.ignore(),
            strict=fields.flag("strict"),
            pattern=fields.flag("pattern"),
            settings=self.settings(),
            applies_to=tuple(item.text for item in fields.scalars("applies_to", "class-name patterns")),
            known_deviations=tuple(self.deviations()),
            text=self.source.text,
            span=fields.mapping.span,
        )
        # In a model the spec's own name is a word, too: it names the block of the key `block` or `graph`.
        own = frozenset({name} if spec.block is not None else ())
        whole = BodyReader(self.problems, bodies.words | own, bodies.broken)
        spec = replace(spec, model=self.model(whole, spec))
        self.one_kind()
        self.meaning(spec, bodies, whole)
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
        slips = {problem.suggestion for problem in self.problems.found}
        if not (kinds or {"blocks", "model"} & set(known) or slips & KINDS):
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
                if "how" not in inner.known:
                    self.problems.add("a known deviation says nothing", item.span, "the key 'how'")
                yield Deviation(inner.text("how"), inner.text("who"))
            else:
                self.fields.wrong("known_deviations", item, "texts, or mappings with who and how")

    # -- chains ------------------------------------------------------------------------------------

    def entries(self, bodies: BodyReader, own: str) -> tuple[tuple[Scalar, Tree], ...]:
        """The entries of `blocks`, their names checked."""
        tree = self.fields.get("blocks")
        if tree is None:
            return ()
        if not isinstance(tree, Mapping):
            self.fields.wrong("blocks", tree, "a mapping from names to blocks")
            return ()
        if not tree.entries:
            self.problems.add("'blocks' is empty", tree.span, "a name and a block")
        taken = (own,) if {"block", "graph"}.intersection(self.fields.known) else ()
        valid = [(name, value) for name, value in tree.entries if bodies.valid_name(name, taken)]
        if len(valid) < len(tree.entries):
            bodies.broken.add("blocks")
        return tuple(valid)

    def main_block(self, bodies: BodyReader, name: str, inputs: tuple[str, ...]) -> Body | None:
        """The top-level `block` or `graph`."""
        outputs = tuple(scalar.text for scalar in self.fields.scalars("outputs", "names"))
        for key in ("block", "graph"):
            tree = self.fields.get(key)
            if tree is not None:
                body = bodies.body(key, name, tree, named=key == "graph")
                return replace(body, inputs=inputs, outputs=outputs)
        return None

    def model(self, bodies: BodyReader, spec: Spec) -> Body | None:
        """The whole model: chains, named chains, or a mapping like a block's.

        Where it does not name its inputs it has those of the spec; beside a block only those that it reads.
        """
        tree = self.fields.get("model")
        if tree is None:
            return None
        if isinstance(tree, Mapping) and BODY_KEYS.intersection(key.text for key, _ in tree.entries):
            fields = Fields(tree, self.problems, "`model`").restrict(BLOCK_KEYS)
            return bodies.described("model", fields)
        body = bodies.body("model", "model", tree, named=isinstance(tree, Mapping))
        if spec.block is None:
            return replace(body, inputs=spec.inputs, outputs=spec.outputs)
        read = {chain.head for chain in chains_of(body.chains)}
        for step in steps_of(body.chains):
            read.update(getattr(step, "values", ()))
        return replace(body, inputs=spec.inputs[:1] + tuple(name for name in spec.inputs[1:] if name in read))

    def order(self, bodies: BodyReader) -> Chain | None:
        """The one chain of `order`."""
        tree = self.fields.get("order")
        if tree is None:
            return None
        before = len(self.problems.found)
        if isinstance(tree, Items) and len(tree.items) == 1:
            tree = tree.items[0]
        chain = bodies.chain("order", tree)
        if len(self.problems.found) > before:
            bodies.broken.add("order")
        return chain

    # -- meaning -----------------------------------------------------------------------------------

    def meaning(self, spec: Spec, bodies: BodyReader, whole: BodyReader) -> None:
        """Check words and expand every body whose notation was read."""
        blocks = (() if spec.block is None else (spec.block,)) + spec.blocks
        for body in blocks:
            check_chains(body.chains, bodies.words, self.problems)
        if spec.model is not None:
            check_chains(spec.model.chains, whole.words, self.problems)
        if spec.order is not None:
            check_chains((spec.order,), frozenset(), self.problems)
            if "order" not in bodies.broken:
                # Twice, because a second repetition shows what the first hides.
                expand_repeated(spec.order, 2, self.problems)
        if bodies.broken.intersection({"blocks", *(body.name for body in blocks)}):
            return
        if len(spec.blocks) < len(bodies.words):
            return
        graphs = expand_bodies(spec.blocks, spec.block, self.problems)
        if spec.model is not None and "model" not in bodies.broken and len(graphs) == len(blocks):
            expand_body(spec.model, graphs, self.problems)
