"""From edits to findings: one rule a file, the most specific first."""

from archcheck.rules.answers import ANSWERS, Answer
from archcheck.rules.base import ERROR, WARNING, Example, Finding, Related, Rule
from archcheck.rules.engine import RULES, findings, free_findings
from archcheck.rules.pages import codes, explain

__all__ = [
    "ANSWERS",
    "ERROR",
    "RULES",
    "WARNING",
    "Answer",
    "Example",
    "Finding",
    "Related",
    "Rule",
    "codes",
    "explain",
    "findings",
    "free_findings",
]
