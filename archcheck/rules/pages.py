"""The manual page of every code, made from the rules themselves."""

from __future__ import annotations

from difflib import get_close_matches
from inspect import cleandoc
from typing import TYPE_CHECKING

from archcheck.rules.answers import ANSWERS
from archcheck.rules.engine import RULES
from archcheck.rules.unused_module import UnusedModule

if TYPE_CHECKING:
    from archcheck.rules.base import Example, Rule


def codes() -> tuple[tuple[str, str], ...]:
    """Every code with the name of its rule, in order."""
    return tuple(sorted([(r.code, r.name) for r in RULES] + [(a.code, a.name) for a in ANSWERS]))


def explain(code: str) -> str:
    """The page of a code (`AC101`) or of a rule's name (`norm-inside-residual`).

    Raises:
        KeyError: if there is no such code; its argument is a sentence that names the nearest one.
    """
    wanted = code.strip().lower()
    for rule in RULES:
        if wanted in (rule.code.lower(), rule.name):
            return _page(rule)
    for answer in ANSWERS:
        if wanted in (answer.code.lower(), answer.name):
            return f"{answer.code} {answer.name}\n\n{answer.page}\n"
    known = [name for pair in codes() for name in pair]
    near = get_close_matches(wanted, [name.lower() for name in known], n=1, cutoff=0.5)
    hint = f"; did you mean {next(n for n in known if n.lower() == near[0])}?" if near else ""
    raise KeyError(f"there is no code {code!r}{hint}")


def _page(rule: Rule) -> str:
    parts = [f"{rule.code} {rule.name} ({rule.severity})", cleandoc(rule.__doc__ or "")]
    if isinstance(rule, UnusedModule):
        parts += [f"{kind.capitalize()}:\n    {text}" for kind, text, _ in rule.BUILT]
    if rule.INVALID:
        parts.append("Wrong:\n" + _example(rule.INVALID[0]))
    if rule.VALID:
        parts.append("Right:\n" + _example(rule.VALID[0]))
    return "\n\n".join(parts) + "\n"


def _example(example: Example) -> str:
    sides = (("figure", example.spec), ("code", example.code))
    lines = []
    for title, text in sides:
        if text:
            chains = [chain.strip() for chain in text.replace("\n", ";").split(";") if chain.strip()]
            lines += [f"    {title + ':' if not i else '':8}{chain}" for i, chain in enumerate(chains)]
    return "\n".join(lines)
