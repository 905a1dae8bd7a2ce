"""How often the diff proves that its edits are the fewest: random blocks with several mutations.

python -m tests.property.proved --blocks 30 --changes 1,2,4,6,8,10 --seed 1
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace

from archcheck.diff import Alignment, align
from archcheck.graph import Graph
from tests.property.architectures import Architecture, Seeded, Unit, architecture
from tests.property.mutants import MOVED_UNITS
from tests.property.mutations import mutations

SMALLEST, LARGEST = 40, 60


def operations(graph: Graph) -> int:
    """The size of a block as the page on the diff counts it."""
    return sum(1 for _ in graph.operations())


def graph_of(whole: Architecture) -> Graph:
    """The one block of an architecture."""
    return next(iter(whole.spec().graphs().values()))


def large(seed: object, smallest: int = SMALLEST, largest: int = LARGEST) -> Architecture:
    """A random block of so many operations, without a model around it."""
    source = Seeded((seed, "large"))
    while True:
        units = tuple(unit for _ in range(source.number(2, 8)) for unit in _units(source))
        units = (replace(units[0], skip="start") if units[0].skip == "input" else units[0], *units[1:])
        whole = Architecture(units)
        if smallest <= operations(graph_of(whole)) <= largest:
            return whole


def _units(source: Seeded) -> tuple[Unit, ...]:
    while True:
        whole = architecture(source, largest=5)
        if not whole.image and not whole.shared and not whole.model:
            return whole.units


def mutated(whole: Architecture, changes: int, seed: object) -> Architecture | None:
    """The architecture with so many mutations, each in another unit; None where not so many are possible."""
    source = Seeded((seed, "changes"))
    places = list(range(len(whole.units)))
    done = 0
    while places and done < changes:
        place = source.among(places)
        places.remove(place)
        fitting = [m for m in mutations(whole, source) if m.unit == place and m.name not in MOVED_UNITS]
        if fitting:
            whole = source.among(fitting).mutant
            done += 1
    return whole if done == changes else None


def pairs(blocks: int, changes: int, seed: int) -> Iterator[tuple[Graph, Graph]]:
    """Seeded pairs: a block, and the block with so many mutations."""
    number, found = 0, 0
    while found < blocks:
        number += 1
        whole = large((seed, changes, number))
        mutant = mutated(whole, changes, (seed, changes, number))
        if mutant is not None:
            found += 1
            yield graph_of(whole), graph_of(mutant)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=30)
    parser.add_argument("--changes", default="1,2,4,6,8,10")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="one line for each block that was not proved")
    options = parser.parse_args()
    print(f"blocks of {SMALLEST} to {LARGEST} operations, seed {options.seed}")
    for changes in map(int, options.changes.split(",")):
        seconds: list[float] = []
        results: list[Alignment] = []
        for number, (spec, code) in enumerate(pairs(options.blocks, changes, options.seed)):
            start = time.process_time()
            results.append(align(spec, code))
            seconds.append(time.process_time() - start)
            if options.show and not results[-1].optimal:
                print(
                    f"   {number}: {operations(spec)} operations, at most {results[-1].distance}, "
                    f"{seconds[-1]:.1f} s",
                    flush=True,
                )
        proved = sum(found.optimal for found in results)
        ordered = sorted(seconds)
        print(
            f"{changes:3} changes: {proved} of {len(results)} proved, median {ordered[len(ordered) // 2]:.2f} s, "
            f"90 % {ordered[9 * len(ordered) // 10]:.2f} s, most {ordered[-1]:.2f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
