"""From the steps of a search to edits: what the spec has, what the code has, and where both stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archcheck.diff.roles import bits
from archcheck.diff.types import Edit
from archcheck.diff.words import FREE_TWINS, accepts

if TYPE_CHECKING:
    from archcheck.diff.side import Side
    from archcheck.diff.state import Step


@dataclass(frozen=True, slots=True)
class Draft:
    """The edits of one level, without those of attributes and insides; `compared` adds moved pairs."""

    pairs: tuple[tuple[int, int], ...]
    compared: tuple[tuple[int, int], ...]
    edits: tuple[Edit, ...]
    distance: int


def edits_of(spec: Side, code: Side, steps: tuple[Step, ...]) -> Draft:
    """The edits that a list of search steps stands for, in reading order of the spec."""
    return _Builder(spec, code, steps).build()


class _Builder:
    def __init__(self, spec: Side, code: Side, steps: tuple[Step, ...]) -> None:
        self.spec = spec
        self.code = code
        self.steps = steps
        self.moved = {which: {s[1 + which] for s in steps if s[0] == "move"} for which in (0, 1)}
        self.absorbed = {(s[1], s[2]): s[3] for s in steps if s[0] == "absorb"}
        self.anchor = {s[1]: s[2] for s in steps if s[0] in ("pair", "substitute")}
        self.image = {s[2]: s[1] for s in steps if s[0] in ("pair", "substitute")}
        self.elsewhere = self._optional_elsewhere()
        self.changed = self._moved_and_changed()
        self.anchor |= {s: c for s in spec.fixed for c in code.fixed if self._inputs_agree(s, c)}

    def _inputs_agree(self, s: int, c: int) -> bool:
        return len(self.spec.fixed) == 1 and c == min(self.code.fixed, default=-1)

    def _optional_elsewhere(self) -> dict[int, int]:
        """Extra steps of the code that are absent options of the figure, elsewhere in the same unit."""
        absent = [step[2] for step in self.steps if step[0] == "free" and step[1] == 0]
        single = {self.spec.index[o.exit] for o in self.spec.graph.options if len(o.nodes) == 1}
        found: dict[int, int] = {}
        for step in self.steps:
            if step[0] != "insert" or step[1] in self.moved[1]:
                continue
            for s in absent:
                if s in single and s not in found.values() and self._unit(s, step[1]):
                    found[step[1]] = s
                    break
        return found

    def _moved_and_changed(self) -> dict[int, int]:
        """Extra steps of the code that take the place of a missing one, elsewhere in the same unit."""
        deleted = [s[1] for s in self.steps if s[0] == "delete" and s[1] not in self.moved[0]]
        inserted = [s[1] for s in self.steps if s[0] == "insert" and s[1] not in self.moved[1]]
        found: dict[int, int] = {}
        for c in inserted:
            for s in deleted:
                taken = s in found.values() or (0, s) in self.absorbed or (1, c) in self.absorbed
                same = self.spec.family[s] == self.code.family[c] and not self.spec.join[s]
                if same and not taken and c not in self.elsewhere and self._near_by(s, c):
                    found[c] = s
                    break
        return found

    def _near_by(self, s: int, c: int) -> bool:
        units = self.code.units[c]
        return any((u if u < 0 else self.anchor.get(u, -9)) in units for u in self.spec.units[s])

    def _unit(self, s: int, c: int) -> bool:
        return self._near_by(s, c) and accepts(self.spec.nodes[s], self.code.nodes[c])

    def build(self) -> Draft:
        found: list[tuple[int, int, Edit]] = []
        pairs, compared = [], []
        distance = 0
        for step in self.steps:
            kind, a, b, x, y = step
            if kind == "pair":
                pairs.append((a, b))
                compared.append((a, b))
                continue
            if kind == "substitute":
                pairs.append((a, b))
            elif kind in ("move", "merged", "split"):
                compared.append((a, b))
            edit = self._edit(kind, a, b, x, y)
            if edit is not None:
                found.append((*self._order(edit), edit))
                distance += 1
        found.sort(key=lambda item: item[:2])
        return Draft(tuple(sorted(pairs)), tuple(sorted(compared)), tuple(e for _, _, e in found), distance)

    def _order(self, edit: Edit) -> tuple[int, int]:
        s = edit.expected[0] if edit.expected else edit.near[0] if edit.near else ""
        c = edit.found[0] if edit.found else edit.near[1] if edit.near else ""
        return self.spec.index.get(s, len(self.spec.nodes)), self.code.index.get(c, len(self.code.nodes))

    def _edit(self, kind: str, a: int, b: int, x: int, y: int) -> Edit | None:
        if kind == "substitute":
            return self._both("substitute", a, b)
        if kind == "move":
            return self._both("move", a, b)
        if kind == "merged" and self._counts(a):
            return replace(self._both("merged", a, b), expected=self._ids(0, x, a), found=self._ids(1, b))
        if kind == "split" and self._counts(a):
            return replace(self._both("split", a, b), expected=self._ids(0, a), found=self._ids(1, x, b))
        if kind in ("rewire", "lacks"):
            return self._rewire(a, b, x, y)
        if kind == "delete" and a in self.changed.values():
            c = next(c for c, s in self.changed.items() if s == a)
            return self._both("substitute", a, c)
        if kind == "insert" and a in self.changed:
            return self._both("move", self.changed[a], a)
        if kind == "delete" and a not in self.moved[0] and (0, a) not in self.absorbed:
            return self._one(0, (a,), "delete")
        if kind == "insert" and a in self.elsewhere:
            return self._both("move", self.elsewhere[a], a)
        if kind == "insert" and a not in self.moved[1] and (1, a) not in self.absorbed:
            return self._one(1, (a,), "insert")
        if kind == "cut":
            return self._cut(a, b, x, whole=bool(y))
        return None

    # -- edits ------------------------------------------------------------------------------------------

    def _ids(self, which: int, *positions: int) -> tuple[str, ...]:
        side = (self.spec, self.code)[which]
        return tuple(side.nodes[position].id for position in positions)

    def _counts(self, s: int) -> bool:
        return self.spec.family[s] not in FREE_TWINS

    def _both(self, kind: str, s: int, c: int) -> Edit:
        left, right = self.spec.nodes[s].id, self.code.nodes[c].id
        return Edit(
            kind,  # type: ignore[arg-type]
            (left,),
            (right,),
            self.spec.roles.place(left),
            self.code.roles.place(right),
        )

    def _one(
        self, which: int, nodes: tuple[int, ...], kind: str, detail: str = "", at: int | None = None
    ) -> Edit:
        side = (self.spec, self.code)[which]
        names = self._ids(which, *nodes)
        place = side.roles.place(names[0])
        near = self._near(which, nodes[0] if at is None else at)
        return Edit(
            kind,  # type: ignore[arg-type]
            names if which == 0 else (),
            names if which == 1 else (),
            place if which == 0 else None,
            place if which == 1 else None,
            detail,
            near,
        )

    def _rewire(self, wanted: int, value: int, s: int, c: int) -> Edit:
        left, right = self.spec, self.code
        if s < 0:
            return Edit("output", self._ids(0, wanted), self._ids(1, value))
        found = self._ids(1, c) if value == c else self._ids(1, c, value)
        return Edit(
            "rewire",
            self._ids(0, s, wanted),
            found,
            left.roles.place(left.nodes[s].id),
            right.roles.place(right.nodes[c].id),
            self._operand_role(s, wanted),
        )

    def _operand_role(self, reader: int, value: int) -> str:
        """Which operand of the spec's reader it is: "skip", "branch", or "input" where it is no join."""
        if not self.spec.join[reader]:
            return "input"
        skip = self.spec.roles.skip.get(reader)
        if skip is None:
            return "branch"
        operands = self.spec.args[reader]
        others = [o for i, o in enumerate(operands) if i != skip]
        if value in others or value not in self._passed_on(operands[skip]):
            return "branch"
        return "skip"

    def _passed_on(self, operand: int) -> set[int]:
        """What an operand of the spec may stand for: itself, and what it passes on when bypassed."""
        found: set[int] = set()
        todo = [operand]
        while todo:
            key = todo.pop()
            if key in found:
                continue
            found.add(key)
            if key not in self.anchor:
                todo.extend(self.spec.args[key])
        return found

    def _cut(self, which: int, join: int, place: int, *, whole: bool) -> Edit:
        side = (self.spec, self.code)[which]
        lost = side.lost(join, place)
        nodes = list(bits(lost))
        cores = side.cores(lost)
        behind = [node for (w, node), source in self.absorbed.items() if w == which and source == join]
        kind = ("delete", "insert")[which]
        if cores and side.roles.skip.get(join) == place and self._optional(which) >= {*nodes}:
            return self._one(which, (join, *nodes), kind, "residual", at=join)  # a skip that may be projected
        if cores:
            core = next((c for c in cores if side.family[c] == "sublayer"), cores[0])
            rest = [n for n in nodes if n != core]
            around = [core, *rest, *([join] if whole else []), *(behind if whole else [])]
            return self._one(which, tuple(around), "sublayer", kind, at=join)
        operand = side.args[join][place]
        table = side.leaf[operand] and side.nodes[operand].words[0] != "input"
        skip = side.roles.skip.get(join)
        detail = "value" if table else "residual" if skip == place or not nodes else "branch"
        if not whole and table:
            return self._one(which, (join, operand), kind, "value", at=join)
        return self._one(which, (join, *nodes), kind, detail, at=join)

    def _optional(self, which: int) -> set[int]:
        side = (self.spec, self.code)[which]
        return {
            side.index[node] for option in side.graph.options for node in option.nodes if node in side.index
        }

    def _near(self, which: int, node: int) -> tuple[str, str] | None:
        """The closest anchored pair: on the node's own level if there is one, towards the input first."""
        side = (self.spec, self.code)[which]
        anchors = (self.anchor, self.image)[which]
        if node in anchors:
            return self._pair(which, node)
        before = node
        while side.args[before] and (before == node or before not in anchors):
            before = side.args[before][0]
        after = self._reader(side, anchors, node)
        level = side.roles.level
        near = [n for n in (before, after) if n is not None and n in anchors and not side.leaf[n]]
        if not near:
            return self._pair(which, before) if before in anchors else None
        if side.join[node]:
            return self._pair(which, near[0])
        return self._pair(which, min(near, key=lambda n: level[n] != level[node]))

    def _pair(self, which: int, node: int) -> tuple[str, str]:
        s, c = (node, self.anchor[node]) if which == 0 else (self.image[node], node)
        return self.spec.nodes[s].id, self.code.nodes[c].id

    @staticmethod
    def _reader(side: Side, anchors: dict[int, int], node: int) -> int | None:
        """The first anchored node that is computed from this one."""
        reached = 1 << node
        for position in range(node + 1, len(side.nodes)):
            if any(reached >> operand & 1 for operand in side.args[position]):
                if position in anchors:
                    return position
                reached |= 1 << position
        return None
