"""Which catalogue specs a block may be near to, told without reading the specs.

`specs/index.json` holds how many operations of each kind every spec has, so that one mismatch does not read the
whole catalogue. An entry is used only while the spec's file is the one that it was made from; a spec without
such an entry is read. `python tools/pages.py` writes the index.
"""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archcheck.spec import catalogue
from archcheck.vocabulary import ON_DEMAND, ancestors, family

if TYPE_CHECKING:
    from collections.abc import Collection

    from archcheck.graph import Graph, Node
    from archcheck.spec import Spec

INDEX = "index.json"
MANY_TIMES, MORE = 3, 12  # a code that is so much larger than a block of a spec is nowhere near to it
LOOKED_AT = 10  # blocks of specs that are compared, where fewer may fit


# What orders specs at the same distance: patterns first, then the most specific, the earliest paper, the name.
Rank = tuple[bool, int, str, str]


@dataclass(frozen=True)
class Candidate:
    """A block of a catalogue spec, as the index has it: how many operations of each kind it names, and its rank.

    An operation counts for its word and for each that the word is a kind of.
    """

    spec: str
    block: int
    most: Counter[str]  # of all its operations, by family
    must: Counter[str]  # of those that are not optional, by word
    inside: Counter[str]  # of those that are not optional in its opened feed-forwards, by word
    normed: int | None  # how many sublayers read a norm; None where it is open
    ignore: tuple[str, ...]
    rank: Rank

    def apart(self, have: Counter[str], inside: Counter[str] | None, normed: int) -> tuple[int, bool]:
        """In how many operations a code that has these must differ at least; whether inside its boxes, too."""
        lacking = self.must - have
        missing = sum(n for word, n in lacking.items() if word == family(word))
        extra = (Counter({word: n for word, n in have.items() if word == family(word)}) - self.most).items()
        added = sum(n for word, n in extra if word not in ON_DEMAND and word not in self.ignore)
        unlike = inside is not None and self.inside - inside
        return missing + added or int(bool(lacking) or self.normed not in (None, normed)), bool(unlike)


def likely(graph: Graph) -> tuple[list[Candidate], list[Candidate]]:
    """The blocks of the catalogue that a code's graph may be equal to, by rank; some more, the nearest first.

    Those that are much smaller than the code are left out.
    """
    have = Counter(kind for n in graph.operations() for kind in ancestors(n.words[0]))
    inside, normed = _inside(graph), _normed(graph)
    size = sum(n for word, n in have.items() if word == family(word) and word not in ON_DEMAND)
    near = [one for one in _candidates() if size <= MANY_TIMES * one.most.total() + MORE]
    rows = [(*one.apart(have, inside, normed), one.rank, one.block, one) for one in near]
    rows.sort(key=lambda row: (row[0], not row[0] and row[1], *row[2:4]))
    fitting = [one for count, unlike, *_, one in rows if not count and not unlike]
    looked_at = max(LOOKED_AT, sum(not count for count, *_ in rows))
    return fitting, [one for *_, one in rows[len(fitting) : looked_at]]


@lru_cache(maxsize=128)
def load(name: str) -> tuple[Spec, tuple[Graph, ...]]:
    """A spec of the catalogue with the graphs of its blocks, boxed as code is."""
    from archcheck.lift import boxed

    spec = catalogue.load(name)
    return spec, tuple(map(boxed, spec.graphs().values())) if spec.block_names else ()


def index() -> str:
    """The text of the index as the specs are now: a line for each."""
    import json

    lines = [f"{json.dumps(name)}: {json.dumps(_entry(name), sort_keys=True)}" for name in catalogue.names()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


@lru_cache(maxsize=1)
def _candidates() -> tuple[Candidate, ...]:
    import json  # only where there is something to tell: the command starts fast

    try:
        written = json.loads((catalogue.directory() / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # no index, or none that can be read: every spec is read
        written = {}
    found = []
    for name in catalogue.names():
        entry = written.get(name)
        if entry is None or entry["digest"] != _digest(name):
            entry = _entry(name)
        for number, block in enumerate(entry["blocks"]):
            rank = (not entry["pattern"], -block["specificity"], entry["paper"], name)
            most, must, inside = (Counter(block[key]) for key in ("most", "must", "inside"))
            ignore = tuple(entry["ignore"])
            found.append(Candidate(name, number, most, must, inside, block["normed"], ignore, rank))
    return tuple(found)


def _entry(name: str) -> dict[str, Any]:
    spec, graphs = load(name)
    paper = spec.figure.paper
    return {
        "digest": _digest(name),
        "ignore": spec.ignore,
        "pattern": spec.pattern,
        "paper": paper if paper.startswith("arXiv:") else "~",  # those that have no number come last
        "blocks": [_counts(graph, spec.ignore) for graph in graphs],
    }


def _counts(graph: Graph, ignore: Collection[str]) -> dict[str, Any]:
    optional = _optional(graph)
    asked = [n for n in graph.operations() if not ON_DEMAND.union(ignore).intersection(ancestors(n.words[0]))]
    needed = [n for n in asked if n.id not in optional]
    return {
        "inside": Counter(kind for n in _opened(needed, ignore) for kind in _shared(n.words)),
        "most": Counter(family(n.words[0]) for n in asked),
        "must": Counter(kind for n in needed for kind in _shared(n.words)),
        # an optional step may stand between two that are needed
        "normed": None if ignore or len(needed) < len(asked) else _normed(graph),
        # how much it says of the block itself: the depth of its words in the hierarchy
        "specificity": sum(
            min(len(ancestors(w)) for w in n.words) for n in graph.operations() if n.id not in optional
        ),
    }


def _shared(words: tuple[str, ...]) -> list[str]:
    """What every choice is a kind of."""
    return [kind for kind in ancestors(words[0]) if all(kind in ancestors(word) for word in words)]


def _optional(graph: Graph) -> set[str]:
    return {node for option in graph.options for node in option.nodes}


def _opened(boxes: Collection[Node], ignore: Collection[str]) -> list[Node]:
    """What the opened feed-forwards among these must hold."""
    inner = [n.inner for n in boxes if n.inner is not None and "feed_forward" in _shared(n.words)]
    whole = [(graph, _optional(graph)) for graph in inner]
    return [
        n for graph, optional in whole for n in graph.operations()
        if n.id not in optional and not ON_DEMAND.union(ignore).intersection(ancestors(n.words[0]))
    ]  # fmt: skip


def _inside(graph: Graph) -> Counter[str] | None:
    """The operations in a code's feed-forwards, by word; None where one of them cannot be seen into."""
    boxes = [n for n in graph.operations() if "feed_forward" in ancestors(n.words[0])]
    if any(n.inner is None for n in boxes):
        return None
    inner = [n for box in boxes if box.inner is not None for n in box.inner.operations()]
    return Counter(kind for n in inner for kind in ancestors(n.words[0]))


def _normed(graph: Graph) -> int:
    """How many sublayers read the result of a norm, whatever dropout stands between."""
    kinds: dict[str, str] = {}
    for n in graph.nodes:
        passes = n.args and (n.noop or family(n.words[0]) in ON_DEMAND)
        kinds[n.id] = kinds.get(n.args[0], "") if passes else family(n.words[0])
    return sum(
        kinds[n.id] == "sublayer" and kinds.get(n.args[0]) == "norm" for n in graph.operations() if n.args
    )


def _digest(name: str) -> str:
    """Tells a spec's file from an older one; a cryptographic hash would take longer to import than to compute."""
    text = (catalogue.directory() / f"{name}.yaml").read_bytes()
    return f"{zlib.crc32(text):08x}-{len(text)}"
