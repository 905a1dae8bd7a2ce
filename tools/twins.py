"""Compares PyTorch blocks with their TensorFlow and Flax twins in an unpacked package: an oracle for `diff`.

    pip download --no-deps transformers==4.40.2 && unzip -q transformers-4.40.2-*.whl -d twins
    python tools/twins.py --path twins

In `models/*/modeling_m.py` every class X whose name ends in Layer, Block or Stage is a block; its twins are TFX in
`modeling_tf_m.py` and FlaxX in `modeling_flax_m.py`. Both sides are read as source: nothing of the package is imported
or run. The table says for each pair whether the two agree, else the first difference, or what was not seen, with the
places on both sides. Pairs of which neither side has an operation that the language has a word for (padding alone) are
listed and not counted.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

if TYPE_CHECKING:
    from archcheck.graph import Span
    from archcheck.results import CheckReport, Result
    from archcheck.rules import Finding

FRAMEWORKS: tuple[tuple[str, str], ...] = (("tf", "TF"), ("flax", "Flax"))
NAMES = r"(Layer|Block|Stage)$"
AGREES, DIFFERS, UNRESOLVED, NOTHING = "agrees", "differs", "unresolved", "nothing to compare"


@dataclass(frozen=True)
class Twins:
    """A PyTorch class, its twin, and the settings that both are read with."""

    model: str
    framework: str
    torch_file: Path
    torch_class: str
    twin_file: Path
    twin_class: str
    settings: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What came of a pair: the state, and in words what differs first or was not seen."""

    twins: Twins
    state: str
    why: str = ""


def find(root: Path, names: str, rate: float | None) -> Iterator[Twins]:
    """All pairs below a folder."""
    for file in sorted(root.glob("**/modeling_*.py")):
        model = file.stem.removeprefix("modeling_")
        for framework, prefix in FRAMEWORKS:
            twin = file.with_name(f"modeling_{framework}_{model}.py")
            if not twin.is_file():
                continue
            known = set(classes(twin))
            for name in classes(file):
                if re.search(names, name) and prefix + name in known:
                    settings = rates(file.with_name(f"configuration_{model}.py"), rate)
                    yield Twins(model, framework, file, name, twin, prefix + name, settings)


def classes(file: Path) -> list[str]:
    """The names of the classes of a file."""
    return [node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.ClassDef)]


def rates(configuration: Path, rate: float | None) -> dict[str, object]:
    """A rate for each dropout that the configuration turns off by default: with 0 it would do nothing."""
    found: dict[str, object] = {}
    if rate is None or not configuration.is_file():
        return found
    for node in ast.walk(ast.parse(configuration.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            pairs = zip(reversed(node.args.args), reversed(node.args.defaults), strict=False)
            for argument, default in pairs:
                off = isinstance(default, ast.Constant) and default.value == 0 and default.value is not False
                if off and "drop" in argument.arg:
                    found[f"config.{argument.arg}"] = rate
    return found


def judge(twins: Twins, root: Path) -> Answer:
    """Compare the two sides of a pair."""
    from archcheck import compare

    one, other = f"{twins.torch_file}::{twins.torch_class}", f"{twins.twin_file}::{twins.twin_class}"
    try:
        report = compare(one, other, engine="static", path=[str(root)], set=twins.settings)
    except Exception as error:  # noqa: BLE001 - one pair does not stop the others
        return Answer(twins, UNRESOLVED, f"internal error: {type(error).__name__}: {error}")
    return Answer(twins, *_state(report))


def _state(report: CheckReport) -> tuple[str, str]:
    if all(result.found is not None and not any(result.found.operations()) for result in report.results):
        return NOTHING, ""
    verdicts = {result.verdict for result in report.results}
    if verdicts == {"match"}:
        return AGREES, ""
    worst = next(r for r in report.results if r.verdict in (verdicts - {"match"}))
    state = DIFFERS if verdicts <= {"match", "mismatch"} else UNRESOLVED
    return state, "; ".join(map(_said, worst.findings[:1])) or _no_reason(worst)


def _said(finding: Finding) -> str:
    places = " and ".join(filter(None, map(_place, (finding.at, finding.spec_at))))
    return f"{finding.code} {finding.message}" + (f" ({places})" if places else "")


def _no_reason(result: Result) -> str:
    return f"{result.verdict} without a finding"


def _place(span: Span | None) -> str:
    return f"{Path(span.file).name}:{span.line}" if span is not None else ""


def table(answers: Sequence[Answer]) -> Iterator[str]:
    """The pairs, one a line, and the totals."""
    for one in answers:
        pair = f"{one.twins.torch_class} {one.twins.twin_class}"
        yield f"{one.twins.model:22} {pair:62} {one.state}" + (f": {one.why}" if one.why else "")
    yield ""
    for framework, _ in FRAMEWORKS:
        yield _total(framework, [a for a in answers if a.twins.framework == framework])
    yield _total("all", answers)


def _total(name: str, answers: Sequence[Answer]) -> str:
    counts = Counter(answer.state for answer in answers)
    compared = len(answers) - counts[NOTHING]
    share = 100 * counts[AGREES] / compared if compared else 0.0
    rest = ", ".join(f"{counts[state]} {state}" for state in (DIFFERS, UNRESOLVED, NOTHING) if counts[state])
    return f"{name}: {counts[AGREES]} of {compared} pairs agree ({share:.1f} %)" + (
        f"; {rest}" if rest else ""
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table. Exit status 1 if fewer than `--least` percent of the pairs agree, 2 if there are none."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--path", type=Path, required=True, help="the folder that holds the unpacked package")
    parser.add_argument("--names", default=NAMES, help="a pattern for the names of the PyTorch classes")
    parser.add_argument(
        "--models", default="", help="a pattern for the names of models, for a part of the table"
    )
    parser.add_argument(
        "--rate", type=float, help="the rate of dropouts that are off by default (0.1 shows them)"
    )
    parser.add_argument(
        "--least", type=float, default=95.0, help="the share of pairs that must agree, in percent"
    )
    parser.add_argument("--jobs", type=int, default=1, help="how many pairs are read at the same time")
    given = parser.parse_args(argv)
    pairs = [t for t in find(given.path, given.names, given.rate) if re.search(given.models, t.model)]
    if not pairs:
        print(f"no pairs below {given.path}", file=sys.stderr)
        return 2
    with ProcessPoolExecutor(given.jobs) as pool:
        answers = list(pool.map(judge, pairs, [given.path] * len(pairs)))
    print("\n".join(table(answers)))
    compared = [answer for answer in answers if answer.state != NOTHING]
    agreeing = sum(answer.state == AGREES for answer in compared)
    return int(100 * agreeing < given.least * len(compared))


if __name__ == "__main__":
    raise SystemExit(main())
