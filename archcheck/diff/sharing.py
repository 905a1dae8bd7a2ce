"""One module in two places, or two where the figure has one: edits that only parameters can tell."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from archcheck.blocks.modules import PARAMETERS, has_parameters, module_of
from archcheck.diff.types import Alignment, Edit
from archcheck.vocabulary import family

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcheck.diff.types import Within
    from archcheck.graph import Graph


def sharing_edits(spec: Graph, code: Graph, found: Alignment) -> tuple[Edit, ...]:
    """AC210 and AC211, on this level and inside of boxes: places that should not, or should, be one module."""
    edits = [*_on_level(spec, code, found.pairs, _handled(found, ()))]
    for within, pairs in found.inner:
        inside: tuple[Graph | None, Graph | None] = (spec, code)
        for s, c in within:
            inside = tuple(  # type: ignore[assignment]
                graph[key].inner if graph is not None and key in graph else None
                for graph, key in zip(inside, (s, c), strict=True)
            )
        if inside[0] is not None and inside[1] is not None:
            level = _on_level(inside[0], inside[1], pairs, _handled(found, within))
            edits += (replace(edit, within=within) for edit in level)
    return tuple(edits)


def _handled(found: Alignment, within: Within) -> set[str]:
    """The nodes of the spec that the alignment has found to be one node of the code already."""
    merged = (edit for edit in found.edits if edit.kind == "merged" and edit.within == within)
    return {node for edit in merged for node in edit.expected}


def _on_level(
    spec: Graph, code: Graph, pairs: Iterable[tuple[str, str]], handled: set[str]
) -> tuple[Edit, ...]:
    calls: dict[tuple[int, str, int], list[tuple[str, str, int]]] = defaultdict(list)
    readers: dict[tuple[str, frozenset[str]], list[tuple[str, str]]] = defaultdict(list)
    parts = _parts(code)
    marked: dict[str, list[tuple[str, str]]] = defaultdict(list)
    layers: list[Edit] = []
    for s, c in pairs:
        if s not in spec or c not in code:
            continue
        node = code[c]
        label = spec[s].attr("shared")
        if node.words[0] == "stack":
            if (label is None) != (node.attr("shared") is None):
                layers.append(Edit("merged" if label is None else "split", (s,), (c,), detail="layers"))
        elif label is not None:
            marked[str(label)].append((s, c))
        module = module_of(node)
        if module is not None and has_parameters(node):
            calls[parts[c]].append((s, c, module[1]))
        if (
            node.weights and has_parameters(node) and family(node.words[0]) in PARAMETERS
        ):  # ReZero shares a scale
            readers[family(node.words[0]), frozenset(node.weights)].append((s, c))
    merged = _merged(spec, calls, handled)
    handled = handled | {node for edit in merged for node in edit.expected}
    return (*layers, *merged, *_of_one_weight(spec, readers, handled), *_split(code, marked))


def _parts(code: Graph) -> dict[str, tuple[int, str, int]]:
    """Which part of which module a node is: the module object, the family, and the how manieth of it in its call.

    A norm that a function computes carries the name of the module that calls the function, beside whatever else
    that module computes; two calls of the module use each of its parts twice, and no part for another.
    """
    found: dict[str, tuple[int, str, int]] = {}
    seen: Counter[tuple[tuple[int, int], str]] = Counter()
    for node in code.nodes:
        module = module_of(node)
        if module is None or not has_parameters(node):
            continue
        kind = family(node.words[0])
        found[node.id] = (module[0], kind, seen[module, kind])
        seen[module, kind] += 1
    return found


def _merged(
    spec: Graph, calls: dict[tuple[int, str, int], list[tuple[str, str, int]]], handled: set[str]
) -> tuple[Edit, ...]:
    edits = []
    for uses in calls.values():
        first = uses[0]
        for s, c, call in uses[1:]:
            labels = spec[first[0]].attr("shared"), spec[s].attr("shared")
            if s in handled or call == first[2] or (labels[0] is not None and labels[0] == labels[1]):
                continue
            edits.append(Edit("merged", (first[0], s), (first[1], c), detail="module"))
    return tuple(edits)


def _of_one_weight(
    spec: Graph, readers: dict[tuple[str, frozenset[str]], list[tuple[str, str]]], handled: set[str]
) -> tuple[Edit, ...]:
    """Places that read the same parameters, whatever modules hold them: functions, and modules that are tied."""
    edits = []
    for uses in readers.values():
        first = uses[0]
        for s, c in uses[1:]:
            labels = spec[first[0]].attr("shared"), spec[s].attr("shared")
            same = c == first[1] or (labels[0] is not None and labels[0] == labels[1])
            if not same and not (s in handled and first[0] in handled):
                edits.append(Edit("merged", (first[0], s), (first[1], c), detail="parameters"))
    return tuple(edits)


def _split(code: Graph, marked: dict[str, list[tuple[str, str]]]) -> tuple[Edit, ...]:
    edits = []
    for label, uses in marked.items():
        for (s, c), (other, d) in pairwise(uses):
            left, right = module_of(code[c]), module_of(code[d])
            tied = code[c].weights and set(code[c].weights) == set(code[d].weights)
            if left is not None and right is not None and left[0] != right[0] and not tied:
                edits.append(Edit("split", (s, other), (c, d), detail=label))
    return tuple(edits)
