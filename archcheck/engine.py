"""Asks a front end for recordings: which engine answers, and what the user asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archcheck.graph.recording import Failure, Recording

if TYPE_CHECKING:
    from archcheck.blocks.block import Block

MEMORY = 8 * 1024**3  # bytes that a traced target may take


@dataclass(frozen=True, slots=True)
class Request:
    """One target and how to build and run it."""

    target: str
    engine: str = "auto"
    settings: Mapping[str, object] | None = None
    inputs: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    call: str | None = None
    timeout: float = 120.0

    @property
    def named(self) -> bool:
        """Whether the target names a class or a function, not a file or a folder."""
        return ":" in self.target.replace(":\\", "")

    def target_of(self, block: Block) -> str:
        """The target that names this block alone."""
        if self.named:
            return self.target
        file = block.span.file if block.span else self.target
        return f"{file}::{block.name}"

    def notes(self, recordings: Sequence[Recording]) -> tuple[str, ...]:
        """What the front end has to say about the runs, each once."""
        return tuple(dict.fromkeys(note for r in recordings for note in r.notes))


def record(request: Request) -> tuple[list[Recording], list[Failure]]:
    """The recordings of a target, and what could not be recorded."""
    answers = _static(request) if request.engine == "static" else _trace(request)
    recordings = [a for a in answers if isinstance(a, Recording)]
    failures = [a for a in answers if isinstance(a, Failure)]
    return recordings, failures


def _static(request: Request) -> list[Recording | Failure]:
    from archcheck.frontends.static import read_target

    return read_target(
        request.target,
        settings=dict(request.settings or {}),
        inputs=request.inputs,
        path=request.path,
        call=request.call,
        timeout=request.timeout,
    )


def _trace(request: Request) -> list[Recording | Failure]:
    from archcheck.frontends.trace import trace_target

    return trace_target(
        request.target,
        settings=dict(request.settings or {}),
        inputs=request.inputs,
        path=request.path,
        call=request.call,
        timeout=request.timeout,
        memory=MEMORY,
    )
