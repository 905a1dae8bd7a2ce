"""When two graphs are one."""

from __future__ import annotations

from archcheck.blocks.signature import signature
from archcheck.graph import Graph, Node


def _graph(*inputs: str, read: tuple[str, ...] = ("x",), outputs: tuple[str, ...] = ("f",)) -> Graph:
    nodes = (*(Node(key, ("input",)) for key in inputs), Node("f", ("linear",), read))
    return Graph(nodes, inputs, outputs)


def test_an_input_that_nothing_reads_makes_no_other_graph():
    """As of the rounds of a loop that are given all results of those before them, for a condition."""
    assert signature(_graph("x")) == signature(_graph("x", "before", "more"))
    assert signature(_graph("x")) == signature(_graph("before", "x"))


def test_an_input_that_is_read_or_handed_on_does():
    assert signature(_graph("x")) != signature(_graph("x", "c", read=("x", "c")))
    assert signature(_graph("x", "c")) != signature(_graph("x", "c", outputs=("f", "c")))
    assert signature(_graph("x", "c", read=("x", "c"))) != signature(_graph("x", "c", read=("c", "x")))
