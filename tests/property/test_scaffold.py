"""Random architectures, 200 examples of each kind: round trips, open specs, mutants. The long run is `long_run.py`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.property.architectures import Architecture, Drawn, architecture
from tests.property.mutants import is_small, mutant_of, one_mutation, several_mutations, several_of
from tests.property.openings import opened
from tests.property.round_trip import open_trip, round_trip

ENGINES = ("static", "trace") if importlib.util.find_spec("torch") else ("static",)
TRACED = 12  # one example of so many is traced, too: a trace takes five times as long

quick = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@st.composite
def architectures(draw: st.DrawFn, small: bool = False) -> tuple[Architecture, Drawn, tuple[str, ...]]:
    source = Drawn(draw)
    engines = ENGINES if source.number(1, TRACED) == TRACED else ("static",)
    return architecture(source, largest=4, small=small), source, engines


@given(architectures())
@quick
def test_what_was_scaffolded_is_described_as_the_spec(
    drawn: tuple[Architecture, Drawn, tuple[str, ...]],
) -> None:
    whole, _, engines = drawn
    assert round_trip(whole.spec(), engines) == []


@given(st.data(), architectures())
@quick
def test_what_was_scaffolded_of_an_open_spec_matches_it(data, drawn) -> None:
    whole, _, engines = drawn
    source = Drawn(data.draw)
    spec = opened(whole, source)
    assert open_trip(spec, optional=source.chance(50), engines=engines) == []


@given(st.data(), architectures())
@quick
def test_a_mutation_is_reported_as_what_it_is(data, drawn) -> None:
    whole, _, engines = drawn
    mutation = mutant_of(whole, Drawn(data.draw))
    assume(mutation is not None)
    assert one_mutation(whole, mutation, engines[-1]) == []


@given(st.data(), architectures(small=True))
@settings(quick, max_examples=60)
def test_several_mutations_are_that_many_edits_or_fewer_that_explain_it(data, drawn) -> None:
    whole, _, engines = drawn
    applied = several_of(whole, Drawn(data.draw))
    assume(len(applied) > 1 and is_small(whole) and is_small(applied[-1].mutant))
    wrong, _ = several_mutations(whole, applied, engines[-1])
    assert wrong == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_report_about_another_mutation_is_noticed(engine: str) -> None:
    """The tests above can fail: the codes of one mutation do not pass for those of another."""
    from dataclasses import replace

    from tests.property.architectures import Seeded, Unit

    whole = Architecture(
        (Unit(("self_attention",), before="layer_norm"), Unit(("feed_forward",), before="layer_norm"))
    )
    mutations = [m for m in (mutant_of(whole, Seeded(n)) for n in range(30)) if m is not None]
    assert len({m.name for m in mutations}) > 5
    for one in mutations:
        assert one_mutation(whole, one, engine) == []
        assert one_mutation(whole, replace(one, codes=frozenset({"AC999"})), engine) != []
    assert round_trip(replace(whole, units=whole.units[::-1]).spec(), (engine,)) == []
