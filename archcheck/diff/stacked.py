"""Parts with parameters that the layers of a stack have in common, or that the model runs again beside them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from archcheck.blocks.modules import has_parameters
from archcheck.diff.types import Alignment, Edit
from archcheck.vocabulary import is_a

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.graph import Graph, Node


def with_stacks(spec: Graph, code: Graph, found: Alignment) -> Alignment:
    """An alignment of two models with the edits for such parts (AC210).

    `spec` and `code` are those that were compared, with the insides of their stacks.
    """
    pairs = [(s, c) for s, c in found.pairs if s in spec and c in code]
    edits = (
        edit
        for s, c in pairs
        if code[c].words[0] == "stack" and code[c].attr("shared") is None
        for edit in (*_in_common(spec[s], code[c]), *_run_again(spec, code, pairs, (s, c)))
    )
    return found.with_edits(tuple(edits))


def common_part(stack: Node) -> Node | None:
    """The first operation of a layer all of whose parameters other layers read, too."""
    several = {weight for weight, layers in Counter(stack.weights).items() if layers > 1}
    inside = stack.inner.operations() if stack.inner is not None else ()
    return next(
        (n for n in inside if has_parameters(n) and n.weights and several.issuperset(n.weights)), None
    )


def _in_common(wanted: Node, stack: Node) -> Iterator[Edit]:
    part = common_part(stack)
    theirs = common_part(wanted)  # of another implementation
    if part is None or _says_shared(wanted, part) or (theirs is not None and theirs.words == part.words):
        return
    name = part.words[0] + (f" ({part.name})" if part.name else "")
    yield Edit("merged", (wanted.id,), (stack.id,), detail=f"part {name}")


def _run_again(
    spec: Graph, code: Graph, pairs: list[tuple[str, str]], stacks: tuple[str, str]
) -> Iterator[Edit]:
    wanted, stack = spec[stacks[0]], code[stacks[1]]
    for s, c in pairs:
        node = code[c]
        again = has_parameters(node) and node.weights and set(stack.weights).issuperset(node.weights)
        if again and node.words[0] != "stack" and not _says_shared(wanted, node):
            yield Edit("merged", (wanted.id, s), (stack.id, c), detail="layer")


def _says_shared(wanted: Node, part: Node) -> bool:
    """Whether the figure's layer marks the box of such a part as shared."""
    boxes = wanted.inner.nodes if wanted.inner is not None else ()
    return any(b.attr("shared") is not None and any(is_a(part.words[0], w) for w in b.words) for b in boxes)
