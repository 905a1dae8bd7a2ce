"""Fixtures in other spellings: each rewritten by libcst transforms that change no computation, and both checked.

    PYTHONPATH=. python tests/functional/spellings.py

runs every transform over every fixture that it applies to, and prints for each how many it rewrote and which of
these got another answer. The tests take a sample of them.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fixture_files import KINDS, ROOT, Fixture, fixtures
from spelling_transforms import TRANSFORMS, Transform

sys.path.insert(0, str(ROOT))

from archcheck.engine import Request, ask
from archcheck.judge import judge, left_out_by
from archcheck.spec import load_spec
from archcheck.suppression import suppressed

# At least so many of all fixtures have a place for the transform: else it has become empty.
LEAST = {
    "Rename": 350, "InlineMethod": 15, "ExtractMethod": 330, "SwapOperands": 330, "InPlaceAdd": 40,
    "FunctionalForModule": 300, "SequentialForAttributes": 80, "LoopForRepetition": 60, "Checkpoint": 330,
    "CastAndBack": 320, "AllTogether": 350,
}  # fmt: skip

# For each block of a file its class, the verdict and the codes of its findings, sorted.
Answer = Counter[tuple[str, str, tuple[str, ...]]]

# The answers to fixtures as they are written, by engine and name.
_KNOWN: dict[tuple[str, str], Answer] = {}


@dataclass(frozen=True)
class Pair:
    """A fixture and one other spelling of it."""

    fixture: Fixture
    transform: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.transform}__{self.fixture.path.stem}"


def shuffled() -> list[Fixture]:
    """All fixtures in an order that has nothing to do with their names, and is the same each time."""
    return sorted(fixtures(*KINDS), key=lambda one: hashlib.sha256(one.name.encode()).hexdigest())


def pairs(transform: Transform, among: Iterable[Fixture]) -> Iterator[Pair]:
    """The fixtures that a transform does rewrite."""
    for fixture in among:
        source, count = transform(fixture.path.read_text())
        if count:
            yield Pair(fixture, transform.__name__, source)


def differing(found: Sequence[Pair], engine: str = "static") -> list[str]:
    """For each pair whose other spelling has another answer, both answers."""
    by_folder: dict[str, list[Pair]] = defaultdict(list)
    for pair in found:
        by_folder[pair.fixture.path.parent.name].append(pair)
    wrong = []
    for several in by_folder.values():
        sources = {one.name: one.source for one in several}
        new = {one.fixture.name: one.fixture for one in several if (engine, one.fixture.name) not in _KNOWN}
        sources |= {one.path.stem: one.path.read_text() for one in new.values()}
        now = _answers_of(sources, several[0].fixture.spec, engine)
        _KNOWN.update({(engine, name): now[one.path.stem] for name, one in new.items()})
        for one in several:
            before = _KNOWN[engine, one.fixture.name]
            if now.get(one.name) != before:
                wrong.append(f"{one.transform} {one.fixture.name}: {dict(before)} became {now.get(one.name)}")
    return wrong


def _answers_of(sources: dict[str, str], spec: str, engine: str) -> dict[str, Answer]:
    declared = load_spec(spec)
    found: dict[str, Answer] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as folder:
        for name, source in sources.items():
            (Path(folder) / f"{name}.py").write_text(source)
        answered = ask(Request(folder, engine, declared.set))
        for failure in answered.failures:
            found[Path(failure.target.split("::")[0]).stem]["failed", "error", ()] += 1
        for block in (*answered.found.blocks, *answered.found.models):
            if left_out_by(declared, block, False) or not block.default:
                continue
            result = suppressed(judge(block, declared, block.name, near=False))
            codes = tuple(sorted(finding.code for finding in result.findings))
            cls = block.cls.rpartition(".")[2]
            found[Path(block.file).stem][cls, result.verdict, codes] += 1
    return dict(found)


def main(argv: Sequence[str] | None = None) -> int:
    """Run all transforms over all fixtures; 1 if an answer changed or a transform has become empty."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--engine", choices=("static", "trace"), default="static")
    parser.add_argument("--only", default="", help="the name of one transform")
    parser.add_argument("--folder", default="*", help="the fixtures of one folder")
    given = parser.parse_args(argv)
    total, failed = 0, False
    for transform in TRANSFORMS:
        name = transform.__name__
        if given.only not in ("", name):
            continue
        found = list(pairs(transform, fixtures(*KINDS, folder=given.folder)))
        wrong = differing(found, given.engine)
        few = given.folder == "*" and len(found) < LEAST[name]
        total += len(found)
        failed |= bool(wrong) or few
        print(f"{name:24} {len(found):4} rewritten, {len(wrong)} answers changed" + ", too few" * few)
        print("".join(f"  {line}\n" for line in wrong), end="", flush=True)
    print(f"{total} pairs in all")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
