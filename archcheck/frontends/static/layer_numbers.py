"""Which arguments of a constructor count the members of a stack, by the code that builds it, whatever their names."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from archcheck.frontends.static.builders import FARTHEST, calls_of, given, handing_on
from archcheck.frontends.static.values import ClassValue, FunctionValue

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def counts_members(
    vm: Interpreter, owner: ClassValue, function: FunctionValue, name: str, steps: int = FARTHEST
) -> bool:
    """Whether a class of the module builds `owner` with the number of a round, from 0 on, for this argument."""
    for made in calls_of(owner):
        number = given(made.call, function, name)
        if not isinstance(number, ast.Name):
            continue
        if number.id in made.counters:
            return True
        found = handing_on(vm, owner, made, number.id) if steps else None
        if found is not None and counts_members(vm, *found, number.id, steps - 1):
            return True
    return False
