"""Reading and describing all modeling files of an installed transformers, against `ast.parse` of the same files.

    python benchmarks/scan.py              all 530 files of transformers 5.23.0, with their defaults
    python benchmarks/scan.py --every 10   each tenth of them
    python benchmarks/scan.py --variants   all configurations of each block, too

Both sides are counted in processor time of one core. The report names what had no answer, and why.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import resource
import sys
import time
from collections import Counter
from pathlib import Path

from archcheck.blocks.discover import discover
from archcheck.frontends.static.decisions import Told
from archcheck.frontends.static.read import Reader, deeply
from archcheck.frontends.target_text import parse_target
from archcheck.graph.recording import Failure, Recording

BUDGET = 4.0  # times ast.parse
MEMORY = 500  # MB
LONGEST = 10.0  # seconds for one file
REASONS = 25  # that are printed


def modeling_files() -> list[Path]:
    """The files that transformers keeps its models in."""
    spec = importlib.util.find_spec("transformers")
    if spec is None or spec.origin is None:
        raise SystemExit("transformers is not installed: pip install --no-deps transformers==5.23.0")
    return sorted(Path(spec.origin).parent.glob("models/*/modeling_*.py"))


def parsed(files: list[Path]) -> tuple[float, int]:
    """Seconds that ast.parse needs, and the number of lines; trees are not kept."""
    texts = [file.read_bytes() for file in files]
    start = time.process_time()
    for text in texts:
        ast.parse(text)
    return time.process_time() - start, sum(text.count(b"\n") for text in texts)


def described(files: list[Path], variants: bool) -> tuple[dict[Path, float], Counter[str], Counter[str]]:
    """Seconds of each file, what came of its classes, and the reasons of those that could not be read."""
    seconds: dict[Path, float] = {}
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    reader = Reader(Told({}), (), (), None, LONGEST, variants)

    def read() -> None:
        for file in files:
            start = time.process_time()
            answers = reader.answers(parse_target(str(file)))
            found = discover([one for one in answers if isinstance(one, Recording)], named=False)
            seconds[file] = time.process_time() - start
            outcomes.update(type(one).__name__ for one in answers)
            outcomes["blocks"] += len(found.blocks)
            outcomes["models"] += len(found.models)
            for block in found.blocks:
                outcomes["blocks with something unresolved"] += bool(block.graph.unresolved)
                reasons.update(one.reason.split(" at ")[0][:90] for one in block.graph.unresolved[:1])
            reasons.update(one.message[:90] for one in answers if isinstance(one, Failure))

    deeply(read)
    return seconds, outcomes, reasons


def main() -> int:
    """Print the report; 1 if a budget is exceeded."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=1, help="take each Nth file")
    parser.add_argument("--variants", action="store_true", help="read all configurations")
    asked = parser.parse_args()
    files = modeling_files()[:: asked.every]
    measure, lines = parsed(files)
    seconds, outcomes, reasons = described(files, asked.variants)
    ours, memory = sum(seconds.values()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    slowest = max(seconds, key=seconds.__getitem__)
    print(f"{len(files)} files, {lines} lines")
    print(f"ast.parse {measure:.2f} s, archcheck {ours:.2f} s: {ours / measure:.1f} x (budget {BUDGET:g} x)")
    print(f"largest memory {memory} MB (budget {MEMORY} MB)")
    print(f"slowest file {slowest.name}: {seconds[slowest]:.1f} s (budget {LONGEST:g} s)")
    print(", ".join(f"{count} {name}" for name, count in sorted(outcomes.items())))
    print(f"{sum(reasons.values())} without an answer, for these reasons:")
    for reason, count in reasons.most_common(REASONS):
        print(f"  {count:5d}  {reason}")
    return int(ours > BUDGET * measure or memory > MEMORY or seconds[slowest] > LONGEST)


if __name__ == "__main__":
    sys.exit(main())
