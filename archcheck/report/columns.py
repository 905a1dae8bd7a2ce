"""The figure and the code side by side: the rows of both graphs, brought together by the alignment.

Rows that stand in each other's place share a line; a row that only one side has stands alone, marked
with the code of the finding and `-` (only in the figure) or `+` (only in the code); `~` marks rows that
differ in something else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from archcheck.diff import Alignment, Edit
from archcheck.graph import Graph
from archcheck.report.gutter import FORK, OP, SOURCE, Row, rows

Pairs = Sequence[tuple[str, str]]
Within = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """One line: a row of the figure, a row of the code, or both, and the mark between them.

    The gutters are drawn also where a side has no row.
    """

    left: Row | None
    right: Row | None
    left_gutter: str
    right_gutter: str
    mark: str = ""


Marks = Mapping[tuple[str, str], str]  # (side, node) -> "AC101 +"


def beside(
    expected: Graph, found: Graph, alignment: Alignment, codes: Mapping[int, str], within: Within = ()
) -> list[Beside]:
    """The lines of both graphs; `codes` gives the finding's code for the position of each edit.

    The inside of a box is shown, one level deeper, where something in it differs.
    """
    pairs = _pairs(alignment, within)
    marks = _marks(alignment.edits, codes, within)
    drawn = []
    for one in _merged(rows(expected, spec_side=True), rows(found), pairs, marks):
        drawn.append(one)
        if one.left is None or one.right is None or one.left.kind != OP:
            continue
        box = (*within, (one.left.node.id, one.right.node.id))
        inner = (one.left.node.inner, one.right.node.inner)
        if inner[0] is None or inner[1] is None or not _differs(alignment, box):
            continue
        deeper = beside(inner[0], inner[1], alignment, codes, box)
        drawn.extend(_nested(line, one) for line in deeper if not _is_input(line))
    return drawn


def _nested(one: Beside, box: Beside) -> Beside:
    """A line of a box's inside: the gutters of the box go on, and the rows move to the right."""
    left = box.left.after if box.left else ""
    right = box.right.after if box.right else ""
    return Beside(_indented(one.left), _indented(one.right), left, right, one.mark)


def _indented(row: Row | None) -> Row | None:
    return None if row is None else replace(row, label=f"  {row.gutter.strip()} {row.label}".rstrip())


def _is_input(one: Beside) -> bool:
    return all(row is None or row.kind == SOURCE for row in (one.left, one.right))


def _differs(alignment: Alignment, box: Within) -> bool:
    return any(edit.within[: len(box)] == box for edit in alignment.edits)


def _pairs(alignment: Alignment, within: Within) -> list[tuple[str, str]]:
    """The rows that share a line: anchored pairs, and what was substituted on the spot."""
    found = list(alignment.pairs) if not within else []
    for path, inner in alignment.inner:
        if path == within and within:
            found = list(inner)
    for edit in alignment.edits:
        if (
            edit.within == within
            and edit.kind in ("substitute", "attribute")
            and edit.expected
            and edit.found
        ):
            found.append((edit.expected[0], edit.found[0]))
    return list(dict.fromkeys(found))


def _marks(edits: Iterable[Edit], codes: Mapping[int, str], within: Within) -> Marks:
    marks: dict[tuple[str, str], str] = {}
    for position, edit in enumerate(edits):
        if edit.within != within or position not in codes:
            continue
        for side, node, sign in _signs(edit):
            marks.setdefault((side, node), f"{codes[position]} {sign}")
    return marks


def _signs(edit: Edit) -> Iterator[tuple[str, str, str]]:
    """Which rows an edit marks, and with which sign."""
    reads = edit.kind == "rewire"
    for side, nodes in (("left", edit.expected), ("right", edit.found)):
        sign = "-" if side == "left" else "+"
        if edit.kind not in ("delete", "insert", "sublayer", "move"):
            sign = "~"
        for node in nodes[:1] if reads else nodes:
            yield side, node, sign


def _merged(left: Sequence[Row], right: Sequence[Row], pairs: Pairs, marks: Marks) -> Iterator[Beside]:
    """Both columns as lines, in the order of both, with the most rows side by side."""
    anchors = _anchors(left, right, pairs)
    state = _State(marks)
    start = (0, 0)
    for i, j in [*anchors, (len(left), len(right))]:
        yield from state.gap(left[start[0] : i], right[start[1] : j])
        if i < len(left):
            yield state.both(left[i], right[j])
        start = (i + 1, j + 1)


def _anchors(left: Sequence[Row], right: Sequence[Row], pairs: Pairs) -> list[tuple[int, int]]:
    """The operations that share a line: the longest run of pairs that keeps both orders."""
    at_left = {row.node.id: i for i, row in enumerate(left) if row.kind == OP}
    at_right = {row.node.id: j for j, row in enumerate(right) if row.kind == OP}
    places = sorted(
        (at_left[expected], -at_right[found])
        for expected, found in pairs
        if expected in at_left and found in at_right
    )
    tops: list[int] = []  # the smallest end of a run of each length, and which place it is
    ends: list[int] = []
    before: list[int] = []
    for position, (_, negated) in enumerate(places):
        length = bisect_left(tops, -negated)
        tops[length:] = [-negated, *tops[length + 1 :]]
        ends[length:] = [position, *ends[length + 1 :]]
        before.append(ends[length - 1] if length else -1)
    run = []
    position = ends[-1] if ends else -1
    while position >= 0:
        run.append((places[position][0], -places[position][1]))
        position = before[position]
    return run[::-1]


class _State:
    """The gutters that go on where a side has no row."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self.left_after = ""
        self.right_after = ""

    def gap(self, left: Sequence[Row], right: Sequence[Row]) -> Iterator[Beside]:
        """The rows between two anchors: inputs and forks meet in order, the others stand alone."""
        i = j = 0
        while i < len(left) or j < len(right):
            ahead = _meeting(left[i:], right[j:])
            p, q = ahead if ahead is not None else (len(left) - i, len(right) - j)
            for row in left[i : i + p]:
                yield self.alone_left(row)
            for row in right[j : j + q]:
                yield self.alone_right(row)
            i, j = i + p, j + q
            if ahead is not None:
                yield self.both(left[i], right[j])
                i, j = i + 1, j + 1

    def both(self, left: Row, right: Row) -> Beside:
        self.left_after, self.right_after = left.after, right.after
        mark = self._mark("right", right) or self._mark("left", left)
        return Beside(left, right, left.gutter, right.gutter, mark)

    def alone_left(self, row: Row) -> Beside:
        self.left_after = row.after
        return Beside(row, None, row.gutter, self.right_after, self._mark("left", row))

    def alone_right(self, row: Row) -> Beside:
        self.right_after = row.after
        return Beside(None, row, self.left_after, row.gutter, self._mark("right", row))

    def _mark(self, side: str, row: Row) -> str:
        return "" if row.kind == FORK else self.marks.get((side, row.node.id), "")


def _meeting(left: Sequence[Row], right: Sequence[Row]) -> tuple[int, int] | None:
    """The first two rows of one kind, both inputs or both forks."""
    for kind in (SOURCE, FORK):
        p = next((i for i, row in enumerate(left) if row.kind == kind), None)
        q = next((j for j, row in enumerate(right) if row.kind == kind), None)
        if p is not None and q is not None:
            return p, q
    return None
