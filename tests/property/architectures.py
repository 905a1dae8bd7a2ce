"""Random architectures as lists of residual units, from any source of choices: hypothesis, or a seeded generator."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from hypothesis import strategies as st

from archcheck.spec import Spec, read_text

T = TypeVar("T")

SEQUENCE_NORMS = ("layer_norm", "rms_norm", "scale_norm")
IMAGE_NORMS = ("batch_norm", "group_norm", "layer_norm")
ATTENTIONS = ("self_attention", "cross_attention(memory)")
FEED_FORWARDS = (
    "feed_forward",
    "gated_feed_forward",
    "moe",
    "feed_forward[linear -> relu -> linear]",
    "feed_forward[linear -> gelu -> dropout -> linear]",
    "gated_feed_forward[(linear -> silu * linear) -> linear]",
)
MIXERS = ("recurrent", "fourier", "ssm", "convolution")
CONVOLUTIONS = (
    "conv",
    "depthwise_conv",
    "conv -> batch_norm -> relu -> conv",
    "conv -> relu -> conv",
    "squeeze_excite",
    "max_pool",
)
# Steps at the end of a branch, in the order in which the generator writes them.
TAILS = ("dropout", "layer_scale", "scale(0.5)", "drop_path")


class Source(Protocol):
    """Where choices come from."""

    def among(self, options: Sequence[T]) -> T: ...

    def chance(self, percent: int) -> bool: ...

    def number(self, low: int, high: int) -> int: ...


class Seeded:
    """Choices of a seeded generator."""

    def __init__(self, seed: object) -> None:
        self._random = random.Random(str(seed))

    def among(self, options: Sequence[T]) -> T:
        return self._random.choice(list(options))

    def chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)


class Drawn:
    """Choices that hypothesis draws, and shrinks."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def among(self, options: Sequence[T]) -> T:
        return self._draw(st.sampled_from(list(options)))

    def chance(self, percent: int) -> bool:
        return self._draw(st.integers(0, 99)) >= 100 - percent

    def number(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))


@dataclass(frozen=True)
class Unit:
    """One sublayer, or several in parallel, with its norms, the tail of its branch and its residual.

    `skip` is "start", "normed" (behind the norm), "twice", "input", "projected" or "none"; `join` how parallel bodies come
    together; `own` says that each of them has a norm of its own; `shared` names norms that are one module.
    """

    bodies: tuple[str, ...]
    before: str = ""
    inside: str = ""
    after: str = ""
    tail: tuple[str, ...] = ()
    late: bool = False  # the norm inside stands behind the tail's dropout
    stream: tuple[str, ...] = ()  # steps on the stream, behind the add
    join: str = "+"
    own: bool = False
    skip: str = "start"
    conditional: bool = False


@dataclass(frozen=True)
class Architecture:
    """A block of units; `final` is the norm behind the stack of a whole model, None where there is no model."""

    units: tuple[Unit, ...]
    image: bool = False
    model: bool = False
    final: str = ""
    shared: frozenset[tuple[int, str]] = field(
        default_factory=frozenset
    )  # (unit, "before"/"after"): one module

    def norm(self, place: int, where: str) -> str:
        word = getattr(self.units[place], where)
        return f"{word}(shared=one)" if (place, where) in self.shared else word

    def chains(self) -> list[str]:
        """The block's chains."""
        found = []
        for place, unit in enumerate(self.units):
            last = place == len(self.units) - 1
            found.append(_chain(self, place, unit, last))
        return found

    def text(self) -> str:
        """The spec file."""
        inputs = ["x"]
        chains = self.chains()
        inputs += [name for name in ("memory", "c") if any(f"({name})" in chain for chain in chains)]
        block = "\n".join(f"      - {chain}" for chain in chains)
        head = "archcheck: 1\nname: block\n"
        if not self.model:
            return f"{head}inputs: [{', '.join(inputs)}]\nblock:\n{block}\n"
        stack = f"stack({', '.join([*inputs[1:], 'n=2'])})[layer]"
        model = f"{stack} -> {self.final}" if self.final else f"linear -> {stack}"
        return (
            f"{head}inputs: [{', '.join(inputs)}]\nblocks:\n  layer:\n    inputs: [{', '.join(inputs)}]\n"
            f"    block:\n{block}\nmodel: {model}\n"
        )

    def spec(self) -> Spec:
        """The spec as it is read from that file."""
        return read_text(self.text(), "block.yaml")


def _chain(whole: Architecture, place: int, unit: Unit, last: bool) -> str:
    steps = []
    if unit.before and not unit.own:
        steps.append(whole.norm(place, "before") + (f" as n{place}" if unit.skip == "normed" else ""))
    if unit.conditional:
        steps.append("modulate(c)")
    if len(unit.bodies) == 1:
        steps.append(unit.bodies[0])
    else:
        norm = f"{unit.before} -> " if unit.own and unit.before else ""
        steps.append("(" + f" {unit.join} ".join(norm + body for body in unit.bodies) + ")")
        if unit.join == ",":
            steps.append("linear")
    tail = list(unit.tail)
    if unit.inside:
        late = unit.late and "dropout" in tail
        tail.insert(tail.index("dropout") + 1 if late else 0, unit.inside)
    steps += tail
    if unit.conditional:
        steps.append("gate(c)")
    skip = {
        "start": ["add"],
        "normed": [f"add(n{place})"],
        "input": ["add(input)"],
        "projected": ["add(skip=linear)"],
        "twice": ["add", f"add(r{place - 1})" if place else "add(input)"],
        "none": [],
    }
    steps += skip[unit.skip]
    steps += unit.stream
    if unit.after:
        steps.append(whole.norm(place, "after"))
    if not last and place + 1 < len(whole.units) and whole.units[place + 1].skip == "twice":
        steps[-1] += f" as r{place}"
    return " -> ".join(steps)


def architecture(source: Source, largest: int = 5, *, small: bool = False) -> Architecture:
    """A random block of up to so many units; a `small` one has few operations."""
    image = not small and source.chance(15)
    count = source.number(1, 2 if small else largest)
    units = tuple(_unit(source, image, small, place) for place in range(count))
    model = not small and not image and source.chance(15) and any(len(u.bodies) == 1 for u in units)
    final = source.among(("", *SEQUENCE_NORMS)) if model else ""
    found = Architecture(units, image, model, final)
    return _with_shared(source, found) if source.chance(10) else found


def _with_shared(source: Source, found: Architecture) -> Architecture:
    places = norm_places(found)
    pairs = [(a, b) for a in places for b in places if a < b and _word(found, a) == _word(found, b)]
    if not pairs:
        return found
    return Architecture(found.units, found.image, found.model, found.final, frozenset(source.among(pairs)))


def norm_places(found: Architecture) -> list[tuple[int, str]]:
    """The norms that stand alone: before a branch, or on the stream."""
    return [
        (place, where)
        for place, unit in enumerate(found.units)
        for where in ("before", "after")
        if getattr(unit, where) and not (where == "before" and unit.own)
    ]


def _word(found: Architecture, place: tuple[int, str]) -> str:
    return getattr(found.units[place[0]], place[1])


def _unit(source: Source, image: bool, small: bool, place: int) -> Unit:
    norms = IMAGE_NORMS if image else SEQUENCE_NORMS
    family = source.number(0, 9)
    pool = CONVOLUTIONS if image else ATTENTIONS if family < 4 else FEED_FORWARDS if family < 8 else MIXERS
    bodies = [source.among(pool)]
    if small:
        bodies = [bodies[0].partition("[")[0]]
    join, own = "+", False
    if not small and not image and source.chance(15):
        bodies = ["self_attention", source.among(FEED_FORWARDS)]
        join, own = source.among(("+", "+", "+", ",")), source.chance(50)
    position = source.among(("pre", "pre", "post", "sandwich", "res_post", "none"))
    if bodies == ["max_pool"] and position in ("post", "res_post", "none"):
        position = "pre"  # a pool alone does not tell how many channels there are
    norm = source.among(norms)
    tail = tuple(step for step in TAILS if source.chance(8 if small else 25))
    if not any(position == p for p in ("pre", "sandwich")):
        own = False
    skip = source.among(("start",) * 9 + ("normed", "input", "projected"))
    if (
        (skip == "normed" and (position != "pre" or own))
        or (skip == "input" and place == 0)
        or (image and skip == "projected")
    ):
        skip = "start"
    return Unit(
        bodies=tuple(bodies),
        before=norm if position in ("pre", "sandwich") else "",
        inside=source.among(norms) if position in ("sandwich", "res_post") else "",
        after=norm if position == "post" else "",
        tail=tail,
        join=join,
        own=own and bool(norm),
        skip=skip,
        stream=("dropout",) if source.chance(5) else (),
        conditional=not image
        and not small
        and position in ("pre", "sandwich")
        and len(bodies) == 1
        and skip == "start"
        and source.chance(8),
    )
