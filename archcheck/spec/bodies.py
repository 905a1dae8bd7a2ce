"""Reads blocks, graphs and models: chains with the names around them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from archcheck.spec.body import INPUT, Body
from archcheck.spec.errors import Problems, quoted
from archcheck.spec.fields import Fields, is_null, kind
from archcheck.spec.lexer import RESERVED
from archcheck.spec.notation import read_chain, read_chains
from archcheck.spec.yamltree import Items, Mapping, Scalar, Tree
from archcheck.vocabulary import CANONICAL, VALUES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcheck.spec.syntax import Chain

BODY_KEYS = frozenset({"block", "graph", "inputs", "outputs"})
BLOCK_KEYS = BODY_KEYS | {"title", "description", "applies_to"}

EXAMPLE = "layer_norm -> self_attention -> add"
CHAINS = f"a list of chains, such as `- {EXAMPLE}`"

_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(slots=True)
class BodyReader:
    """`words` are the names of the file's blocks; `broken` names the bodies with unreadable chains."""

    problems: Problems
    words: frozenset[str] = frozenset()
    broken: set[str] = field(default_factory=set)

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
        if not _NAME.fullmatch(text):
            self.problems.add(f"{quoted(text)} is no name of a value", name.span, "letters, digits and '_'")
        elif text in seen:
            self.problems.add(f"the name {quoted(text)} is given twice", name.span, "each name once")
        elif text in {*CANONICAL, *RESERVED, *self.words} or (
            text in VALUES and not (stream and text == INPUT)
        ):
            what = "a block" if text in self.words else "a word of the language"
            self.problems.add(f"{quoted(text)} is {what}", name.span, f"another name, such as '{text}_1'")
        else:
            return True
        return False

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
                    self.problems.add(f"{quoted(key)} holds {kind(item)}", item.span, CHAINS)
        else:
            expected = (
                f"a mapping from names to chains, such as `x: {EXAMPLE}`" if named else f"a chain or {CHAINS}"
            )
            self.problems.add(f"{quoted(key)} is {kind(tree)}", tree.span, expected)
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
