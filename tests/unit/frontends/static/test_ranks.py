"""How many dimensions and channels a value has: conditions on that decide where a call tells it."""

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


PATTERNS = {
    "b n d -> b d n": "layer_norm -> token_mixing -> add",
    "... tokens dim -> ... dim tokens": "layer_norm -> token_mixing -> add",
    "b n d -> b n d": THREE,
    "b (n k) d -> b (k n) d": THREE,
}


@pytest.mark.parametrize(("pattern", "notation"), PATTERNS.items())
def test_a_pattern_that_turns_the_axes_is_a_transposition(reader, pattern, notation):
    there, back = pattern.split(" -> ")
    body = f"y = self.f(rearrange(self.norm(x), '{pattern}'))\nreturn x + rearrange(y, '{back} -> {there}')"
    source = block(body, before="from einops import rearrange")
    assert set(reader.variants(source).values()) == {notation}


CHANNELS = """
    y = self.c(self.g(x))
    if {}:
        x = self.d(x)
    return x + y
"""
ASKED = ["x.shape[1] != self.n", "x.size(1) != self.n", "x.size()[1] != self.n"]


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize(("out", "skip"), [(8, "add"), (16, "add(skip=conv)")])
def test_a_norm_tells_the_channels(reader, asked, out, skip):
    init = f"self.g, self.n = nn.GroupNorm(2, 8), {out}\nself.c, self.d = nn.Conv2d(8, {out}, 3), nn.Conv2d(8, {out}, 3)"
    source = block(CHANNELS.format(asked), init=init)
    assert reader.notation(source) == f"group_norm -> conv -> {skip}"


@pytest.mark.parametrize("asked", ["x.shape[2] != self.n", "x.shape[1:][1] != self.n"])
def test_it_tells_no_other_size(reader, asked):
    init = "self.g, self.n = nn.GroupNorm(2, 8), 8\nself.c, self.d = nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3)"
    assert len(reader.variants(block(CHANNELS.format(asked), init=init))) == 2


@pytest.mark.parametrize(
    "sizes", ["_, n, h, w = x.shape", "_, n, *rest = x.shape\nh, w = rest", "n, h, w = x.shape[1:4]"]
)
def test_sizes_are_counted_with(reader, sizes):
    init = "self.g, self.n = nn.GroupNorm(2, 8), 8\nself.c = nn.Conv2d(8, 8, 3)"
    body = f"x = self.g(x)\n{sizes}\ny = self.c(x.view(-1, n, h * w).view(-1, n, h, w))\nreturn x + y"
    assert reader.notation(block(body, init=init)) == "group_norm; conv -> add"


def test_a_place_of_nothing_that_is_not_known_is_an_error_of_the_code(reader):
    body = "return x + self.f(self.norm(x)) * self.none[self.k]"
    source = block(body, init="self.none, self.k = None, unknown.k", before="import unknown")
    (error,) = reader.describe(source).errors
    assert "'NoneType' object is not subscriptable" in error.message
    assert "fault of archcheck" not in error.message
