"""Arguments for forward: from `--call`, from `--inputs`, or by the names of its parameters; tried in a
fixed order.
"""

from __future__ import annotations

import inspect
import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from archcheck.frontends.target_text import TargetError
from archcheck.frontends.trace.build import setting_value, type_hints
from archcheck.frontends.trace.makers import (
    CONDITION,
    MEMORY,
    POSITIONS,
    ROTARY,
    ROTARY_HALF,
    STARTS,
    Maker,
    is_nothing,
    is_stream,
    makers,
    nothing,
)
from archcheck.frontends.trace.sizes import Sizes, sizes_of
from archcheck.frontends.trace.target import Names

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

MOST_TRIES = 48
MOST_NAMED = 16  # tries for arguments that a complaint names

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def given_call(call: str, names: Names) -> Arguments:
    """The arguments of a `--call` expression: a tuple, a dictionary, both, or one value."""
    value = names.evaluate(call)
    if isinstance(value, dict):
        return (), value
    if (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[0], tuple)
        and isinstance(value[1], dict)
    ):
        return value[0], value[1]
    if isinstance(value, (tuple, list)):
        return tuple(value), {}
    return (value,), {}


def attempts(
    module: Callable[..., Any], inputs: Sequence[str], names: Names
) -> Generator[tuple[int, Arguments], str, None]:
    """Arguments to try, the most likely first, each with the number of its stage; at most `MOST_TRIES` of
    a stage.

    The error that a try led to is sent back: a complaint about a None speaks for the shape of the stream.
    Raises TargetError where `--inputs` names no parameter of forward.
    """
    forward = getattr(module, "forward", module)
    parameters = _parameters(forward)
    wanted = dict(part.partition("=")[::2] for part in inputs)
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for name in wanted:
        if name not in parameters and not takes_any:
            raise TargetError(
                f"forward has no argument {name!r}", f"its arguments are: {', '.join(parameters) or 'none'}"
            )
    sizes = sizes_of(module)
    if any(STARTS.fullmatch(name) for name in parameters):
        sizes = replace(sizes, packed=True)
    maker = _Planner(parameters, wanted, names, sizes, type_hints(forward))
    tries = _tries(maker)
    proposal = next(tries, None)
    while proposal is not None:
        complaint = yield proposal
        if _IDS.search(complaint or "") and not maker.sizes.tokens_first:
            # A table of tokens is there, but not built first.
            maker = replace(maker, sizes=replace(sizes, tokens_first=True))
            tries = _tries(maker)
            proposal = next(tries, None)
            continue
        try:
            proposal = tries.send(complaint)
        except StopIteration:
            return


def _tries(maker: _Planner) -> Generator[tuple[int, Arguments], str, None]:
    """The tries of `attempts` with what the module says of its sizes."""
    parameters = maker.parameters
    plans: list[dict[str, list[Maker]]] = []
    for stage, optional in enumerate(_OPTIONAL):
        plan = maker.plan(optional, every_tensor=stage == len(_OPTIONAL) - 1)
        if set(plan) not in [set(other) for other in plans]:
            plans.append(plan)
    named: dict[str, None] = {}  # optional arguments that a complaint names
    favourite = 0  # one more than the position of the way to make the stream that came furthest
    opened: list[Iterator[tuple[Maker, ...]]] = []
    for stage, plan in enumerate(
        plans
    ):  # first the likeliest of every stage, as long as something is missing
        opened.append(iter(_choices(list(plan.values()))))
        complaint = yield stage, _bind(parameters, dict(zip(plan, next(opened[stage]), strict=True)))
        named |= dict.fromkeys(_named_in(complaint or "", parameters, plan))
        if not _NONE.search(complaint or ""):
            break
        favourite = 1
    yield from _named(maker, named, len(plans))
    for stage, plan in enumerate(plans):
        ways = list(plan.values())
        stream = ways[0] if ways else []
        left = opened[stage] if stage < len(opened) else _choices([_favoured(stream, favourite), *ways[1:]])
        for picks in left:
            complaint = yield stage, _bind(parameters, dict(zip(plan, picks, strict=True)))
            if ways and not favourite and _NONE.search(complaint or ""):
                favourite = stream.index(picks[0]) + 1


# An error about an argument that was not given: the others were right as far as they were used.
_NONE = re.compile(r"None|required|has to be|must be (given|provided|defined)")
# An embedding that is given features.
_IDS = re.compile(r"'indices' to have one of the following scalar types|indices must be (Long|an? integer)")
_MISSED = re.compile(r"missing \d+ required [\w-]+ arguments?: (.*)|KeyError ('\w+')$")


def _named_in(
    complaint: str, parameters: Mapping[str, inspect.Parameter], plan: Mapping[str, Any]
) -> Iterator[str]:
    """The arguments that a complaint speaks of and that were not given; a single common word may be chance."""
    for word in re.findall(r"\w+", complaint) if _NONE.search(complaint) else ():
        if "_" in word and word in parameters and word not in plan:
            yield word
    missed = _MISSED.search(complaint)  # by a part that is handed what forward takes by any name
    if missed and any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        yield from (word for word in re.findall(r"'(\w+)'", missed[1] or missed[2]) if word not in plan)


def _named(
    maker: _Planner, named: dict[str, None], stage: int
) -> Generator[tuple[int, Arguments], str, None]:
    """Tries with the arguments that complaints name: each alone ("exactly one of"), then all, also those that are
    named meanwhile.
    """
    waiting: list[tuple[str, ...]] = [(name,) for name in named]
    tried: set[tuple[str, ...]] = set()
    known: dict[str, list[Maker]] = {}  # of each argument, first the way with which forward came further
    while waiting and len(tried) < MOST_NAMED:
        names = waiting.pop(0)
        tried.add(names)
        if not maker.sizes.packed and any(STARTS.fullmatch(name) for name in names):
            maker = replace(maker, sizes=replace(maker.sizes, packed=True))  # a part packs its sequences
            known.clear()
        made = maker.plan(_OPTIONAL[-2], also=names)
        plan = {name: known.setdefault(name, ways) for name, ways in made.items()}
        for picks in itertools.islice(_choices(list(plan.values())), MOST_NAMED):
            complaint = yield (
                stage + len(tried),
                _bind(maker.parameters, dict(zip(plan, picks, strict=True))),
            )
            more = [name for name in _named_in(complaint or "", maker.parameters, plan) if name not in named]
            named |= dict.fromkeys(more)
            if more:
                for name, pick in zip(plan, picks, strict=True):
                    known[name] = [pick, *(way for way in known[name] if way is not pick)]
                waiting = [tuple(named)]
                break
        if not waiting and tuple(named) not in tried:
            waiting.append(tuple(named))


def _favoured(ways: list[Maker], favourite: int) -> list[Maker]:
    """The favourite first."""
    return ways if not favourite else [ways[favourite - 1], *ways[: favourite - 1], *ways[favourite:]]


# Optional arguments that are given when forward does not run without them, one stage after the other.
_OPTIONAL: tuple[tuple[re.Pattern[str], ...], ...] = (
    (),
    (ROTARY, ROTARY_HALF, re.compile("position_ids|alibi")),
    (ROTARY, ROTARY_HALF, POSITIONS, MEMORY),
    (ROTARY, ROTARY_HALF, POSITIONS, MEMORY, CONDITION),
    (ROTARY, ROTARY_HALF, POSITIONS, MEMORY, CONDITION),
)


@dataclass(frozen=True, slots=True)
class _Planner:
    """Which arguments are given, and the ways to make each."""

    parameters: Mapping[str, inspect.Parameter]
    wanted: Mapping[str, str]
    names: Names
    sizes: Sizes
    hints: Mapping[str, Any]

    def plan(
        self, optional: tuple[re.Pattern[str], ...], every_tensor: bool = False, also: Sequence[str] = ()
    ) -> dict[str, list[Maker]]:
        """Argument -> the ways to make it, the stream first; `every_tensor` adds all that are annotated as
        tensors, `also` are names.
        """
        plan: dict[str, list[Maker]] = {}
        for name, parameter in self.parameters.items():
            asked = name in self.wanted or _is_required(parameter)
            if self.wanted.get(name):
                plan[name] = [_expression(self.wanted[name], self.names)]
            elif parameter.kind is parameter.VAR_POSITIONAL and not plan:
                plan[name] = makers("x", None, self.sizes, first=True)
            elif asked or (not plan and is_stream(name)):
                counts = type(parameter.default) is int  # what is asked for is a number, too
                hint = self.hints.get(name, int if counts else None)
                ways = makers(name, hint, self.sizes, first=not plan)
                plan[name] = _given(ways) if name in self.wanted else ways
            elif name == "use_cache" and parameter.default is not False:
                plan[name] = [lambda: False]  # a cache would hold values of an earlier run
            elif any(pattern.fullmatch(name) for pattern in (*optional, *map(re.compile, also))) or (
                every_tensor and "Tensor" in str(self.hints.get(name)) and not is_nothing(name)
            ):
                plan[name] = makers(name, self.hints.get(name), self.sizes, first=False)
        for name, text in (dict.fromkeys(also, "") | dict(self.wanted)).items():
            if name not in plan:
                ways = makers(name, None, self.sizes, first=False)
                plan[name] = [_expression(text, self.names)] if text else _given(ways)
        return plan


def _given(ways: list[Maker]) -> list[Maker]:
    """The ways to make an argument that somebody asks for: it is given."""
    return [way for way in ways if way is not nothing]


def _choices(plan: list[list[Maker]]) -> Iterator[tuple[Maker, ...]]:
    """Combinations, those with few and small departures from the first choices first."""
    ranges = [range(len(options)) for options in plan if options]
    orders = itertools.islice(itertools.product(*ranges), 20_000)
    ranked = sorted(orders, key=lambda picks: (sum(picks) + sum(pick > 0 for pick in picks), picks))
    for picks in ranked[:MOST_TRIES]:
        yield tuple(options[pick] for options, pick in zip(plan, picks, strict=True))


def _bind(parameters: Mapping[str, inspect.Parameter], chosen: dict[str, Maker]) -> Arguments:
    """Leading arguments by position, for wrappers of forward often know only `*args`; the others by name."""
    args: list[Any] = []
    rest = {name: maker() for name, maker in chosen.items()}
    for name, parameter in parameters.items():
        if name not in rest or parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD):
            break
        args.append(rest.pop(name))
    return tuple(args), rest


def _parameters(forward: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(forward).parameters)
    except (TypeError, ValueError):
        return {}


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty and parameter.kind not in (
        parameter.VAR_POSITIONAL,
        parameter.VAR_KEYWORD,
    )


def _expression(text: str, names: Names) -> Maker:
    return lambda: setting_value(text, names)
