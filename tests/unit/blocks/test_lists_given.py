"""A list of tensors that forward is given: the source does not tell how many there are, a run has some."""

from archcheck.blocks.agreement import parting
from archcheck.graph import Graph, Node


def graph(*inputs, reads, word="concat"):
    sources = [Node(f"i{n}", ("input",), name=name) for n, name in enumerate(inputs)]
    norm = Node("norm", ("layer_norm",), args=("i0",))
    top = Node("top", (word,), args=("norm", *(f"i{n}" for n in reads)))
    return Graph((*sources, norm, top), tuple(s.id for s in sources), ("top",))


def test_its_members_are_the_list():
    static = graph("x", "features", reads=[1])
    trace = graph("x", "features.0", "features.1", "features.2", reads=[1, 2, 3])
    assert parting(static, trace) is None
    assert parting(trace, static) is None


def test_another_list_is_another_value():
    static = graph("x", "features", "memory", reads=[1])
    trace = graph("x", "features.0", "features.1", "memory.0", reads=[3])
    assert parting(static, trace) is not None


def test_where_both_have_its_members_each_counts():
    one = graph("x", "features.0", "features.1", reads=[1])
    two = graph("x", "features.0", "features.1", reads=[1, 2])
    assert parting(one, two) is not None
