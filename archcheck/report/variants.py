"""The variants of a block as reports list them: what each is, and under which condition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archcheck.blocks.variants import assigned, described
from archcheck.report.lines import WIDTH, Line, Piece, line, width, wrapped
from archcheck.results import MATCH, UNRESOLVED, BlockView, OtherVariant, Result

NOTHING = "matches nothing"
UNSEEN = "not wholly seen"
ALSO = "the same "  # how a note on a merged variant begins


def variant_lines(result: Result, spec: str) -> list[Line]:
    """`variants: norm_first=true: pre_ln   norm_first=false (default): matches post_ln`, or one a line."""
    if not result.variants:
        return []
    texts = [_compared(one, spec) for one in result.variants]
    head = "  variants: "
    joined = "   ".join(texts)
    if width(head + joined) <= WIDTH:
        return [line(head, joined)]
    lines: list[Line] = []
    for text in texts:
        lines += wrapped(text, len(head), hanging=len(head) + 2)
    return [line(head, *("".join(piece.text for piece in lines[0]).lstrip(),)), *lines[1:]]


def _compared(one: OtherVariant, spec: str) -> str:
    mark = " (default)" if one.default else ""
    if one.verdict == MATCH:
        said = f"matches {spec}"
    elif one.verdict == UNRESOLVED:
        said = UNSEEN
    else:
        said = one.family or NOTHING
    return f"{assigned(one.when) or 'else'}{mark}: {said}"


def table_lines(variants: Sequence[BlockView]) -> list[Line]:
    """`when norm_first is true: pre_ln`, each variant with its notation below."""
    lines: list[Line] = []
    for one in variants:
        family = UNSEEN if one.unresolved else one.family or NOTHING
        mark = " (default)" if one.default else ""
        condition = f"when {described(one.when)}" if one.when else "else"
        start = wrapped(f"{condition}{mark}: {family}", 2, hanging=4)
        last = start[-1]
        style = "match" if one.family and not one.unresolved else "dim"
        text = "".join(piece.text for piece in last)
        if text.endswith(family):
            start[-1] = line(text[: -len(family)], Piece(family, style))
        lines += start
        for note in (note for note in one.notes if note.startswith(ALSO)):
            other = note.replace(ALSO, "or ", 1) if note.startswith(f"{ALSO}when ") else note
            lines += wrapped(other, 4, hanging=6)
        for chain in (part for part in one.notation.split("; ") if part):
            lines += wrapped(chain, 6, hanging=8)
    return lines


def grouped_views(blocks: Iterable[BlockView]) -> list[list[BlockView]]:
    """The variants of each block together, in order, the default first."""
    found: dict[tuple[object, ...], list[BlockView]] = {}
    for block in blocks:
        alone = not block.when and block.default
        key = (block.name, block.span, id(block) if alone else None)
        found.setdefault(key, []).append(block)
    return list(found.values())
