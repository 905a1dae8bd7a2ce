"""Hypothesis strategies for chains: `syntax_blocks` prints and parses, `valid_blocks` also expands."""

from __future__ import annotations

from hypothesis import strategies as st

from archcheck.spec.syntax import Chain, GroupStep, WordStep
from archcheck.vocabulary import CANONICAL, JOINS, VALUES

WORDS = sorted(CANONICAL)
KEYS = ["eps", "p", "value", "heads", "causal", "shared", "kernel", "mode", "n"]

names = st.from_regex(r"\A[a-z][a-z0-9_]{0,6}\Z").filter(
    lambda name: name not in CANONICAL | VALUES | {"as", "skip", "true", "false", "null", "inf", "nan"}
)
heads = names | st.sampled_from(sorted(VALUES))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | names
)
literals = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=4)
attributes = st.dictionaries(st.sampled_from(KEYS) | names, literals, max_size=3).map(
    lambda d: tuple(d.items())
)
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True).map(tuple)


def _chains(inner):
    return st.builds(
        Chain,
        steps=st.lists(inner, min_size=1, max_size=3).map(tuple),
        head=st.none() | heads,
    ) | st.builds(Chain, steps=st.just(()), head=heads)


def _compound(inner):
    chain = _chains(inner)
    word = st.builds(
        WordStep,
        words=words,
        values=st.lists(heads, max_size=2).map(tuple),
        attrs=attributes,
        skip=st.none() | chain,
        inside=st.none() | st.lists(chain, min_size=1, max_size=2).map(tuple),
        optional=st.booleans(),
        name=st.none() | names,
    )
    single = st.builds(
        GroupStep,
        chains=chain.map(lambda c: (c,)),
        join=st.none(),
        optional=st.booleans(),
        name=st.none() | names,
    )
    several = st.builds(
        GroupStep,
        chains=st.lists(chain, min_size=2, max_size=3).map(tuple),
        join=st.sampled_from(["sum", "product", "concat"]),
        optional=st.booleans(),
        name=st.none() | names,
    )
    return word | single | several


plain_steps = st.builds(WordStep, words=words, optional=st.booleans(), name=st.none() | names)
syntax_steps = st.recursive(plain_steps, _compound, max_leaves=8)
# Any syntax, with or without meaning: names may be undefined, joins may stand anywhere.
syntax_chains = _chains(syntax_steps)
syntax_blocks = st.lists(syntax_chains, min_size=1, max_size=3).map(tuple)

OPERATIONS = sorted(
    {
        "attention",
        "self_attention",
        "feed_forward",
        "norm",
        "layer_norm",
        "rms_norm",
        "linear",
        "conv",
        "relu",
        "gelu",
    }
    | {"dropout", "drop_path", "layer_scale", "scale", "pool", "softmax", "sublayer"}
)


@st.composite
def valid_blocks(draw, depth: int = 2) -> tuple[Chain, ...]:
    """The chains of a block that means something: every name is defined, every result is read."""
    defined: list[str] = []
    chains = []
    for _ in range(draw(st.integers(1, 4))):
        chains.append(draw(_valid_chain(defined, depth, named=True)))
    return tuple(chains)


@st.composite
def _valid_chain(draw, defined: list[str], depth: int, *, named: bool) -> Chain:
    steps: list[WordStep | GroupStep] = []
    for _ in range(draw(st.integers(1, 3))):
        steps.append(draw(_valid_step(defined, depth, named=named)))
    joins = draw(st.integers(0, 2))
    if joins == 1:
        steps.append(WordStep((draw(st.sampled_from(sorted(JOINS - {"interpolate"}))),)))
    elif joins == 2:
        value = draw(st.sampled_from([*defined, "input"]))
        skip = draw(st.none() | st.just(Chain((WordStep(("conv",)),), value)))
        values = () if skip else (value,)
        steps.append(WordStep((draw(st.sampled_from(["add", "mul"])),), values=values, skip=skip))
    return Chain(tuple(steps))


@st.composite
def _valid_step(draw, defined: list[str], depth: int, *, named: bool) -> WordStep | GroupStep:
    optional = draw(st.booleans()) and draw(st.booleans())
    if depth and draw(st.integers(0, 3)) == 0:
        count = draw(st.integers(1, 3))
        chains = tuple(draw(_valid_chain(defined, depth - 1, named=False)) for _ in range(count))
        join = None if count == 1 else draw(st.sampled_from(["sum", "product", "concat"]))
        return GroupStep(chains, join, optional)
    words = tuple(draw(st.lists(st.sampled_from(OPERATIONS), min_size=1, max_size=2, unique=True)))
    inside = None
    if depth and draw(st.integers(0, 4)) == 0:
        inside = (draw(_valid_chain([], depth - 1, named=False)),)
    name = None
    # Inside a part that may be absent a name would be read from outside; only the block's chains give names.
    if named and draw(st.booleans()):
        name = f"v{len(defined)}"
        defined.append(name)
    return WordStep(words, inside=inside, optional=optional, name=name)
