"""Attention by correlation: the weights come through spectra, and each delay is a round of a loop."""

import math

import torch
from torch import nn

from archcheck import describe

D = 8


class Correlated(nn.Module):
    """Auto-Correlation (Wu et al. 2021, section 3.2)."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.q, self.k, self.v = nn.Linear(D, D), nn.Linear(D, D), nn.Linear(D, D)
        self.out = nn.Linear(D, D)

    def agreement(self, h):
        spectrum = torch.fft.rfft(self.q(h), dim=1) * torch.conj(torch.fft.rfft(self.k(h), dim=1))
        return torch.fft.irfft(spectrum, n=h.shape[1], dim=1).mean(-1)

    def forward(self, x):
        h = self.norm(x)
        agreement, values = self.agreement(h), self.v(h)
        delays = int(2 * math.log(h.shape[1]))
        found, index = torch.topk(agreement, delays, dim=1)
        weights = torch.softmax(found, dim=-1)
        mixed = torch.zeros_like(values)
        for i in range(delays):
            moved = torch.gather(values, 1, index[:, i, None, None].expand_as(values))
            mixed = mixed + moved * weights[:, i, None, None]
        return x + self.out(mixed)


class Fixed(Correlated):
    """The other spectrum is learned: a filter, and no attention (Rao et al. 2021)."""

    def __init__(self):
        super().__init__()
        self.filter = nn.Parameter(torch.randn(4, D, dtype=torch.cfloat))

    def agreement(self, h):
        return torch.fft.irfft(torch.fft.rfft(h, dim=1) * self.filter, n=h.shape[1], dim=1).mean(-1)


def test_a_sum_over_delays_that_a_correlation_weighs_is_an_attention():
    (view,) = describe(f"{__file__}::Correlated", engine="static").blocks
    assert view.notation.strip() == "layer_norm -> self_attention -> add"
    assert not view.unresolved


def test_a_learned_filter_is_none():
    (view,) = describe(f"{__file__}::Fixed", engine="static").blocks
    assert "attention" not in view.notation


def test_both_engines_see_it_whatever_the_number_of_delays():
    report = describe(f"{__file__}::Correlated", engine="both")
    assert not [f for view in report.blocks for f in view.findings if f.code == "AC905"]
    assert not report.notes
