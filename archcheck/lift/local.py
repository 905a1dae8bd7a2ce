"""What is added to an attention's weighted sum before its output projection, and belongs to it.

A convolution of the values (Nystroemformer, Xiong et al. 2021; the locally enhanced positions of CSWin, Dong et al.
2022), or the weights times a table of relative positions (Shaw et al. 2018, equation 3).
"""

from __future__ import annotations

from archcheck.lift.prepare import SELECTING
from archcheck.lift.work import Work

LINEAR = frozenset({"linear", "conv", "depthwise_conv"})
STEPS = LINEAR | SELECTING | {"scale", "layer_scale", "dropout", "concat", "where", "masked_fill"}
LONGEST = 12


def enhanced(work: Work, core: str, value: str) -> str:
    """The sum of an attention's core and what is made of its values or weights alone; the core if there is none."""
    made = _steps(work, value)[-1]
    weights = next((a for a in work.data(core) if a != value), None)
    if work.word(made) not in LINEAR:  # values that no projection of this attention made
        return core
    current = core
    while True:
        user = work.only_user(current)
        while user is not None and work.word(user) in SELECTING:
            current, user = user, work.only_user(user)
        if user is None or work.word(user) != "add":
            return core
        others = [a for a in work.data(user) if a != current]
        if not others or not all(_belongs(work, other, made, weights) for other in others):
            return core
        core = current = user


def _belongs(work: Work, key: str, made: str, weights: str | None) -> bool:
    """Whether a value is a projection or convolution of the values, or of the weights."""
    steps = _steps(work, key, stop=(made, weights))
    projected = any(work.word(step) in LINEAR for step in steps[:-1])
    return projected and steps[-1] in (made, weights)


def _steps(work: Work, key: str, stop: tuple[str | None, ...] = ()) -> list[str]:
    """A value and what it is made of, step by step, up to the first projection or to what `stop` names."""
    steps = [key]
    for _ in range(LONGEST):
        if key in work.fixed or key in stop or work.word(key) not in STEPS or len(work.data(key)) != 1:
            break
        if not stop and work.word(key) in LINEAR:
            break
        key = work.data(key)[0]
        steps.append(key)
    return steps
