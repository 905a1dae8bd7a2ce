"""All configurations of one target: run again for each condition that a run met."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from archcheck.frontends.static.decisions import GIVEN, Choice
from archcheck.frontends.static.errors import GaveUpError, Raised
from archcheck.frontends.static.modules import Library
from archcheck.frontends.static.registries import may_help
from archcheck.frontends.static.run import Outcome, Task, run, span_of_task
from archcheck.frontends.static.values import Value, is_constant
from archcheck.graph import Graph, Literal, Unresolved

MOST_RUNS = 40
MOST_FAILED = 6  # runs of a class that nobody named which raise, before one that does not
MOST_TOGETHER = 3  # conditions that are turned together


@dataclass(frozen=True)
class Variant:
    """One configuration: what was assigned, whether only conditions without a default were, and its outcome."""

    assigned: dict[str, Value]
    default: bool
    outcome: Outcome


@dataclass(frozen=True)
class Exploration:
    """The variants that differ, the default first; the failure of the default; what was not looked at."""

    variants: tuple[Variant, ...]
    failure: Raised | GaveUpError | None
    cut: int


def explore(library: Library, task: Task, most: int = MOST_RUNS, models: bool = True) -> Exploration:
    """Run a target with its defaults, then with each condition turned, and on from those that differ.

    Without `models`, a target that stacks others is run with its defaults alone: its members have variants
    of their own.
    """
    failure: Raised | GaveUpError | None = None
    found: dict[tuple[object, ...], Variant] = {}
    queue: list[tuple[dict[str, Value], bool]] = [({}, True)]
    tried: set[tuple[tuple[str, str], ...]] = set()
    failed: set[tuple[str, frozenset[str]]] = set()  # how runs raised, and what they asked before
    runs = cut = 0
    needed: tuple[str, ...] = ()
    library.missed.clear()  # what other targets missed says nothing of this one
    library.absent.forget()
    while queue:
        assigned, default = queue.pop(0)
        key = tuple(sorted((k, repr(v)) for k, v in assigned.items()))
        if key in tried:
            continue
        tried.add(key)
        if runs >= (most if found else max(most, MOST_FAILED)):
            cut += 1
            continue
        runs += 1
        try:
            outcome = run(library, task, assigned, needed)
        except (Raised, GaveUpError) as error:
            if isinstance(error, Raised) and not found and _otherwise(library, error):
                tried.discard(key)
                queue.insert(0, (assigned, default))
                continue
            failure = failure or error
            if isinstance(error, GaveUpError) and not found:
                break
            if not (models or found) and runs >= MOST_FAILED:
                break
            if isinstance(error, Raised) and not found and len(assigned) < MOST_TOGETHER:
                # What was supposed of a condition may be why it raises: the last ones first, and last of all
                # those beside conditions that changed nothing.
                news = (error.message, frozenset(error.choices))
                place = len(queue) if news in failed else 0
                queue[place:place] = reversed(_turned(error.choices, assigned, default))
                failed.add(news)
            continue
        needed = needed or outcome.needed
        signature = signature_of(outcome.graph)
        if signature in found:
            continue
        found[signature] = Variant(assigned, default, outcome)
        if not models and is_stack(outcome):
            break
        if len(assigned) < MOST_TOGETHER and most > 1:
            queue.extend(_turned(outcome.choices, assigned, default))
    variants = _with_default(task, list(found.values()), failure)
    return Exploration(tuple(variants), failure, cut)


def _otherwise(library: Library, error: Raised) -> bool:
    """Whether the library holds, from now on, what a run that raised may have missed."""
    return may_help(library) or library.absent.suppose(error.message)


def is_stack(outcome: Outcome) -> bool:
    """Whether a container of several equal modules was run through."""
    members: dict[tuple[str, str], int] = {}
    for module in outcome.modules:
        holder = module.path.rpartition(".")[0]
        if module.calls and holder and not module.container:
            members[holder, module.cls] = members.get((holder, module.cls), 0) + 1
    containers = {m.path for m in outcome.modules if m.container}
    return any(count > 1 and holder in containers for (holder, _), count in members.items()) and any(
        m.length is not None for m in outcome.modules
    )


def _turned(
    choices: Mapping[str, Choice], assigned: dict[str, Value], default: bool
) -> list[tuple[dict[str, Value], bool]]:
    return [
        ({**assigned, choice.key: other}, default and not choice.has_default)
        for choice in choices.values()
        if choice.key not in assigned
        for other in choice.others
    ]


def _with_default(task: Task, variants: list[Variant], failure: Raised | GaveUpError | None) -> list[Variant]:
    """The defaults cannot be run in all configurations: then the nearest that can stands for them, and says so.

    It is no proof for the defaults, so what they compute stays open, unless the code itself asks for what is missing.
    """
    if not variants or any(v.default for v in variants):
        return variants
    first = variants[0]
    if isinstance(failure, Raised) and _asks_for(failure, first.assigned):
        names = " and ".join(first.assigned)
        note = f"{names} must be given: without it {task.name} would raise {failure.name}: {failure.message}"
        outcome = replace(first.outcome, notes=(*first.outcome.notes, note))
        return [Variant(first.assigned, True, outcome), *variants[1:]]
    taken = ", ".join(f"{key}={literal(value)!r}" for key, value in first.assigned.items())
    error = f" {failure.name}: {failure.message}" if isinstance(failure, Raised) else f": {failure}"
    where = f" at line {failure.place.line}" if isinstance(failure, Raised) and failure.place else ""
    reason = f"with its defaults {task.name} would raise{error}{where}; it was read with {taken}"
    graph = first.outcome.graph
    open_ = Unresolved(reason, "", span_of_task(task))
    graph = replace(graph, unresolved=(*graph.unresolved, open_))
    return [Variant(first.assigned, True, replace(first.outcome, graph=graph)), *variants[1:]]


def _asks_for(failure: Raised, assigned: Mapping[str, Value]) -> bool:
    """Whether an error names all settings that had to be given: they have no default that could be run."""
    words = set(re.findall(r"\w+", failure.message)) if "ValueError" in failure.names else set()
    return all(value is GIVEN and key.rpartition(".")[2] in words for key, value in assigned.items())


def signature_of(graph: Graph) -> tuple[object, ...]:
    """Equal for raw graphs that compute the same."""
    index = {n.id: i for i, n in enumerate(graph.nodes)}
    rows = tuple(
        (n.words, tuple(index[a] for a in n.args), n.attrs, tuple(s.path for s in n.scopes))
        for n in graph.nodes
    )
    return (*rows, tuple(index[o] for o in graph.outputs), len(graph.unresolved))


def conditions(variant: Variant, variants: tuple[Variant, ...]) -> tuple[tuple[str, Literal], ...]:
    """What a variant's configuration is, over all names in which any two variants differ."""
    names = dict.fromkeys(name for v in variants for name in v.assigned)
    found: list[tuple[str, Literal]] = []
    for name in names:
        if name in variant.assigned:
            found.append((name, literal(variant.assigned[name])))
            continue
        taken = [(text, c.taken) for text, c in variant.outcome.choices.items() if c.key == name]
        if taken:
            text, value = taken[0]
            # Where `total == 0` does not hold, total is not false, which 0 would equal.
            counted = isinstance(value, bool) and any(_is_count(v.assigned.get(name)) for v in variants)
            found.append((text if counted else name, literal(value)))
    return tuple(found)


def _is_count(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def literal(value: Value) -> Literal:
    """A configuration value as reports show it."""
    if value is GIVEN:
        return "given"
    return value if is_constant(value) and not isinstance(value, (bytes, complex)) else str(value)
