"""The graph that is lifted: what fusing keeps, and how large a box becomes."""

from __future__ import annotations

from archcheck.graph import Graph, Node
from archcheck.lift.finish import places
from archcheck.lift.work import HEAVIEST, Work


def _graph(rows: dict[str, tuple[str, ...]], *outputs: str) -> Graph:
    nodes = [Node(id="x", words=("input",)), *(Node(id=k, words=("add",), args=a) for k, a in rows.items())]
    return Graph(nodes=tuple(nodes), inputs=("x",), outputs=outputs)


def _all_nodes(graph: Graph) -> int:
    return sum(1 if n.inner is None else 1 + _all_nodes(n.inner) for n in graph.nodes)


def test_a_value_that_is_read_outside_stays_beside_the_box():
    work = Work(_graph({"a": ("x",), "b": ("a",), "c": ("b",), "d": ("c",), "e": ("b", "d")}, "e"))
    box = work.fuse({"a", "b", "c", "d"}, "d", "feed_forward", ["x"])
    assert list(work.nodes) == ["x", "a", "b", "d", "e"]  # b for e, and a for b
    assert box.origin == ("c", "d")


def test_an_output_stays_beside_the_box_with_what_it_reads():
    work = Work(_graph({"a": ("x",), "b": ("a",), "c": ("b",)}, "c", "b"))
    assert work.fuse({"a", "b", "c"}, "c", "feed_forward", ["x"]).origin == ("c",)
    assert list(work.nodes) == ["x", "a", "b", "c"]


def test_boxes_that_share_what_is_in_them_stay_small():
    """Two boxes that each hold the two before them double at every level: 40 levels would be 10^12 nodes."""
    rows: dict[str, tuple[str, ...]] = {"a0": ("x",), "b0": ("x",)}
    for level in range(1, 40):
        both = (f"a{level - 1}", f"b{level - 1}")
        rows |= {f"a{level}": both, f"b{level}": both}
    work = Work(_graph(rows, "a39", "b39"))
    for level in range(1, 40):
        for side in "ab":
            members = {f"a{level - 1}", f"b{level - 1}", f"{side}{level}"}
            work.fuse(members, f"{side}{level}", "self_attention", ["x"], inner=True)
    places(work)
    assert all(_all_nodes(n.inner) <= HEAVIEST for n in work.nodes.values() if n.inner is not None)
