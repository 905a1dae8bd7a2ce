"""The graph that is lifted: what fusing keeps, and how large a box becomes."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from archcheck.graph import Graph, Node
from archcheck.graph.dominators import Dominators
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


def _as_new(work: Work) -> Work:
    """The same graph, with nothing known of it."""
    return Work(work.graph(), work)


def _change(work: Work, rng: random.Random) -> None:
    """Replace, bypass or fuse something."""
    keys = list(work.nodes)
    key = rng.choice(keys[2:])
    above = rng.choice(keys[: keys.index(key)])
    kind = rng.randrange(4)
    if kind == 0:
        work.put(replace(work[key], args=(*work[key].args[:1], above)))
    elif kind == 1:
        work.rename(key, rng.choice(["mul", "cross_attention"]))
    elif kind == 2 and key not in work.outputs:
        work.bypass(key, above)
    else:
        region = work.between(above, key)
        if region:
            work.fuse(region, key, "feed_forward", [above], inner=rng.random() < 0.5)


def test_what_is_asked_between_changes_is_what_a_new_graph_says():
    rng = random.Random(5)
    for _ in range(60):
        rows: dict[str, tuple[str, ...]] = {}
        for number in range(rng.randrange(4, 16)):
            rows[f"n{number}"] = tuple(rng.choices(["x", *rows], k=rng.randrange(1, 4)))
        work = Work(_graph(rows, *list(rows)[-2:]))
        for _ in range(12):
            if len(work.nodes) < 3:
                break
            _change(work, rng)
            new = _as_new(work)
            asked = [(root, key) for root in work.nodes for key in rng.choices(list(work.nodes), k=3)]
            for root, key in asked:
                with work.apart(key < "n5"), new.apart(key < "n5"):
                    assert (work.idom(root, key), work.derives(root, key)) == (
                        new.idom(root, key),
                        new.derives(root, key),
                    )
            assert {k: work.users(k) for k in work.nodes} == {k: new.users(k) for k in new.nodes}


@pytest.mark.parametrize("step", [-1, 1], ids=["from behind", "from the front"])
def test_fusing_everywhere_costs_one_walk(step, monkeypatch):
    """Each fusion changes what stands behind it: only that is asked for again, and only where it is asked for."""
    walked = []
    extend = Dominators.extend

    def counted(self, rest):
        rest = list(rest)
        walked.extend(rest)
        extend(self, rest)

    monkeypatch.setattr(Dominators, "extend", counted)
    size = 600
    rows = {f"n{i}": (f"n{i - 1}" if i else "x",) for i in range(size)}
    work = Work(_graph(rows, f"n{size - 1}"))
    for i in range(1, size, 2)[::step]:
        start = work.idom("x", f"n{i - 1}")
        assert start is not None
        work.fuse({f"n{i - 1}", f"n{i}"}, f"n{i}", "feed_forward", [start])
    assert len(work.nodes) == size // 2 + 1
    assert len(walked) <= 2 * size
