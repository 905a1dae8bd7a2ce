"""A class that cannot be read alone, for want of an argument, is checked where its model builds it."""

import textwrap

from archcheck import describe

STAGES = """
    from torch import nn

    class Merge(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.reduce = nn.Linear(width, width)

        def forward(self, x):
            return self.reduce(x)

    class Stage(nn.Module):
        def __init__(self, width, downsample):
            super().__init__()
            self.norm = nn.LayerNorm(width)
            self.net = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
            self.downsample = downsample(width) if downsample is not None else None

        def forward(self, x):
            x = x + self.net(self.norm(x))
            return x if self.downsample is None else self.downsample(x)
"""

MODEL = """
    class Model(nn.Module):
        def __init__(self, width=8, depth=3):
            super().__init__()
            self.stages = nn.ModuleList([Stage(width, Merge) for _ in range(depth)])

        def forward(self, x):
            for stage in self.stages:
                x = stage(x)
            return x
"""


def described(tmp_path, text):
    file = tmp_path / "net.py"
    file.write_text(text)
    return describe(str(file), engine="static")


def test_members_stand_for_the_class(tmp_path):
    report = described(tmp_path, textwrap.dedent(STAGES) + textwrap.dedent(MODEL))
    found = {view.name: view.unresolved for view in report.blocks}
    assert "Stage" not in found
    assert any(name.startswith("Model.stages") for name in found)
    assert not any(found.values())
    assert ("Stage", "checked where Model builds it") in {(n.name, n.reason) for n in report.not_checked}


def test_without_a_model_the_class_itself_is_unresolved(tmp_path):
    report = described(tmp_path, textwrap.dedent(STAGES))
    assert {view.name: bool(view.unresolved) for view in report.blocks if view.default}["Stage"]


BY_NUMBER = """
    from torch import nn

    class Layer(nn.Module):
        def __init__(self, width, idx, total):
            super().__init__()
            self.norm, self.last = nn.LayerNorm(width), idx == total
            self.net = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x):
            return self.norm(x + self.net(x)) if self.last else x + self.net(self.norm(x))
"""
NUMBERED = """
    class Model(nn.Module):
        def __init__(self, width=8, depth=6):
            super().__init__()
            self.layers = nn.ModuleList([Layer(width, i, depth) for i in range(depth)])

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x
"""


def test_members_decide_what_no_default_does(tmp_path):
    report = described(tmp_path, textwrap.dedent(BY_NUMBER) + textwrap.dedent(NUMBERED))
    found = {(view.name, view.notation.strip()) for view in report.blocks if view.default}
    assert ("Model.layers.0", "layer_norm -> feed_forward -> add") in found
    assert "Layer" not in {name for name, _ in found}
    assert ("Layer", "checked where Model builds it") in {(n.name, n.reason) for n in report.not_checked}


def test_a_number_that_is_not_met_has_a_condition(tmp_path):
    report = described(tmp_path, textwrap.dedent(BY_NUMBER))
    assert {view.when for view in report.blocks} == {(("total == 0", False),), (("total", 0),)}
