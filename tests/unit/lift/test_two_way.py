"""Streams that attend to each other in turn."""

import torch
import torch.nn.functional as F
from torch import nn

from archcheck import describe

D = 8


class Attend(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(D, D) for _ in range(4))

    def forward(self, query, key, value):
        return self.out(F.scaled_dot_product_attention(self.q(query), self.k(key), self.v(value)))


class TwoWay(nn.Module):
    """Tokens attend to the image, then the image to the tokens (SAM's mask decoder)."""

    def __init__(self):
        super().__init__()
        self.own, self.there, self.back = Attend(), Attend(), Attend()
        self.norms = nn.ModuleList(nn.LayerNorm(D) for _ in range(4))
        self.mlp = nn.Sequential(nn.Linear(D, D), nn.ReLU(), nn.Linear(D, D))

    def forward(self, tokens, image, place, grid):
        query = tokens + place
        tokens = self.norms[0](tokens + self.own(query, query, tokens))
        tokens = self.norms[1](tokens + self.there(tokens + place, image + grid, image))
        tokens = self.norms[2](tokens + self.mlp(tokens))
        image = self.norms[3](image + self.back(image + grid, tokens + place, tokens))
        return tokens, image


class Fed(nn.Module):
    """A stream that attends to a memory and then to itself stays one stream."""

    def __init__(self):
        super().__init__()
        self.own, self.there = Attend(), Attend()
        self.norms = nn.ModuleList(nn.LayerNorm(D) for _ in range(2))

    def forward(self, x, memory):
        h = self.norms[0](x)
        x = x + self.there(h, memory, memory)
        h = self.norms[1](x)
        return x + self.own(h, h, h)


class Placed(nn.Module):
    """Queries are a sum of projections, of content and position, beside a third one (DAB-DETR)."""

    def __init__(self):
        super().__init__()
        self.content, self.place, self.sine, self.k, self.v = (nn.Linear(D, D) for _ in range(5))
        self.key, self.out, self.norm = nn.Linear(D, D), nn.Linear(D, D), nn.LayerNorm(D)

    def forward(self, x, memory, place, sine, grid):
        query = torch.cat([self.content(x) + self.place(place), self.sine(sine)], dim=-1)
        key = torch.cat([self.k(memory), self.key(grid)], dim=-1)
        weights = ((query * 0.25) @ key.transpose(-2, -1)).softmax(-1)
        return self.norm(x + self.out(weights @ self.v(memory)))


def steps(target):
    """The words of the default block's flow, residuals as `[…]`."""

    def words(flow):
        return " ".join(s["op"] if "op" in s else f"[{words(s['residual']['branch'])}]" for s in flow)

    document = describe(target, engine="static").to_dict()
    return words(document["blocks"][0]["flow"])


def test_a_stream_that_was_fed_by_another_is_no_part_of_the_attention_that_reads_it():
    expected = (
        "[self_attention] layer_norm [cross_attention] layer_norm [feed_forward] layer_norm "
        "[cross_attention] layer_norm"
    )
    assert steps(f"{__name__}:TwoWay()") == expected


def test_a_stream_that_was_fed_and_attends_to_itself():
    assert steps(f"{__name__}:Fed()") == "[layer_norm cross_attention] [layer_norm self_attention]"


def test_queries_that_are_a_sum_of_projections_are_part_of_the_attention():
    assert steps(f"{__name__}:Placed()") == "[cross_attention] layer_norm"
