"""Which configuration a class is built from, where nothing but its name says so."""

import textwrap

import pytest

from archcheck import describe

MODEL = """
    from torch import nn

    class NetVisionConfig:
        def __init__(self, width=8, first=False):
            self.width, self.first = width, first

    class NetTextConfig:
        def __init__(self, width=8, rate=0.1):
            self.width, self.rate = width, rate

    class NetConfig:
        parts = {"text": NetTextConfig, "vision": NetVisionConfig}

    class NetFeedForward(nn.Module):
        def __init__(self, config):
            super().__init__()
            self.config = config
            self.into, self.out = nn.Linear(config.width, 32), nn.Linear(32, config.width)
            self.dropout = nn.Dropout(self.config.rate)

        def forward(self, x):
            return self.dropout(self.out(self.into(x).relu()))

    class NetCrossLayer(nn.Module):
        def __init__(self, config):
            super().__init__()
            self.network = NetFeedForward(config)
            self.norm = nn.LayerNorm(config.width)

        def forward(self, x):
            return self.norm(x + self.network(x))
"""


def test_of_several_that_are_named_alike_the_one_with_what_is_read(tmp_path):
    file = tmp_path / "net.py"
    file.write_text(textwrap.dedent(MODEL))
    (view,) = describe(f"{file}::NetCrossLayer", engine="static").blocks
    assert view.notation.strip() == "feed_forward -> dropout -> add -> layer_norm"
    assert [node.attr("p") for node in view.graph.nodes if node.op == "dropout"] == [0.1]


def test_among_equals_the_shortest_name(tmp_path):
    """Not the one that a hash seed puts first."""
    file = tmp_path / "net.py"
    text = textwrap.dedent(MODEL).replace(
        'parts = {"text": NetTextConfig, "vision": NetVisionConfig}', "width, rate = 8, 0.2"
    )
    file.write_text(text)
    (view,) = describe(f"{file}::NetCrossLayer", engine="static").blocks
    assert [node.attr("p") for node in view.graph.nodes if node.op == "dropout"] == [0.2]


FILLED_IN = """
    from dataclasses import dataclass
    from torch import nn

    @dataclass
    class Config:
        width: int = 8
        first: bool = True

    class Net(nn.Module):
        def __init__(self, config: Config = None):
            super().__init__()
            config = config or Config(first=False)
            self.first = config.first
            self.norm, self.into = nn.LayerNorm(config.width), nn.Linear(config.width, config.width)

        def forward(self, x):
            return x + self.into(self.norm(x)) if self.first else self.norm(x + self.into(x))
"""


@pytest.mark.parametrize("form", [
    "config or Config(first=False)",
    "Config(first=False) if config is None else config",
])  # fmt: skip
def test_what_the_constructor_puts_in_the_place_of_no_configuration(tmp_path, form):
    file = tmp_path / "net.py"
    file.write_text(textwrap.dedent(FILLED_IN).replace("config or Config(first=False)", form))
    default = next(v for v in describe(f"{file}::Net", engine="static").blocks if v.default)
    assert default.notation.strip() == "linear -> add -> layer_norm"
    (view,) = describe(f"{file}::Net", engine="static", set={"config.first": True}).blocks
    assert view.notation.strip() == "layer_norm -> linear -> add"


def test_what_is_made_of_other_arguments_is_no_choice(tmp_path):
    """Where two parts may be given instead of a configuration, and one of both must be."""
    file = tmp_path / "net.py"
    source = FILLED_IN.replace("config: Config = None", "config: Config = None, part=None")
    rest = "if config is None:\n                config = Config(first=part.first, width=part.width)"
    file.write_text(textwrap.dedent(source.replace("config = config or Config(first=False)", rest)))
    default = next(v for v in describe(f"{file}::Net", engine="static").blocks if v.default)
    assert default.notation.strip() == "layer_norm -> linear -> add"


def test_a_plain_configuration_keeps_its_variants(tmp_path):
    file = tmp_path / "net.py"
    file.write_text(textwrap.dedent(FILLED_IN).replace("Config(first=False)", "Config()"))
    found = {v.notation.strip() for v in describe(f"{file}::Net", engine="static").blocks}
    assert found == {"layer_norm -> linear -> add", "linear -> add -> layer_norm"}


UNNAMED = """
    from torch import nn

    class Settings:
        def __init__(self, first=True):
            self.first = first

    class Q17:
        def __init__(self, width=8, first=True):
            self.width, self.first = width, first

    class Q18(nn.Module):
        def __init__(self, config):
            super().__init__()
            self.f, self.norm = nn.Linear(config.width, 8), nn.LayerNorm(8)
            self.first = config.first

        def forward(self, x):
            return x + self.f(self.norm(x)) if self.first else self.norm(x + self.f(x))

    class Base(nn.Module):
        {declared}

    class Other(nn.Module):
        def __init__(self, config: Settings):
            super().__init__()
"""


@pytest.mark.parametrize("declared", ["config: Q17", "config_class = Q17"])
def test_what_a_module_annotates_its_configuration_with_needs_no_name(tmp_path, declared):
    """Of two classes that stand for configurations the one that has what is read (a copy with other names)."""
    file = tmp_path / "net.py"
    file.write_text(textwrap.dedent(UNNAMED.format(declared=declared)))
    (view, other) = describe(f"{file}::Q18", engine="static").blocks
    assert view.default
    assert view.notation.strip() == "layer_norm -> linear -> add"
    assert dict(other.when) == {"config.first": False}
