"""A flow in the plain form of the JSON contract.

In a branch of convolutions the order of all norms and activations is what the figures of such blocks show (ConvNeXt's
figure 4, the Conformer's figure 2), so a box in it does not hide them: its steps stand in its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from archcheck.blocks.flow import JOIN_NAMES, OpStep, Residual, Step
from archcheck.vocabulary import is_a

ALONG = frozenset({"convolution", "depthwise_conv"})  # what mixes positions in such a branch
OPENED = frozenset({"convolution", "feed_forward"})


@dataclass(frozen=True, slots=True)
class Flow:
    """The steps of a block, with the plain form of the JSON contract."""

    steps: tuple[Step, ...]

    def to_list(self) -> list[Any]:
        """The STEP objects of the JSON contract."""
        return [to_dict(step) for step in self.steps]


def to_dict(step: Step) -> dict[str, Any]:
    """The STEP object of the JSON contract."""
    at = step.node.span.to_dict() if step.node.span else None
    if isinstance(step, OpStep):
        node = step.node
        return {
            "op": node.op,
            "id": node.id,
            "args": list(node.args),
            "attrs": dict(node.attrs),
            "name": node.name,
            "at": at,
            "inner": [to_dict(s) for s in step.inner],
        }
    if isinstance(step, Residual):
        return {
            "residual": {
                "join": step.node.words[0],
                "id": step.node.id,
                "branch": [to_dict(s) for s in _listed(step.branch)],
                "skip": [to_dict(s) for s in step.skip],
                "from": step.source,
                "at": at,
            }
        }
    return {
        "parallel": [[to_dict(s) for s in branch] for branch in step.branches],
        "join": JOIN_NAMES.get(step.node.words[0], step.node.words[0]),
        "id": step.node.id,
        "at": at,
    }


def _listed(branch: tuple[Step, ...]) -> Iterable[Step]:
    """The steps of a branch; those inside its boxes where convolutions along the positions are all that mixes them."""
    words = [step.node.words[0] for step in branch]
    if ALONG.isdisjoint(words) or any(is_a(w, "sublayer") and w not in OPENED for w in words):
        return branch
    return [inside for step in branch for inside in _opened(step)]


def _opened(step: Step) -> tuple[Step, ...]:
    if isinstance(step, OpStep) and step.node.words[0] in OPENED and step.inner:
        return step.inner
    return (step,)
