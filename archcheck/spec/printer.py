"""The canonical text of chains: parse_block(print_block(chains)) == chains."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from archcheck.spec.lexer import RESERVED
from archcheck.spec.syntax import Chain, GroupStep, Step, WordStep
from archcheck.vocabulary import MAIN_ATTRIBUTE

if TYPE_CHECKING:
    from archcheck.graph import Literal

_JOINED = {"sum": " + ", "product": " * ", "concat": " , "}
_NAME = re.compile(r"[^\W\d]\w*(?:-\w+)*")


def print_block(chains: tuple[Chain, ...], separator: str = "; ") -> str:
    """The chains, one after the other; the separator may be a line end.

    Raises:
        ValueError: for what has no notation, such as an empty chain.
    """
    return separator.join(print_chain(chain) for chain in chains)


def print_chain(chain: Chain) -> str:
    """One chain.

    Raises:
        ValueError: for what has no notation, such as an empty chain.
    """
    parts = [] if chain.head is None else [_name(chain.head)]
    parts += [print_step(step) for step in chain.steps]
    if not parts:
        raise ValueError("an empty chain has no notation: name the value that it passes on")
    return " -> ".join(parts)


def print_step(step: Step) -> str:
    """One step with its `?` and its name.

    Raises:
        ValueError: for what has no notation, such as an empty group.
    """
    text = _group(step) if isinstance(step, GroupStep) else _word(step)
    if step.optional:
        text += "?"
    return text if step.name is None else f"{text} as {_name(step.name)}"


def print_literal(value: Literal) -> str:
    """The value of an attribute."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        inner = ", ".join(print_literal(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, str):
        if _NAME.fullmatch(value) and value not in RESERVED:
            return value
        import json  # late: few values need quotes, and every check waits for imports

        return json.dumps(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return repr(value).replace("e-0", "e-")


def _group(step: GroupStep) -> str:
    if not step.chains or (step.join is None) != (len(step.chains) == 1):
        raise ValueError(f"a group of {len(step.chains)} chains joined by {step.join} has no notation")
    joined = _JOINED[step.join] if step.join else ""
    return "(" + joined.join(print_chain(chain) for chain in step.chains) + ")"


def _word(step: WordStep) -> str:
    if not step.words:
        raise ValueError("a step without a word has no notation")
    text = "|".join(_name(word) for word in step.words)
    items = [_name(value) for value in step.values]
    main = {MAIN_ATTRIBUTE.get(word, "") for word in step.words}
    for key, value in step.attrs:
        bare = main == {key} and key == "value" and type(value) in {int, float}
        items.append(print_literal(value) if bare else f"{_name(key)}={print_literal(value)}")
    if step.skip is not None:
        items.append(f"skip={print_chain(step.skip)}")
    if items:
        text += "(" + ", ".join(items) + ")"
    if step.inside is not None:
        if not step.inside:
            raise ValueError("an empty inside has no notation: leave the box closed")
        text += f"[{print_block(step.inside)}]"
    return text


def _name(name: str) -> str:
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise ValueError(f"{name!r} is no name of the notation")
    return name
