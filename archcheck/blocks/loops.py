"""Layers without a list: the body of a loop in a forward, whose parts stand in several lists (XLM, Flaubert).

The forward is that of the model or of a part that runs the layers for it.
Or the loop takes one attribute after the other, by name and number (`getattr(self, f"layer_{i}")`).

What the operations of one round are is told by the lines of forward on which they stand: when a loop's body begins
anew, so does a round. Each round gets a scope of its own, as if it were the call of a module.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from archcheck.graph import Frame, Node, Scope, Span
from archcheck.graph.recording import ModuleInfo, Recording
from archcheck.syntax import parsed_file, walk

NUMBERED = re.compile(r"(\w*?[^\W\d_])_?(\d+)")  # `layer_3`
LOOP = "loop"  # the class of a loop as a container of its rounds


@dataclass
class _Loop:
    """One loop of a forward, the operations of its rounds, and which of each one's frames stands in the loop."""

    file: str
    node: ast.For
    owner: tuple[Scope, ...]  # the module whose forward it is, and what that stands in
    rounds: list[dict[str, int]] = field(default_factory=list)
    last: int = 0
    calls: list[tuple[str, int]] = field(default_factory=list)  # of the parts, as they come
    called: dict[Span, str] = field(default_factory=dict)  # which part each place of this round called

    @property
    def prefix(self) -> str:
        """What the paths of the owner's parts begin with."""
        path = self.owner[-1].path
        return f"{path}." if path else ""

    def part(self, node: Node) -> str:
        """The name of the owner's part in which an operation stands, "" if in none."""
        inside = node.scopes[len(self.owner) :]
        return inside[0].path.removeprefix(self.prefix) if inside else ""

    def add(self, node: Node, position: int) -> None:
        """Put an operation into its round: a statement that stands before the last one begins another.

        So does a further call of the only part that runs, and a call that was another part's in this round.
        """
        place, part = node.frames[position].span, self.part(node)
        statement = max(i for i, s in enumerate(self.node.body) if s.lineno <= place.line)
        another = self.called.get(place, part) != part and _runs_once(self.node.body[statement])
        if not self.rounds or statement < self.last or another or self._again(node):
            self.rounds.append({})
            self.called.clear()
        self.last = statement
        self.called[place] = part
        self.rounds[-1][node.id] = position

    def _again(self, node: Node) -> bool:
        """Whether an operation is the first of another call of the only part that was called."""
        inside = node.scopes[len(self.owner) :]
        call = (inside[0].path, inside[0].call) if inside else ("", 0)
        if self.calls and call == self.calls[-1]:
            return False
        self.calls.append(call)
        return len(self.calls) > 1 and len({path for path, _ in self.calls}) == 1


@dataclass(frozen=True)
class _Numbered:
    """The rounds of a loop over attributes, by their numbers; the name without them."""

    name: str
    rounds: dict[int, dict[str, int]]


def with_rounds(recording: Recording) -> Recording | None:
    """The recording with a scope for each round of the loops that run several parts a round; None without one.

    A round may also run one part, if that is another attribute in each, or the same in all.
    """
    nodes = recording.graph.by_id
    found: list[tuple[_Loop, _Numbered | None]] = []
    for loop in _loops(recording.graph.nodes):
        named = _numbered(nodes, loop)
        rounds = [_parts(nodes, loop, one) for one in loop.rounds]
        again = all(paths == rounds[0] for paths in rounds)  # one part in each round: layers that share all
        if named or (len(rounds) > 1 and all(len(paths) > 1 or (again and paths) for paths in rounds)):
            found.append((loop, named))
    if not found:
        return None
    known = {module.path for module in recording.modules}
    changed: dict[str, Node] = {}
    facts: list[ModuleInfo] = []
    for loop, named in found:
        name = loop.prefix + (named.name if named else _name(loop, known))
        places = named.rounds if named else dict(enumerate(loop.rounds))
        known.add(name)
        span = Span(loop.file, loop.node.lineno, 1, loop.node.end_lineno or loop.node.lineno)
        parts = _parts(nodes, loop, loop.rounds[0])
        # Which rounds were left out is not told where all run the same part.
        length = None if named else 0 if len(parts) == 1 else _length(recording, loop, parts, len(places))
        holder = ModuleInfo(name, LOOP, -1, span, container=True, length=length)
        scopes = scopes_of(recording, holder, dict.fromkeys(places, span), facts)
        for number, members in places.items():
            scope, depth = scopes[number], len(loop.owner)
            changed |= {key: inside(nodes[key], position, scope, depth) for key, position in members.items()}
    return with_changed(recording, changed, facts)


def scopes_of(
    recording: Recording, holder: ModuleInfo, spans: Mapping[int, Span | None], facts: list[ModuleInfo]
) -> dict[int, Scope]:
    """The scopes of a stack's rounds by their numbers, as if each were the call of a module; `facts` tell of them."""
    own = recording.modules[0].cls if recording.modules else recording.name
    scopes = {n: Scope(f"{holder.path}.{n}", f"{own}.{holder.path}", -2 - n) for n in spans}
    facts.append(holder)
    facts += (ModuleInfo(s.path, s.cls, s.instance, spans[n], calls=1) for n, s in scopes.items())
    return scopes


def with_changed(recording: Recording, changed: Mapping[str, Node], facts: Sequence[ModuleInfo]) -> Recording:
    """A recording with other nodes in the places of these, and with these modules beside its own."""
    graph = replace(recording.graph, nodes=tuple(changed.get(n.id, n) for n in recording.graph.nodes))
    return replace(recording, graph=graph, modules=(*recording.modules, *facts))


def _loops(nodes: Sequence[Node]) -> list[_Loop]:
    """The outermost loops in whose bodies a forward, or a helper of it, computed something."""
    found: dict[tuple[str, int, str], _Loop] = {}
    for node in nodes:
        for position, frame in enumerate(node.frames):
            owner = node.scopes[: frame.depth]
            loop = _loop_at(frame) if owner else None
            if loop is not None:
                key = (frame.span.file, loop.lineno, owner[-1].path)
                found.setdefault(key, _Loop(frame.span.file, loop, owner)).add(node, position)
                break
    return list(found.values())


def _runs_once(statement: ast.stmt) -> bool:
    """Whether no part of a statement runs several times."""
    return not any(isinstance(n, (ast.For, ast.While, ast.comprehension)) for n in walk(statement))


def _loop_at(frame: Frame) -> ast.For | None:
    """The outermost loop whose body holds the line of a frame."""
    line = frame.span.line
    loops = _loops_of(frame.span.file)
    return next((loop for loop in loops if loop.body[0].lineno <= line <= (loop.end_lineno or 0)), None)


def _loops_of(file: str) -> tuple[ast.For, ...]:
    """The loops of a file that stand in no other loop; none of a file that cannot be read."""
    try:
        return _outermost(parsed_file(file))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


@lru_cache(maxsize=4)
def _outermost(tree: ast.Module) -> tuple[ast.For, ...]:
    found: list[ast.For] = []
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.For):
            found.append(node)
        else:  # statements alone hold loops
            todo.extend(
                s
                for s in ast.iter_child_nodes(node)
                if isinstance(s, (ast.stmt, ast.ExceptHandler, ast.match_case))
            )
    return tuple(found)


def _parts(nodes: dict[str, Node], loop: _Loop, members: dict[str, int]) -> set[str]:
    """The names of the modules that a round calls itself."""
    return {loop.part(nodes[key]) for key in members} - {""}


def _numbered(nodes: dict[str, Node], loop: _Loop) -> _Numbered | None:
    """The rounds of a loop that runs one attribute after the other; None of another loop."""
    found: dict[int, dict[str, int]] = {}
    names = set()
    for key, position in (item for one in loop.rounds for item in one.items()):
        match = NUMBERED.fullmatch(loop.part(nodes[key]))
        if match is None:
            return None
        names.add(match[1])
        found.setdefault(int(match[2]), {})[key] = position
    return _Numbered(names.pop(), found) if len(names) == 1 and len(found) > 1 else None


def _name(loop: _Loop, known: set[str]) -> str:
    name = loop.node.target.id if isinstance(loop.node.target, ast.Name) else ""
    unnamed = not name.strip("_") or loop.prefix + name in known
    return f"loop_{loop.node.lineno}" if unnamed else name


def _length(recording: Recording, loop: _Loop, parts: set[str], rounds: int) -> int | None:
    """How many rounds there are: as many as the lists from which a round takes its parts have members.

    None where the rounds that were run are all, 0 where neither a length nor the members tell.
    """
    holders = {loop.prefix + part.partition(".")[0] for part in parts if "." in part}
    lists = [m for m in recording.modules if m.container and m.path in holders]
    lengths = [m.length for m in lists if m.length is not None]
    starts = [f"{holder}." for holder in holders]
    members = {
        module.path.removeprefix(start).partition(".")[0]
        for module in recording.modules
        for start in starts
        if module.path.startswith(start)
    }
    return max(lengths) if lengths else None if len(members) == rounds else 0


def inside(node: Node, position: int, scope: Scope, depth: int) -> Node:
    """A node in the scope of a round; what it stands in from the loop on is one scope deeper."""
    frames = tuple(
        Frame(frame.span, frame.depth + (place >= position)) for place, frame in enumerate(node.frames)
    )
    return replace(node, scopes=(*node.scopes[:depth], scope, *node.scopes[depth:]), frames=frames)
