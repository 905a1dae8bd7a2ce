"""A closed spec made less definite: families in place of words, choices, optional steps, attributes."""

from __future__ import annotations

from dataclasses import replace

from archcheck.graph import Literal
from archcheck.spec import Body, Chain, GroupStep, Spec, Step
from archcheck.spec.walk import words_in
from archcheck.vocabulary import JOINS, PARENT, ancestors, is_a
from tests.property.architectures import Architecture, Source

# Steps that may be absent: nothing reads into them, and what is left still has a sublayer.
MAY_BE_ABSENT = ("norm", "dropout", "drop_path", "scale")
USUAL: dict[str, tuple[tuple[str, Literal], ...]] = {
    "layer_norm": (("eps", 1e-6),),
    "rms_norm": (("eps", 1e-6),),
    "batch_norm": (("eps", 1e-3),),
    "self_attention": (("heads", 8),),
    "dropout": (("p", 0.2),),
    "moe": (("top_k", 1),),
}


def opened(whole: Architecture, source: Source) -> Spec:
    """The spec of an architecture, with some of its steps left open."""
    spec = whole.spec()

    def body(given: Body | None) -> Body | None:
        return given and replace(given, chains=tuple(_chain(chain, source) for chain in given.chains))

    return replace(
        spec, block=body(spec.block), blocks=tuple(b for b in map(body, spec.blocks) if b is not None)
    )


def _chain(chain: Chain, source: Source) -> Chain:
    return replace(chain, steps=tuple(_step(step, source) for step in chain.steps))


def _step(step: Step, source: Source) -> Step:
    if isinstance(step, GroupStep) and "moe" in words_in(step.chains):
        return step  # a sublayer beside experts may be written as a network, and that is a shared expert
    if isinstance(step, GroupStep):
        return replace(step, chains=tuple(_chain(chain, source) for chain in step.chains))
    (word,) = step.words
    if word in JOINS or word in ("linear", "gate", "modulate"):
        return step
    if any(is_a(word, family) for family in MAY_BE_ABSENT) and source.chance(30):
        step = replace(step, optional=True)
    if step.inside is not None or step.attrs:
        return step
    kind = source.number(0, 9)
    if kind < 3:
        return replace(step, words=(source.among(ancestors(word)),))
    if kind < 5:
        return replace(step, words=_choice(word, source))
    if kind < 7 and word in USUAL and len(step.values) == 0:
        return replace(step, attrs=USUAL[word])
    return step


def _choice(word: str, source: Source) -> tuple[str, ...]:
    """The word, and another one of its family that reads as many values."""
    if PARENT[word] == "" or word == "cross_attention":
        return (word,)
    others = sorted(w for w, parent in PARENT.items() if parent == PARENT[word] and w not in (*_ODD, word))
    return (word, source.among(others)) if others else (word,)


_ODD = frozenset({"joint_attention", "cross_attention", "grn", "l2_norm", "instance_norm"})
