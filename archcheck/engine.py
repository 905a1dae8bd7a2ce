"""Asks the front ends: which engine answers, and what the user asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Union

from archcheck.graph.recording import Failure, LeftOut, Recording

if TYPE_CHECKING:
    from archcheck.blocks.agreement import Parting
    from archcheck.blocks.block import Block
    from archcheck.blocks.discover import Discovery

Answer = Union[Recording, Failure, LeftOut]

MEMORY = 8 * 1024**3  # bytes that a traced target may take
ENGINES: tuple[str, ...] = ("auto", "static", "trace", "both")
RUNNING: tuple[str, ...] = ("trace", "both")  # the engines that always run the target's code
NO_TARGET = "AC902"


@dataclass(frozen=True, slots=True)
class Request:
    """One target and how to build and run it; `only` names the classes of a file that are traced, all if empty.

    Raises:
        ValueError: there is no such engine, or it would run what `no_exec` says must not run.
    """

    target: str
    engine: str = "auto"
    settings: Mapping[str, object] | None = None
    inputs: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    call: str | None = None
    timeout: float = 120.0
    no_exec: bool = False
    only: tuple[str, ...] = ()
    every: bool = False  # each layer of a stack is a block, also one that equals its class

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise ValueError(f"no engine {self.engine!r}; there are {', '.join(ENGINES)}")
        if self.no_exec and self.engine in RUNNING:
            raise ValueError(f"the engine {self.engine} runs the target's code, and no_exec forbids that")

    @property
    def named(self) -> bool:
        """Whether the target names a class or a function, not a file or a folder."""
        return ":" in self.target.replace(":\\", "")

    def target_of(self, block: Block) -> str:
        """The target that names this block alone."""
        if self.named:
            return self.target
        file = block.span.file if block.span else self.target
        return f"{file}::{block.name}"


@dataclass(frozen=True)
class Answers:
    """What the front ends had to say of one request.

    `parted` gives for the places of blocks (file and name) where the two engines disagree (with `both`), `beside` names
    the engine that the answers were compared with.
    """

    found: Discovery
    recordings: tuple[Recording, ...]
    failures: tuple[Failure, ...]
    covered: tuple[LeftOut, ...] = ()
    parted: Mapping[tuple[str, str], Parting] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    beside: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the front ends and the choice between them have to say, each once."""
        return tuple(dict.fromkeys((*self.said, *(note for r in self.recordings for note in r.notes))))

    def engine(self, asked: str) -> str:
        """The engines that answered."""
        engines = {r.engine for r in self.recordings} | ({self.beside} if self.beside else set())
        return "+".join(sorted(engines)) or asked


def ask(request: Request) -> Answers:
    """The blocks of a target as the engine that was asked for, or several of them, see them."""
    if request.engine == "trace":
        return _answers(request, _trace(request))
    static = _answers(request, _static(request))
    if request.engine == "auto":
        return _auto(request, static)
    return _both(request, static) if request.engine == "both" else static


def parts(recordings: Sequence[Recording]) -> set[str]:
    """The classes that some recorded module is made of, and those that it inherits from."""
    from archcheck.blocks.discover import bases

    found = {m.cls.rsplit(".", 1)[-1] for r in recordings for m in r.modules if m.path}
    return found.union(*(bases(r) for r in recordings))


def _answers(request: Request, answers: Sequence[Answer], said: Sequence[str] = ()) -> Answers:
    from archcheck.blocks.discover import discover

    recordings = tuple(a for a in answers if isinstance(a, Recording))
    failures = tuple(a for a in answers if isinstance(a, Failure))
    covered = tuple(a for a in answers if isinstance(a, LeftOut))
    found = discover(recordings, request.named, request.every)
    left_out = dict.fromkeys((*found.left_out, *((one.name, one.reason) for one in covered)))
    return Answers(replace(found, left_out=tuple(left_out)), recordings, failures, covered, said=tuple(said))


# -- auto ----------------------------------------------------------------------------------------


def _auto(request: Request, static: Answers) -> Answers:
    """What was read; what reading left open is traced, if that may be and can be."""
    reasons = _open(request, static)
    if not reasons:
        return static
    cannot = _no_trace(request)
    if cannot:
        said = [
            f"{_class(target)}: static could not resolve {why}; {cannot}" for target, why in reasons.items()
        ]
        return replace(static, said=tuple(said))
    traced: dict[str, list[Recording]] = {}
    failed: dict[str, Failure] = {}
    for answer in _traced(request, list(reasons)):
        if isinstance(answer, Failure):
            failed.setdefault(answer.target, answer)
        else:
            why = (
                f"{_class(answer.target)}: traced, because static could not resolve {reasons[answer.target]}"
            )
            traced.setdefault(answer.target, []).append(replace(answer, notes=(why, *answer.notes)))
    kept: list[Recording | Failure] = []
    said = []
    given: list[Recording | Failure] = [*static.recordings, *static.failures]
    for one in given:
        if one.target in traced:
            kept += traced.pop(one.target, [])
        elif one.target in reasons and _is_new(one, kept):
            why = failed[one.target].message if one.target in failed else "it recorded nothing"
            unread = f"{_class(one.target)}: static could not resolve {reasons[one.target]}"
            said.append(f"{unread}, and the trace failed: {why}")
            kept.append(failed.get(one.target, one) if isinstance(one, Failure) else one)
        elif not any(
            isinstance(k, Recording) and k.engine == "trace" and k.target == one.target for k in kept
        ):
            kept.append(one)
    return _answers(request, [*kept, *static.covered], said)


def _is_new(one: Recording | Failure, kept: Sequence[Recording | Failure]) -> bool:
    return not any(k.target == one.target for k in kept)


def _open(request: Request, static: Answers) -> dict[str, str]:
    """The targets of the classes that reading did not answer, with the reason."""
    reasons: dict[str, str] = {}
    targets = {(r.file, r.name): r.target for r in static.recordings}
    for block in (*static.found.blocks, *static.found.models):
        if block.default and block.graph.unresolved:
            reasons.setdefault(targets[block.file, block.owner], block.graph.unresolved[0].reason)
    inner = set() if request.named else parts(static.recordings)
    for failure in static.failures:
        names_class = ":" in failure.target.replace(":\\", "")
        if failure.code != NO_TARGET and names_class and _class(failure.target) not in inner:
            reasons.setdefault(failure.target, failure.message)
    return reasons


def _no_trace(request: Request) -> str:
    """Why nothing can be traced; "" if it can."""
    from importlib.util import find_spec

    if request.no_exec:
        return "not traced: --no-exec"
    return "" if find_spec("torch") is not None else "not traced: torch is not installed"


def _traced(request: Request, targets: Sequence[str]) -> list[Recording | Failure]:
    """The traces of these targets; several of one file in one child process."""
    files: dict[str, list[str]] = {}
    for target in targets:
        files.setdefault(target if request.named else target.rpartition("::")[0], []).append(target)
    found: list[Recording | Failure] = []
    for file, wanted in files.items():
        single = wanted[0] if len(wanted) == 1 else file
        names = () if request.named else tuple(_class(target) for target in wanted)
        answers = _trace(replace(request, target=single, only=names))
        if len(wanted) == 1:
            answers = [replace(a, target=wanted[0]) for a in answers]
        found += [a for a in answers if a.target in wanted]
    return found


def _class(target: str) -> str:
    """The name of the class or function in a target's text."""
    return target.partition("(")[0].rpartition(":")[2]


# -- both ----------------------------------------------------------------------------------------


def _both(request: Request, static: Answers) -> Answers:
    """What was read, compared with what was recorded; what only one of the engines could answer is said.

    What reading left open is answered by the trace where that saw it whole.
    """
    from archcheck.blocks.comparison import compared

    traced = _answers(request, _trace(request))
    open_targets = _open(request, static)
    targets = {(r.file, r.name): r.target for r in static.recordings}
    parted: dict[tuple[str, str], Parting] = {}
    said: list[str] = []
    seen: dict[tuple[str, str], list[Block]] = {}
    for block in (*static.found.blocks, *static.found.models):
        seen.setdefault(block.place, []).append(block)
    unseen: set[str] = set()  # targets of which the trace did not see all
    for block in (*traced.found.blocks, *traced.found.models):
        apart, why = compared(seen.get(block.place, ()), block, partial(read_as, request))
        if apart is not None:
            parted[block.place] = apart
        elif why:
            said.append(f"{block.name}: {why}")
        if block.graph.unresolved:
            unseen.add(targets.get((block.file, block.owner), ""))
    others = {b.place for b in (*traced.found.blocks, *traced.found.models)}
    said += [
        f"{blocks[0].name}: only static has it, so there is nothing to compare it with"
        for place, blocks in sorted(seen.items())
        if place not in others
    ]
    said += [f"{_class(f.target)}: the trace failed: {f.message}" for f in traced.failures]
    said += [f"{_class(f.target)}: static failed: {f.message}" for f in static.failures]
    better = {r.target for r in traced.recordings} & set(open_targets) - unseen
    kept = [r for r in static.recordings if r.target not in better]
    recorded = {r.target for r in static.recordings}
    more = [r for r in traced.recordings if r.target in better or r.target not in recorded]
    answered = {r.target for r in more}
    failures = [f for f in static.failures if f.target not in answered] or (
        [] if static.recordings or more else list(traced.failures)
    )
    whole = _answers(request, [*kept, *more, *failures, *static.covered], said) if more else static
    beside = "trace" if traced.recordings else ""
    return replace(whole, failures=tuple(failures), parted=parted, said=tuple(said), beside=beside)


def read_as(request: Request, block: Block) -> list[Block]:
    """The blocks of a traced one's class as static reads it alone where forward is called as the trace called it.

    Nothing where that is what was asked for.
    """
    names = {text.partition("=")[0] for text in request.inputs}
    given = [text for text in block.given if text.partition("=")[0] not in names]
    if request.named and not given:
        return []
    single = replace(
        request,
        target=request.target if request.named else f"{block.file}::{block.owner}",
        inputs=(*request.inputs, *given),
    )
    found = _answers(single, _static(single)).found
    return [b for b in (*found.blocks, *found.models) if b.place == block.place]


# -- front ends ----------------------------------------------------------------------------------


def _static(request: Request) -> list[Answer]:
    from archcheck.frontends.static import read_target

    return read_target(
        request.target,
        settings=dict(request.settings or {}),
        inputs=request.inputs,
        path=request.path,
        call=request.call,
        timeout=request.timeout,
    )


def _trace(request: Request) -> list[Recording | Failure]:
    from archcheck.frontends.trace import trace_target

    return trace_target(
        request.target,
        settings=dict(request.settings or {}),
        inputs=request.inputs,
        path=request.path,
        call=request.call,
        timeout=request.timeout,
        memory=MEMORY,
        only=request.only,
    )
