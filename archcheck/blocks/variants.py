"""Variants of a block: equal ones are one, and each keeps only the conditions that tell it apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from archcheck.blocks.block import Block
from archcheck.blocks.signature import signature
from archcheck.graph import Literal

Conditions = dict[str, Literal]
_NAME = re.compile(r"(?!(?:not|and|or|is|in|len|isinstance)\b)[A-Za-z_][\w.]*")
LARGEST = 3  # subsets up to this size are all tried; above it, conditions are left out one by one


def merged(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, with the equal variants of each name merged; the default of each stands first."""
    groups: dict[tuple[tuple[str, str], str], list[Block]] = {}
    for block in blocks:
        groups.setdefault((block.place, block.path), []).append(block)
    return [one for group in groups.values() for one in _merged(group)]


def _merged(variants: list[Block]) -> list[Block]:
    if len(variants) == 1 and not variants[0].when:
        return variants
    kinds: dict[tuple[object, ...], list[Block]] = {}
    for variant in sorted(variants, key=lambda v: not v.default):
        kinds.setdefault(signature(variant.graph), []).append(variant)
    groups = list(kinds.values())
    decided = _decided(variants)
    if len(groups) == 1 and groups[0][0].default:
        return [replace(groups[0][0], when=(), decided=decided)]
    found = []
    for group in groups:
        own = [dict(v.when) for v in group]
        others = [dict(v.when) for other in groups if other is not group for v in other]
        when = smallest(own, others)
        more = _further(own, when, others)
        notes = (*group[0].notes, *(f"the same when {described(tuple(one.items()))}" for one in more))
        found.append(replace(group[0], when=tuple(when.items()), decided=decided, notes=notes))
    return found


def _decided(variants: Sequence[Block]) -> tuple[tuple[str, Literal], ...]:
    """The conditions that come out in one way in all variants that the defaults allow: a default decides them."""
    first, *others = [dict((*v.decided, *v.when)) for v in variants if v.default] or [{}]
    return tuple((k, v) for k, v in first.items() if all(k in one and one[k] == v for one in others))


def smallest(own: Sequence[Conditions], others: Sequence[Conditions]) -> Conditions:
    """The fewest assignments of the first of `own` that none of `others` satisfies.

    Of several such sets the one that holds for most of `own`, then the first. A name that a variant never met
    excludes it only where nothing else does: it may have any value there.
    """
    first = own[0]
    excluded = [_differing(first, other) for other in others]
    if not others:
        return dict(first)
    for size in range(1, min(len(first), LARGEST) + 1):
        telling = [set(names) for names in combinations(first, size) if all(e & set(names) for e in excluded)]
        if telling:
            best = max(telling, key=lambda names: sum(_holds(first, names, one) for one in own))
            return {name: first[name] for name in first if name in best}
    names = set(first)
    for name in reversed(list(first)):
        if all(e & (names - {name}) for e in excluded if e):
            names.discard(name)
    return {name: first[name] for name in first if name in names}


def _differing(own: Conditions, other: Conditions) -> set[str]:
    """The names whose values tell a variant from another one."""
    told = {name for name in own if name in other and other[name] != own[name]}
    return told or {name for name in own if name not in other}


def _holds(first: Conditions, names: set[str], one: Conditions) -> bool:
    return all(name in one and one[name] == first[name] for name in names)


def _further(own: Sequence[Conditions], when: Conditions, others: Sequence[Conditions]) -> list[Conditions]:
    """Conditions under which a merged variant is met, too, and that `when` does not cover."""
    found: list[Conditions] = []
    for one in own[1:]:
        if not any(_holds(known, set(known), one) for known in (when, *found)):
            found.append(smallest([one], others))
    return [one for one in found if one]


def described(when: Sequence[tuple[str, Literal]]) -> str:
    """Conditions as a sentence says them.

    >>> described((("norm_first", True), ("config.kind", "rms")))
    'norm_first is true and config.kind is rms'
    """
    return " and ".join(_condition(name, value) for name, value in when)


def _condition(name: str, value: Literal) -> str:
    if isinstance(value, bool) and not _is_name(name):  # a comparison: it holds, or it does not
        return name if value else f"not ({name})"
    return f"{name} is {shown(value)}"


def shown(value: Literal) -> str:
    """A configuration value as `--set` takes it.

    >>> shown(True), shown(None), shown("rms")
    ('true', 'null', 'rms')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def settings(when: Sequence[tuple[str, Literal]]) -> str:
    """The options of the command line that give these conditions.

    >>> settings((("norm_first", True), ("layer_idx == 0", True)))
    '--set norm_first=true --set layer_idx=...'
    """
    return " ".join(
        f"--set {name}={shown(value)}" if _is_name(name) else f"--set {_name_in(name)}=..."
        for name, value in when
    )


def _is_name(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


def _name_in(condition: str) -> str:
    """The configuration name that a comparison begins with."""
    found = _NAME.search(condition)
    return found.group() if found else "NAME"


def assigned(when: Sequence[tuple[str, Literal]]) -> str:
    """Conditions as assignments: `norm_first=true, config.kind=rms`."""
    return ", ".join(_assigned(name, value) for name, value in when)


def _assigned(name: str, value: Literal) -> str:
    return f"{name}={shown(value)}" if _is_name(name) else _condition(name, value)
