"""Walks over the abstract syntax of chains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.spec.syntax import Chain, GroupStep, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def steps_of(chains: Iterable[Chain], *, insides: bool = True) -> Iterator[Step]:
    """All steps in reading order, those in groups and skips included, those in boxes if asked for."""
    for chain in chains:
        for step in chain.steps:
            yield step
            if isinstance(step, GroupStep):
                yield from steps_of(step.chains, insides=insides)
                continue
            if step.skip is not None:
                yield from steps_of((step.skip,), insides=insides)
            if insides and step.inside is not None:
                yield from steps_of(step.inside, insides=insides)


def chains_of(chains: Iterable[Chain]) -> Iterator[Chain]:
    """All chains in reading order, those in groups and skips included, but not those in boxes."""
    for chain in chains:
        yield chain
        for step in chain.steps:
            if isinstance(step, GroupStep):
                yield from chains_of(step.chains)
            elif step.skip is not None:
                yield from chains_of((step.skip,))


def names_in(chains: Iterable[Chain]) -> frozenset[str]:
    """The names that `as` gives in these chains, boxes aside."""
    return frozenset(step.name for step in steps_of(chains, insides=False) if step.name is not None)


def words_in(chains: Iterable[Chain]) -> frozenset[str]:
    """The words of all steps, those in boxes included."""
    return frozenset(
        word for step in steps_of(chains) if not isinstance(step, GroupStep) for word in step.words
    )
