"""The canonical graph: frozen values that both front ends, the spec and the diff share.

This package knows nothing of YAML, torch or source code.
"""

from archcheck.graph.types import Frame, Graph, Literal, Node, Option, Scope, Span, Unresolved
from archcheck.graph.walk import upstream

__all__ = ["Frame", "Graph", "Literal", "Node", "Option", "Scope", "Span", "Unresolved", "upstream"]
