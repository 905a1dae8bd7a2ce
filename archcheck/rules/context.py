"""What a rule may ask: the edits nobody has claimed, the graphs they speak of, and the words for places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcheck.diff import Alignment, Edit, Place, Roles
from archcheck.vocabulary import family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archcheck.diff.types import Within
    from archcheck.graph import Graph, Node, Span
    from archcheck.graph.recording import ModuleInfo

_PLAIN = {"input": "the input", "parameter": "a parameter", "positional": "the position table"}


def name_of(node: Node) -> str:
    """The word of a node, with its name in the code where it has one."""
    word = _PLAIN.get(node.op, node.op)
    return f"{word} ({node.name})" if node.name and node.op not in _PLAIN and node.name != node.op else word


def word_of(node: Node) -> str:
    """The word of a node without its name, as text: `layer_norm`, `layer_norm or rms_norm`."""
    return " or ".join(_PLAIN.get(word, word) for word in node.words)


@dataclass
class Context:
    """One alignment, while the rules share out its edits."""

    alignment: Alignment
    spec: Graph
    code: Graph
    modules: Sequence[ModuleInfo] = ()
    open: list[Edit] = field(default_factory=list)
    _roles: dict[int, Roles] = field(default_factory=dict)

    def of_kind(self, *kinds: str) -> list[Edit]:
        """The edits of these kinds that nobody has claimed yet."""
        return [edit for edit in self.open if edit.kind in kinds]

    # -- graphs -------------------------------------------------------------------------------------

    def graphs(self, within: Within) -> tuple[Graph, Graph]:
        """Both graphs of the level of an edit."""
        spec, code = self.spec, self.code
        for s, c in within:
            inside, other = spec[s].inner, code[c].inner
            assert inside is not None
            assert other is not None
            spec, code = inside, other
        return spec, code

    def pairs(self, within: Within) -> tuple[tuple[str, str], ...]:
        """The pairs of one level."""
        if not within:
            return self.alignment.pairs
        return dict(self.alignment.inner).get(within, ())

    def roles(self, graph: Graph) -> Roles:
        """The decomposition of a graph, computed once."""
        if id(graph) not in self._roles:
            self._roles[id(graph)] = Roles(graph)
        return self._roles[id(graph)]

    def spec_nodes(self, edit: Edit) -> list[Node]:
        """The nodes of the spec that an edit speaks of."""
        graph = self.graphs(edit.within)[0]
        return [graph[name] for name in edit.expected if name in graph]

    def code_nodes(self, edit: Edit) -> list[Node]:
        """The nodes of the code that an edit speaks of."""
        graph = self.graphs(edit.within)[1]
        return [graph[name] for name in edit.found if name in graph]

    def same_join(self, edit: Edit, spec_join: str | None, code_join: str | None) -> bool:
        """Whether two joins stand for each other (or there is none on either side)."""
        if spec_join is None or code_join is None:
            return spec_join is None and code_join is None
        return (spec_join, code_join) in self.pairs(edit.within)

    # -- places -------------------------------------------------------------------------------------

    def code_span(self, edit: Edit) -> Span | None:
        """The place in the code: of what was found, else of the nearest neighbour, else of the box."""
        graph = self.graphs(edit.within)[1]
        names = [*edit.found, *([edit.near[1]] if edit.near else [])]
        return _span(graph, names) or self._box(edit, 1)

    def spec_span(self, edit: Edit) -> Span | None:
        """The place in the spec: of what was expected, else of the nearest neighbour, else of the box."""
        graph = self.graphs(edit.within)[0]
        names = [*edit.expected, *([edit.near[0]] if edit.near else [])]
        return _span(graph, names) or self._box(edit, 0)

    def _box(self, edit: Edit, which: int) -> Span | None:
        for depth in range(len(edit.within), 0, -1):
            graph = self.graphs(edit.within[: depth - 1])[which]
            node = graph[edit.within[depth - 1][which]]
            if node.span is not None:
                return node.span
        return None

    def core(self, graph: Graph, place: Place) -> Node | None:
        """The sublayer of the branch at this place."""
        if place.join is None or place.join not in graph:
            return None
        roles = self.roles(graph)
        join = roles.index[place.join]
        inside = roles.interior.get(join, 0)
        cores = [n for p, n in enumerate(graph.nodes) if inside >> p & 1 and roles.is_core[p]]
        boxes = [n for n in cores if family(n.words[0]) == "sublayer"]
        chosen = boxes or cores
        return chosen[0] if chosen else None

    def where(self, graph: Graph, node: str, place: Place | None) -> str:
        """A place in words: "on the stream, after the add", "inside the branch before self_attention"."""
        if place is None:
            return ""
        if place.position == "stream":
            if place.previous is not None and place.previous in graph:
                return f"on the stream, after the {word_of(graph[place.previous])}"
            if place.next is not None and place.next in graph:
                return f"on the stream, before the {word_of(graph[place.next])}"
            return self._beside(graph, node)
        join = word_of(graph[place.join]) if place.join in graph else "join"  # type: ignore[index]
        if place.position == "skip":
            return f"on the skip into the {join}"
        core = self.core(graph, place)
        if core is None or core.id == node or place.side not in ("before", "after"):
            return f"inside the branch into the {join}"
        return f"inside the branch {place.side} {word_of(core)}"

    def places(self, edit: Edit) -> tuple[str, str]:
        """Where the figure and the code have a node; where the words are the same, with the sublayer beside it."""
        spec, code = self.graphs(edit.within)
        expected = self.where(spec, edit.expected[0], edit.expected_place)
        found = self.where(code, edit.found[0], edit.found_place)
        if expected == found:
            expected += self._of_sublayer(spec, edit.expected_place)
            found += self._of_sublayer(code, edit.found_place)
        return expected, found

    def _of_sublayer(self, graph: Graph, place: Place | None) -> str:
        """` of self_attention`, for a place beside the join of an attention."""
        join = place and (place.join or place.previous or place.next)
        core = self.core(graph, Place("branch", join)) if join else None
        return f" of {word_of(core)}" if core is not None else ""

    def _beside(self, graph: Graph, node: str) -> str:
        readers = graph.users.get(node, ())
        if node in graph and graph[node].args and not graph[graph[node].args[0]].is_source:
            return f"after {word_of(graph[graph[node].args[0]])}"
        return f"before {word_of(graph[readers[0]])}" if readers else "on the stream"

    def inside(self, edit: Edit) -> str:
        """` in feed_forward`, where the edit lies inside of a box, else nothing."""
        if not edit.within:
            return ""
        graph = self.graphs(edit.within[:-1])[0]
        return f" in {word_of(graph[edit.within[-1][0]])}"


def _span(graph: Graph, names: Sequence[str]) -> Span | None:
    for name in names:
        if name in graph and graph[name].span is not None:
            return graph[name].span
    return None
