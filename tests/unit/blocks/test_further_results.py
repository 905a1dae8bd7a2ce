"""A further result is a stream by its shape; where an engine does not tell shapes it may keep one too many."""

import pytest

from archcheck.blocks.agreement import parting
from archcheck.graph import Graph, Node

SHAPE = (2, 5, 8)


def graph(shape=None, word="layer_norm", results=("norm", "pooled")):
    nodes = (
        Node("x", ("input",), name="x"),
        Node("norm", (word,), args=("x",), shape=shape),
        Node("pooled", ("layer_norm",), args=("norm",), shape=shape),
    )
    return Graph(tuple(n for n in nodes if n.id in ("x", *results)), ("x",), results)


@pytest.mark.parametrize(("shape", "alike"), [(None, True), (SHAPE, False)])
def test_one_more_counts_where_both_tell_shapes(shape, alike):
    one, two = graph(SHAPE, results=("norm",)), graph(shape)
    assert (parting(two, one) is None) is alike
    assert (parting(one, two) is None) is alike


def test_the_first_result_always_counts():
    assert parting(graph(), graph(SHAPE, word="rms_norm", results=("norm",))) is not None
