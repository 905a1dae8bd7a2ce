"""Positions that are added behind a projection are no bias of it, whether or not their shape is known."""

import pytest
import torch
from torch import nn

from archcheck import describe

D = 8


class Patches(nn.Module):
    def __init__(self):
        super().__init__()
        self.project, self.norm = nn.Conv2d(3, D, 4, 4), nn.LayerNorm(D)
        self.table, self.token = nn.Parameter(torch.zeros(1, 65, D)), nn.Parameter(torch.zeros(1, 1, D))
        self.places, self.shift = nn.Embedding(64, D), nn.Parameter(torch.zeros(1, 1, D))

    def forward(self, pixel_values):
        x = self.project(pixel_values).flatten(2).transpose(1, 2)
        return self.norm(x + self.of(pixel_values.shape[-1] // 4))


class Looked(Patches):
    def of(self, side):
        return self.places(torch.arange(side * side))


class Interpolated(Patches):
    """Cut, interpolated and put together again."""

    def of(self, side):
        first, grid = self.table[:, :1], self.table[:, 1:]
        grid = grid.reshape(1, 8, 8, D).permute(0, 3, 1, 2)
        grid = nn.functional.interpolate(grid, size=(side, side)).flatten(2).transpose(1, 2)
        return torch.cat((first, grid), dim=1)[:, 1:]


class Reshaped(Patches):
    """A grid of an unknown size."""

    def of(self, side):
        return self.table[:, 1:].reshape(1, side, side, D).permute(0, 3, 1, 2).flatten(2).transpose(1, 2)


class Tiled(Patches):
    """A small grid that is laid side by side as often as the image needs it, through more steps than are looked at."""

    def of(self, side):
        height, width = side, side
        grid = self.table[:, 1:].reshape(1, 8, 8, D).permute(0, 3, 1, 2)
        grid = grid.tile([1, 1, height // 8 + 1, width // 8 + 1])[:, :, :height, :width]
        return grid.permute(0, 2, 3, 1).reshape(1, height * width, D)


class Kept(Patches):
    """A vector that is kept as heads and their widths."""

    def __init__(self):
        super().__init__()
        self.heads = nn.Parameter(torch.zeros(2, D // 2))

    def of(self, side):
        return self.heads.reshape(-1)


class Shifted(Patches):
    def of(self, side):
        return torch.cat((self.shift, self.token), dim=0)[:1]


@pytest.mark.parametrize("name", ["Looked", "Interpolated", "Reshaped", "Tiled"])
@pytest.mark.parametrize("engine", ["static", "trace"])
def test_a_table_is_a_position(name, engine):
    (view,) = describe(f"{__file__}::{name}", engine=engine).blocks
    assert view.notation.strip() == "conv -> add(positional) -> layer_norm"


@pytest.mark.parametrize("name", ["Shifted", "Kept"])
def test_a_vector_is_a_bias(name):
    (view,) = describe(f"{__file__}::{name}", engine="static").blocks
    assert view.notation.strip() == "conv -> layer_norm"


class Expanded(nn.Module):
    """Megatron adds the bias of a projection behind it, expanded to the size of the residual."""

    def __init__(self):
        super().__init__()
        self.norm, self.project = nn.LayerNorm(D), nn.Linear(D, D, bias=False)
        self.bias, self.table = nn.Parameter(torch.zeros(D)), nn.Parameter(torch.zeros(16, D))

    def forward(self, x):
        return x + self.project(self.norm(x)) + self.bias.expand_as(x)


class ExpandedTable(Expanded):
    def forward(self, x):
        return self.norm(self.project(x) + self.table[: x.shape[1]].expand_as(x))


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_a_vector_that_is_expanded_is_a_bias(engine):
    def notation(name):
        (block,) = describe(f"{__file__}::{name}", engine=engine).blocks
        return block.notation.strip()

    assert "positional" not in notation("Expanded")
    assert notation("ExpandedTable") == "linear -> add(positional) -> layer_norm"


class Repeated(Expanded):
    """The same, once for each example and token."""

    def forward(self, x):
        return x + self.project(self.norm(x)) + self.bias.repeat(x.shape[0], x.shape[1], 1)


class RepeatedTable(Expanded):
    def forward(self, x):
        return self.norm(self.project(x) + self.table[None].repeat(x.shape[0], 1, 1)[:, : x.shape[1]])


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_so_is_one_that_is_repeated(engine):
    (plain,) = describe(f"{__file__}::Repeated", engine=engine).blocks
    assert "positional" not in plain.notation
    (table,) = describe(f"{__file__}::RepeatedTable", engine=engine).blocks
    assert table.notation.strip() == "linear -> add(positional) -> layer_norm"
