"""`load_spec`: a file, a name of the catalogue, or a chain written in place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from archcheck.graph import Span
from archcheck.spec import catalogue
from archcheck.spec.body import INPUT, Body
from archcheck.spec.document import Spec
from archcheck.spec.errors import Problems, closest, quoted
from archcheck.spec.expand import expand_body, expand_repeated
from archcheck.spec.notation import read_chains
from archcheck.spec.reader import read_file
from archcheck.spec.source import Origin
from archcheck.spec.syntax import Chain, GroupStep, WordStep
from archcheck.spec.validate import check_chains
from archcheck.spec.walk import names_in, steps_of
from archcheck.vocabulary import CANONICAL, VALUES

if TYPE_CHECKING:
    from collections.abc import Sequence

INLINE = "<chain>"
_SUFFIXES = (".yaml", ".yml")
_ARROW = re.compile(r"->|→")
_CHAIN_MARK = re.compile(r"[;()\[\]|?\s]")
LONGEST_NAME = 1000


def load_spec(ref: str | Path, search: Sequence[Path] = ()) -> Spec:
    """The spec that a reference names.

    A `Path` is a file. A text is a chain (or several, with `;`) if it holds an arrow, or a bracket or blank
    and no such file exists; else a file; else a name, looked up in `search` and in the catalogue.

    Raises:
        SpecError: with all that is wrong, also when there is no such spec.
    """
    if isinstance(ref, Path):
        return read_file(ref)
    if _ARROW.search(ref) or len(ref) > LONGEST_NAME:
        return read_inline(ref)
    if _CHAIN_MARK.search(ref) and not ref.endswith(_SUFFIXES) and not _is_file(ref):
        return read_inline(ref)
    return read_file(_find(ref, search))


def read_inline(text: str) -> Spec:
    """The spec of chains without a file.

    One chain with the word `sublayer` is an order, all else is a block. A value that is read in parentheses
    and that no step names is an input: there is no other place to declare it.

    Raises:
        SpecError: with all that is wrong.
    """
    problems = Problems()
    chains = read_chains(text, Origin.of(text, INLINE), problems, frozenset())
    check_chains(chains, frozenset(), problems)
    problems.check()
    if len(chains) == 1 and any("sublayer" in _words(step) for step in chains[0].steps):
        expand_repeated(chains[0], 2, problems)
        problems.check()
        return Spec(name=text.strip(), source=INLINE, order=chains[0], text=text, span=chains[0].span)
    inputs = _free_values(chains)
    span = Origin.of(text, INLINE).span(0, len(text))
    body = Body(text.strip(), chains, inputs=inputs, span=span)
    expand_body(body, {}, problems)
    problems.check()
    return Spec(name=body.name, source=INLINE, block=body, inputs=inputs, text=text, span=span)


def _words(step: WordStep | GroupStep) -> tuple[str, ...]:
    return step.words if isinstance(step, WordStep) else ()


def _free_values(chains: tuple[Chain, ...]) -> tuple[str, ...]:
    """The stream and the values that nothing defines; a name that resembles a defined one is a slip."""
    defined = names_in(chains)
    free = [
        value
        for step in steps_of(chains, insides=False)
        if isinstance(step, WordStep)
        for value in step.values
        if value not in defined | VALUES | CANONICAL and closest(value, defined) is None
    ]
    return (INPUT, *dict.fromkeys(free)) if free else ()


def _is_file(ref: str) -> bool:
    """Whether there is such a file; a text that can be no path is none."""
    try:
        return Path(ref).is_file()
    except (OSError, ValueError):
        return False


def _find(ref: str, search: Sequence[Path]) -> Path:
    """The file of a reference that is no chain."""
    if _is_file(ref):
        return Path(ref)
    for folder in search:
        for name in (ref, *(ref + suffix for suffix in _SUFFIXES)):
            if ref and _is_file(str(folder / name)):
                return folder / name
    known = catalogue.names()
    if ref in known:
        return catalogue.path(ref)
    problems = Problems()
    nowhere = Span(ref or INLINE, 1)
    if ref.endswith(_SUFFIXES) or "/" in ref or "\\" in ref:
        expected = "a YAML file, a name of the catalogue, or a chain"
        problems.add(f"there is no file {quoted(ref)}", nowhere, expected)
    else:
        message = f"there is no spec {quoted(ref)}"
        near = closest(ref, frozenset(known))
        names = "a name that `archcheck specs list` shows" if near else "one of " + ", ".join(known)
        problems.add(
            message, nowhere, f"a YAML file, a chain such as 'norm -> sublayer -> add', or {names}", near
        )
    raise problems.error()
