"""Loops: which rounds of a `for` and of a `while` are run, and how they end."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static import known_loops
from archcheck.frontends.static.assignment import bind
from archcheck.frontends.static.errors import GaveUpError, LeftError, Raised
from archcheck.frontends.static.samples import watched
from archcheck.frontends.static.signals import BREAK, CONTINUE
from archcheck.frontends.static.values import (
    MISSING,
    Condition,
    Environment,
    Instance,
    Lazy,
    Repeated,
    Tensor,
    Unknown,
    Value,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.rounds import Rounds
    from archcheck.frontends.static.vm import Interpreter

LONGEST_LOOP = 10_000  # rounds of a loop over known values
BLIND_ROUNDS = 3  # rounds of a `while` whose condition is not known


def run_for(vm: Interpreter, node: ast.For | ast.AsyncFor, env: Environment) -> Any:
    """Run a `for`; what a long loop over numbers alone did before is not done again."""
    key = known_loops.key_of(vm, node, env)
    if key is None:
        return _for_anew(vm, node, env)
    known = vm.library.loops.get(key)
    if known is not None:
        vm.step()
        return known_loops.apply(env, known)
    before, steps = dict(env.variables), vm.steps
    vm.known_loop = True
    try:
        signal = _for_anew(vm, node, env)
    finally:
        vm.known_loop = False
    if (
        signal is None
        and vm.steps - steps > known_loops.LONG
        and len(vm.library.loops) < known_loops.MOST_KEPT
    ):
        done = known_loops.effects(node, env, before)
        if done is not None:
            vm.library.loops[key] = done
    return signal


def _for_anew(vm: Interpreter, node: ast.For | ast.AsyncFor, env: Environment) -> Any:
    source = vm.evaluate(node.iter, env)
    vm.wanted = 0
    if isinstance(source, Lazy) and source.each is not None and source.held is MISSING and not _targeted(vm):
        return _for_each(vm, node, source, env)
    found = vm.run_over(source)
    several = isinstance(found, Repeated)
    members = found.members if isinstance(found, Repeated) else found
    if len(members) > LONGEST_LOOP:
        raise GaveUpError(f"a loop of more than {LONGEST_LOOP:,} rounds (line {node.lineno})")
    rounds = vm.loop(node, found, len(members))
    with watched(vm, found, env) as growth:
        for number, member in enumerate(members):
            if growth is not None:
                growth.begin()
            try:
                signal = _round(vm, node, member, env, rounds, number)
            except Raised as error:
                if number and several and "LookupError" in error.names:
                    break  # there are fewer rounds than were supposed
                raise
            if signal is BREAK:
                return None
            if signal is not None and signal is not CONTINUE:
                return signal
    return vm.execute(node.orelse, env) if node.orelse and not several else None


def _targeted(vm: Interpreter) -> bool:
    """Whether loops of the function that runs may be told apart into rounds, for which their number is asked first."""
    return vm.loops is not None and vm.recorder.recording and len(vm.recorder.scopes) == 1


def _for_each(vm: Interpreter, node: ast.For | ast.AsyncFor, source: Lazy, env: Environment) -> Any:
    """A loop over what a generator function gives: each round runs where that yields."""
    assert source.each is not None
    source.held = []
    ends: list[Any] = []

    def block(member: Value) -> None:
        vm.step()
        try:
            bind(vm, node.target, member, env)
            signal = vm.execute(node.body, env)
        except Raised as error:  # the generator does not see it
            signal = error
        if signal is not None and signal is not CONTINUE:
            ends.append(signal)
            raise LeftError(source)

    try:
        source.each(block)
    except LeftError as error:
        if error.source is not source:
            raise
        if isinstance(ends[0], Raised):
            raise ends[0] from None
        return None if ends[0] is BREAK else ends[0]
    return vm.execute(node.orelse, env) if node.orelse else None


def _round(
    vm: Interpreter,
    node: ast.For | ast.AsyncFor,
    member: Value,
    env: Environment,
    rounds: Rounds | None,
    number: int,
) -> Any:
    vm.step()
    bind(vm, node.target, member, env)
    if rounds is not None:
        rounds.begin(vm, number)
    try:
        return _unskipped(vm, node.body, env) if _of_data(member) else vm.execute(node.body, env)
    finally:
        if rounds is not None:
            rounds.end(vm)


def _of_data(member: Value) -> bool:
    """Whether a round is for a part of the data, such as an expert that tokens were sent to, and for no module."""
    parts = [plain(part) for part in (member if isinstance(member, (list, tuple)) else (member,))]
    return any(map(_is_data, parts)) and not any(isinstance(part, Instance) for part in parts)


def _is_data(value: Value) -> bool:
    return isinstance(value, Tensor) or (isinstance(value, Unknown) and value.held is not None)


def _unskipped(vm: Interpreter, body: list[ast.stmt], env: Environment) -> Any:
    """A round for a part of the data: how many rounds there are, and which are left out, the data tells.

    So `if DATA: continue` says no more than the loop does.
    """
    for statement in body:
        if not (isinstance(statement, ast.If) and _only_continues(statement)):
            signal = vm.execute([statement], env)
            if signal is not None:
                return signal
            continue
        vm.step()
        test = vm.evaluate(statement.test, env)
        if not _asks_data(test, statement.test, env) and vm.truth(test, statement.test):
            return CONTINUE
    return None


def _asks_data(test: Value, node: ast.expr, env: Environment) -> bool:
    """Whether the data decides a condition; of a number that a tensor holds, the name tells it."""
    if isinstance(plain(test), Tensor):
        return True
    names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
    known = isinstance(test, bool) or (isinstance(test, Condition) and test.known)
    return not known and any(_is_data(plain(env.variables.get(name))) for name in names)


def _only_continues(node: ast.If) -> bool:
    return not node.orelse and len(node.body) == 1 and isinstance(node.body[0], ast.Continue)


def run_while(vm: Interpreter, node: ast.While, env: Environment) -> Any:
    """Run a `while`; one whose condition is not known runs a few rounds."""
    blind = 0
    rounds = 0
    while True:
        vm.step()
        test = vm.evaluate(node.test, env)
        known = isinstance(plain(test), (bool, int, float, str, list, tuple, dict)) or test is None
        if not known:
            blind += 1
            if blind > BLIND_ROUNDS:
                return None
        if not (plain(test) if known else vm.truth(test, node.test)):
            return vm.execute(node.orelse, env)
        rounds += 1
        if rounds > LONGEST_LOOP:
            raise GaveUpError(f"a loop of more than {LONGEST_LOOP:,} rounds (line {node.lineno})")
        signal = vm.execute(node.body, env)
        if signal is BREAK:
            return None
        if signal is not None and signal is not CONTINUE:
            return signal
