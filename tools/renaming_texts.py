"""What the texts of a library do with its names: some name attributes, some are words of other libraries.

A text that is one of the library's own names is renamed with the name, wherever it stands: then it still is the same
as every other text it is compared with, and still names what it named. That is wrong of words that a framework is
given; these names are held, which means that they stay as they are everywhere. A name that a text puts together of
parts (`f"output_{kind}"`) gets a new name that is put together of the parts' new names.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

REGISTERING = {"register_buffer", "register_parameter", "add_module", "register_module"}
KEYED = {"getattr", "setattr", "hasattr", "delattr"}
DICTS = {"get", "pop", "setdefault"}

# What containers and texts are asked in their own words.
CONTAINED = frozenset(m for kind in (str, list, dict, set, tuple) for m in dir(kind))

ANYTHING = "(.+)"  # stands for what a text that is put together takes from elsewhere


@dataclass
class Texts:
    """The texts of a library, and how those that name attributes are put together."""

    all: set[str] = field(default_factory=set)
    loose: set[str] = field(default_factory=set)  # names of its own where nothing tells what they name
    foreign: set[str] = field(default_factory=set)  # given to other libraries as they are
    patterns: set[str] = field(default_factory=set)


def read_texts(tree: ast.Module, foreign: set[str], methods: set[str], known: set[str], texts: Texts) -> None:
    """Add the texts of a file; `foreign` are its names of other libraries, `methods` what frameworks decide."""
    roles: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            roles |= _of_call(node, foreign, methods, texts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.all.add(node.value)
            texts.loose |= {node.value} & known if id(node) not in roles else set()


def _of_call(node: ast.Call, foreign: set[str], methods: set[str], texts: Texts) -> set[int]:
    """The texts of a call whose role is clear."""
    function = node.func
    at = named_by_text(function)
    if at is not None and len(node.args) > at and not (at == 1 and _root(node.args[0]) in foreign):
        text = node.args[at]
        if not isinstance(text, ast.Constant):
            texts.patterns |= {p for part in ast.walk(text) if (p := _pattern(part))}
        return {id(text)}
    given = [a for a in (*node.args, *(k.value for k in node.keywords)) if isinstance(a, ast.Constant)]
    words = {str(a.value) for a in given if isinstance(a.value, str)}
    method = function.attr if isinstance(function, ast.Attribute) else ""
    name = function.id if isinstance(function, ast.Name) else ""
    if _root(function) in foreign or method in methods - CONTAINED or name in vars(builtins).keys() - KEYED:
        texts.foreign |= words
    return set()


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def named_by_text(function: ast.expr) -> int | None:
    """Which argument of a call is the name of an attribute or of a parameter."""
    if isinstance(function, ast.Name):
        return 1 if function.id in KEYED else None
    if not isinstance(function, ast.Attribute):
        return None
    base = function.value
    of_arguments = isinstance(base, ast.Name) and base.id.endswith("kwargs")
    return 0 if function.attr in REGISTERING or (function.attr in DICTS and of_arguments) else None


def _pattern(node: ast.AST) -> str:
    """A regular expression for a text that is put together of parts, "" where none of them is known."""
    parts: list[str] = []
    if isinstance(node, ast.JoinedStr):
        parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ANYTHING for v in node.values]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = (node.left, node.right)
        parts = [
            re.escape(s.value) if isinstance(s, ast.Constant) and isinstance(s.value, str) else ANYTHING
            for s in sides
        ]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        text = node.func.value
        known = text.value if isinstance(text, ast.Constant) and isinstance(text.value, str) else ""
        parts = _split(known, r"\{[^}]*\}")
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
        parts = _split(str(node.left.value), r"%\w")
    return "".join(parts) if any(part != ANYTHING for part in parts) and ANYTHING in parts else ""


def _split(text: str, places: str) -> list[str]:
    parts: list[str] = []
    for number, part in enumerate(re.split(places, text)):
        parts += [ANYTHING] if number else []
        parts += [re.escape(part)] if part else []
    return parts


def held(texts: Texts, modules: set[str], divided: Callable[[str], bool]) -> frozenset[str]:
    """The names that stay as they are, for what texts do with them."""
    words = texts.foreign | modules | _framework()
    return frozenset(name for name in texts.loose if name in words or divided(name))


def composed(
    texts: Texts, known: set[str], own: Callable[[str], bool]
) -> tuple[dict[str, list[str]], frozenset[str]]:
    """The names that texts put together of parts, with the parts, and further names that stay as they are."""
    found: dict[str, list[str]] = {}
    kept: set[str] = set()
    for pattern in sorted(texts.patterns):
        for name in sorted(known):
            match = re.fullmatch(pattern, name)
            if match is None or not all(p.isdigit() or p in texts.all for p in match.groups()):
                continue
            if not own(name) or name in found:  # nothing tells which way it is put together
                kept |= {name, *match.groups(), *found.get(name, ())}
            ends = [0, *(place for span in match.regs[1:] for place in span), len(name)]
            found[name] = [name[a:b] for a, b in pairwise(ends)]
    return found, frozenset(kept)


def _framework() -> set[str]:
    """What a text may name in torch, and the words that its functions take."""
    import torch
    from torch import nn

    words = {name for module in (torch, nn, nn.functional, nn.init) for name in dir(module)}
    words |= {"constant", "reflect", "replicate", "circular", "zeros", "border", "nearest", "bilinear", "bicubic",
              "trilinear", "area", "mean", "sum", "none", "fan_in", "fan_out", "valid", "same", "meta"}  # fmt: skip
    return words
