"""Runs one module once and hands over what it computed: an fx graph, and the same as a raw `Recording`."""

# ruff: noqa: SLF001 - torch and Python keep what a recorder needs behind underscores
from __future__ import annotations

import inspect
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from archcheck.frontends.targets.convert import convert
from archcheck.frontends.trace.arguments import given_beside_defaults
from archcheck.frontends.trace.frames import FrameReader
from archcheck.frontends.trace.modules import class_span, describe_modules
from archcheck.frontends.trace.names import class_name
from archcheck.frontends.trace.scopes import ScopeStack, watched
from archcheck.frontends.trace.tree import module_tree, plain_attributes, tensor_leaves
from archcheck.graph import Scope
from archcheck.graph.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch

    from archcheck.frontends.trace.recorder import Recorder


def record_module(
    module: Callable[..., Any],
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    *,
    target: str = "",
    root_name: str = "",
) -> tuple[torch.fx.Graph, Recording]:
    """Run `module(*args, **kwargs)` in training mode and record every torch function call.

    `module` is an `nn.Module` or a plain function. The modules are put back into the mode they were in.
    Whatever the module raises passes through.
    """
    import torch

    from archcheck.frontends.trace.recorder import Recorder

    given = dict(kwargs or {})
    is_module = isinstance(module, torch.nn.Module)
    tree = module_tree(module) if isinstance(module, torch.nn.Module) else []
    stack = ScopeStack(tree)
    recorder = Recorder(stack, FrameReader())
    modes = [(child, child.training) for _, child in tree]
    for child, _ in modes:
        child.training = True
    _declare(recorder, module, tree, args, given)
    try:
        with ExitStack() as during:
            during.enter_context(_eager())
            during.enter_context(watched(stack, tree))
            recorder.snapshot()
            during.enter_context(recorder)
            result = module(*args, **given) if is_module else _call(stack, module, args, given)
        outputs = [recorder.read(tensor) for _, tensor in tensor_leaves(result)]
    finally:
        for child, mode in modes:
            child.training = mode
    recorder.graph.output(tuple(outputs))
    cls = type(module) if is_module else module
    recording = Recording(
        target=target,
        name=root_name or getattr(cls, "__name__", "forward"),
        engine="trace",
        graph=convert(recorder.graph.nodes),
        span=class_span(cls),
        modules=describe_modules(tree, stack, recorder.used),
        notes=tuple(recorder.notes),
        given=tuple(given_beside_defaults(getattr(module, "forward", module), args, given)),
    )
    return recorder.graph, recording


def _call(
    stack: ScopeStack, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """Call a plain function as if it were the forward of a module without submodules."""
    name = f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', 'function')}"
    with stack.entered(id(function), Scope("", name, 0, 0), sys._getframe()):
        return function(*args, **kwargs)


def _declare(
    recorder: Recorder,
    module: Callable[..., Any],
    tree: list[tuple[str, torch.nn.Module]],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> None:
    """Name every tensor that exists before the run."""
    import torch

    for name, tensor in _named_inputs(module, args, kwargs):
        recorder.declare(tensor, "input", name)
    for path, child in tree:
        prefix = f"{path}." if path else ""
        for name, parameter in child._parameters.items():
            if parameter is not None:
                recorder.declare(parameter, "parameter", prefix + name)
        for name, buffer in child._buffers.items():
            if buffer is not None:
                recorder.declare(buffer, "buffer", prefix + name)
        for name, value in plain_attributes(child):
            for key, tensor in tensor_leaves(value, prefix + name):
                recorder.declare(
                    tensor, "parameter" if isinstance(tensor, torch.nn.Parameter) else "constant", key
                )


def _named_inputs(
    module: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> list[tuple[str, torch.Tensor]]:
    """The input tensors under the names of forward's parameters; nested ones as `name.0`, `name.key`."""
    forward = getattr(module, "forward", module)
    try:
        bound = inspect.signature(forward).bind(*args, **kwargs)
    except (TypeError, ValueError):
        named = {f"arg{index}": value for index, value in enumerate(args)} | dict(kwargs)
    else:
        named = {}
        for name, value in bound.arguments.items():
            kind = bound.signature.parameters[name].kind
            if kind is inspect.Parameter.VAR_KEYWORD:
                named.update(value)
            else:
                named[name] = value
    return [leaf for name, value in named.items() for leaf in tensor_leaves(value, name)]


def _eager() -> Any:
    """Compiled functions run as the Python they were made from, where this torch can ask for it."""
    import contextlib

    import torch

    set_stance = getattr(torch.compiler, "set_stance", None)
    if set_stance is None or "torch._dynamo" not in sys.modules:
        return contextlib.nullcontext()
    return set_stance("force_eager")


__all__ = ["class_name", "record_module"]
