"""Options and their parsing, shared by the commands."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from archcheck.engine import ENGINES, RUNNING

FORMATS: tuple[str, ...] = ("text", "json")
TIMEOUT = 120.0

Command = Callable[..., Any]

_WORDS = {"true": True, "false": False, "null": None, "none": None}


@dataclass(frozen=True, slots=True)
class How:
    """How a target is built and run."""

    engine: str
    set: Mapping[str, object]
    inputs: tuple[str, ...]
    call: str | None
    path: tuple[str, ...]
    timeout: float
    no_exec: bool = False

    def arguments(self) -> dict[str, Any]:
        """These as the arguments that the functions of `archcheck.api` share."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Out:
    """Where an answer goes, and in which form."""

    form: str
    file: str | None
    quiet: bool
    debug: bool


def target_options(command: Command) -> Command:
    """The options that say how a target is built and run, handed over as `how`."""

    @functools.wraps(command)
    def packed(
        engine: str, settings: Sequence[str], inputs: tuple[str, ...], call: str | None,
        path: tuple[str, ...], timeout: float, no_exec: bool, **others: Any,
    ) -> Any:  # fmt: skip
        if no_exec and engine in RUNNING:
            raise click.UsageError(
                f"--no-exec and --engine {engine} contradict each other: {engine} runs the target's forward. "
                "Leave one of them out; --engine static never runs anything."
            )
        how = How(engine, parse_settings(settings), named_inputs(inputs), call, path, timeout, no_exec)
        return command(how=how, **others)

    return _apply(_TARGET_OPTIONS, packed)


def output_options(command: Command) -> Command:
    """The options that say where the answer goes and in which form, handed over as `out`."""

    @functools.wraps(command)
    def packed(form: str, output: str | None, quiet: bool, debug: bool, **others: Any) -> Any:
        return command(out=Out(form, output, quiet, debug), **others)

    return _apply(_OUTPUT_OPTIONS, packed)


_TARGET_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.option(
        "--engine", type=click.Choice(ENGINES), default="auto", show_default=True,
        help="static reads the source and runs nothing; trace runs the module on shapes, in a child process; "
        "auto reads, and traces what reading leaves open; both compares the two.",
    ),
    click.option(
        "--set", "settings", multiple=True, metavar="NAME=VALUE",
        help="Fix a constructor argument or a config field: norm_first=true, config.num_heads=4.",
    ),
    click.option(
        "--inputs", multiple=True, metavar="NAME[=EXPR]",
        help="Pass this optional argument of forward, too.",
    ),
    click.option("--call", metavar="EXPR", help="Forward's arguments: a tuple, a dict, or both."),
    click.option(
        "--path", multiple=True, metavar="DIR", type=click.Path(exists=True, file_okay=False),
        help="A folder in which packages are looked up.",
    ),
    click.option(
        "--timeout", type=click.FloatRange(min=0, min_open=True), default=TIMEOUT, show_default=True,
        metavar="SECONDS", help="Give up on a target after this time.",
    ),
    click.option("--no-exec", is_flag=True, help="Never run the target's code: auto without trace."),
)  # fmt: skip

_OUTPUT_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True),
    click.option(
        "--output", "-o", type=click.Path(dir_okay=False), metavar="FILE", help="Write the report to a file."
    ),
    click.option("--quiet", "-q", is_flag=True, help="No notes and no progress; matches are not listed."),
    click.option("--debug", is_flag=True, help="Show tracebacks."),
)


def _apply(decorators: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for decorate in reversed(decorators):
        command = decorate(command)
    return command


def parse_settings(settings: Sequence[str]) -> dict[str, object]:
    """`NAME=VALUE` texts as a mapping; a value that is no literal stays text (an expression or a name).

    Raises:
        click.UsageError: a text without `=`, or with a name that is no dotted name.
    """
    found: dict[str, object] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not all(part.isidentifier() for part in name.split(".")):
            raise click.UsageError(f"--set {text!r}: write NAME=VALUE, as in --set norm_first=true")
        if not value.strip():
            raise click.UsageError(f"--set {text!r} gives no value; an empty text is {name}=''")
        found[name] = parse_value(value.strip())
    return found


def named_inputs(inputs: Sequence[str]) -> tuple[str, ...]:
    """`NAME` and `NAME=EXPR` texts as they are.

    Raises:
        click.UsageError: a text without a name, or with an empty expression.
    """
    for text in inputs:
        name, equals, value = text.partition("=")
        if not name.strip().isidentifier() or (equals and not value.strip()):
            raise click.UsageError(
                f"--inputs {text!r}: write the name of an argument of forward, or NAME=EXPR, as in "
                '--inputs mask or --inputs "mask=torch.ones(8, 8)"'
            )
    return tuple(inputs)


def parse_value(text: str) -> object:
    """A Python literal, or `true`, `false`, `null` in YAML's spelling, or the text itself."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return value
