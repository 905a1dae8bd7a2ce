"""Which catalogue specs a block is an instance of, and which it is near to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archcheck.blocks.block import make_block
from archcheck.blocks.discover import layered
from archcheck.nearest import matches_and_nearest, nearest_specs
from archcheck.results import Nearest, NotChecked, entries_to_dict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcheck.blocks.block import Block
    from archcheck.graph import Literal, Span, Unresolved
    from archcheck.graph.recording import Recording
    from archcheck.rules import Finding

IDENTIFY_SCHEMA = "archcheck.identify/1"
SHOWN = 3  # specs that are near, where nothing says how many


@dataclass(frozen=True, slots=True)
class Identity:
    """One variant of a block: the specs that it matches, the most telling first, and the nearest others."""

    name: str
    engine: str
    span: Span | None
    when: tuple[tuple[str, Literal], ...]
    default: bool
    matches: tuple[str, ...]
    nearest: tuple[Nearest, ...]
    unresolved: tuple[Unresolved, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """An entry of `blocks`."""
        return {
            "name": self.name,
            "engine": self.engine,
            "at": self.span.to_dict() if self.span else None,
            "when": dict(self.when),
            "default": self.default,
            "matches": list(self.matches),
            "nearest": [near.to_dict() for near in self.nearest],
            "unresolved": [
                {"reason": one.reason, "at": one.span.to_dict() if one.span else None}
                for one in self.unresolved
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class IdentifyReport:
    """The answer of `archcheck.identify`; `errors` are targets that could not be read or run."""

    target: str
    engine: str
    blocks: tuple[Identity, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    errors: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The document `archcheck.identify/1`."""
        return {
            "schema": IDENTIFY_SCHEMA,
            "target": self.target,
            "engine": self.engine,
            **entries_to_dict(self.blocks, self.not_checked, self.errors, self.notes),
        }


def identity(block: Block, count: int = SHOWN) -> Identity:
    """What a block is: all specs that it matches, and as many of the nearest others as asked for.

    A block of which something was not seen matches nothing: a match is a proof.
    """
    found: list[str] = []
    if block.graph.unresolved:
        others = nearest_specs(block, count)
    else:
        found, others = matches_and_nearest(block, count)
    return Identity(
        block.name,
        block.engine,
        block.span,
        block.when,
        block.default,
        tuple(found),
        tuple(others),
        block.graph.unresolved,
        block.notes,
    )


def blocks_at(recordings: Sequence[Recording], path: str) -> tuple[list[Block], list[str]]:
    """The module at a path inside each recorded target as a block; where there is none, the paths nearby.

    A path is written as in the code: `encoder.layer.0`.
    """
    blocks: list[Block] = []
    known: dict[str, None] = {}
    for recording in recordings:
        tree = layered(recording)
        if path in tree.first:
            blocks.append(make_block(recording, tree.lifted(path), path))
        known.update(dict.fromkeys(key for key in tree.first if key))
    return blocks, list(known)
