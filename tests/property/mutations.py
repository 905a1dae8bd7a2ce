"""Mutations of an architecture, one at a time, and what a check of the mutant must say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from tests.property.architectures import (
    FEED_FORWARDS,
    SEQUENCE_NORMS,
    Architecture,
    Source,
    Unit,
    norm_places,
)


@dataclass(frozen=True)
class Mutation:
    """One change: its name, the unit it is in, the codes that name it, and the mutant."""

    name: str
    unit: int
    codes: frozenset[str]
    mutant: Architecture


Change = Callable[[Unit, Source], Unit | None]


def _norm_behind_the_add(unit: Unit, source: Source) -> Unit | None:
    if not unit.before or unit.own or unit.after or unit.skip != "start" or unit.inside or unit.conditional:
        return None
    return replace(unit, before="", after=unit.before)


def _norm_into_the_branch(unit: Unit, source: Source) -> Unit | None:
    if unit.before or not unit.after or unit.skip != "start" or unit.inside or unit.stream:
        return None
    return replace(unit, before=unit.after, after="")


def _skip_behind_the_norm(unit: Unit, source: Source) -> Unit | None:
    return replace(unit, skip="normed") if unit.before and not unit.own and unit.skip == "start" else None


def _no_residual(unit: Unit, source: Source) -> Unit | None:
    # Without the add a scale in the branch and a dropout behind it are neighbours, and commute: one edit more.
    return replace(unit, skip="none") if unit.skip == "start" and not (unit.stream and unit.tail) else None


def _second_residual(unit: Unit, source: Source) -> Unit | None:
    return replace(unit, skip="twice") if unit.skip == "start" else None


def _dropout_onto_the_stream(unit: Unit, source: Source) -> Unit | None:
    if "dropout" not in unit.tail or unit.skip != "start" or unit.stream:
        return None
    return replace(unit, tail=tuple(t for t in unit.tail if t != "dropout"), stream=("dropout",))


def _no_dropout(unit: Unit, source: Source) -> Unit | None:
    return (
        replace(unit, tail=tuple(t for t in unit.tail if t != "dropout")) if "dropout" in unit.tail else None
    )


def _other_norm(unit: Unit, source: Source) -> Unit | None:
    where = [place for place in ("before", "after", "inside") if getattr(unit, place)]
    if not where or unit.own:
        return None
    place = source.among(where)
    others = [word for word in SEQUENCE_NORMS if word != getattr(unit, place)]
    return replace(unit, **{place: source.among(others)})


def _other_sublayer(unit: Unit, source: Source) -> Unit | None:
    if len(unit.bodies) > 1 or unit.bodies[0] not in ("self_attention", *FEED_FORWARDS[:3]):
        return None
    other = "feed_forward" if unit.bodies[0] == "self_attention" else "self_attention"
    return replace(unit, bodies=(other,))


def _norm_on_the_other_side(unit: Unit, source: Source) -> Unit | None:
    if not unit.before or unit.inside or unit.own or unit.skip == "normed" or unit.conditional:
        return None
    # The sum of parallel branches is one with the residual's; a norm behind it makes two sums of them.
    several = len(unit.bodies) > 1 and unit.join == "+"
    return None if several else replace(unit, before="", inside=unit.before)


def _swapped_steps(unit: Unit, source: Source) -> Unit | None:
    return replace(unit, late=not unit.late) if unit.inside and "dropout" in unit.tail else None


def _without_norm(unit: Unit, source: Source) -> Unit | None:
    if unit.own or unit.skip == "normed" or not (unit.before or unit.after):
        return None
    return replace(unit, before="", after="")


CHANGES: tuple[tuple[str, Change, tuple[str, ...]], ...] = (
    ("norm behind the add", _norm_behind_the_add, ("AC102",)),
    ("norm into the branch", _norm_into_the_branch, ("AC101",)),
    ("skip behind the norm", _skip_behind_the_norm, ("AC203",)),
    ("no residual", _no_residual, ("AC201",)),
    ("second residual", _second_residual, ("AC202",)),
    ("dropout onto the stream", _dropout_onto_the_stream, ("AC110",)),
    ("no dropout", _no_dropout, ("AC001",)),
    ("other norm", _other_norm, ("AC003",)),
    ("other sublayer", _other_sublayer, ("AC003",)),
    # A pool is no sublayer: a norm on its other side is one of two neighbours that changed places.
    ("norm on the other side", _norm_on_the_other_side, ("AC103", "AC005")),
    ("swapped steps", _swapped_steps, ("AC005", "AC110", "AC103")),
    ("without the norm", _without_norm, ("AC001",)),
)


def mutations(whole: Architecture, source: Source) -> Iterator[Mutation]:
    """All mutations of an architecture that mean something, in a fixed order."""
    for place, unit in enumerate(whole.units):
        for name, change, codes in CHANGES:
            changed = change(unit, source)
            if changed is None or any(p == place for p, _ in whole.shared):
                continue
            # The diff looks at sharing after the search: of two equally cheap pairings of equal norms it may
            # have taken the one that shares wrongly.
            if name.startswith("norm ") and _norms(unit) & _shared_words(whole):
                continue
            if _is_flat(unit) == _is_flat(changed):
                units = (*whole.units[:place], changed, *whole.units[place + 1 :])
                wanted = frozenset(codes)
                if name == "norm on the other side":
                    wanted = frozenset({"AC005" if unit.bodies == ("max_pool",) else "AC103"})
                yield Mutation(name, place, wanted, replace(whole, units=units))
    yield from _sequential(whole)
    yield from _shared_norm(whole)
    yield from _final_norm(whole)


def _norms(unit: Unit) -> set[str]:
    return {word for word in (unit.before, unit.inside, unit.after) if word}


def _shared_words(whole: Architecture) -> set[str]:
    return {getattr(whole.units[place], where) for place, where in whole.shared}


def _is_flat(unit: Unit) -> bool:
    """Whether the sum of parallel branches and the residual's are one; two sums made one are no single change."""
    return len(unit.bodies) > 1 and unit.join == "+" and not unit.tail and not unit.inside


def _sequential(whole: Architecture) -> Iterator[Mutation]:
    if whole.shared:
        return
    for place, unit in enumerate(whole.units):
        if len(unit.bodies) == 2 and unit.join == "+" and unit.own and not unit.tail and not unit.inside:
            if unit.skip != "start" or unit.stream or unit.after or unit.conditional:
                continue
            parts = tuple(replace(unit, bodies=(body,), own=False) for body in unit.bodies)
            units = (*whole.units[:place], *parts, *whole.units[place + 1 :])
            yield Mutation("one after the other", place, frozenset({"AC301"}), replace(whole, units=units))


def _shared_norm(whole: Architecture) -> Iterator[Mutation]:
    places = norm_places(whole)
    if whole.shared:
        return
    for one, other in pairwise(places):
        if getattr(whole.units[one[0]], one[1]) == getattr(whole.units[other[0]], other[1]):
            shared = frozenset({one, other})
            yield Mutation("shared norm", other[0], frozenset({"AC210"}), replace(whole, shared=shared))


def _final_norm(whole: Architecture) -> Iterator[Mutation]:
    if whole.model and whole.final:
        yield Mutation("no final norm", -1, frozenset({"AC401"}), replace(whole, final=""))
