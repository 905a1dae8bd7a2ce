"""Whether members of a list that were not built would show something that those that were built do not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archcheck.frontends.static.errors import Raised
from archcheck.graph import Graph, Node
from archcheck.graph.recording import ModuleInfo
from archcheck.graph.rows import rows

LONGEST = 24  # members up to which all are built for this
SMALL = 4  # operations of a member that may be less than a layer: such a list may be no stack


def parted(graph: Graph, modules: Sequence[ModuleInfo]) -> bool:
    """Whether a model computes something between the members of a list of which some were left out.

    Such members are no row that one of them and a number could stand for (a position that is added between layers).
    Nor are members that hold less than a layer.
    """
    for holder in modules:
        if not holder.container or not holder.length or holder.length > LONGEST:
            continue
        called = [m.path for m in modules if m.calls and m.path and m.path.rpartition(".")[0] == holder.path]
        members = _nodes(graph, called) if 1 < len(called) < holder.length else []
        small = bool(members) and len(members[0]) <= SMALL
        if small or (len(members) > 1 and len(rows(graph, members)) > 1):
            return True
    return False


def misses_a_member(error: Raised) -> bool:
    """Whether an error is that of a member that is not there: perhaps only because its round was left out."""
    numbered = re.search(r"no attribute '\w*\d'", error.message)
    return not {"IndexError", "KeyError"}.isdisjoint(error.names) or (
        "AttributeError" in error.names and numbered is not None
    )


def _nodes(graph: Graph, paths: Sequence[str]) -> list[list[Node]]:
    """The operations of each of these modules, of those that have any."""
    found: dict[str, list[Node]] = {path: [] for path in paths}
    for node in graph.nodes:
        for scope in node.scopes:
            if scope.path in found:
                found[scope.path].append(node)
                break
    return [nodes for nodes in found.values() if nodes]
