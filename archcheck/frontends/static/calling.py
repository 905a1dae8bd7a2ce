"""Calls of all kinds of values."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from archcheck.frontends.static import machinery
from archcheck.frontends.static.arguments import bind_arguments
from archcheck.frontends.static.builtin_types import call_type
from archcheck.frontends.static.calls_recorded import any_tensor
from archcheck.frontends.static.classes import find_method, module_method
from archcheck.frontends.static.conventions import handed_on, prepare
from archcheck.frontends.static.decorators import NOTING, decorated
from archcheck.frontends.static.effects import writes_outside
from archcheck.frontends.static.errors import EnoughError, NeedsInputError, Raised, raised
from archcheck.frontends.static.expressions import function_value
from archcheck.frontends.static.instances import instantiate
from archcheck.frontends.static.limits import built
from archcheck.frontends.static.places import span_of
from archcheck.frontends.static.signals import Return
from archcheck.frontends.static.statements import execute
from archcheck.frontends.static.tensor_attributes import call_method
from archcheck.frontends.static.tensors import changed_unseen, framework_call, opaque
from archcheck.frontends.static.values import (
    MISSING,
    Activation,
    BoundMethod,
    ClassValue,
    Dotted,
    Environment,
    FunctionValue,
    Instance,
    Lazy,
    Managed,
    Native,
    Partial,
    Setting,
    TensorMethod,
    Unknown,
    Value,
    Wrapped,
)
from archcheck.graph import Scope
from archcheck.syntax import children

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def call(vm: Interpreter, function: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Call a value. Raises TypeError in the code that is read where it cannot be called."""
    vm.step()
    how = CALLS.get(type(function))
    if how is not None:
        return how(vm, function, args, kwargs)
    if isinstance(function, type):
        return built(vm, call_type(vm, function, args, kwargs))
    raise raised(TypeError, f"{type(function).__name__} cannot be called")


def _native(vm: Interpreter, function: Native, args: list[Value], kwargs: dict[str, Value]) -> Value:
    try:
        return built(vm, function.function(vm, args, kwargs))
    except IndexError:  # an argument that is not there, or not in its place
        if kwargs:
            return Unknown(f"{function.name}() with arguments by name")
        raise raised(TypeError, f"{function.name}() misses an argument") from None


def _partial(vm: Interpreter, function: Partial, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return call(vm, function.function, [*function.args, *args], {**function.kwargs, **kwargs})


def _dotted(vm: Interpreter, function: Dotted, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return framework_call(vm, function.name, args, kwargs)


def _wrapped(vm: Interpreter, function: Wrapped, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return call(vm, function.function, args, kwargs)


def _setting(vm: Interpreter, function: Setting, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if function.value is None and function.kind == "input":
        raise NeedsInputError(function.key)
    return call(vm, function.value, args, kwargs)


def _unknown(vm: Interpreter, function: Unknown, args: list[Value], kwargs: dict[str, Value]) -> Value:
    if vm.recorder.recording and any_tensor(args, kwargs):
        name = function.key or vm.called_name()
        return opaque(vm, name, args, kwargs, function.reason)
    if vm.recorder.recording and any(isinstance(a, Instance) and a.serial for a in (*args, *kwargs.values())):
        reason = f"a module is passed to {vm.called_name()}, whose source was not found ({function.reason})"
        vm.recorder.unresolved.append((reason, "", vm.here()))
    for one in (*args, *kwargs.values()):
        if isinstance(one, Managed):
            _entered_unseen(vm, one)
    if not vm.stack and not NOTING.search(vm.called_name()):
        _patched(vm, function, [*args, *kwargs.values()])
    return Unknown(function.reason, number=function.number)


def _patched(vm: Interpreter, function: Unknown, args: list[Value]) -> None:
    """A statement of a module that calls something unknown with a class: it may change the class."""
    for one in args:
        if isinstance(one, ClassValue) and not one.module.framework and one.hidden_by is None:
            reason = f"{one.name} is passed to something whose source was not found ({function.reason})"
            one.hidden_by = (reason, span_of(one.module.path, one.node))


def _bound(vm: Interpreter, method: BoundMethod, args: list[Value], kwargs: dict[str, Value]) -> Value:
    function, receiver = method.function, method.receiver
    if isinstance(receiver, Instance) and isinstance(function, FunctionValue) and receiver.serial:
        name = module_method(receiver.cls)
        if (
            function.attributes.get("__name__", function.name) == name
            and find_method(receiver.cls, name) is function
        ):
            return in_scope(vm, receiver, function, args, kwargs, hooked=False)
    return call(vm, function, [receiver, *args], kwargs)


def _object(vm: Interpreter, value: Instance, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`module(x)`, or `__call__` of any other object."""
    name = module_method(value.cls)
    own = find_method(value.cls, "__call__")
    if isinstance(own, FunctionValue) and name != "__call__" and (not own.module.stub or not name):
        return call(vm, BoundMethod(own, value), args, kwargs)
    if not name:
        if value.cls.unknown_base:
            return opaque(vm, value.cls.unknown_base, args, kwargs)
        raise raised(TypeError, f"{value.cls.name!r} object is not callable")
    function = value.attributes.get(name, MISSING)
    if function is MISSING:
        function = find_method(value.cls, name)
    if isinstance(function, BoundMethod) and function.receiver is value:  # `self.forward = self.other`
        function = function.function
    if isinstance(function, FunctionValue):
        return in_scope(vm, value, function, args, kwargs)
    if function is MISSING:
        return opaque(vm, value.cls.unknown_base or value.cls.name, args, kwargs)
    return call(vm, function, args, kwargs)


def run_module(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`Module.__call__(self, …)`, as `super().__call__` finds it."""
    value = args[0]
    name = module_method(value.cls)
    function = value.attributes.get(name, MISSING)
    if function is MISSING:
        function = find_method(value.cls, name)
    if isinstance(function, FunctionValue):
        return in_scope(vm, value, function, args[1:], kwargs)
    return opaque(vm, value.cls.unknown_base or value.cls.name, args[1:], kwargs)


def in_scope(
    vm: Interpreter,
    value: Instance,
    function: FunctionValue,
    args: list[Value],
    kwargs: dict[str, Value],
    hooked: bool = True,
) -> Value:
    """Run a module's forward inside a scope of its own, if the module is part of the tree.

    Not `hooked`: `module.forward(x)`, which no hook sees.
    """
    prepare(vm, value)
    kwargs = handed_on(value, function, kwargs)
    bound = any(value.attributes.get(name) is function for name in (module_method(value.cls), "forward"))
    arguments = args if bound else [value, *args]
    if hooked and value.hooks:
        return _with_hooks(vm, value, function, arguments, kwargs)
    return _in_scope(vm, value, function, arguments, kwargs)


def _with_hooks(
    vm: Interpreter,
    value: Instance,
    function: FunctionValue,
    arguments: list[Value],
    kwargs: dict[str, Value],
) -> Value:
    """Forward with what its hooks make of its arguments and its result."""
    own = arguments[:1] if arguments[:1] == [value] else []
    given = arguments[len(own) :]
    hooks = list(value.hooks)
    for hook in (one for one in hooks if one.when == "before"):
        named = [kwargs] if hook.with_kwargs else []
        changed = vm.call(hook.function, [value, tuple(given), *named])
        if hook.with_kwargs and isinstance(changed, tuple) and len(changed) == 2:
            changed, kwargs = changed
        if changed is not None and not isinstance(changed, Unknown):
            given = list(changed) if isinstance(changed, tuple) else [changed]
    result = _in_scope(vm, value, function, [*own, *given], kwargs)
    for hook in (one for one in hooks if one.when == "after"):
        named = [kwargs] if hook.with_kwargs else []
        changed = vm.call(hook.function, [value, tuple(given), *named, result])
        if changed is not None:
            result = changed
    return result


def _in_scope(
    vm: Interpreter,
    value: Instance,
    function: FunctionValue,
    arguments: list[Value],
    kwargs: dict[str, Value],
) -> Value:
    if not vm.recorder.recording or value.path == "?":
        return run(vm, function, arguments, kwargs)
    vm.recorder.open(Scope(value.path, value.cls.qualified, value.serial, value.calls))
    value.calls += 1
    depth = len(vm.recorder.scopes)
    try:
        result = run(vm, function, arguments, kwargs)
        hidden = next((c.hidden_by for c in value.cls.mro if isinstance(c, ClassValue) and c.hidden_by), None)
        return result if hidden is None else changed_unseen(vm, hidden, result)
    finally:
        while len(vm.recorder.scopes) >= depth:
            vm.recorder.close()


def run(vm: Interpreter, function: FunctionValue, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Run a function of the source."""
    node = function.node
    module = function.module
    hidden = module.stub or machinery.is_machinery(module.path)
    activation = Activation(module.path, len(vm.recorder.scopes), hidden)
    env = Environment({}, function.closure, module, activation, owner=function.owner)
    bind_arguments(vm, function, args, kwargs, env.variables)
    if not isinstance(node, ast.Lambda) and _is_generator(node):
        return _generator(vm, function, env, activation)
    vm.enter(activation)
    try:
        if isinstance(node, ast.Lambda):
            return vm.evaluate(node.body, env)
        signal = execute(vm, node.body, env)
        result = signal.value if isinstance(signal, Return) else None
        return result if function.hidden_by is None else changed_unseen(vm, function.hidden_by, result)
    except Raised as error:
        _place(error, activation)
        raise
    finally:
        if vm.stack and vm.stack[-1] is activation:
            vm.stack.pop()


def _place(error: Raised, activation: Activation) -> None:
    """Note where an exception was raised."""
    if error.place is None and not activation.hidden and activation.node is not None:
        error.place = span_of(activation.file, activation.node)


def _generator(vm: Interpreter, function: FunctionValue, env: Environment, activation: Activation) -> Lazy:
    """What a generator function gives: its body runs when the first member is asked for."""

    def run() -> Value:
        activation.yields = []
        made.result = produce(vm, function, env, activation)
        return activation.yields

    def each(block: Callable[[Value], None]) -> None:
        activation.block = block
        made.result = produce(vm, function, env, activation)

    made = Lazy(run, each=each)
    return made


def produce(vm: Interpreter, function: FunctionValue, env: Environment, activation: Activation) -> Value:
    """Run the body of a generator function; what it returns."""
    activation.depth = len(vm.recorder.scopes)
    vm.enter(activation)
    try:
        signal = execute(vm, function.node.body, env)  # type: ignore[arg-type]
        return signal.value if isinstance(signal, Return) else None
    except EnoughError:
        return None
    except Raised as error:
        _place(error, activation)
        raise
    finally:
        if vm.stack and vm.stack[-1] is activation:
            vm.stack.pop()


def _entered_unseen(vm: Interpreter, managed: Managed) -> None:
    """A context manager is given to something unknown (an ExitStack): nobody knows when its block ends."""
    before, node = vm.writes, managed.function.node
    declares = any(isinstance(n, (ast.Global, ast.Nonlocal, ast.Delete)) for n in ast.walk(node))
    run_block(vm, managed, lambda _value: None)
    if writes_outside(node) and (declares or vm.writes > before):
        reason = f"what {managed.function.name} changes while its block runs is not followed"
        vm.recorder.unresolved.append((reason, "", vm.here()))


def _around(vm: Interpreter, managed: Managed, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """A context manager as a decorator: each call of the function is a block of it."""
    function = args[0]

    def run(vm: Interpreter, given: list[Value], named: dict[str, Value]) -> Value:
        results: list[Value] = []
        run_block(vm, managed, lambda _value: results.append(vm.call(function, given, named)))
        return results[0] if results else None

    return Native("decorated", run)


def run_block(vm: Interpreter, managed: Managed, block: Callable[[Value], None]) -> None:
    """Run a function under `contextlib.contextmanager`, and a block where it yields."""
    function = managed.function
    activation = Activation(
        function.module.path, 0, function.module.stub or machinery.is_machinery(function.module.path)
    )
    env = Environment({}, function.closure, function.module, activation, owner=function.owner)
    bind_arguments(vm, function, managed.args, managed.kwargs, env.variables)
    activation.block = block
    produce(vm, function, env, activation)


def define(vm: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef, env: Environment) -> Value:
    """A function as its statement defines it, decorators applied."""
    function = function_value(vm, node, env, node.name)
    return decorated(vm, function, node.decorator_list, env) if node.decorator_list else function


def _is_generator(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    known = getattr(node, "is_generator", None)
    if known is None:
        known = _yields(node.body)
        node.is_generator = known  # type: ignore[union-attr]
    return bool(known)


def _yields(body: list[ast.stmt]) -> bool:
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            todo.extend(children(node))
    return False


CALLS: dict[type, Callable[..., Value]] = {
    FunctionValue: run,
    BoundMethod: _bound,
    ClassValue: instantiate,
    Instance: _object,
    Native: _native,
    Partial: _partial,
    Dotted: _dotted,
    TensorMethod: call_method,
    Unknown: _unknown,
    Wrapped: _wrapped,
    Setting: _setting,
    Managed: _around,
}
