"""The variants of a block as reports list them: what each is, and under which condition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archcheck.blocks.variants import assigned, described
from archcheck.report.lines import WIDTH, Line, Piece, line, width, wrapped
from archcheck.results import MATCH, UNRESOLVED, BlockView, OtherVariant, Result

NOTHING = "matches nothing"
UNSEEN = "not wholly seen"
ALSO = "the same "  # how a note on a merged variant begins
HIDDEN = "(with other attributes, or insides of boxes)"


def variant_lines(result: Result, spec: str) -> list[Line]:
    """`variants: norm_first=true: pre_ln   norm_first=false (default): matches post_ln`, or one a line."""
    if not result.variants:
        return []
    marked = _some_default(result.variants)
    texts = [_compared(one, spec, marked) for one in result.variants]
    head = "  variants: "
    joined = "   ".join(texts)
    if width(head + joined) <= WIDTH:
        return [line(head, joined)]
    lines: list[Line] = []
    for text in texts:
        lines += wrapped(text, len(head), hanging=len(head) + 2)
    return [line(head, *("".join(piece.text for piece in lines[0]).lstrip(),)), *lines[1:]]


def _some_default(variants: Sequence[BlockView] | Sequence[OtherVariant]) -> bool:
    """Whether some variants are the default and others are not; without a known default all of them count."""
    return not all(one.default for one in variants)


def _compared(one: OtherVariant, spec: str, marked: bool) -> str:
    mark = " (default)" if one.default and marked else ""
    if one.verdict == MATCH:
        said = f"matches {spec}"
    elif one.verdict == UNRESOLVED:
        said = UNSEEN
    else:
        said = one.family or NOTHING
    return f"{assigned(one.when) or 'else'}{mark}: {said}"


def table_lines(variants: Sequence[BlockView]) -> list[Line]:
    """`when norm_first is true: pre_ln`, each variant with its notation below.

    Variants that read the same, because they differ in attributes or inside of boxes alone, stand together.
    """
    alike: dict[tuple[object, ...], list[BlockView]] = {}
    for one in variants:
        shown = (one.family, one.notation, *(note for note in one.notes if note.startswith(f"{ALSO}in ")))
        alike.setdefault((*shown, id(one)) if one.unresolved else shown, []).append(one)
    marked = _some_default(variants)
    lines: list[Line] = []
    for one, *others in alike.values():
        lines += _headed(one, marked)
        for note in (note for note in one.notes if note.startswith(ALSO)):
            text = note.replace(ALSO, "or ", 1) if note.startswith(f"{ALSO}when ") else note
            lines += wrapped(text, 4, hanging=6)
        for more in others:
            lines += wrapped(f"or {_condition(more, marked)} {HIDDEN}", 4, hanging=6)
        for chain in (part for part in one.notation.split("; ") if part):
            lines += wrapped(chain, 6, hanging=8)
    return lines


def _headed(one: BlockView, marked: bool) -> list[Line]:
    """The condition of a variant and what it is."""
    family = UNSEEN if one.unresolved else one.family or NOTHING
    lines = wrapped(f"{_condition(one, marked)}: {family}", 2, hanging=4)
    style = "match" if one.family and not one.unresolved else "dim"
    text = "".join(piece.text for piece in lines[-1])
    if text.endswith(family):
        lines[-1] = line(text[: -len(family)], Piece(family, style))
    return lines


def _condition(one: BlockView, marked: bool) -> str:
    condition = f"when {described(one.when)}" if one.when else "else"
    return f"{condition} (default)" if one.default and marked else condition


def grouped_views(blocks: Iterable[BlockView]) -> list[list[BlockView]]:
    """The variants of each block together, in order, the default first."""
    found: dict[tuple[object, ...], list[BlockView]] = {}
    for block in blocks:
        alone = not block.when and block.default
        key = (block.name, block.span, id(block) if alone else None)
        found.setdefault(key, []).append(block)
    return list(found.values())
