"""Conditions on what data holds: whether a router sent any token to an expert, whether a mask marks anything."""

from __future__ import annotations

from archcheck.frontends.static.calls_recorded import Call
from archcheck.frontends.static.values import Tensor, Unknown, Value

# What makes a choice: numbers of experts, or a row of zeros and ones of them.
CHOOSING = frozenset({"topk", "argmax", "one_hot", "argsort", "multinomial"})
# What a choice may pass on its way into a condition.
PASSED = frozenset(
    "eq ne getitem __getitem__ permute transpose reshape view flatten squeeze unsqueeze contiguous t to long int bool "
    "float detach cpu sum any count_nonzero bincount where nonzero".split()
)
# What a mask may be made with of the masks that forward is given.
COMBINED = (PASSED - {"eq", "ne"}) | frozenset(
    "mul and_ or_ __and__ __or__ logical_and logical_or bitwise_and bitwise_or "
    "expand expand_as T repeat type_as".split()
)
COUNTING = frozenset({"sum", "count_nonzero", "bincount"})
LONGEST = 16  # calls from a condition to the choice


def any_chosen(value: Tensor) -> bool | None:
    """The truth of a condition that asks if a router chose or a mask marks something, else None.

    It is supposed that it did: where nothing is chosen an expert has nothing to do, and where a mask shows nothing of
    a memory there is nothing to attend to. `if (index == i).any():` before it is no architecture.
    """
    call = value.call
    if call is None:
        return None
    name, args = _name(call), call.args
    if name in ("gt", "ne", "eq") and len(args) == 2 and type(args[1]) is int and args[1] == 0:
        counted = args[0]
        if isinstance(counted, Call) and _name(counted) in COUNTING and _chosen(counted):
            return name != "eq"
    return True if name == "any" and (_chosen(call) or _given(call)) else None


def _given(call: Call) -> bool:
    """Whether the operand of `any` is made of arguments of forward alone: a mask that is given marks something."""
    todo, found = [arg for arg in call.args if isinstance(arg, Call)], False
    for _ in range(LONGEST):
        if not todo:
            break
        one = todo.pop()
        behind = [arg for arg in one.args if isinstance(arg, Call)]
        if behind and _name(one) not in COMBINED:
            return False
        found |= one.meta.get("source") == "input"
        todo += behind
    return found and not todo


def any_counted(value: Value) -> bool:
    """Whether a number is that of the choices of a router: `counts = torch.bincount(chosen).tolist()`."""
    call = value.held.call if isinstance(value, Unknown) and value.held is not None else None
    return call is not None and _name(call) in COUNTING and _chosen(call)


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
