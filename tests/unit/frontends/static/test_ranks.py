"""How many dimensions a value has: a condition on that decides where the call that made the value tells."""

import pytest
from conftest import block

THREE = "layer_norm -> linear -> add"
MADE = [
    "x.permute(0, 2, 1)", "x.view(x.shape[0], -1, 8)", "x.reshape((2, 4, 8))", "torch.permute(x, (0, 2, 1))",
    "F.layer_norm(x.permute(0, 2, 1).contiguous(), (8,))", "torch.relu(x.view(2, 4, 8)).transpose(1, 2)",
    "rearrange(x, 'b (h d) n -> b (h n) d', h=2)",
]  # fmt: skip
OPEN = ["x.view(sizes)", "x.view(*sizes)", "x.relu()", "rearrange(x, 'b ... d -> b d ...')"]


def answers(reader, made):
    body = f"y = {made}\nreturn x + self.f(self.norm(x) if {{}} else x)"
    before = "from einops import rearrange"
    source = [
        block(body.format(text), before=before).replace("forward(self, x)", "forward(self, x, sizes)")
        for text in ("y.ndim == 3", "y.dim() == 3", "len(y.shape) == 3")
    ]
    return [set(reader.variants(text).values()) for text in source]


@pytest.mark.parametrize("made", MADE)
def test_the_call_tells_the_rank(reader, made):
    assert answers(reader, made) == [{THREE}] * 3


@pytest.mark.parametrize("made", OPEN)
def test_what_does_not_tell_it_stays_open(reader, made):
    assert answers(reader, made) == [{THREE, "linear -> add"}] * 3
