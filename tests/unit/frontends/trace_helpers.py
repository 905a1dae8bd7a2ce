"""Short forms of recorded graphs."""

from __future__ import annotations

from typing import Any

from archcheck.frontends.trace.record import record_module
from archcheck.graph import Graph
from archcheck.graph.recording import Recording


class Answers:
    """Stands for the pipe: the child's work, done here for speed."""

    def __init__(self) -> None:
        self.found: list[Any] = []

    def send(self, message: tuple[Any, ...]) -> None:
        if message[0] == "answer":
            self.found.append(message[1])


def record(module: Any, *args: Any, **kwargs: Any) -> Recording:
    """The recording of one call; the fx graph must be well-formed."""
    graph, recording = record_module(module, args, kwargs)
    graph.lint()
    check_invariants(recording.graph)
    return recording


def check_invariants(graph: Graph) -> None:
    """Topological order, unique ids, words of the vocabulary."""
    from archcheck.vocabulary import RAW

    seen: set[str] = set()
    for node in graph.nodes:
        assert node.id not in seen
        assert set(node.args) <= seen, f"{node.id} reads what comes later"
        assert node.words[0] in RAW
        assert not node.operands or len(node.operands) == len(node.args)
        seen.add(node.id)
    assert set(graph.outputs) <= seen
    assert set(graph.inputs) <= seen


def words(recording: Recording) -> list[str]:
    """The operations in order, sources left out."""
    return [node.op for node in recording.graph.nodes if not node.is_source]


def term(graph: Graph, id: str | None = None) -> str:
    """The result as a term: `add(relu(x), x)`; sources by name, scalars in brackets."""
    node = graph[id or graph.outputs[0]]
    if node.op in ("input", "parameter", "buffer"):
        return node.name
    if node.is_source:
        return node.op
    inner = ", ".join(term(graph, arg) for arg in node.args)
    value = node.attr("value")
    extra = f"[{'r' if node.attr('reflected') else ''}{value}]" if value is not None else ""
    extra = f"[{node.attr('index')}]" if node.op == "getitem" else extra
    return f"{node.op}{extra}({inner})"


def live(graph: Graph) -> set[str]:
    """The nodes that the outputs depend on."""
    found: set[str] = set()
    waiting = list(graph.outputs)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += graph[key].args
    return found
