"""What configurations answer: by names that stand for others, by what they are given beside their fields."""

from __future__ import annotations

import pytest
from conftest import HEAD, block

MAPPED = """
class BlockConfig:
    attribute_map = {"rate": "hidden_rate"}

    def __init__(self, width=8, hidden_rate=0.0):
        self.width, self.hidden_rate = width, hidden_rate

    def __getattribute__(self, key):
        if key != "attribute_map" and key in super().__getattribute__("attribute_map"):
            key = super().__getattribute__("attribute_map")[key]
        return super().__getattribute__(key)
"""

LAYER = """
class Block(nn.Module):
    def __init__(self, config: BlockConfig):
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.f = nn.Linear(config.width, config.width)
        self.rate = {asked}

    def forward(self, x):
        if self.rate is None:
            raise ValueError("no rate")
        return x + self.norm(self.f(x))
"""


def test_getattr_with_a_default_asks_what_the_class_answers(reader):
    source = HEAD + MAPPED + LAYER.format(asked='getattr(config, "rate", None)')
    (view,) = reader.describe(source).blocks
    assert not view.unresolved
    assert view.notation.strip() == "linear -> layer_norm -> add"


def test_a_name_that_nothing_answers_has_the_default(reader):
    source = HEAD + MAPPED + LAYER.format(asked='getattr(config, "other", 3)')
    (view,) = reader.describe(source).blocks
    assert not view.unresolved


GIVEN = """
from dataclasses import dataclass
from huggingface_hub.dataclasses import strict

@strict(accept_kwargs=True)
@dataclass
class PartConfig:
    width: int = 8

    def __post_init__(self, **kwargs):
        self._norm = kwargs.pop("norm", "none")

    @property
    def norm(self):
        return self._norm

@strict(accept_kwargs=True)
@dataclass
class BlockConfig:
    width: int = 8

    def __post_init__(self, **kwargs):
        self.part = PartConfig(width=16, norm="layer")
"""


def test_what_is_no_field_goes_to_post_init(reader):
    source = (
        HEAD
        + GIVEN
        + LAYER.format(asked="1").replace("self.norm = ", "self.kind = config.part.norm; self.norm = ")
    )
    source = source.replace(
        "return x + self.norm(self.f(x))",
        "y = self.f(x)\n        return x + (self.norm(y) if self.kind == 'layer' else y)",
    )
    first = reader.describe(source).blocks[0]
    assert (first.notation.strip(), first.unresolved) == ("linear -> layer_norm -> add", ())


TWO = """
class NetPartConfig:
    def __init__(self, width=8, depth=2, heads=4):
        self.width, self.depth, self.heads = width, depth, heads

class NetConfig:
    def __init__(self, size=8):
        self.size = size
        self.part = NetPartConfig()

class NetPart(nn.Module):
    def __init__(self, config):
        super().__init__()
        if not isinstance(config, NetPartConfig):
            raise TypeError("a configuration of the part is wanted")
        self.norm = nn.LayerNorm(config.width)
        self.depth, self.heads = config.depth, config.heads

    def forward(self, x):
        return self.norm(x)

class NetConnector(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.f, self.part = nn.Linear(config.size, config.size), NetPart(config.part)

    def forward(self, x):
        return x + self.part(self.f(x))
"""


def test_the_configuration_is_the_one_that_has_what_the_class_itself_reads(reader):
    """Not the one that has most of what its parts read of theirs."""
    assert reader.notation(HEAD + TWO, "NetConnector") == "linear -> layer_norm -> add"


def test_numpy_on_numbers_is_computed(reader):
    init = "import numpy as np\nhop = np.prod([2, 4])\nself.g = nn.LayerNorm(dim) if np.ceil(16 / hop) != 2.0 else None"
    assert reader.notation(block("return x + self.f(x)", init=init)) == "linear -> add"


def test_of_a_tensor_whose_length_is_not_known_there_may_be_fewer_parts_than_supposed(reader):
    body = "y = self.norm(x)\nfor i, part in enumerate(x.transpose(0, 1)):\n    y = y + self.parts[i](part)\nreturn y"
    found = reader.notation(block(body, init="self.parts = nn.ModuleList([nn.Linear(dim, dim)])"))
    assert found == "(layer_norm + linear)"


HIDDEN = """
import contextvars
import threading
from functools import wraps

COLLECTOR = contextvars.ContextVar("collector", default=None)
REGISTRY = {}
LOCK = threading.Lock()


class Layer(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm, self.f = nn.LayerNorm(dim), nn.Linear(dim, dim)

    def forward(self, x):
        return x + self.f(self.norm(x))


def install(module):
    with LOCK:
        for part in module.children():
            if isinstance(part, Layer):
                part.register_forward_hook(note)
            else:
                install(part)


def note(module, args, output):
    found = COLLECTOR.get()
    if found is not None:
        found.append(output)


def captures(function):
    @wraps(function)
    def wrapper(self, x):
        found = []
        if REGISTRY[str(self.__class__)]:
            install(self)
        token = COLLECTOR.set(found)
        try:
            y = function(self, x)
        finally:
            COLLECTOR.reset(token)
        return y, tuple(found)

    return wrapper


class Encoder(nn.Module):
    def __init__(self, dim):
        super().__init__()
        REGISTRY[str(self.__class__)] = True
        self.layers = nn.ModuleList([Layer(dim), Layer(dim)])

    @captures
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Block(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.encoder, self.out = Encoder(dim), nn.Linear(dim, dim)

    def forward(self, x):
        y, states = self.encoder(x)
        return self.out(states[0])
"""


def test_states_that_hooks_collect_in_a_context_variable(reader):
    """Of the two layers the first one's result is read: the second computes nothing that counts."""
    (view,) = [v for v in reader.describe(HEAD + HIDDEN).blocks if v.name == "Block"]
    assert not view.unresolved
    assert view.notation.strip().splitlines() == ["layer_norm -> linear -> add -> linear"]


PARTS = """
from dataclasses import dataclass, field

@dataclass
class ViewConfig:
    act: str = "gelu"

@dataclass
class TextConfig:
    act: str = "relu"

@dataclass
class NetConfig:
    text: TextConfig = field(default_factory=TextConfig)
    view: ViewConfig = field(default_factory=ViewConfig)

ACTS = {"relu": nn.ReLU, "gelu": nn.GELU}
"""
OWNER = """
class Inner(nn.Module):
    def __init__(self, config: NetConfig):
        super().__init__()
        self.act, self.f = ACTS[config.act](), nn.Linear(8, 8)

    def forward(self, x):
        return x + self.act(self.f(x))

class Middle(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.inner = Inner(config)

class Outer(nn.Module):
    def __init__(self, config: NetConfig):
        super().__init__()
        self.middle = Middle({given})
"""


@pytest.mark.parametrize(
    ("given", "act"), [("config.view", "gelu"), ("config=config.view", "gelu"), ("config", "relu")]
)
def test_what_builds_a_class_tells_its_configuration(reader, given, act):
    found = reader.describe(HEAD + PARTS + OWNER.replace("{given}", given), name="Inner").blocks[0]
    assert found.notation.strip() == f"linear -> {act} -> add"


EXTENDED = """
class Plain:
    @property
    def kind(self):
        return self._kind

    @kind.setter
    def kind(self, value):
        self._kind = value

class BlockConfig(Plain):
    def __init__(self, width=8):
        self.width = width
        self.kind = "layer"

    @property
    def kind(self):
        return {read}

    @kind.setter
    def kind(self, value):
        {write}
"""


@pytest.mark.parametrize(
    ("read", "write"),
    [
        ("Plain.kind.fget(self)", "Plain.kind.fset(self, value)"),
        ("Plain.kind.__get__(self)", "Plain.kind.__set__(self, value)"),
        ("Plain.kind.__get__(self, BlockConfig)", "Plain.kind.__set__(self, value)"),
        ("self._kind", "Plain.kind.__set__(self, value)"),
    ],
)
def test_a_property_is_asked_and_set_through_its_class(reader, read, write):
    source = (
        HEAD
        + EXTENDED.format(read=read, write=write)
        + LAYER.format(asked="1").replace(
            "self.norm = ", "self.norm = {'layer': nn.LayerNorm, 'rms': nn.RMSNorm}[config.kind](8) #"
        )
    )
    assert reader.notation(source) == "linear -> layer_norm -> add"
