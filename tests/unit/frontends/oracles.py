"""Two independent ways to a graph, torch.fx.symbolic_trace and torch.export, in one form that can be compared.

A value is interned: the word of the operation and the values it reads, plumbing left out. Equal values get equal
numbers in one `Interned`, whichever graph they come from.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import fx

from archcheck.frontends.targets import lookup
from archcheck.frontends.trace.names import qualified_name
from archcheck.graph import Graph
from archcheck.vocabulary import PLUMBING

_PASSED_ON = (PLUMBING - {"getitem"}) | {"unbind", "chunk", "split"}
_NO_OPERATION = {"_assert_tensor_metadata", "sym_size", "_guards_fn"}
_RENAMED = {"gelu_tanh": "gelu"}  # the oracles know one gelu with an argument


class Interned:
    """Structure -> number."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def value(self, word: str, args: list[Any]) -> Any:
        """The number of an operation; plumbing passes its first operand on."""
        word = _RENAMED.get(word, word)
        if word in _PASSED_ON and args:
            return args[0]
        if word == "getitem":
            return args[0]
        key = (word, tuple(args))
        return self._numbers.setdefault(key, len(self._numbers))

    def recorded(self, graph: Graph) -> list[Any]:
        """The outputs of a recorded graph."""
        found: dict[str, Any] = {}
        for node in graph.nodes:
            if node.op in ("input", "parameter", "buffer"):
                found[node.id] = node.name
            else:
                found[node.id] = self.value(node.op, [found[arg] for arg in node.args])
        return [found[key] for key in graph.outputs]

    def of_fx(self, graph: fx.Graph, names: dict[str, str] | None = None) -> list[Any]:
        """The outputs of a graph of symbolic_trace, or of torch.export with the names of its placeholders."""
        found: dict[fx.Node, Any] = {}
        for node in graph.nodes:
            if node.op == "placeholder":
                found[node] = (names or {}).get(node.name, node.name)
            elif node.op == "get_attr":
                found[node] = node.target
            elif node.op == "output":
                return [found[item] for item in _nodes(node.args)]
            else:
                found[node] = self._call(node, found)
        raise AssertionError("no output")

    def _call(self, node: fx.Node, found: dict[fx.Node, Any]) -> Any:
        name = f"torch.Tensor.{node.target}" if node.op == "call_method" else qualified_name(node.target)
        if any(part in name for part in _NO_OPERATION):
            return None
        if name.endswith("getitem") and isinstance(node.args[1], int):
            return found[node.args[0]]
        entry = lookup(name)
        word = entry.word if entry is not None else "opaque"
        args = list(_nodes((node.args, node.kwargs)))
        if entry is not None and entry.kind == "addmm":
            args = [args[1], args[2], args[0]]
        if entry is not None and entry.kind == "reflected" and len(args) == 2:
            args.reverse()
        if word == "dropout":
            args = args[:1]
        return self.value(word, [found[arg] for arg in args])


def _nodes(value: Any) -> list[fx.Node]:
    if isinstance(value, fx.Node):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [node for item in value for node in _nodes(item)] if isinstance(value, (list, tuple)) else []


class _Opened(fx.Tracer):
    """symbolic_trace that opens torch's own layers, too."""

    def is_leaf_module(self, m: torch.nn.Module, module_qualified_name: str) -> bool:
        return False


def symbolic(module: torch.nn.Module) -> fx.Graph:
    """The graph of torch.fx.symbolic_trace."""
    return _Opened().trace(module)


def exported(
    module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[fx.Graph, dict[str, str]]:
    """The graph of torch.export, and its placeholders' names in the module."""
    program = torch.export.export(module, args, kwargs, strict=False)
    signature = program.graph_signature
    first: dict[int, str] = {}
    for name, tensor in module.named_parameters(remove_duplicate=False):
        first.setdefault(id(tensor), name)
    by_name = dict(module.named_parameters(remove_duplicate=False))
    names = {
        **signature.inputs_to_parameters,
        **signature.inputs_to_buffers,
        **signature.inputs_to_lifted_tensor_constants,
    }
    # A module held under two names: both sides speak of the first.
    names = {key: first[id(by_name[name])] if name in by_name else name for key, name in names.items()}
    return program.graph, names
