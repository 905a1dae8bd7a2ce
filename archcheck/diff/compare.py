"""The comparison of two graphs: level by level, with the edits that turn one into the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.diff.edits import Draft, edits_of
from archcheck.diff.normalize import normalize_pair
from archcheck.diff.parallel import Variant, sequential
from archcheck.diff.results import further_results
from archcheck.diff.search import BUDGET, INFINITE, Search
from archcheck.diff.sharing import sharing_edits
from archcheck.diff.side import Side
from archcheck.diff.state import State
from archcheck.diff.types import Alignment, Edit, Rejected, Within
from archcheck.diff.words import contradictions
from archcheck.vocabulary import is_a

if TYPE_CHECKING:
    from collections.abc import Callable

    from archcheck.graph import Graph, Node

MAX_DEPTH = 12
REORDERED = 500


def align(
    spec: Graph,
    code: Graph,
    *,
    strict: bool = False,
    ignore: tuple[str, ...] = (),
    budget: int = BUDGET,
    everywhere: frozenset[str] = frozenset(),
) -> Alignment:
    """The cheapest explanation of `code` by `spec`.

    Both graphs are in canonical form (docs/design/architecture.md). `strict` compares everything, in the
    order in which it stands; `ignore` names words that neither side is asked about; `everywhere` families
    that count on every level, also where the spec does not name them.
    """
    comparison = _Comparison(strict, tuple(ignore), budget, everywhere)
    found = comparison.level(spec, code, 0)
    if found.distance > 1:
        found = comparison.reordered(spec, code, found)
    return _with_sharing(spec, code, found)


def align_within(
    spec: Graph,
    code: Graph,
    limit: float,
    *,
    strict: bool = False,
    ignore: tuple[str, ...] = (),
    budget: int = BUDGET,
    everywhere: frozenset[str] = frozenset(),
) -> Alignment | None:
    """As `align`, but None where no explanation costs `limit` or less: much quicker for graphs far apart.

    Branches in parallel on one side and in sequence on the other are taken as they are.
    """
    found = _Comparison(strict, tuple(ignore), budget, everywhere).bounded(spec, code, 0, limit, budget)
    found = found if found is None else _with_sharing(spec, code, found)
    return found if found is not None and found.cost <= limit else None


def _with_sharing(spec: Graph, code: Graph, found: Alignment) -> Alignment:
    """The alignment with the edits about modules that stand in several places."""
    return found.with_edits(sharing_edits(spec, code, found))


def align_order(
    make_graph: Callable[[int], Graph],
    code: Graph,
    *,
    strict: bool = False,
    ignore: tuple[str, ...] = (),
    budget: int = BUDGET,
) -> Alignment:
    """The nearest number of repeats of an `order` spec: its chain once for each sublayer of the code."""
    count = sum(is_a(node.words[0], "sublayer") for node in code.operations())
    tries = [n for n in (count, count - 1, count + 1) if n >= 1] or [1]
    looks: list[tuple[Alignment, Rejected]] = []
    for repeats in tries:
        graph = make_graph(repeats)
        found = align(graph, code, strict=strict, ignore=ignore, budget=budget)
        times = "once" if repeats == 1 else f"{repeats} times"
        looks.append((found, Rejected(f"the chain of `order` {times}", found, graph)))
        if found.distance == 0:
            break
    best = min(range(len(looks)), key=lambda n: (looks[n][0].distance, looks[n][0].cost))
    others = tuple(look for n, (_, look) in enumerate(looks) if n != best)
    chosen = looks[best][0]
    return replace(chosen, repeats=tries[best], rejected=(*chosen.rejected, *others))


UNTOLD = 0.0001  # of equal pairings that in which the code tells most of what the spec asks


class _Comparison:
    """The settings of one comparison and the insides that it has compared so far."""

    def __init__(
        self, strict: bool, ignore: tuple[str, ...], budget: int, everywhere: frozenset[str] = frozenset()
    ) -> None:
        self.strict = strict
        self.everywhere = everywhere
        self.ignore = ignore
        self.budget = budget
        self.insides: dict[tuple[int, int], Alignment] = {}

    def level(self, spec: Graph, code: Graph, depth: int) -> Alignment:
        """One level of both graphs, with everything inside of it."""
        found = self.bounded(spec, code, depth, INFINITE, self.budget)
        assert found is not None, "a search without a limit always ends"
        return found

    def bounded(self, spec: Graph, code: Graph, depth: int, limit: float, budget: int) -> Alignment | None:
        """As level, but None where the explanation costs more than the limit or takes too long."""
        spec, code = normalize_pair(
            spec, code, strict=self.strict, ignore=self.ignore, everywhere=self.everywhere
        )
        left, right = Side(spec), Side(code)

        def judge(s: int, c: int) -> float:
            return self._judge(left.nodes[s], right.nodes[c], depth)

        solution = Search(left, right, judge, budget, limit).run(_start(left, right))
        if solution is None:
            return None
        draft = edits_of(left, right, solution.steps)
        missing = tuple(Edit("output", (value,), ()) for value in spec.outputs[len(code.outputs) :])
        if depth == 0:
            missing += tuple(
                Edit("output", (), (value,)) for value in further_results(code, len(spec.outputs))
            )
        cost = solution.cost + len(missing)
        return self._finish(left, right, draft, missing, depth, (cost, solution.optimal))

    def _judge(self, spec: Node, code: Node, depth: int) -> float:
        wrong, unknown = contradictions(spec, code)
        cost = len(wrong) + UNTOLD * len(unknown)
        if spec.inner is not None and code.inner is not None and depth < MAX_DEPTH:
            cost += self._inside(spec.inner, code.inner, depth).cost
        return cost

    def _inside(self, spec: Graph, code: Graph, depth: int) -> Alignment:
        name = (id(spec), id(code))
        if name not in self.insides:
            self.insides[name] = self.level(spec, code, depth + 1)
        return self.insides[name]

    def _finish(
        self, left: Side, right: Side, draft: Draft, missing: tuple[Edit, ...], depth: int,
        result: tuple[float, bool],
    ) -> Alignment:  # fmt: skip
        cost, optimal = result
        edits: list[Edit] = [*draft.edits, *missing]
        distance = draft.distance + len(missing)
        unseen: list[tuple[str, str, str]] = []
        inner: list[tuple[Within, tuple[tuple[str, str], ...]]] = []
        for s, c in draft.compared:
            spec, code = left.nodes[s], right.nodes[c]
            pair = (spec.id, code.id)
            wrong, unknown = contradictions(spec, code)
            places = left.roles.place(spec.id), right.roles.place(code.id)
            edits.extend(Edit("attribute", (spec.id,), (code.id,), *places, detail=key) for key in wrong)
            distance += len(wrong)
            unseen.extend((*pair, key) for key in unknown)
            if spec.inner is None:
                continue
            if code.inner is None or depth >= MAX_DEPTH:
                unseen.append((*pair, "inside"))
                continue
            inside = self._inside(spec.inner, code.inner, depth)
            edits.extend(replace(edit, within=(pair, *edit.within)) for edit in inside.edits)
            distance += inside.distance
            optimal = optimal and inside.optimal
            unseen.extend(inside.unseen)
            inner.append(((pair,), inside.pairs))
            inner.extend(((pair, *within), pairs) for within, pairs in inside.inner)
        return Alignment(
            tuple((left.nodes[s].id, right.nodes[c].id) for s, c in draft.pairs),
            tuple(edits),
            distance,
            optimal,
            cost,
            tuple(unseen),
            tuple(inner),
        )

    def reordered(self, spec: Graph, code: Graph, straight: Alignment) -> Alignment:
        """The cheapest of this alignment and those with parallel branches of one side read in sequence."""
        limit, budget = straight.cost - 1.0, min(self.budget, REORDERED)
        looks: list[Rejected] = [Rejected("as written", straight)]
        for variant in (*sequential(spec), *sequential(code)):
            on_spec = spec is variant.original
            pair = (variant.graph, code) if on_spec else (spec, variant.graph)
            one = self.bounded(*pair, 0, limit, budget)
            if one is not None:
                one = _with_branch(one, variant.rename, on_spec, variant.join, variant.parts)
            looks.append(Rejected(_reading(variant, "figure" if on_spec else "code"), one))
        done = [(look.alignment, look) for look in looks if look.alignment is not None]
        best, chosen = min(done, key=lambda pair: (pair[0].distance, pair[0].cost))
        return replace(best, rejected=tuple(look for look in looks if look is not chosen))


def _reading(variant: Variant, side: str) -> str:
    words = ", then ".join(variant.original[part].op for part in variant.parts)
    return f"the parallel branches of the {side} in sequence: {words}"


def _with_branch(
    found: Alignment, rename: dict[str, str], on_spec: bool, join: str, parts: tuple[str, ...]
) -> Alignment:
    """An alignment with a rewritten graph, in terms of the graph that was rewritten, plus one edit."""

    def old(names: tuple[str, ...], here: bool) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rename.get(name, name) for name in names)) if here else names

    def translate(edit: Edit) -> Edit:
        if edit.within:
            (s, c), *rest = edit.within
            (s,), (c,) = old((s,), on_spec), old((c,), not on_spec)
            return replace(edit, within=((s, c), *rest))
        near = edit.near and (old((edit.near[0],), on_spec)[0], old((edit.near[1],), not on_spec)[0])
        expected, given = old(edit.expected, on_spec), old(edit.found, not on_spec)
        return replace(edit, expected=expected, found=given, near=near)

    pairs = tuple(dict.fromkeys((old((s,), on_spec)[0], old((c,), not on_spec)[0]) for s, c in found.pairs))
    other = dict(pairs) if on_spec else {c: s for s, c in pairs}
    across = tuple(other[part] for part in parts if part in other)
    here, there = ((join, *parts), across) if on_spec else (across, (join, *parts))
    kind = "parallel" if on_spec else "sequential"
    branch = Edit("branch", here, there, detail=kind)
    edits = (branch, *map(translate, found.edits))
    return replace(found, pairs=pairs, edits=edits, distance=found.distance + 1, cost=found.cost + 1.0)


def _start(spec: Side, code: Side) -> State:
    """The first demands, the outputs, with the inputs of both sides paired."""
    state = State(0.0, tuple((s, c, -1, -1) for s, c in zip(spec.outputs, code.outputs, strict=False)))
    left = [spec.index[value] for value in spec.graph.inputs]
    right = [code.index[value] for value in code.graph.inputs if _is_used(code, value)]
    pairs: list[tuple[int, int]] = []
    names = {code.nodes[c].name or code.nodes[c].id: c for c in right}
    for s in left:
        name = spec.nodes[s].name or spec.nodes[s].id
        if name in names and len(left) > 1:
            pairs.append((s, names.pop(name)))
    done = {s for s, _ in pairs}, {c for _, c in pairs}
    rest = [s for s in left if s not in done[0]]
    free = [c for c in right if c not in done[1]]
    if rest and free and rest[0] == left[0]:
        wanted, stream = _stream_input(spec), _stream_input(code)
        if stream in free:  # a decoder's stream is the second input of a figure that shows its encoder, too
            wanted = wanted if wanted in rest else rest[0]
            pairs.append((wanted, stream))
            rest.remove(wanted)
            free.remove(stream)
    pairs += zip(rest, free, strict=False)
    for s, c in pairs:
        state.spec[s] = c
        state.code[c] = s
    return state


def _is_used(side: Side, value: str) -> bool:
    return bool(side.graph.users[value]) or value in side.graph.outputs


def _stream_input(side: Side) -> int:
    """The input from which the first output is computed, by running values; the first input if unclear."""
    position = side.outputs[0] if side.outputs else -1
    while position >= 0 and side.roles.parents[position]:
        parents = side.roles.parents[position]
        skip = side.roles.skip.get(position)
        position = side.args[position][skip] if skip is not None else parents[0]
    return position
