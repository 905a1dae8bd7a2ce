"""A flow in the plain form of the JSON contract.

Parallel branches may read each other in a cascade (Res2Net): each operation is written once, in the first branch that
has it, and the others name the value by its id.

In a branch of convolutions the order of all norms and activations is what the figures of such blocks show (ConvNeXt's
figure 4, the Conformer's figure 2), so a box in it does not hide them: its steps stand in its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from archcheck.blocks.flow import JOIN_NAMES, OpStep, Parallel, Residual, Step
from archcheck.vocabulary import is_a

ALONG = frozenset(
    {"convolution", "depthwise_conv"}
)  # what mixes positions in such a branch, beside other convs
OPENED = frozenset({"convolution", "feed_forward", "gated_feed_forward"})


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
        "parallel": [[to_dict(s) for s in branch] for branch in _once(step)],
        "join": JOIN_NAMES.get(step.node.words[0], step.node.words[0]),
        "id": step.node.id,
        "at": at,
    }


def _listed(branch: tuple[Step, ...]) -> Iterable[Step]:
    """The steps of a branch; those inside its boxes where convolutions along the positions are all that mixes them."""
    words = [step.node.words[0] for step in branch]
    if not _mixes(branch) or any(is_a(w, "sublayer") and w not in OPENED for w in words):
        return branch
    return [inside for step in branch for inside in _opened(step)]


def _mixes(branch: Iterable[Step]) -> bool:
    """Whether a convolution along the positions stands in a branch or a part of it (FasterNet, Chen et al. 2023)."""
    for step in branch:
        if isinstance(step, OpStep):
            if step.node.words[0] in ALONG or (
                step.node.words[0] == "conv" and _wide(step.node.attr("kernel"))
            ):
                return True
        elif any(map(_mixes, step.branches if isinstance(step, Parallel) else (step.branch,))):
            return True
    return False


def _wide(kernel: object) -> bool:
    return any(isinstance(k, int) and k > 1 for k in (kernel if isinstance(kernel, tuple) else (kernel,)))


def _opened(step: Step) -> tuple[Step, ...]:
    if isinstance(step, OpStep) and step.node.words[0] in OPENED and step.inner:
        return step.inner
    return (step,)


def _once(group: Parallel) -> Iterable[tuple[Step, ...]]:
    """The branches of a group without what an earlier one has already written."""
    written: set[str] = set()
    for branch in group.branches:
        yield _fresh(branch, written)
        written |= _nodes(branch)


def _fresh(steps: tuple[Step, ...], written: set[str]) -> tuple[Step, ...]:
    return tuple(_without(step, written) for step in steps if step.node.id not in written)


def _without(step: Step, written: set[str]) -> Step:
    if isinstance(step, Residual):
        return _joined(step, written)
    if isinstance(step, Parallel):
        return replace(step, branches=tuple(_fresh(branch, written) for branch in step.branches))
    return step


def _joined(step: Residual, written: set[str]) -> Residual:
    """A join whose branch was written as another branch of the group: it adds that value to its own start."""
    branch = _fresh(step.branch, written)
    if step.branch and not branch and not step.skip and step.source is None:
        return replace(step, branch=(), source=step.branch[-1].node.id)
    return replace(step, branch=branch) if branch else step


def _nodes(steps: Iterable[Step]) -> set[str]:
    """The nodes of some steps and of all within them."""
    found: set[str] = set()
    for step in steps:
        found.add(step.node.id)
        if not isinstance(step, OpStep):
            parts = step.branches if isinstance(step, Parallel) else (step.branch, step.skip)
            found.update(*(_nodes(part) for part in parts))
    return found
