"""The text of the file: docstring, imports, the library's classes, then the spec's own."""

from __future__ import annotations

import re
import textwrap
from fnmatch import fnmatchcase
from pathlib import Path

from archcheck.scaffolding.classes import Class, Studio
from archcheck.scaffolding.drawing import Drawing, drawings
from archcheck.scaffolding.layouts import block_layout
from archcheck.scaffolding.library import parts
from archcheck.scaffolding.naming import class_name
from archcheck.scaffolding.parameters import DEPTH, PARAMETERS
from archcheck.spec import Spec, load_spec

LONGEST = 96
_WIDTH, _HIDDEN = 64, 4  # the usual width, and how many times it the hidden width is


def scaffold(spec: Spec | str | Path, *, optional: bool = True) -> str:
    """A PyTorch module that has the architecture of a spec: one class a block, each with usual sizes.

    Args:
        spec: a spec, a file, a name of the catalogue or a chain.
        optional: whether the parts that may be absent (`dropout?`) are there.

    Raises:
        SpecError: the spec is wrong.
        ScaffoldError: the spec says too little of a step, or its widths do not fit together.
    """
    declared = spec if isinstance(spec, Spec) else load_spec(spec)
    found = drawings(declared, optional=optional)
    studio = Studio(set(parts()))
    fallback = "Model" if declared.model is not None and not declared.block_names else "Block"
    for one in found:
        studio.announce(one.graph, _fitting(one, fallback), _doc(one, declared), one.labels)
    for one in found:
        studio.write(one.graph, block_layout(one.graph), model=one.is_model)
    return _file(declared, studio, optional)


def _fitting(drawing: Drawing, fallback: str) -> str:
    """The class name; one that the spec's `applies_to` covers, where it has any."""
    name = class_name(drawing.name, fallback)
    patterns = drawing.patterns
    if not patterns or any(fnmatchcase(name, pattern) for pattern in patterns):
        return name
    for pattern in patterns:
        made = (
            pattern.replace("*", "") if pattern.replace("*", "")[:1].isupper() else pattern.replace("*", name)
        )
        if made.isidentifier() and fnmatchcase(made, pattern):
            return made
    return name


def _doc(drawing: Drawing, spec: Spec) -> str:
    """One sentence on a class: the spec's title, or what it is."""
    if spec.title and (drawing.is_model or spec.model is None):
        return _plain(spec.title)
    if drawing.is_model:
        return f"The whole model of {_plain(spec.name)}."
    return f"The block `{_plain(drawing.name)}`."


def _file(spec: Spec, studio: Studio, optional: bool) -> str:
    needed = _library(studio.library)
    own = [_class(one, studio) for one in studio.classes]
    body = "\n\n\n".join([*needed, *own])
    return "\n".join([_docstring(spec, optional), "", *_imports(body), "", "", body, ""])


def _library(names: set[str]) -> list[str]:
    """The classes of the library that are needed, each behind those that it uses."""
    known = parts()
    todo = [name for name in names if name in known]
    wanted: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in wanted:
            wanted.add(name)
            todo.extend(known[name].needs)
    return [part.text for name, part in known.items() if name in wanted]


def _docstring(spec: Spec, optional: bool) -> str:
    """The module's docstring: the title, the figure, and where the file comes from."""
    figure = spec.figure
    place = ", ".join(_plain(text) for text in (figure.label, figure.paper) if text)
    lines = [_plain(spec.title or spec.name)]
    if place or figure.url:
        lines.append("")
        lines.append(
            "Figure: "
            + " ".join(text for text in (place, f"<{_plain(figure.url)}>" if figure.url else "") if text)
        )
    parts_there = "with" if optional else "without"
    lines += ["", f"Scaffolded by archcheck, {parts_there} the parts that the figure marks as optional."]
    wrapped = [part for line in lines for part in (textwrap.wrap(line, LONGEST) or [""])]
    return '"""' + "\n".join(wrapped) + '\n"""'


def _plain(text: str) -> str:
    """Text that cannot end a docstring."""
    return " ".join(text.split()).replace("\\", "/").replace('"', "'")


def _imports(body: str) -> list[str]:
    names = [name for name in ("Tensor", "nn") if re.search(rf"\b{name}\b", body)]
    found = ["import torch"] if re.search(r"\btorch\.", body) else []
    found.append(f"from torch import {', '.join(names)}")
    if re.search(r"\bF\.", body):
        found.append("from torch.nn import functional as F")
    return found


def _class(one: Class, studio: Studio) -> str:
    arguments = ["self", *(_argument(name, studio) for name in one.arguments)]
    inputs = ["self", *(f"{name}: Tensor" for name in one.inputs)]
    results = "Tensor" if one.outputs == 1 else f"tuple[{', '.join(['Tensor'] * one.outputs)}]"
    lines = [f"class {one.name}(nn.Module):", *_indented(_class_doc(one.doc)), ""]
    if one.built:
        lines += _indented(_signature("__init__", arguments, "None"))
        lines += _indented(["super().__init__()", *(part for line in one.built for part in _broken(line))], 2)
        lines.append("")
    lines += _indented(_signature("forward", inputs, results))
    lines += _indented([part for line in one.forward for part in _broken(line)], 2)
    return "\n".join(lines)


def _class_doc(doc: str) -> list[str]:
    text = doc if doc.endswith((".", "!", "?")) else doc + "."
    return textwrap.wrap(f'"""{text}"""', LONGEST - 4)


def _indented(lines: list[str], depth: int = 1) -> list[str]:
    return [("    " * depth + line) if line else line for line in lines]


def _broken(line: str) -> list[str]:
    """A long list on several lines, broken inside its outermost brackets."""
    if len(line) + 8 <= LONGEST or not re.search(r"= (torch\.cat|nn\.ModuleList)\(", line):
        return [line]
    head, _, rest = line.partition("(")
    inside = rest.rpartition(")")[0]
    if inside.startswith("["):
        items, _, dim = inside[1:].rpartition("], ")
        lines = [f"        {item}," for item in re.split(r", (?![^(\[]*[)\]])", items)]
        return [f"{head}(", "    [", *lines, "    ],", f"    {dim},", ")"]
    call, _, loop = inside.partition(" for _ in ")
    return [f"{head}(", f"    {call}", *([f"    for _ in {loop}"] if loop else []), ")"]


def _signature(name: str, arguments: list[str], result: str) -> list[str]:
    line = f"def {name}({', '.join(arguments)}) -> {result}:"
    if len(line) + 4 <= LONGEST:
        return [line]
    return [f"def {name}(", *(f"    {argument}," for argument in arguments), f") -> {result}:"]


def _argument(name: str, studio: Studio) -> str:
    """An argument with its annotation and its usual value."""
    if DEPTH.fullmatch(name):
        return f"{name}: int = {studio.depths.get(name, 6)}"
    kind, value = PARAMETERS[name]
    width = studio.number or -(-_WIDTH // studio.multiple) * studio.multiple
    value = width if name == "width" else _HIDDEN * width if name == "hidden" else value
    return f"{name}: {kind} = {value}"
