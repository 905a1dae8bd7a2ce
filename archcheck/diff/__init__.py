"""The comparison of two graphs: `align` says what differs, in edits; `Roles` says where a node stands."""

from archcheck.diff.compare import align, align_order, align_within
from archcheck.diff.opened import align_opened
from archcheck.diff.roles import Roles
from archcheck.diff.stacked import with_stacks
from archcheck.diff.types import Alignment, Edit, Place, Rejected

__all__ = [
    "Alignment",
    "Edit",
    "Place",
    "Rejected",
    "Roles",
    "align",
    "align_opened",
    "align_order",
    "align_within",
    "with_stacks",
]
