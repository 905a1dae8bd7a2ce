"""Which configuration a class is built from, where nothing but its name says so."""

import textwrap

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
