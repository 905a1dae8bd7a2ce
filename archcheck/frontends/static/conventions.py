"""What a framework does around a module's own method, as marks in its stub say.

Keras runs `build` before the first call and does not hand `training` to a layer that does not ask for it;
Flax runs `setup`. Both make parts of a module that its constructor does not make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.frontends.static.classes import find_method
from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.module_methods import tree
from archcheck.frontends.static.values import BoundMethod, FunctionValue, Instance, Value, number

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

PREPARE_MARK = "__archcheck_prepare__"  # names the method that makes a module's parts
OPTIONAL_MARK = "__archcheck_optional__"  # names arguments that are handed on only to methods that name them
PREPARED = "?prepared"
MOST_ROUNDS = 20  # modules inside modules that are only made by preparing


def prepare(vm: Interpreter, module: Instance) -> bool:
    """Let a module make its parts, once; whether there was anything to do."""
    name = find_method(module.cls, PREPARE_MARK)
    if not isinstance(name, str) or PREPARED in module.attributes:
        return False
    module.attributes[PREPARED] = True
    method = find_method(module.cls, name)
    if not isinstance(method, FunctionValue) or method.module.stub:
        return False
    shapes: list[Value] = [number("the shape of an input") for _ in method.node.args.args[1:2]]
    recording, vm.recorder.recording = vm.recorder.recording, False
    try:
        vm.call(BoundMethod(method, module), shapes)
    except Raised as error:
        vm.note(f"{module.cls.name}.{name} raises {error.name}: {error.message}"[:200])
    finally:
        vm.recorder.recording = recording
    return True


def prepare_all(vm: Interpreter, root: Instance) -> None:
    """Let a module and everything below it make its parts, before they are named."""
    for _ in range(MOST_ROUNDS):
        if not [module for _, module in list(tree(root)) if prepare(vm, module)]:
            return


def handed_on(module: Instance, function: FunctionValue, kwargs: dict[str, Value]) -> dict[str, Value]:
    """The arguments of a call without those that the framework keeps to itself."""
    names = find_method(module.cls, OPTIONAL_MARK)
    if not kwargs or not isinstance(names, tuple) or function.node.args.kwarg is not None:
        return kwargs
    spec = function.node.args
    own = {arg.arg for arg in (*spec.args, *spec.kwonlyargs)}
    return {key: value for key, value in kwargs.items() if key in own or key not in names}
