"""What a configuration is where a comparison of it, not its truth, decided: reports name the value."""

import textwrap

import pytest

from archcheck import describe

LAYER = """
    from torch import nn

    class Layer(nn.Module):
        def __init__(self, width=8, mode={default!r}):
            super().__init__()
            self.norm, self.mode = nn.LayerNorm(width), mode
            self.net = nn.Sequential(nn.Linear(width, 32), nn.GELU(), nn.Linear(32, width))

        def forward(self, x):
            if {condition}:
                return x + self.net(self.norm(x))
            return self.norm(x + self.net(x))
"""


@pytest.mark.parametrize(
    ("default", "condition", "turned"),
    [
        ("post", 'self.mode in ("pre", "both")', "pre"),
        ("post", 'self.mode == "pre"', "pre"),
        ("pre", 'self.mode != "post"', "post"),
        (None, "self.mode is not None", "given"),
    ],
)
def test_the_value_of_the_default_is_named(tmp_path, default, condition, turned):
    file = tmp_path / "net.py"
    file.write_text(textwrap.dedent(LAYER).format(default=default, condition=condition))
    views = describe(f"{file}::Layer", engine="static").blocks
    assert [(dict(v.when), v.default) for v in views] == [
        ({"mode": default}, True),
        ({"mode": turned}, False),
    ]
