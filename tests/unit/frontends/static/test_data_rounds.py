"""Rounds of a loop that the data leaves out, and sizes that might be 0: neither is an architecture of its own."""

import pytest

from archcheck import describe

CODE = """
import torch
import torch.nn.functional as F
from torch import nn

D, N = 16, 4

class Expert(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.down = nn.Linear(D, 2 * D), nn.Linear(2 * D, D)

    def forward(self, x):
        return self.down(F.silu(self.up(x)))

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.gate = nn.LayerNorm(D), nn.Linear(D, N)
        self.experts = nn.ModuleList(Expert() for _ in range(N))

    def forward(self, x):
        return x + self.mixture(self.norm(x))

    def mixture(self, x):
        weights, index = self.gate(x).softmax(-1).topk(2, dim=-1)
        hit = F.one_hot(index, N + 1).permute(2, 1, 0)
        out = torch.zeros_like(x)
        {loop}
        return out
"""
ADDED = "out.index_add_(0, t, self.experts[{i}](x[t]) * weights[t, k, None])"
HIT = "torch.greater(hit.sum(dim=(-1, -2)), 0).nonzero()"
LOOPS = {
    "an expert that has no tokens": f"""
        for i in {HIT}:
            i = i[0]
            if i == N:
                continue
            k, t = torch.where(hit[i])
            {ADDED.format(i="i")}""",
    "the number of an expert that a tensor holds": f"""
        for i in {HIT}.view(-1).tolist():
            if i == N:
                continue
            k, t = torch.where(hit[i])
            {ADDED.format(i="i")}""",
    "numel": f"""
        for i in range(N):
            t, k = torch.where(index == i)
            if t.numel() == 0:
                continue
            {ADDED.format(i="i")}""",
    "any": f"""
        for i in range(N):
            chosen = index == i
            if not chosen.any():
                continue
            t, k = torch.where(chosen)
            {ADDED.format(i="i")}""",
    "a sum": f"""
        for i in range(N):
            if hit[i].sum() > 0:
                k, t = torch.where(hit[i])
                {ADDED.format(i="i")}""",
    "a list of counts": f"""
        counts = torch.bincount(index.flatten(), minlength=N).tolist()
        for i in range(N):
            if counts[i] == 0:
                continue
            t, k = torch.where(index == i)
            {ADDED.format(i="i")}""",
    "a count": f"""
        for i in range(N):
            if not torch.bincount(index.flatten()).tolist()[i]:
                continue
            t, k = torch.where(index == i)
            {ADDED.format(i="i")}""",
    "a length": f"""
        for i in range(N):
            t, k = torch.where(index == i)
            if 0 < len(t):
                {ADDED.format(i="i")}""",
}


def variants(tmp_path, code):
    (tmp_path / "m.py").write_text(code)
    return [
        b["notation"] for b in describe(f"{tmp_path / 'm.py'}::Block", engine="static").to_dict()["blocks"]
    ]


@pytest.mark.parametrize("name", LOOPS)
def test_what_the_data_leaves_out_is_no_variant(tmp_path, name):
    assert variants(tmp_path, CODE.replace("{loop}", LOOPS[name].strip())) == ["layer_norm -> moe -> add"]


def test_data_that_no_router_chose_decides_on_a_variant(tmp_path):
    found = variants(tmp_path, CODE.replace("{loop}", "out = x.tanh() if torch.isinf(x).any() else x"))
    assert len(found) == 2


MEMORY = """
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.attention = nn.LayerNorm(8), nn.MultiheadAttention(8, 2)

    def forward(self, x, memory, mask, shown):
        seen = torch.ones(memory.shape[:2]).to(x.device) * mask.expand(memory.shape[1], x.shape[0]).T
        if {condition}:
            x = x + self.attention(self.norm(x), memory, memory, key_padding_mask=seen)[0]
        return x
"""
WITH = "layer_norm -> cross_attention(memory) -> add"


@pytest.mark.parametrize(
    "condition", ["memory is not None and seen.any()", "(mask & shown).any()", "shown.any()"]
)
def test_a_mask_that_is_given_marks_something(tmp_path, condition):
    assert variants(tmp_path, MEMORY.replace("{condition}", condition)) == [WITH]


def test_what_is_asked_of_the_stream_is_no_mask(tmp_path):
    assert len(variants(tmp_path, MEMORY.replace("{condition}", "(x > 3).any()"))) == 2


def test_modules_that_the_data_leaves_out_are_one(tmp_path):
    loop = "for f in self.experts[:1]:\n            if x.mean() > 0.5:\n                continue\n            out = f(x)"
    found = variants(tmp_path, CODE.replace("{loop}", loop))
    assert len(found) == 2
    assert "layer_norm -> feed_forward -> add" in found


QUERIES = """
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x, length=0):
        if length > 0:
            y = self.one(x[:, :length])
            if x.shape[1] > length:
                y = torch.cat((y, self.other(x[:, length:])), dim=1)
            return y
        return torch.tanh(x)
"""


def test_an_argument_that_is_0_by_default_is_no_0_where_it_is_given(tmp_path):
    assert variants(tmp_path, QUERIES) == ["tanh", "(linear , linear)", "linear"]
