"""The static front end against what it may cost at most, as ratios in one run.

    python benchmarks/static.py            all measurements
    python benchmarks/static.py startup    one of them

Each measurement is a function that returns rows for the table; add it to MEASUREMENTS.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "fixtures" / "post_ln"
LINES = 500  # of the file that is checked
ROUNDS = 9
IMPORTS = "import libcst, networkx, yaml, rich"


@dataclass(frozen=True)
class Row:
    """One line of the table: seconds of ours and of the measure, and the largest allowed ratio."""

    what: str
    ours: float
    measure: float
    budget: float

    @property
    def ratio(self) -> float:
        return self.ours / self.measure


def startup() -> list[Row]:
    """The whole process on a 500-line file, against the imports that other tools begin with."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
            "PYTHONPATH": str(ROOT),
            "PYTHONPYCACHEPREFIX": str(Path(folder) / "pycache"),  # both sides have their bytecode
        }
        rows = []
        for name, fixture in (("a match", "ok_add_and_norm.py"), ("a mismatch", "bad_pre_norm.py")):
            model = Path(folder) / "model.py"
            model.write_text(padded(FIXTURES / fixture))
            ours = (sys.executable, "-m", "archcheck", str(model), "--spec", "post_ln", "--engine", "static")
            best = alternating([ours, (sys.executable, "-c", IMPORTS)], environment)
            rows.append(Row(f"check of {LINES} lines, {name}", *best, 0.8))
        return rows


def padded(fixture: Path) -> str:
    """The fixture with helpers and other modules behind it, up to the length that is measured."""
    lines = fixture.read_text().splitlines()
    number = 0
    while len(lines) < LINES:
        number += 1
        lines += [
            "",
            "",
            f"def helper_{number}(values, scale=1.0):",
            f'    """Helper {number}."""',
            "    total = 0.0",
            "    for value in values:",
            "        if value > scale:",
            "            total += value * scale",
            "    return total",
        ]
    return "\n".join(lines[:LINES]) + "\n"


def alternating(commands: list[tuple[str, ...]], environment: dict[str, str]) -> list[float]:
    """The best time of each command; they take turns, so that a busy machine slows them alike."""
    best = [float("inf")] * len(commands)
    for turn in range(ROUNDS + 1):
        for position, command in enumerate(commands):
            start = time.perf_counter()
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
            if turn:  # the first writes the bytecode
                best[position] = min(best[position], time.perf_counter() - start)
    return best


MEASUREMENTS: tuple[tuple[str, Callable[[], list[Row]]], ...] = (("startup", startup),)


def main(asked: list[str]) -> int:
    """Print the table; 1 if a ratio is over its budget, 2 if there is no such measurement."""
    known = dict(MEASUREMENTS)
    if unknown := [name for name in asked if name not in known]:
        print(f"no measurement {unknown[0]!r}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    rows = [row for name in asked or known for row in known[name]()]
    print(f"{'what':<34}{'ours':>9}{'measure':>10}{'ratio':>8}{'budget':>8}")
    for row in rows:
        print(f"{row.what:<34}{row.ours:>8.3f}s{row.measure:>9.3f}s{row.ratio:>8.2f}{row.budget:>8.2f}")
    return int(any(row.ratio > row.budget for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
