"""Asks both engines for every labelled block of a file of labels, and lists where they part.

    python tools/engines.py ../shared/zoo/transformers.yaml ../shared/zoo/libraries.yaml [--path DIR]... [--only TEXT]

Prints a line for each block: `agree`, `part` with the first place where the two graphs differ, `static only` or
`trace only` where the other engine failed or left something unresolved, `neither`, with the reason. Each block is
described in a child process of its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

PARTED = "AC905"
ALONE = {  # what the notes say where one engine has no answer
    "trace only": ("static failed", "static could not resolve", "only the trace has it"),
    "static only": ("the trace failed", "the trace could not resolve", "only static has it"),
}


def asked(label: dict[str, Any], engine: str, path: list[str]) -> dict[str, Any]:
    """The document that this engine gives for a label."""
    import archcheck

    config = label.get("config") or {}
    values = (config.get("set") if isinstance(config, dict) else None) or {}
    report = archcheck.describe(
        label.get("target") or f"{label['module']}:{label['class']}",
        engine=engine,
        set={f"config.{key}": value for key, value in values.items()},
        inputs=label.get("give") or [],
        path=path,
        call=label.get("call") if engine != "static" else None,
    )
    return report.to_dict()


def compare(label: dict[str, Any], path: list[str]) -> tuple[str, str]:
    """How the two engines compare on a label: a word and the reason."""
    document = asked(label, "both", path)
    parted = [f for b in document["blocks"] for f in b["findings"] if f["code"] == PARTED]
    if parted:
        return "part", parted[0]["message"]
    notes = document["notes"]
    if not document["blocks"]:
        return "neither", (document["errors"] or [{"message": "no block"}])[0]["message"]
    alone = [(word, n) for n in notes for word, texts in ALONE.items() if any(text in n for text in texts)]
    unresolved = [u["reason"] for b in document["blocks"] if b["default"] for u in b["unresolved"]]
    if unresolved:
        return "neither", unresolved[0]
    return alone[0] if alone else ("agree", next((n for n in notes if "compared where" in n), ""))


def answer(label: dict[str, Any], path: list[str], seconds: float) -> tuple[str, str]:
    """As `compare`, in a child process with a limit of time."""
    queue: multiprocessing.Queue[tuple[str, str]] = multiprocessing.Queue()

    def work() -> None:
        try:
            queue.put(compare(label, path))
        except Exception as error:  # noqa: BLE001 - any failure is an answer here
            queue.put(("neither", f"{type(error).__name__}: {error}"))

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    try:
        return queue.get(timeout=seconds)
    except Exception:  # noqa: BLE001 - the time is over
        return "neither", f"no answer in {seconds:.0f} s"
    finally:
        child.kill()
        child.join()


def main() -> int:
    """Run the comparison; the exit status is 1 if any two graphs part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels", nargs="+", type=Path)
    parser.add_argument("--path", action="append", default=[])
    parser.add_argument("--only", default="")
    parser.add_argument("--seconds", type=float, default=180)
    options = parser.parse_args()
    count: Counter[str] = Counter()
    for file in options.labels:
        for label in yaml.safe_load(file.read_text()):
            if options.only not in label["id"]:
                continue
            word, reason = answer(label, options.path, options.seconds)
            count[word] += 1
            print(f"{word:12} {label['id']}  {reason}"[:400], flush=True)
    both = count["agree"] + count["part"]
    print(", ".join(f"{word} {number}" for word, number in sorted(count.items())))
    print(f"both answered {both}, they agree on {count['agree']} ({count['agree'] / max(both, 1):.1%})")
    return int(bool(count["part"]))


if __name__ == "__main__":
    sys.exit(main())
