"""Random rows of residual units, and others in which units were lost, added, swapped, or have their norm elsewhere.

python -m tests.property.chains --pairs 500 --seed 1

compares the cost that the diff proves with the bound by places and without it, and follows random explanations
(`tests/property/test_bound.py`). These pairs are harder than single mutations: whole stretches stand elsewhere.
"""

from __future__ import annotations

import argparse
import random
from unittest.mock import patch

from archcheck.diff import align
from archcheck.diff.segments import Segments
from archcheck.graph import Graph
from archcheck.spec import load_spec

SUBLAYERS = ("self_attention", "feed_forward", "conv", "linear")
NORMS = ("layer_norm", "layer_norm", "rms_norm")


def unit(draw: random.Random) -> str:
    """One residual unit, or one that lost its residual."""
    layer = draw.choice(SUBLAYERS[: draw.choice((1, 2, 2, 3))])
    norm = draw.choice(NORMS)
    drop = " -> dropout" if draw.random() < 0.4 else ""
    forms = (
        (35, f"{norm} -> {layer}{drop} -> add"),
        (30, f"{layer}{drop} -> add -> {norm}"),
        (10, f"{norm} -> {layer}{drop} -> {norm} -> add"),
        (7, f"{layer}{drop} -> add -> relu"),
        (6, f"{norm} -> {layer}"),
        (6, f"{layer} -> add"),
        (6, f"{norm} -> linear -> relu -> {layer} -> add"),
    )
    return draw.choices([form for _, form in forms], [weight for weight, _ in forms])[0]


def _norm_elsewhere(one: str) -> str:
    first, *rest = one.split(" -> ")
    if rest and rest[-1].endswith("norm"):
        return " -> ".join((rest[-1], first, *rest[:-1]))
    if first.endswith("norm") and rest[-1] == "add":
        return " -> ".join((*rest, first))
    return one


def changed(draw: random.Random, units: list[str]) -> list[str]:
    """Another row: about half of the units stay as they are."""
    found: list[str] = []
    for one in units:
        chance = draw.random()
        if chance < 0.5:
            found.append(one)
        elif chance < 0.62:
            found.append(unit(draw))
        elif chance < 0.7:
            continue
        elif chance < 0.78:
            found += (one, unit(draw))
        else:
            found.append(_norm_elsewhere(one))
    if draw.random() < 0.2 and len(found) > 2:
        place = draw.randrange(len(found) - 1)
        found[place : place + 2] = reversed(found[place : place + 2])
    return found or [unit(draw)]


def pair(draw: random.Random, smallest: int, largest: int) -> tuple[list[str], list[str]]:
    """A row of units, in two of five cases with a period of two, and another made of it."""
    count = draw.randint(smallest, largest)
    units = [unit(draw) for _ in range(count)]
    if draw.random() < 0.4:
        units = (units[:2] * count)[:count]
    return units, changed(draw, units)


def graph(units: list[str]) -> Graph:
    """The graph of a row."""
    return next(iter(load_spec("; ".join(units)).graphs().values()))


def main() -> None:
    """Print how many pairs were compared, and those whose cost differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--units", type=int, default=4)
    options = parser.parse_args()
    draw, wrong, proved = random.Random(options.seed), 0, 0
    for _ in range(options.pairs):
        one, other = pair(draw, 2, options.units)
        found = align(graph(one), graph(other))
        with patch.object(Segments, "__call__", lambda _self, _state, _must: 0.0):
            plain = align(graph(one), graph(other))
        both = found.optimal and plain.optimal
        proved += both
        if plain.cost < found.cost - 1e-4 or (both and found.cost < plain.cost - 1e-4):
            wrong += 1
            print(f"{found.cost:.3f}, without the bound {plain.cost:.3f}: {one} against {other}")
    print(f"{options.pairs} pairs, {proved} proved both ways, {wrong} of another cost")


if __name__ == "__main__":
    main()
