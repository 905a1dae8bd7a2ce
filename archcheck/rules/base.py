"""What a finding is, and what every rule is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archcheck.diff import Edit
    from archcheck.graph import Span
    from archcheck.rules.context import Context

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Related:
    """A further place that explains a finding."""

    message: str
    at: Span | None = None

    def to_dict(self) -> dict[str, Any]:
        """One entry of `related` of a FINDING."""
        return {"message": self.message, "at": self.at.to_dict() if self.at else None}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a reader should look at.

    `expected` and `found` say in words what the figure has and what the code has; `at` is the place in
    the code (for a missing thing its nearest neighbour), `spec_at` the place in the spec. `advice` says
    how to follow the figure, `otherwise` what to write where the code is right; `label` is the short text
    beside the marked code. `spec_nodes` and `code_nodes` are the nodes that it speaks of, `topic` what
    a finding without a spec is about (the family, or the path of a module).
    """

    code: str
    rule: str
    severity: str
    message: str
    expected: str = ""
    found: str = ""
    related: tuple[Related, ...] = ()
    at: Span | None = None
    spec_at: Span | None = None
    fixable: bool = False
    advice: str = ""
    otherwise: str = ""
    label: str = ""
    spec_nodes: tuple[str, ...] = ()
    code_nodes: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    topic: str = ""

    def to_dict(self) -> dict[str, Any]:
        """FINDING of the JSON contracts."""
        return {
            "code": self.code,
            "rule": self.rule,
            "severity": self.severity,
            "message": self.message,
            "expected": self.expected,
            "found": self.found,
            "related": [one.to_dict() for one in self.related],
            "at": self.at.to_dict() if self.at else None,
            "spec_at": self.spec_at.to_dict() if self.spec_at else None,
            "fixable": self.fixable,
            "advice": self.advice,
        }


@dataclass(frozen=True, slots=True)
class Example:
    """A spec and a code, both in the notation; tests run them, pages show them."""

    spec: str
    code: str


class Rule(ABC):
    """One kind of difference. The docstring of the class is its page.

    `VALID` are examples without this finding, `INVALID` examples with it.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[str] = ERROR
    VALID: ClassVar[tuple[Example, ...]] = ()
    INVALID: ClassVar[tuple[Example, ...]] = ()

    @abstractmethod
    def claim(self, context: Context) -> Iterable[Finding]:
        """The findings that explain some of the edits that nobody claimed yet (`context.open`).

        A finding names the edits that it explains in `edits`.
        """
