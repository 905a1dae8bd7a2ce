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
