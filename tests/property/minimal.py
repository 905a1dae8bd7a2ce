"""Are the edits truly minimal? The diff against the exhaustive search, on seeded random pairs of graphs.

python -m tests.property.minimal --pairs 10000 --seed 1
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from archcheck.diff import Alignment
from archcheck.diff.compare import _Comparison
from archcheck.diff.normalize import tidy
from archcheck.graph import Graph, Node
from tests.property.exhaustive import cheapest

WORDS = ("layer_norm", "rms_norm", "self_attention", "feed_forward", "linear", "relu", "dropout", "scale")
LARGEST = 7
SAME = 0.006  # ties: which of two equal steps is called the missing one


def random_graph(draw: random.Random) -> Graph:
    """A graph of up to seven operations whose operations mostly read the latest values."""
    nodes = [Node("x", ("input",), name="x")]
    wanted = draw.randint(1, LARGEST)
    words = draw.sample(WORDS, draw.randint(2, 4))
    while len(nodes) <= wanted:
        recent = nodes[-draw.randint(1, min(4, len(nodes))) :][0].id
        name = f"n{len(nodes)}"
        if len(nodes) > 1 and recent != nodes[-1].id and draw.random() < 0.6:
            nodes.append(Node(name, (draw.choice(("add", "add", "add", "mul")),), (nodes[-1].id, recent)))
        else:
            nodes.append(
                Node(name, (draw.choice(words),), ((nodes[-1].id if draw.random() < 0.8 else recent),))
            )
    return _tidy(Graph(tuple(nodes), ("x",), (nodes[-1].id,)))


def _tidy(graph: Graph) -> Graph:
    return tidy(graph, lambda _: False, commute=False)


def changed(graph: Graph, draw: random.Random) -> Graph:
    """The graph after a few random changes: a step left out, put in, renamed, or an edge led elsewhere."""
    nodes = list(graph.nodes)
    for turn in range(draw.randint(1, 3)):
        places = [p for p, n in enumerate(nodes) if n.args]
        if not places:
            break
        place = draw.choice(places)
        node, kind = nodes[place], draw.randrange(4)
        if kind == 0:
            nodes = [_reading(n, node.id, node.args[0]) for n in nodes if n.id != node.id]
        elif kind == 1 and len(nodes) <= LARGEST:
            new = Node(f"m{turn}", (draw.choice(WORDS),), (node.id,))
            after = [_reading(n, node.id, new.id) for n in nodes[place + 1 :]]
            nodes = [*nodes[: place + 1], new, *after]
        elif kind == 2 and len(node.args) == 1:
            nodes[place] = replace(node, words=(draw.choice(WORDS),))
        elif kind == 3:
            spot = draw.randrange(len(node.args))
            args = list(node.args)
            args[spot] = nodes[draw.randrange(place)].id
            if len(set(args)) == len(args):
                nodes[place] = replace(node, args=tuple(args))
    return _tidy(Graph(tuple(nodes), graph.inputs, (nodes[-1].id,)))


def _reading(node: Node, old: str, new: str) -> Node:
    return replace(node, args=tuple(new if a == old else a for a in node.args))


def pairs(count: int, seed: int) -> Iterator[tuple[Graph, Graph]]:
    """Seeded pairs: two unrelated graphs, or one and a changed copy of it, in turn."""
    draw = random.Random(seed)
    for turn in range(count):
        left = random_graph(draw)
        yield left, (random_graph(draw) if turn % 2 else changed(left, draw))


@dataclass(frozen=True)
class Verdict:
    """What both say about one pair."""

    left: Graph
    right: Graph
    found: Alignment
    least: float

    @property
    def agrees(self) -> bool:
        """Whether the diff found an explanation that costs what the cheapest costs."""
        return self.found.optimal and abs(self.found.cost - self.least) < SAME


def compare(left: Graph, right: Graph) -> Verdict:
    """Both answers, for graphs without branches that could be put in sequence."""
    found = _Comparison(True, (), 10**6).level(left, right, 0)
    return Verdict(left, right, found, cheapest(left, right, limit=found.cost + 0.5))


def text(graph: Graph) -> str:
    """A graph on one line."""
    return "; ".join(f"{n.id}={n.op}({','.join(n.args)})" for n in graph.nodes if n.args) or "nothing"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5)
    options = parser.parse_args()
    distances: Counter[int] = Counter()
    wrong = []
    for left, right in pairs(options.pairs, options.seed):
        verdict = compare(left, right)
        distances[verdict.found.distance] += 1
        if not verdict.agrees:
            wrong.append(verdict)
    print(f"{options.pairs} pairs of up to {LARGEST} operations, seed {options.seed}")
    print("distances:", ", ".join(f"{d}: {n}" for d, n in sorted(distances.items())))
    print(f"{len(wrong)} of them where the exhaustive search disagrees")
    for one in wrong[: options.show]:
        print(f"  diff {one.found.cost:.4f}, least {one.least:.4f}, proved {one.found.optimal}")
        print(f"    {text(one.left)}\n    {text(one.right)}")
        print("    " + ", ".join(f"{e.kind} {e.expected} {e.found}" for e in one.found.edits))


if __name__ == "__main__":
    main()
