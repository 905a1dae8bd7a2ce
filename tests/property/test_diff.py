"""The diff on random graphs: a metric where it should be one, blind to spelling, and minimal."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archcheck.diff import Roles, align
from archcheck.diff.normalize import tidy
from archcheck.diff.words import replaces
from archcheck.graph import Graph, Node

UNARY = ("layer_norm", "rms_norm", "self_attention", "feed_forward", "dropout")


@st.composite
def graphs(draw: st.DrawFn, largest: int = 10, words: tuple[str, ...] = UNARY) -> Graph:
    nodes = [Node("x", ("input",), name="x")]
    for number in range(draw(st.integers(1, largest))):
        recent = st.integers(max(0, len(nodes) - 4), len(nodes) - 1)
        if number and draw(st.integers(0, 2)) == 0:
            args = (nodes[-1].id, nodes[draw(recent)].id)
            if args[0] != args[1]:
                nodes.append(Node(f"n{number}", ("add",), args))
                continue
        nodes.append(Node(f"n{number}", (draw(st.sampled_from(words)),), (nodes[draw(recent)].id,)))
    return tidy(Graph(tuple(nodes), ("x",), (nodes[-1].id,)), lambda _: False, commute=False)


def renamed(graph: Graph) -> Graph:
    names = {node.id: f"v{len(graph.nodes) - place}" for place, node in enumerate(graph.nodes)}
    nodes = tuple(replace(n, id=names[n.id], args=tuple(names[a] for a in n.args)) for n in graph.nodes)
    return Graph(nodes, tuple(names[i] for i in graph.inputs), tuple(names[o] for o in graph.outputs))


def shuffled(graph: Graph, picks: list[int]) -> Graph:
    """The same graph in another topological order, with the operands of every join turned round."""
    left = list(graph.nodes)
    done: set[str] = set()
    nodes: list[Node] = []
    for turn in range(len(left)):
        ready = [n for n in left if set(n.args) <= done]
        node = ready[picks[turn % len(picks)] % len(ready)]
        left.remove(node)
        done.add(node.id)
        nodes.append(replace(node, args=node.args[::-1]) if node.words == ("add",) else node)
    return replace(graph, nodes=tuple(nodes))


@given(graphs(12))
@settings(max_examples=100, deadline=None)
def test_a_graph_is_at_distance_zero_from_itself(graph: Graph) -> None:
    found = align(graph, graph, strict=True)
    assert (found.distance, found.edits, found.optimal) == (0, (), True)
    assert len(found.pairs) >= sum(1 for _ in graph.operations()) - 1


@given(graphs(12), st.lists(st.integers(0, 5), min_size=1))
@settings(max_examples=100, deadline=None)
def test_spelling_does_not_matter(graph: Graph, picks: list[int]) -> None:
    assert align(graph, renamed(graph)).distance == 0
    assert align(shuffled(graph, picks), graph).distance == 0


@given(graphs(6), graphs(6), st.lists(st.integers(0, 5), min_size=1))
@settings(max_examples=80, deadline=None)
def test_names_and_order_do_not_change_the_distance(left: Graph, right: Graph, picks: list[int]) -> None:
    found = align(left, right, strict=True)
    assert found.distance == len(found.edits)
    other = align(renamed(left), shuffled(right, picks), strict=True)
    if found.optimal and other.optimal:
        assert abs(other.cost - found.cost) < 0.008


@given(graphs(5), graphs(5))
@settings(max_examples=80, deadline=None)
def test_it_is_symmetric_on_closed_graphs(left: Graph, right: Graph) -> None:
    there, back = align(left, right, strict=True), align(right, left, strict=True)
    if there.optimal and back.optimal:
        assert abs(there.cost - back.cost) < 0.015


@given(graphs(9), graphs(9))
@settings(max_examples=80, deadline=None)
def test_zero_means_equal_graphs(left: Graph, right: Graph) -> None:
    found = align(left, right, strict=True)
    if found.distance == 0:
        assert sorted(n.op for n in left.nodes) == sorted(n.op for n in right.nodes)
        spec_of = found.spec_of | dict(zip(right.inputs, left.inputs, strict=True))
        for node in right.operations():
            own = sorted(spec_of[arg] for arg in node.args)
            assert own == sorted(left[spec_of[node.id]].args)


@given(graphs(4, ("layer_norm", "rms_norm", "self_attention")), graphs(4, ("layer_norm", "self_attention")))
@settings(max_examples=150, deadline=None)
def test_no_explanation_is_cheaper(left: Graph, right: Graph) -> None:
    assume(all(len(node.args) <= 2 for node in (*left.nodes, *right.nodes)))
    found = align(left, right, strict=True)
    cheapest = brute_force(left, right)
    assert found.cost <= cheapest + 0.05
    if {edit.kind for edit in found.edits} <= {"delete", "insert", "substitute", "rewire"}:
        assert abs(found.cost - cheapest) < 0.05


@given(graphs(14))
@settings(max_examples=100, deadline=None)
def test_every_node_has_a_place(graph: Graph) -> None:
    roles = Roles(graph)
    for node in graph.operations():
        place = roles.place(node.id)
        assert (place.position == "stream") == (place.join is None)


# -- every explanation without moves and cuts, one by one -------------------------------------------------


def brute_force(left: Graph, right: Graph) -> float:
    """The cheapest cost over all partial pairings, all bypasses and all orders of operands."""
    own = [n for n in left.nodes if n.args]
    other = [n for n in right.nodes if n.args]
    best = float("inf")
    for pairing in _pairings(own, other):
        free = [(True, n) for n in own if n.id not in pairing]
        free += [(False, n) for n in other if n.id not in pairing.values()]
        joins = [left[s] for s in pairing if left[s].words == ("add",)]
        for picks in product(*[range(len(n.args)) for _, n in free]):
            bypass = {(on_left, n.id): n.args[p] for (on_left, n), p in zip(free, picks, strict=True)}
            for turns in product((False, True), repeat=len(joins)):
                turned = {n.id for n, turn in zip(joins, turns, strict=True) if turn}
                best = min(best, _price(left, right, pairing, bypass, turned))
    return best


def _pairings(own: list[Node], other: list[Node]) -> list[dict[str, str]]:
    found = []
    padded = [*other, *[None] * len(own)]
    seen = set()
    for chosen in permutations(padded, len(own)):
        pairing = {s.id: c.id for s, c in zip(own, chosen, strict=True) if c is not None}
        name = tuple(sorted(pairing.items()))
        fits = all(_fits(s, c) for s, c in zip(own, chosen, strict=True) if c is not None)
        if fits and name not in seen:
            seen.add(name)
            found.append(pairing)
    return found


def _fits(s: Node, c: Node) -> bool:
    return len(s.args) == len(c.args) and (s.words == c.words or replaces(s, c))


def _price(
    left: Graph, right: Graph, pairing: dict[str, str], bypass: dict[tuple[bool, str], str], turned: set[str]
) -> float:
    cost = 0.0
    paid: set[tuple[bool, str]] = set()
    paired = {"x": "x"} | pairing
    back = {c: s for s, c in paired.items()}

    def resolve(on_left: bool, value: str) -> str:
        nonlocal cost
        while (on_left, value) in bypass:
            if (on_left, value) not in paid:
                paid.add((on_left, value))
                cost += max(1, len((left if on_left else right)[value].args) - 1)  # one for each lost operand
            value = bypass[on_left, value]
        return value

    edges = [(resolve(True, left.outputs[0]), resolve(False, right.outputs[0]))]
    wanted = {edges[0][0]}, {edges[0][1]}
    done = {"x"}
    while True:
        ready = [s for s in wanted[0] if s not in done and paired[s] in wanted[1]]
        if not ready:
            break
        s = ready[0]
        done.add(s)
        c = paired[s]
        cost += left[s].words != right[c].words
        given = right[c].args[::-1] if s in turned else right[c].args
        for a, b in zip(left[s].args, given, strict=True):
            edge = resolve(True, a), resolve(False, b)
            edges.append(edge)
            wanted[0].add(edge[0])
            wanted[1].add(edge[1])
    if not wanted[0] <= done or any(back[c] not in done for c in wanted[1]):
        return float("inf")
    cost += _boxes_lost(left, wanted[0], True, paid) + _boxes_lost(right, wanted[1], False, paid)
    return cost + sum(1.01 for s, c in edges if paired[s] != c)


def _boxes_lost(graph: Graph, wanted: set[str], on_left: bool, paid: set[tuple[bool, str]]) -> int:
    """Sublayers that nobody reads any more, but for one with each join that was bypassed."""
    joins = sum(len(graph[value].args) == 2 for side, value in paid if side == on_left)
    lost = [n for n in graph.operations() if n.id not in wanted and (on_left, n.id) not in paid]
    return max(0, sum(n.words == ("self_attention",) for n in lost) - joins)
