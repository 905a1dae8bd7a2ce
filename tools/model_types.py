"""Runs `describe` on the blocks of every model type of an installed transformers, and prints a table.

python tools/model_types.py                       static, all types: a row for each, then the sums
python tools/model_types.py --engine both         trace them, too (a child process a file: some hours)
python tools/model_types.py --every 10            each tenth type; --start 3 begins with the fourth
python tools/model_types.py --only llama,t5       these types
python tools/model_types.py --problems            only types that are not answered, with the reasons

A type is answered when its files have blocks and nothing on the stream of any block's default is unresolved; with
`--engine both`, when one of the engines has an answer for each block. Places where the two part are printed.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from archcheck.blocks.block import Block
from archcheck.blocks.comparison import compared, unseen
from archcheck.blocks.discover import discover
from archcheck.engine import Request, ask, read_as
from archcheck.failures import disagreement as told
from archcheck.frontends.static.decisions import Told
from archcheck.frontends.static.read import Reader, deeply
from archcheck.frontends.target_text import parse_target
from archcheck.graph.recording import Failure, Recording

LIMIT = 10.0  # seconds for a class
REASONS = 15  # that are printed


@dataclass(frozen=True)
class Row:
    """One model type: how many blocks, of which some have something unresolved; what the other engine says; reasons."""

    name: str
    blocks: int
    unresolved: tuple[str, ...]
    failed: tuple[str, ...]
    compared: int = 0
    parted: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether there are blocks and all of them were seen."""
        return self.blocks > 0 and not self.unresolved

    @property
    def empty(self) -> bool:
        """Whether everything was read and no block is in it: plain stacks of convolutions, wrappers of others."""
        return not (self.blocks or self.failed)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not answered."""
        return () if self.answered else (*self.unresolved, *self.failed) or ("is read: no block was found",)


def types() -> dict[str, list[Path]]:
    """The PyTorch modeling files of every model type."""
    spec = importlib.util.find_spec("transformers")
    if spec is None or spec.origin is None:
        raise SystemExit("transformers is not installed: pip install --no-deps transformers==5.23.0")
    found: dict[str, list[Path]] = {}
    for file in sorted(Path(spec.origin).parent.glob("models/*/modeling_*.py")):
        found.setdefault(file.parent.name, []).append(file)
    return found


def read(reader: Reader, name: str, files: list[Path], engine: str) -> Row:
    """A type as the static engine sees it, and as the trace does where that is asked for."""
    answers = [one for file in files for one in reader.answers(parse_target(str(file)))]
    found = discover([one for one in answers if isinstance(one, Recording)], named=False)
    held = (*found.blocks, *found.models)
    failed = {f.target.rpartition(":")[2]: f.message for f in answers if isinstance(f, Failure)}
    owners = tuple(dict.fromkeys((*(b.owner for b in held), *failed)))
    traced = tuple(b for file in files for b in recorded(file, owners)) if engine == "both" and owners else ()
    sure = {b.place for b in traced if not b.graph.unresolved}
    open_blocks = [b for b in held if b.default and b.graph.unresolved and b.place not in sure]
    unresolved = tuple(f"{b.name}: {b.graph.unresolved[0].reason}" for b in open_blocks)
    reasons = tuple(
        f"{name}: {message}" for name, message in failed.items() if name not in {b.name for b in traced}
    )
    return Row(name, len({b.place for b in (*held, *traced)}), unresolved, reasons, *agreement(held, traced))


def recorded(file: Path, owners: tuple[str, ...]) -> tuple[Block, ...]:
    """The blocks of these classes of a file as the trace sees them."""
    found = ask(Request(str(file), "trace", only=owners)).found
    return (*found.blocks, *found.models)


def agreement(held: Sequence[Block], traced: Sequence[Block]) -> tuple[int, tuple[str, ...]]:
    """How many blocks both engines answer, and where they part."""
    count, parted = 0, []
    for block in traced:
        variants = [b for b in held if b.place == block.place]
        if variants and not block.graph.unresolved and not unseen(variants):
            count += 1
            apart, _ = compared(variants, block, partial(read_as, Request(block.file, "both")))
            parted += [told(apart, block.name).message] if apart else []
    return count, tuple(parted)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=("static", "both"), default="static")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--problems", action="store_true")
    asked = parser.parse_args()
    chosen = dict(list(types().items())[asked.start :: asked.every])
    if asked.only:
        chosen = {name: files for name, files in types().items() if name in asked.only.split(",")}
    reader = Reader(Told({}), (), (), None, LIMIT, variants=asked.engine == "both")
    rows: list[Row] = []
    start = time.process_time()
    for name, files in chosen.items():
        row = deeply(partial(read, reader, name, files, asked.engine))
        rows.append(row)
        if not (asked.problems and row.answered):
            both = f"  {row.compared} by both" if asked.engine == "both" else ""
            word = "answered" if row.answered else "has no block" if row.empty else "not answered"
            print(
                f"{row.name:<28}{row.blocks:>4} blocks  {word}{both}",
                *sorted(set(row.reasons))[:2],
                sep="  ",
                flush=True,
            )
        for apart in row.parted:
            print(f"    {apart}", flush=True)
    answered = [row for row in rows if row.answered]
    share = 100 * len(answered) / max(len(rows), 1)
    print(
        f"\n{len(rows)} model types, {len(answered)} answered ({share:.1f} %), {sum(r.empty for r in rows)} without a"
        f" block, {time.process_time() - start:.0f} s"
    )
    if asked.engine == "both":
        compared = [row for row in rows if row.compared]
        agreed = sum(not row.parted for row in compared)
        share = 100 * agreed / max(len(compared), 1)
        print(
            f"{sum(r.compared for r in rows)} blocks by both engines, {sum(len(r.parted) for r in rows)} part;"
            f" {len(compared)} types with such blocks, in {agreed} ({share:.1f} %) none part"
        )
    counts = Counter(reason.partition(": ")[2][:80] for row in rows for reason in row.reasons)
    for reason, count in counts.most_common(REASONS):
        print(f"{count:5d}  {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
