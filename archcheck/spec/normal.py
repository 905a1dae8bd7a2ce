"""The canonical form of a spec's graph: flat sums and products, one node for one value, ids in order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archcheck.graph import Graph, Node, Option
from archcheck.vocabulary import ON_DEMAND, family

if TYPE_CHECKING:
    from collections.abc import Sequence

_FLAT = frozenset({("add",), ("mul",)})
_INLINE_SOURCES = frozenset({"positional", "parameter"})


@dataclass(frozen=True, slots=True)
class Parts:
    """A graph under construction: raw ids, nodes in topological order."""

    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    options: tuple[Option, ...]

    def reads(self) -> Counter[str]:
        """How often each value is read; an option's entry and an output count as reads."""
        found = Counter(arg for node in self.nodes for arg in node.args)
        found.update(option.entry for option in self.options)
        found.update(self.outputs)
        return found

    def membership(self) -> dict[str, frozenset[int]]:
        """For each node the options that it belongs to."""
        found: dict[str, set[int]] = {node.id: set() for node in self.nodes}
        for index, option in enumerate(self.options):
            for node in option.nodes:
                found[node].add(index)
        return {key: frozenset(value) for key, value in found.items()}


def normalize(parts: Parts) -> Graph:
    """The finished graph; ids are `i1, …` (inputs), `p1, …` (other sources) and `s1, …` (steps)."""
    return _number(_flatten(_merge_shared(_complete_options(parts))))


def _complete_options(parts: Parts) -> Parts:
    """A position table that only an optional part reads belongs to that part; equal options are one."""
    member = parts.membership()
    readers: dict[str, list[str]] = {node.id: [] for node in parts.nodes}
    for node in parts.nodes:
        for arg in node.args:
            readers[arg].append(node.id)
    extra: dict[int, list[str]] = {}
    for node in parts.nodes:
        if node.words[0] in _INLINE_SOURCES and readers[node.id] and node.id not in parts.outputs:
            shared = frozenset.intersection(*(member[reader] for reader in readers[node.id]))
            for index in shared - member[node.id]:
                extra.setdefault(index, []).append(node.id)
    options = dict.fromkeys(
        replace(option, nodes=(*option.nodes, *extra.get(index, ())))
        for index, option in enumerate(parts.options)
    )
    return replace(parts, options=tuple(options))


def _merge_shared(parts: Parts) -> Parts:
    """One module called twice on the same value gives one value (dropout draws anew each time)."""
    member = parts.membership()
    first: dict[object, str] = {}
    same: dict[str, str] = {}
    nodes = []
    for old in parts.nodes:
        node = replace(old, args=tuple(same.get(arg, arg) for arg in old.args))
        if node.attr("shared") is not None and family(node.words[0]) not in ON_DEMAND and node.inner is None:
            key = (node.words, node.args, frozenset(node.attrs), member[node.id])
            known = first.setdefault(key, node.id)
            if known != node.id:
                same[node.id] = known
                continue
        nodes.append(node)
    if not same:
        return parts
    return _renamed(replace(parts, nodes=tuple(nodes)), same)


def _renamed(parts: Parts, same: dict[str, str]) -> Parts:
    options = []
    for option in parts.options:
        kept = tuple(dict.fromkeys(same.get(node, node) for node in option.nodes))
        entry, leave = same.get(option.entry, option.entry), same.get(option.exit, option.exit)
        options.append(Option(kept, entry, leave))
    outputs = tuple(same.get(output, output) for output in parts.outputs)
    return replace(parts, outputs=outputs, options=tuple(options))


def _flatten(parts: Parts) -> Parts:
    """Merge a sum (product) into the one sum (product) that reads it.

    A sum through which an optional part is entered (which counts as a read) or left stays: without that
    part something else is read in its place.
    """
    reads = parts.reads()
    exits = {option.exit for option in parts.options}
    flat: dict[str, tuple[str, ...]] = {}
    merged: set[str] = set()
    nodes = []
    for node in parts.nodes:
        if node.words not in _FLAT:
            nodes.append(node)
            continue
        args: list[str] = []
        for arg in node.args:
            inner = flat.get(f"{node.words[0]} {arg}")
            if inner and reads[arg] == 1 and arg not in exits:
                args.extend(inner)
                merged.add(arg)
            else:
                args.append(arg)
        if not node.attrs:
            flat[f"{node.words[0]} {node.id}"] = tuple(args)
        nodes.append(replace(node, args=tuple(args)))
    options = [
        replace(option, nodes=tuple(node for node in option.nodes if node not in merged))
        for option in parts.options
    ]
    kept = tuple(node for node in nodes if node.id not in merged)
    return replace(parts, nodes=kept, options=tuple(options))


def _number(parts: Parts) -> Graph:
    counts: Counter[str] = Counter()
    ids: dict[str, str] = {}
    nodes = []
    for node in parts.nodes:
        word = node.words[0]
        prefix = "i" if word == "input" else "p" if node.is_source else "s"
        counts[prefix] += 1
        ids[node.id] = f"{prefix}{counts[prefix]}"
        nodes.append(replace(node, id=ids[node.id], args=tuple(ids[arg] for arg in node.args)))
    order = {node.id: index for index, node in enumerate(nodes)}
    options = [
        Option(
            tuple(sorted((ids[node] for node in option.nodes), key=order.__getitem__)),
            ids[option.entry],
            ids[option.exit],
        )
        for option in parts.options
    ]
    return Graph(
        nodes=tuple(nodes),
        inputs=_all(parts.inputs, ids),
        outputs=_all(parts.outputs, ids),
        options=tuple(options),
        names={ids[node.id]: node.name for node in parts.nodes if node.words == ("input",)},
    )


def _all(old: Sequence[str], ids: dict[str, str]) -> tuple[str, ...]:
    return tuple(ids[item] for item in old)
