"""What the three rules of a moved norm share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.rules.base import Finding, Rule
from archcheck.rules.context import Context, name_of
from archcheck.vocabulary import is_a

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archcheck.diff import Edit, Place

# Behind an add is the stream, also where that add lies in the branch of a residual around it.
ON_A_STREAM = ("stream", "branch")


def moved_norms(context: Context) -> Iterator[tuple[Edit, Place, Place]]:
    """The moves of norms, with the place in the figure and the place in the code."""
    for edit in context.of_kind("move"):
        node = context.code_nodes(edit)[0]
        if is_a(node.words[0], "norm") and edit.expected_place and edit.found_place:
            yield edit, edit.expected_place, edit.found_place


def moved(rule: Rule, context: Context, edit: Edit, advice: str, otherwise: str = "") -> Finding:
    """The finding about one node that stands in another place than in the figure."""
    want, node = context.spec_nodes(edit)[0], context.code_nodes(edit)[0]
    expected, found = context.places(edit)
    return Finding(
        rule.code,
        rule.name,
        rule.severity,
        f"{name_of(node)} is {found}{context.inside(edit)}; the figure has it {expected}",
        expected=f"{want.op} {expected}",
        found=f"{node.op} {found}",
        at=context.code_span(edit),
        spec_at=context.spec_span(edit),
        advice=advice,
        otherwise=otherwise,
        label=found,
        spec_nodes=edit.expected,
        code_nodes=edit.found,
        edits=(edit,),
    )
