"""YAML as a small tree with positions: keys and values stay the text that was written.

Built from PyYAML's events, so that nothing is resolved, expanded or recursed into.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

from archcheck.spec.errors import Problems, SpecError, quoted
from archcheck.spec.source import Origin, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import yaml

    from archcheck.graph import Span

LARGEST_FILE = 256 * 1024
DEEPEST_YAML = 16

_ESCAPED_SPACE = frozenset("tnNLPr ")
_ESCAPED_CODE = {"x": 2, "u": 4, "U": 8}
_SPACE = frozenset(" \t\r\n\x85\u2028\u2029")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; `plain` without quotes or block marks, `flow` inside YAML's own { } or [ ]."""

    text: str
    span: Span
    origin: Origin
    plain: bool = True
    flow: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    items: tuple[Tree, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping, in the order of the file; a key occurs once."""

    entries: tuple[tuple[Scalar, Tree], ...]
    span: Span
    flow: bool = False


Tree = Union[Scalar, Items, Mapping]


@dataclass(slots=True)
class _Open:
    """A collection that is being read."""

    mapping: bool
    flow: bool
    start: int
    children: list[Tree]


def read_tree(source: Source, problems: Problems) -> Tree | None:
    """The one document of a text, or None with the problem noted."""
    import yaml

    fast = _fast_loader()
    if fast is not None and not source.text.startswith("\ufeff"):  # libyaml does not count that mark
        noted = Problems()
        # Whatever is wrong is said by the slow parser, in the same words on every machine.
        with suppress(yaml.YAMLError, SpecError, UnicodeError):
            tree = _build(source, yaml.parse(source.text, Loader=fast), [], noted)
            if not noted.found:
                return tree
    open_collections: list[_Open] = []
    try:
        return _build(source, yaml.parse(source.text, Loader=yaml.SafeLoader), open_collections, problems)
    except yaml.reader.ReaderError as error:
        place = source.span(error.position, error.position + 1)
        problems.add("a character that YAML does not allow", place, "printable text")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = 0 if mark is None else mark.index
        said = error.problem or error.context or "it cannot be read"
        hint = "quotes around a chain inside YAML's own { } or [ ]" if _in_flow(open_collections) else ""
        problems.add(f"this is no valid YAML: {said}", source.span(offset, offset + 1), hint)
    return None


def _fast_loader() -> Any:
    """The loader around libyaml's parser, ten times as fast; None where PyYAML was built without it."""
    import yaml

    return getattr(yaml, "CSafeLoader", None)


def _in_flow(stack: list[_Open]) -> bool:
    return any(collection.flow for collection in stack)


def _build(
    source: Source, events: Iterator[yaml.Event], stack: list[_Open], problems: Problems
) -> Tree | None:
    import yaml

    root: Tree | None = None
    documents = 0
    for event in events:
        start = _index(event.start_mark)
        span = source.span(start, start + len(source.text[start : _index(event.end_mark)].rstrip()))
        done: Tree | None = None
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                problems.add("a second document starts here", span, "one spec in a file")
                return None
        elif isinstance(event, yaml.AliasEvent):
            problems.add("anchors and aliases are not read in a spec", span, "the text itself, written out")
            done = Scalar("", span, Origin(source, ()), plain=False)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            _refuse_tag(event.tag, span, problems)
            mapping = isinstance(event, yaml.MappingStartEvent)
            stack.append(_Open(mapping, bool(event.flow_style), start, []))
            if len(stack) > DEEPEST_YAML:
                problems.add("the YAML nests too deeply", span, f"at most {DEEPEST_YAML} levels")
                return None
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            done = _close(source, stack.pop(), _index(event.end_mark), problems)
        elif isinstance(event, yaml.ScalarEvent):
            if event.tag != "!":
                _refuse_tag(event.tag, span, problems)
            origin = Origin(source, _offsets(source.text, event), start)
            done = Scalar(event.value, span, origin, event.style in {None, ""}, _in_flow(stack))
        if done is not None:
            if stack:
                stack[-1].children.append(done)
            else:
                root = done
    return root


def _index(mark: Any) -> int:
    """The offset of a mark; PyYAML's types allow for events without one, its parser makes none."""
    return int(mark.index)


def _refuse_tag(tag: str | None, span: Span, problems: Problems) -> None:
    if tag is not None:
        problems.add(f"the tag {quoted(tag)} is not read in a spec", span, "a value without a tag")


def _close(source: Source, collection: _Open, end: int, problems: Problems) -> Tree:
    span = source.span(collection.start, collection.start + len(source.text[collection.start : end].rstrip()))
    if not collection.mapping:
        return Items(tuple(collection.children), span)
    entries: dict[str, tuple[Scalar, Tree]] = {}
    pairs = iter(collection.children)
    for key, value in zip(pairs, pairs, strict=True):
        if not isinstance(key, Scalar):
            problems.add("a key must be a plain word", key.span, "key: value")
        elif key.text in entries:
            first = entries[key.text][0].span.line
            message = f"the key {quoted(key.text)} is given twice (first in line {first})"
            problems.add(message, key.span, "each key once")
        else:
            entries[key.text] = (key, value)
    return Mapping(tuple(entries.values()), span, collection.flow)


def _offsets(text: str, event: yaml.ScalarEvent) -> Sequence[int]:
    """For each character of the scalar's value its offset in the file.

    Folding, indentation and chomping only change white space: the other characters of value and file
    are the same ones in the same order, escapes aside. White space takes the place behind its neighbour.
    """
    start, end = _index(event.start_mark), _index(event.end_mark)
    value: str = event.value
    if event.style in {None, ""} and end - start == len(value):
        return range(start, end)
    if event.style in {"|", ">"}:
        start = text.find("\n", start) + 1 or end
    places = iter(_inked(text, start, end, event.style))
    offsets, last = [], start
    for character in value:
        if character in _SPACE:
            offsets.append(last)
            continue
        place = next(places, last)
        offsets.append(place)
        last = place + 1
    return offsets


def _inked(text: str, start: int, end: int, style: str | None) -> Iterator[int]:
    """The offsets of what stands for a visible character."""
    index = start + 1 if style in {'"', "'"} else start
    stop = end - 1 if style in {'"', "'"} else end
    while index < stop:
        character, width = text[index], 1
        if style == "'" and character == "'":
            width = 2
        elif style == '"' and character == "\\":
            code = text[index + 1]
            digits = _ESCAPED_CODE.get(code, 0)
            width = 2 + digits
            number = chr(int(text[index + 2 : index + width], 16)) if digits else code
            if code in _ESCAPED_SPACE or number in _SPACE:
                index += width
                continue
        if character not in _SPACE:
            yield index
        index += width
