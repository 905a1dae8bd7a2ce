"""Statements."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static import known_loops
from archcheck.frontends.static.assignment import augmented, bind, put_name
from archcheck.frontends.static.classes import find_method
from archcheck.frontends.static.errors import NONE_TAKEN_APART, GaveUpError, LeftError, Raised, raised
from archcheck.frontends.static.folding import FoldedCoroutine, FoldedFunction
from archcheck.frontends.static.imports import run_import, run_import_from
from archcheck.frontends.static.matching import matches
from archcheck.frontends.static.modules import names_bound
from archcheck.frontends.static.native_methods import type_of
from archcheck.frontends.static.samples import watched
from archcheck.frontends.static.values import (
    MISSING,
    ClassValue,
    Environment,
    FunctionValue,
    Instance,
    Lazy,
    Managed,
    Property,
    Repeated,
    Tensor,
    Unknown,
    Value,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.rounds import Rounds
    from archcheck.frontends.static.vm import Interpreter


class Return:
    """The signal of a `return`."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value


BREAK, CONTINUE = object(), object()

LONGEST_LOOP = 10_000  # rounds of a loop over known values
BLIND_ROUNDS = 3  # rounds of a `while` whose condition is not known


def execute(vm: Interpreter, body: Sequence[ast.stmt], env: Environment) -> Any:
    """Run statements: None at the end, else `Return`, BREAK or CONTINUE."""
    for statement in body:
        vm.step()
        signal = RUNNERS[type(statement)](vm, statement, env)
        if signal is not None:
            return signal
    return None


def _expression(vm: Interpreter, node: ast.Expr, env: Environment) -> Any:
    if vm.stack:
        vm.stack[-1].statement = node.value
    if not isinstance(node.value, ast.Constant):
        vm.evaluate(node.value, env)


def _assign(vm: Interpreter, node: ast.Assign, env: Environment) -> Any:
    target = node.targets[0]
    before = vm.wanted
    vm.wanted = len(target.elts) if isinstance(target, (ast.Tuple, ast.List)) else 0
    try:
        value = vm.evaluate(node.value, env)
    finally:
        vm.wanted = before
    if value is None and vm.recorder.recording and isinstance(node.value, ast.Name):
        _unpacked_none(node.value.id, target)
    for target in node.targets:
        bind(vm, target, value, env)


def _unpacked_none(name: str, target: ast.expr) -> None:
    """Raise what Python does where None is taken apart, with the name that the run may give a value to."""
    if isinstance(target, (ast.Tuple, ast.List)):
        raise raised(TypeError, f"{NONE_TAKEN_APART} {name}")


def _annotated(vm: Interpreter, node: ast.AnnAssign, env: Environment) -> Any:
    if node.value is not None:
        bind(vm, node.target, vm.evaluate(node.value, env), env)


def _augmented(vm: Interpreter, node: ast.AugAssign, env: Environment) -> Any:
    augmented(vm, node, env)


def _return(vm: Interpreter, node: ast.Return, env: Environment) -> Any:
    return Return(vm.evaluate(node.value, env) if node.value is not None else None)


def _if(vm: Interpreter, node: ast.If, env: Environment) -> Any:
    if getattr(node.test, "id", getattr(node.test, "attr", "")) == "TYPE_CHECKING":
        return _for_checkers(vm, node, env)
    blind = vm.decisions.blind
    test = vm.evaluate(node.test, env)
    if not _settled(test) or vm.decisions.blind > blind:
        if _only_raises(node.body):
            return execute(vm, node.orelse, env) if node.orelse else None
        if node.orelse and _only_raises(node.orelse):
            return execute(vm, node.body, env)
    return execute(vm, node.body if vm.truth(test, node.test) else node.orelse, env)


def _for_checkers(vm: Interpreter, node: ast.If, env: Environment) -> Any:
    """What stands under `if TYPE_CHECKING` is only read; a name that both ways bind is that of the way that runs."""
    if not names_bound(node.body) & names_bound(node.orelse):
        return execute(vm, node.body, env)
    with suppress(Raised):  # nobody runs it
        execute(vm, node.body, env)
    return execute(vm, node.orelse, env)


def _settled(test: Value) -> bool:
    """Whether a condition's value is known, so that a branch that raises is really taken."""
    return not isinstance(test, (Unknown, Tensor)) and not (hasattr(test, "known") and not test.known)


def _only_raises(body: Sequence[ast.stmt]) -> bool:
    """Whether a branch only complains: what the code asks for is given."""
    return bool(body) and isinstance(body[-1], ast.Raise) and len(body) <= 3


def _for(vm: Interpreter, node: ast.For | ast.AsyncFor, env: Environment) -> Any:
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
    return execute(vm, node.orelse, env) if node.orelse and not several else None


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
            signal = execute(vm, node.body, env)
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
    return execute(vm, node.orelse, env) if node.orelse else None


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
    if rounds is None:
        return execute(vm, node.body, env)
    rounds.begin(vm, number)
    try:
        return execute(vm, node.body, env)
    finally:
        rounds.end(vm)


def _while(vm: Interpreter, node: ast.While, env: Environment) -> Any:
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
            return execute(vm, node.orelse, env)
        rounds += 1
        if rounds > LONGEST_LOOP:
            raise GaveUpError(f"a loop of more than {LONGEST_LOOP:,} rounds (line {node.lineno})")
        signal = execute(vm, node.body, env)
        if signal is BREAK:
            return None
        if signal is not None and signal is not CONTINUE:
            return signal


def _function(vm: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef, env: Environment) -> Any:
    from archcheck.frontends.static.calling import define

    put_name(node.name, define(vm, node, env), env)


def _class(vm: Interpreter, node: ast.ClassDef, env: Environment) -> Any:
    from archcheck.frontends.static.classes import define

    put_name(node.name, define(vm, node, env), env)


def _import(vm: Interpreter, node: ast.Import, env: Environment) -> Any:
    run_import(vm, node, env)


def _import_from(vm: Interpreter, node: ast.ImportFrom, env: Environment) -> Any:
    run_import_from(vm, node, env)


def _with(vm: Interpreter, node: ast.With | ast.AsyncWith, env: Environment) -> Any:
    return _within(vm, node.items, node.body, env)


def _within(vm: Interpreter, items: list[ast.withitem], body: Sequence[ast.stmt], env: Environment) -> Any:
    """Run a body inside of context managers, the first one outermost."""
    if not items:
        return execute(vm, body, env)
    item, *rest = items
    manager = vm.evaluate(item.context_expr, env)
    if isinstance(manager, Managed):
        return _managed(vm, manager, item, rest, body, env)
    value: Value = manager
    if isinstance(manager, Instance):
        value = vm.call(vm.get(manager, "__enter__"))
    elif isinstance(manager, Lazy):  # of a function whose decorator is not known
        value = next(iter(vm.iterate(manager)), manager)
    if item.optional_vars is not None:
        bind(vm, item.optional_vars, value, env)
    if not isinstance(manager, Instance):
        return _within(vm, rest, body, env)
    depth, scopes = len(vm.stack), len(vm.recorder.scopes)
    try:
        signal = _within(vm, rest, body, env)
    except Raised as error:
        if not _swallows(vm, manager, error):
            raise
        _unwind(vm, depth, scopes)
        return None
    except LeftError:
        vm.call(vm.get(manager, "__exit__"), [None, None, None])
        raise
    vm.call(vm.get(manager, "__exit__"), [None, None, None])
    return signal


def _managed(
    vm: Interpreter,
    manager: Managed,
    item: ast.withitem,
    rest: list[ast.withitem],
    body: Sequence[ast.stmt],
    env: Environment,
) -> Any:
    """A `with` of a function under `contextlib.contextmanager`: the body runs where that yields."""
    from archcheck.frontends.static.calling import run_block

    signals: list[Any] = []

    def block(value: Value) -> None:
        if item.optional_vars is not None:
            bind(vm, item.optional_vars, value, env)
        signals.append(_within(vm, rest, body, env))

    run_block(vm, manager, block)
    return signals[0] if signals else None  # none: the function ended an exception of the body


def _swallows(vm: Interpreter, manager: Instance, error: Raised) -> bool:
    """Whether a context manager ends an exception: its `__exit__` says so."""
    return vm.truth(vm.call(vm.get(manager, "__exit__"), [type_of(error), error, None]))


def _unwind(vm: Interpreter, depth: int, scopes: int) -> None:
    """Leave the calls and the scopes that an exception has ended."""
    del vm.stack[depth:]
    while len(vm.recorder.scopes) > scopes:
        vm.recorder.close()


def _raise(vm: Interpreter, node: ast.Raise, env: Environment) -> Any:
    if node.exc is None:
        raise vm.handling[-1] if vm.handling else raised(RuntimeError, "no exception to raise again")
    value = vm.evaluate(node.exc, env)
    vm.at(node)
    if isinstance(value, (type, ClassValue)):
        value = vm.call(value)
    if isinstance(value, Instance):
        value.attributes["__cause__"] = vm.evaluate(node.cause, env) if node.cause is not None else None
    raise exception(value)


def exception(value: Value) -> Raised:
    """The Python exception that carries an exception of the code that is read."""
    if isinstance(value, Raised):
        return value
    if isinstance(value, Instance):
        names = tuple(c.name if isinstance(c, ClassValue) else c.__name__ for c in value.cls.mro)
        args = value.attributes.get("args", ())
        return Raised(names, str(args[0]) if args and isinstance(args[0], str) else "", value)
    return Raised(("Exception",), getattr(value, "reason", ""), value)


def _try(vm: Interpreter, node: ast.Try, env: Environment) -> Any:
    try:
        signal = _guarded(vm, node, env)
    except (Raised, GaveUpError, LeftError):
        late = execute(vm, node.finalbody, env)
        if late is not None:
            return late
        raise
    late = execute(vm, node.finalbody, env)
    return signal if late is None else late


def _guarded(vm: Interpreter, node: ast.Try, env: Environment) -> Any:
    vm.guarded += 1
    depth, scopes = len(vm.stack), len(vm.recorder.scopes)
    try:
        signal = execute(vm, node.body, env)
    except Raised as error:
        vm.guarded -= 1
        _unwind(vm, depth, scopes)
        for handler in node.handlers:
            if handler.type is not None and not _handles(vm, handler.type, error, env):
                continue
            if handler.name:
                put_name(handler.name, error.value if error.value is not None else error, env)
            vm.handling.append(error)
            try:
                return execute(vm, handler.body, env)
            finally:
                vm.handling.pop()
        raise
    except BaseException:
        vm.guarded -= 1
        raise
    vm.guarded -= 1
    if signal is None and node.orelse:
        return execute(vm, node.orelse, env)
    return signal


def _handles(vm: Interpreter, kinds: ast.expr, error: Raised, env: Environment) -> bool:
    try:
        found = vm.evaluate(kinds, env)
    except Raised:
        return False
    for kind in found if isinstance(found, tuple) else (found,):
        name = kind.name if isinstance(kind, ClassValue) else getattr(kind, "__name__", "")
        if name in error.names or name in ("Exception", "BaseException"):
            return True
    return False


def _assert(vm: Interpreter, node: ast.Assert, env: Environment) -> Any:
    """What a program asserts holds, unless a `try` waits for it; the expression is evaluated for what it binds."""
    if vm.guarded:
        test = vm.evaluate(node.test, env)
        if _settled(test) and not vm.truth(test, node.test):
            raise raised(AssertionError)
        return
    for part in ast.walk(node.test):
        if isinstance(part, ast.NamedExpr):
            vm.evaluate(node.test, env)
            break


def _delete(vm: Interpreter, node: ast.Delete, env: Environment) -> Any:
    for target in node.targets:
        if isinstance(target, ast.Name):
            env.variables.pop(target.id, None)
        elif isinstance(target, ast.Attribute):
            holder = vm.evaluate(target.value, env)
            if isinstance(holder, Instance):
                hook = find_method(holder.cls, "__delattr__")
                if isinstance(hook, FunctionValue) and not hook.module.stub:
                    vm.call(vm.get(holder, "__delattr__"), [target.attr])
                    continue
                found = find_method(holder.cls, target.attr)
                if isinstance(found, Property) and found.deleter is not None:
                    vm.call(found.deleter, [holder])
                holder.attributes.pop(target.attr, None)
        elif isinstance(target, ast.Subscript):
            holder, index = vm.evaluate(target.value, env), plain(vm.evaluate(target.slice, env))
            if isinstance(holder, Instance):
                vm.call(vm.get(holder, "__delitem__"), [index])
            elif isinstance(holder, (dict, list)) and isinstance(index, (int, str, slice)):
                try:
                    del holder[index]  # type: ignore[arg-type]
                except (LookupError, TypeError):
                    raise raised(KeyError, str(index)) from None


def _outer(vm: Interpreter, node: ast.Global | ast.Nonlocal, env: Environment) -> Any:
    kind = "global" if isinstance(node, ast.Global) else "nonlocal"
    if kind == "global":  # what the module binds them to comes before what is assigned here
        for name in node.names:
            vm.read_global(env.module, name)
    env.outer_names = (env.outer_names or {}) | dict.fromkeys(node.names, kind)


def _match(vm: Interpreter, node: ast.Match, env: Environment) -> Any:
    subject = vm.evaluate(node.subject, env)
    for case in node.cases:
        if matches(vm, case.pattern, subject, env) and (
            case.guard is None or vm.truth(vm.evaluate(case.guard, env), case.guard)
        ):
            return execute(vm, case.body, env)
    return None


def _nothing(_vm: Interpreter, _node: ast.stmt, _env: Environment) -> Any:
    return None


def _break(_vm: Interpreter, _node: ast.stmt, _env: Environment) -> Any:
    return BREAK


def _continue(_vm: Interpreter, _node: ast.stmt, _env: Environment) -> Any:
    return CONTINUE


RUNNERS: dict[type, Callable[..., Any]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    FoldedFunction: _function,
    FoldedCoroutine: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Raise: _raise,
    ast.Try: _try,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Global: _outer,
    ast.Nonlocal: _outer,
    ast.Match: _match,
    ast.Pass: _nothing,
    ast.Break: _break,
    ast.Continue: _continue,
}
for _name in ("TryStar", "TypeAlias"):  # of later Python versions
    if hasattr(ast, _name):
        RUNNERS[getattr(ast, _name)] = _try if _name == "TryStar" else _nothing
