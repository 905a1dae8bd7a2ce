"""A package that a `try` looks for and that is not there: what the code does without it, or what it says of it."""

import pytest
from conftest import block

TRY = """
try:
    import fused_kernels
except ImportError:
    fused_kernels = None
"""
CHECKED = """
def scan(x):
    if fused_kernels is None:
        raise RuntimeError("fused-kernels is not installed")
    return fused_kernels.scan(x)
"""
FROM = "try:\n    from fused_kernels.ops import scan\nexcept ImportError:\n    scan = None\n"
BODY = "return x + self.f(scan(self.norm(x)))"
RAISES = "if scan is None:\n    raise ImportError('fused_kernels was not found')\n"


@pytest.mark.parametrize(("before", "body"), [(TRY + CHECKED, BODY), (FROM, RAISES + BODY)])
def test_what_the_code_cannot_do_without_is_opaque(reader, before, body):
    (view,) = reader.describe(block(body, before=before)).blocks
    assert view.notation.strip() == "layer_norm -> opaque -> linear -> add"
    assert any("fused_kernels" in one.reason for one in view.unresolved)
    assert any("fused_kernels was not found and is taken to be there" in note for note in view.notes)


def test_what_it_can_do_without_is_done_without(reader):
    body = "y = self.norm(x)\nreturn x + self.f(y if fused_kernels is None else fused_kernels.scan(y))"
    assert reader.notation(block(body, before=TRY)) == "layer_norm -> linear -> add"


def test_an_error_that_names_something_else_stays(reader):
    result = reader.describe(block("raise ValueError('no')", before=TRY))
    assert not result.blocks
    assert "ValueError: no" in str(result.errors[0])


OTHER = """

class Other(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.f = nn.LayerNorm(8), nn.Linear(8, 8)

    def forward(self, x):
        y = self.norm(x)
        return x + self.f(y if fused_kernels is None else fused_kernels.scan(y))
"""


def test_the_next_class_is_read_without_it(reader):
    report = reader.describe(block(BODY, before=TRY + CHECKED, after=OTHER), name="")
    assert {view.name: view.notation.strip() for view in report.blocks} == {
        "Block": "layer_norm -> opaque -> linear -> add",
        "Other": "layer_norm -> linear -> add",
    }
