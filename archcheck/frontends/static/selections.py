"""Conditions on what a router chose: whether any token was sent to an expert."""

from __future__ import annotations

from archcheck.frontends.static.calls_recorded import Call
from archcheck.frontends.static.values import Tensor

# What makes a choice: numbers of experts, or a row of zeros and ones of them.
CHOOSING = frozenset({"topk", "argmax", "one_hot", "argsort", "multinomial"})
# What a choice may pass on its way into a condition.
PASSED = frozenset(
    "eq ne getitem __getitem__ permute transpose reshape view flatten squeeze unsqueeze contiguous t to long int bool "
    "float detach cpu sum any count_nonzero where nonzero".split()
)
COUNTING = frozenset({"sum", "count_nonzero"})
LONGEST = 16  # calls from a condition to the choice


def any_chosen(value: Tensor) -> bool | None:
    """The truth of a condition that asks if a router chose something, supposed that it did; None for any other one.

    Where nothing is chosen an expert has nothing to do: `if (index == i).any():` before it is no architecture.
    """
    call = value.call
    if call is None:
        return None
    name, args = _name(call), call.args
    if name in ("gt", "ne", "eq") and len(args) == 2 and type(args[1]) is int and args[1] == 0:
        counted = args[0]
        if isinstance(counted, Call) and _name(counted) in COUNTING and _chosen(counted):
            return name != "eq"
    return True if name == "any" and _chosen(call) else None


def _name(call: Call) -> str:
    """The short name of what is called."""
    return str(call.meta.get("qualified", "")).rpartition(".")[2]


def _chosen(call: Call) -> bool:
    """Whether the first operand of each call on the way comes from a choice."""
    for _ in range(LONGEST):
        name = _name(call)
        if name in CHOOSING:
            return True
        if name not in PASSED or not call.args or not isinstance(call.args[0], Call):
            return False
        call = call.args[0]
    return False
