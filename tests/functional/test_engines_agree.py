"""`--engine both` over the conforming fixtures: reading and tracing give the same graph (no AC905).

The trace runs in this process: a child for each class would take ten times as long.
"""

from __future__ import annotations

import logging
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fixture_files import FIXTURES

from archcheck import engine
from archcheck.engine import Answers, Request
from archcheck.graph.recording import Failure, Recording

pytest.importorskip("torch")

FOLDERS = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())
SPELLED = "spellings"  # many files for one spec: every fifth is enough here


class Answered(list[Any]):
    """Keeps what the trace sends to its parent."""

    def send(self, message: tuple[Any, ...]) -> None:
        if message[0] == "answer":
            self.append(message[1])


def _in_this_process(request: Request) -> list[Recording | Failure]:
    import torch

    from archcheck.frontends.trace.run import answer

    logging.getLogger("torch").setLevel(logging.CRITICAL)
    asked = {"target": request.target, "skip": [], "settings": {}, "call": request.call, "inputs": ()}
    sent = Answered()
    state = torch.get_rng_state()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer(asked, sent)
    torch.set_rng_state(state)
    return sent


@cache
def _answers(path: Path) -> Answers:
    """What both engines say of the last class of a file, which is the whole that it shows."""
    read = engine.ask(Request(str(path), engine="static"))
    owner = [*read.found.blocks, *read.found.models][-1].owner
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_trace", _in_this_process)
        return engine.ask(Request(f"{path}::{owner}", engine="both"))


def _files(folder: str) -> list[Path]:
    files = sorted((FIXTURES / folder).glob("ok_*.py"))
    return files[::5] if folder == SPELLED else files[:1]


def _compared(answers: Answers) -> int:
    only_one = sum("nothing to compare it with" in note for note in answers.said)
    return len({b.place for b in (*answers.found.blocks, *answers.found.models)}) - only_one


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_engines_agree(folder: str) -> None:
    for path in _files(folder):
        assert not _answers(path).parted, path


def test_most_fixtures_have_something_to_compare() -> None:
    compared = {path: _compared(_answers(path)) for folder in FOLDERS for path in _files(folder)}
    nothing = sorted(str(path.relative_to(FIXTURES)) for path, count in compared.items() if count < 1)
    assert len(compared) >= len(FOLDERS)
    assert len(nothing) <= len(compared) // 10, nothing
