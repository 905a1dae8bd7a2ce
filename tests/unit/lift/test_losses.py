"""A loss that a block returns beside its stream is seen, and is no stream."""

import pytest
import torch.nn.functional as F
from torch import nn

from archcheck import describe

D = 8


class Commits(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.net = nn.Sequential(nn.Linear(D, D), nn.GELU(), nn.Linear(D, D))

    def forward(self, x):
        y = x + self.net(self.norm(x))
        return y, F.mse_loss(y, x.detach(), reduction="mean"), F.smooth_l1_loss(y, x)


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_a_loss_is_no_stream(engine):
    (view,) = describe(f"{__file__}::Commits", engine=engine).blocks
    assert view.notation.strip() == "layer_norm -> feed_forward -> add"
    assert not view.unresolved
