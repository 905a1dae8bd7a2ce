"""Several projections in one product: each part is a linear of its own, also a part of a part, or by an einsum."""

import pytest

from archcheck import check, describe

HEAD = "import torch\nimport torch.nn.functional as F\nfrom einops import einsum\nfrom torch import nn\n"

PARTS_OF_PARTS = """
class Block(nn.Module):
    def __init__(self, d=8):
        super().__init__()
        self.fused, self.out, self.down = nn.Linear(d, 11 * d), nn.Linear(d, d), nn.Linear(4 * d, d)
        self.sizes = (d, d, d, 8 * d)

    def forward(self, x):
        q, k, v, hidden = self.fused(x).split(self.sizes, dim=-1)
        value, gate = hidden.chunk(2, dim=-1)
        attended = self.out((q @ k.transpose(1, 2)).softmax(-1) @ v)
        return x + attended + self.down(F.silu(gate) * value)
"""

STACKED = """
class Block(nn.Module):
    def __init__(self, d=8):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(2, d, 4 * d)), nn.Parameter(torch.zeros({shape}))
        self.down = nn.Linear(4 * d, d)

    def forward(self, x):
        both = torch.einsum("btd,cdh->cbth", x, self.weight) + self.bias
        return x + self.down(F.silu(both[0]) * both[1])
"""

GATED = "gated_feed_forward[(linear -> silu * linear) -> linear]"


@pytest.fixture
def verdict(tmp_path):
    def ask(source, spec):
        file = tmp_path / "model.py"
        file.write_text(HEAD + source)
        return check(f"{file}::Block", spec, engine="static").results[0].verdict

    return ask


def test_parts_of_a_part_are_linears_of_their_own(verdict):
    assert verdict(PARTS_OF_PARTS, f"(self_attention + {GATED}) -> add") == "match"
    assert verdict(PARTS_OF_PARTS.replace("silu", "relu"), f"(self_attention + {GATED}) -> add") == "mismatch"


def test_what_is_added_along_the_indices_of_a_weight_is_its_bias(verdict):
    assert verdict(STACKED.format(shape="2, 1, 1, 4 * d"), f"{GATED} -> add") == "match"


def test_what_is_added_along_the_tokens_is_none(verdict):
    assert verdict(STACKED.format(shape="2, 1, 16, 4 * d"), f"{GATED} -> add") == "mismatch"


NAMED_AXES = """
class Block(nn.Module):
    def __init__(self, d=8):
        super().__init__()
        self.gate, self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        gate, up = F.silu(self.gate(x)), self.up(x)
        return x + self.down(einsum(gate, up, "batch time d_in, batch time d_in -> {written}"))
"""


def test_an_einsum_whose_axes_have_long_names_is_a_product_where_it_writes_them_all(verdict):
    assert verdict(NAMED_AXES.format(written="batch time d_in"), f"{GATED} -> add") == "match"
    assert verdict(NAMED_AXES.format(written="batch d_in"), f"{GATED} -> add") == "mismatch"


MIXED = """
class Block(nn.Module):
    def __init__(self, d=8):
        super().__init__()
        self.pad, self.norm = nn.ZeroPad2d((0, 0, 1, -1)), nn.LayerNorm(d)
        self.mix = nn.ParameterList([nn.Parameter(torch.rand(1, 1, d)) for _ in range(2)])
        self.key, self.gate, self.value = nn.Linear(d, 4 * d), nn.Linear(d, d), nn.Linear(4 * d, d)

    def forward(self, x):
        h = self.norm(x)
        k, r = (torch.lerp(self.pad(h), h, mix) for mix in self.mix)
        return x + torch.sigmoid(self.gate(r)) * self.value(torch.relu(self.key(k)).square())
"""


def test_tokens_are_mixed_with_those_before_them_by_lerp_as_well(verdict):
    assert verdict(MIXED, "layer_norm -> gated_feed_forward -> add") == "match"


TWO_HEADS = """
class Block(nn.Module):
    def __init__(self, d=8):
        super().__init__()
        self.a, self.b, self.c = (nn.Conv1d(d, d, 3, padding=1) for _ in range(3))

    def forward(self, x):
        z = self.a(x).tanh()
        return self.b(z) + x, self.{head}(z)
"""
BESIDE = """
archcheck: 1
name: beside
inputs: [x]
graph:
  z: x -> conv -> tanh
  first: z -> conv -> add(x)
  second: z -> conv
outputs: [first, second]
"""


@pytest.mark.parametrize(("head", "expected"), [("c", "match"), ("a", "mismatch")])
def test_a_head_beside_the_first_result_is_a_result(head, expected, verdict, tmp_path):
    spec = tmp_path / "beside.yaml"
    spec.write_text(BESIDE)
    assert verdict(TWO_HEADS.format(head=head), str(spec)) == expected


PREDICTS = """
class Heads(nn.Module):
    def __init__(self, d=8):
        super().__init__()
        self.transform, self.decoder, self.next = nn.Linear(d, d), nn.Linear(d, 50), nn.Linear(d, 2)

    def forward(self, x, pooled):
        return self.decoder(F.gelu(self.transform(x))), self.next(pooled)
"""


def test_two_heads_of_a_model_are_no_block(tmp_path):
    file = tmp_path / "model.py"
    file.write_text(HEAD + PREDICTS)
    assert not describe(str(file), engine="static").blocks
