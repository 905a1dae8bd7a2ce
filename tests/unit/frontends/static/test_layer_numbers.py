"""A required argument that counts the members of a stack is 0, whatever its name: the code that builds them tells."""

import pytest
from conftest import HEAD

PRE = "layer_norm -> linear -> add"
BLOCK = """
class Block(nn.Module):
    def __init__(self, width, depth_of_this):
        super().__init__()
        self.depth_of_this = depth_of_this
        self.early, self.norm, self.f = nn.RMSNorm(width), nn.LayerNorm(width), nn.Linear(width, width)

    def forward(self, x):
        if self.depth_of_this == 0:
            x = self.early(x)
        return x + self.f(self.norm(x))
"""
MODEL = """
class Model(nn.Module):
    def __init__(self, width, count, other):
        super().__init__()
        self.blocks = nn.ModuleList([{made}])

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x
"""
FIRST = f"rms_norm; {PRE}"


@pytest.mark.parametrize(
    ("made", "notation"),
    [
        ("Block(width, n) for n in range(count)", FIRST),
        ("Block(width, depth_of_this=n) for n in range(count)", FIRST),
        ("Block(size, n) for n, size in enumerate(width)", FIRST),
        ("Block(width, n) for n in range(1, count)", PRE),
        ("Block(width, other) for n in range(count)", PRE),
        ("Block(n, other) for n in range(count)", PRE),
    ],
)
def test_the_number_of_a_round_is_that_of_the_first(reader, made, notation):
    source = HEAD + BLOCK + MODEL.format(made=made)
    assert next(iter(reader.variants(source).values())) == notation


def test_a_part_of_a_member_is_handed_its_number(reader):
    layer = """
class Layer(nn.Module):
    def __init__(self, width, number):
        super().__init__()
        self.block = Block(width, number)

    def forward(self, x):
        return self.block(x)
"""
    source = HEAD + BLOCK + layer + MODEL.format(made="Layer(width, n) for n in range(count)")
    assert next(iter(reader.variants(source).values())) == FIRST
