"""What the rules of a changed edge share: the words for a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Finding, Related, Rule
from archcheck.rules.context import Context, name_of, word_of

if TYPE_CHECKING:
    from archcheck.diff import Edit
    from archcheck.graph import Graph


def value_text(graph: Graph, name: str) -> str:
    """A value in words: "the input", "the result of add"."""
    if name not in graph:
        return "another value"
    node = graph[name]
    if node.is_source:
        if node.op == "input" and name not in graph.inputs[:1]:
            return f"the input {node.name or node.id}"
        return name_of(node)
    return f"the result of {name_of(node)}"


def wrong_edge(rule: Rule, context: Context, edit: Edit, what: str, advice: str) -> Finding:
    """The finding about one operand: `what` is "the skip" or "the branch"."""
    spec, code = context.graphs(edit.within)
    reader, wanted = edit.expected
    expected = value_text(spec, wanted)
    found = value_text(code, edit.found[1]) if len(edit.found) > 1 else "nothing"
    if found == expected and code[edit.found[1]].op == "input":  # each is the first of its side
        expected, found = (f"the input {one.name or one.id}" for one in (spec[wanted], code[edit.found[1]]))
    node = code[edit.found[0]]
    message = f"{what} into {name_of(node)} is taken from {found}{context.inside(edit)}; "
    message += f"the figure takes it from {expected}"
    if len(edit.found) == 1:
        message = f"{name_of(node)} does not read {expected}{context.inside(edit)}; in the figure it does"
    image = dict(context.pairs(edit.within)).get(wanted)
    related: tuple[Related, ...] = ()
    if image is not None and image in code:
        related = (Related(f"{expected} of the figure is computed here", code[image].span),)
    if len(edit.found) > 1 and not code[edit.found[1]].is_source:
        related = (*related, Related(f"{found} is computed here", code[edit.found[1]].span))
    return Finding(
        rule.code,
        rule.name,
        rule.severity,
        message,
        expected=f"{spec[reader].op} reads {expected}",
        found=f"{node.op} reads {found}",
        related=related,
        at=context.code_span(edit),
        spec_at=context.spec_span(edit),
        advice=advice.format(value=expected),
        otherwise="If the code is right, name the value in the spec: `… as n` and "
        f"`{word_of(spec[reader])}(n)`.",
        label=f"{what} is {found}",
        spec_nodes=edit.expected[:1],
        code_nodes=edit.found[:1],
        edits=(edit,),
    )
