"""What a try of arguments leaves behind, and what its error asks for."""

import copy

import pytest

from archcheck import describe

torch = pytest.importorskip("torch")

from archcheck.frontends.trace.fakes import fake_tensors  # noqa: E402 - needs torch

HEAD = """
import torch
from torch import nn

class Mixer(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.proj = nn.Linear(dim, dim)

    def forward(self, x, position_embeddings):
        cos, sin = position_embeddings
        return self.proj(x) * cos.mean() + sin.mean()

"""
SHRINKS = """
class Block(nn.Module):
    def __init__(self, dim=32, window=8):
        super().__init__()
        self.norm, self.window, self.bias = nn.LayerNorm(dim), window, nn.Parameter(torch.zeros(64, 1))

    def forward(self, hidden_states, input_dimensions: tuple[int, int]):
        height, width = input_dimensions
        self.window = min(self.window, height)
        rows, tokens, dim = hidden_states.shape
        x = self.norm(hidden_states.view(rows, height, width, dim)).view(rows, -1, dim)
        return hidden_states + torch.tanh(x + self.bias[: self.window * self.window])
"""
PASSED_ON = """
class Block(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.norm, self.mixer = nn.LayerNorm(dim), Mixer(dim)

    def forward(self, hidden_states, **kwargs):
        return hidden_states + self.mixer(self.norm(hidden_states), **kwargs)
"""
TURNED = """
class Block(nn.Module):
    def __init__(self, dim=48):
        super().__init__()
        self.norm, self.conv = nn.GroupNorm(1, dim), nn.Conv1d(dim, dim, 3, padding=1)

    def forward(self, hidden_states):
        return hidden_states + self.conv(self.norm(hidden_states.transpose(1, 2))).transpose(1, 2)
"""
MANY_PLACES = """
class Block(nn.Module):
    def __init__(self, dim=32, queries=300):
        super().__init__()
        self.conv, self.score, self.queries = nn.Conv2d(3, dim, 4, 4), nn.Linear(dim, 1), queries

    def forward(self, x):
        x = self.conv(x).flatten(2).transpose(1, 2)
        x = x[:, torch.topk(self.score(x)[0, :, 0], self.queries).indices]
        return x + torch.tanh(self.score(x))
"""
OPEN_COUNT = """
import dataclasses

@dataclasses.dataclass
class Sizes:
    hidden_size: int = 32
    num_experts: int | None = None

class Block(nn.Module):
    def __init__(self, config: Sizes):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(config.num_experts, config.hidden_size))
        self.norm = nn.LayerNorm(config.hidden_size)

    def forward(self, hidden_states):
        return hidden_states + torch.tanh(self.norm(hidden_states) @ self.weight.sum(0))[..., None]
"""
TWO_BIASES = """
class Block(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, hidden_states, rel_pos=None, rel_2d_pos=None):
        scores = self.q(hidden_states)[:, None] @ self.k(hidden_states)[:, None].mT
        scores += rel_pos
        scores += rel_2d_pos
        return hidden_states + (scores.softmax(-1) @ self.v(hidden_states)[:, None])[:, 0]
"""
LOOKED_UP = """
class Block(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.norm = nn.LayerNorm(dim)

    def forward(self, hidden_states, **kwargs):
        return hidden_states + torch.tanh(self.norm(hidden_states)) * (kwargs["position_ids"] + 1).log()[..., None]
"""


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (SHRINKS, "layer_norm -> add(parameter) -> tanh -> add"),
        (PASSED_ON, "layer_norm -> linear ->"),
        (TURNED, "group_norm -> conv -> add"),
        (MANY_PLACES, "linear -> tanh -> add"),
        (LOOKED_UP, "layer_norm -> tanh"),
        (TWO_BIASES, "self_attention -> add"),
        (OPEN_COUNT, "layer_norm -> linear -> tanh -> add"),
    ],
    ids=[
        "a window that shrinks to a smaller try",
        "an argument that only a part of the block names",
        "channels last, with a group norm and convolutions of lines",
        "an image with hundreds of places",
        "an argument without a name that is looked up",
        "two biases of the scores",
        "a configuration that leaves a count open",
    ],
)
def test_the_search_comes_to_arguments(tmp_path, block, expected):
    (tmp_path / "m.py").write_text(HEAD + block)
    document = describe(f"{tmp_path / 'm.py'}::Block", engine="trace").to_dict()
    assert expected in document["blocks"][0]["notation"], document


def test_a_copy_under_fake_tensors_is_of_the_same_mode():
    with fake_tensors():
        torch.tensor(1.0)  # of a constant the mode keeps a weak reference
        layer = torch.nn.Linear(4, 4)
        layer.table, layer.same = layer.weight.detach(), layer.weight
        other = copy.deepcopy(layer)
    assert isinstance(other.weight, torch.nn.Parameter)
    assert other.weight is other.same
    assert other.weight is not layer.weight
    assert other.table.fake_mode is other.weight.fake_mode is layer.weight.fake_mode
    assert not other.table.requires_grad
