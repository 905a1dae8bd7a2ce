"""What a front end hands over: a raw graph, and the facts about the modules it ran through."""

from __future__ import annotations

from dataclasses import dataclass

from archcheck.graph.types import Graph, Literal, Span


@dataclass(frozen=True, slots=True)
class ModuleInfo:
    """One module of the target's tree.

    `path` is relative to the target ("" is the target). `container` is true for ModuleList,
    Sequential and the like. `calls` counts the calls that were recorded, `parameters_used` says
    whether any of its own parameters or buffers was read. `mentioned` says whether any method but
    the constructor names the attribute through which its parent holds it. `length` is the real length of
    a list of which only a few members were built to stand for all (0: not known); None where all were.
    """

    path: str
    cls: str
    instance: int
    span: Span | None = None
    container: bool = False
    calls: int = 0
    parameters: int = 0
    parameters_used: bool = False
    mentioned: bool = True
    built_at: Span | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """One run (or one abstract run) of one target.

    `graph` is raw: its words are those of `vocabulary.RAW`. `when` names the variant; `settings` are
    the constructor arguments and config fields that were used; `absent` names the optional arguments of
    forward that the code asked for and that were None. `given` are the arguments with which forward ran and that its
    own defaults would not give, as `--inputs` takes them (`NAME`, `NAME=VALUE`). `untold` are the attributes that
    sizes decide which nobody gave: a guess, or a configuration that was made smaller to be run.
    """

    target: str
    name: str
    engine: str
    graph: Graph
    span: Span | None = None
    modules: tuple[ModuleInfo, ...] = ()
    when: tuple[tuple[str, Literal], ...] = ()
    default: bool = True
    settings: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    untold: frozenset[str] = frozenset()

    @property
    def file(self) -> str:
        """The file or the module of the target, without the name of the class."""
        return self.target.partition("(")[0].rpartition(":")[0].rstrip(":")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A class that was not recorded, because another recording covers it."""

    target: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A target that could not be read or run: the AC9xx code, what is wrong, where, and what to do."""

    target: str
    code: str
    message: str
    advice: str = ""
    span: Span | None = None
    detail: str = ""
