"""Thousands of random architectures: round trips, and mutants checked against their originals.

    python tests/property/long_run.py --round-trips 10000 --mutants 10000 --seed 1

Prints the counts and every failure; exit status 1 if there is one. A case is named by its number, so that
`--only 17` runs it alone; `--first` and `--jobs` split a long run. A third of the round trips are of specs that
leave something open, a quarter of the mutants have several mutations in small blocks.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from archcheck.spec import print_block
from tests.property.architectures import Seeded, architecture
from tests.property.mutants import is_small, mutant_of, one_mutation, several_mutations, several_of
from tests.property.openings import opened
from tests.property.round_trip import open_trip, round_trip

Outcome = tuple[str, str, list[str]]  # what kind of case, what it was about, what is wrong


def trip(seed: int, number: int, engines: Sequence[str]) -> Outcome:
    """One round trip."""
    source = Seeded((seed, "trip", number))
    whole = architecture(source, largest=1 + number % 6)
    if number % 3:
        return "closed", whole.text(), round_trip(whole.spec(), engines)
    spec = opened(whole, source)
    body = spec.block or spec.blocks[0]
    return (
        "open",
        print_block(body.chains, "\n"),
        open_trip(spec, optional=source.chance(50), engines=engines),
    )


def mutant(seed: int, number: int, engines: Sequence[str]) -> Outcome:
    """One mutant, or a small block with several mutations; the engines take turns."""
    source = Seeded((seed, "mutant", number))
    engine = engines[number // 4 % len(engines)]
    small = number % 4 == 0
    while True:  # until there is something to mutate
        whole = architecture(source, largest=1 + number % 6, small=small)
        if small:
            applied = several_of(whole, source)
            if len(applied) < 2 or not is_small(whole) or not is_small(applied[-1].mutant):
                continue
            wrong, kind = several_mutations(whole, applied, engine)
            text = f"{whole.text()}mutated to\n{applied[-1].mutant.text()}"
            return f"several: distance {kind}", text, wrong
        mutation = mutant_of(whole, source)
        if mutation is not None:
            text = f"{whole.text()}mutated to\n{mutation.mutant.text()}"
            return mutation.name, text, one_mutation(whole, mutation, engine)


CASES: dict[str, Callable[[int, int, Sequence[str]], Outcome]] = {"round trip": trip, "mutant": mutant}


def run(task: tuple[str, int, int, tuple[str, ...]]) -> Outcome:
    """One case; an exception is a failure, too."""
    what, seed, number, engines = task
    try:
        return CASES[what](seed, number, engines)
    except Exception as error:  # noqa: BLE001 - whatever is raised is a failure of the case
        return "raised", f"case {number}", [f"{type(error).__name__}: {error}"]


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--round-trips", type=int, default=10_000)
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--only", type=int, help="run this case alone")
    parser.add_argument("--engines", default="static,trace", help="static, trace, or both with a comma")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    engines = tuple(options.engines.split(","))
    failures = 0
    for what, count in (("round trip", options.round_trips), ("mutant", options.mutants)):
        numbers = range(options.first, options.first + count)
        if options.only is not None:
            numbers = range(options.only, options.only + 1) if count else range(0)
        failures += _all(what, [(what, options.seed, number, engines) for number in numbers], options.jobs)
    return 1 if failures else 0


def _all(what: str, tasks: list[tuple[str, int, int, tuple[str, ...]]], jobs: int) -> int:
    """Run all cases of one kind and print what came out."""
    if not tasks:
        return 0
    kinds: Counter[str] = Counter()
    failed = 0
    start = time.monotonic()
    with ProcessPoolExecutor(jobs, max_tasks_per_child=None) as pool:
        outcomes = pool.map(run, tasks, chunksize=20) if jobs > 1 else map(run, tasks)
        for (_, _, number, _), (kind, text, wrong) in zip(tasks, outcomes, strict=True):
            kinds[kind] += 1
            if wrong:
                failed += 1
                print(f"{what} {number} failed:\n{text}\n  " + "\n  ".join(wrong), flush=True)
    seconds = time.monotonic() - start
    print(f"{len(tasks)} {what}s through {' and '.join(tasks[0][3])}, seed {tasks[0][1]}: ", end="")
    print(f"{failed} failures, {seconds:.0f} s")
    for kind, count in sorted(kinds.items()):
        print(f"  {count:6} {kind}")
    sys.stdout.flush()
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
