"""Our dominators against those of networkx, on random acyclic graphs."""

from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from archcheck.graph.dominators import immediate_dominators


@st.composite
def acyclic(draw):
    """For each value of a topological order the earlier values that it reads."""
    count = draw(st.integers(1, 14))
    return {key: draw(st.lists(st.integers(0, key - 1), max_size=4)) if key else [] for key in range(count)}


@given(acyclic(), st.data())
def test_they_are_those_of_networkx(args, data):
    root = data.draw(st.sampled_from(sorted(args)))
    graph = nx.DiGraph()
    graph.add_nodes_from(args)
    graph.add_edges_from((arg, key) for key, read in args.items() for arg in read)
    expected = {k: v for k, v in nx.immediate_dominators(graph, root).items() if k != root}
    assert immediate_dominators(args, args, root) == expected


def test_a_residual_starts_where_its_paths_part():
    args = {"x": (), "norm": ("x",), "f": ("norm",), "mask": (), "add": ("x", "f", "mask")}
    assert immediate_dominators(args, args, "x") == {"norm": "x", "f": "norm", "add": "x"}


def test_a_long_chain_takes_no_recursion():
    args = {key: ([key - 1] if key else []) for key in range(20_000)}
    assert immediate_dominators(args, args, 0)[19_999] == 19_998
