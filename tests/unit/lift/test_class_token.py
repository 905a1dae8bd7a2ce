"""A class token that is split off and put back beside what is added to the other tokens, or the other way round."""

import pytest
import torch
from torch import nn

from archcheck import describe

D = 8


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(D)
        self.local = nn.Conv2d(D, D, 3, padding=1, groups=D)
        self.net = nn.Sequential(nn.Linear(D, D), nn.GELU(), nn.Linear(D, D))


class Image(Base):
    """A convolution of the tokens that are an image (CoaT)."""

    def forward(self, x):
        token, rest = x[:, :1], x[:, 1:]
        image = rest.transpose(1, 2).view(-1, D, 4, 4)
        image = self.local(image) + image
        x = torch.cat((token, image.flatten(2).transpose(1, 2)), dim=1)
        return x + self.net(self.norm(x))


SHARED = "layer_norm(shared=norm) -> feed_forward(shared=net)"


class Token(Base):
    """Two sublayers for the class token alone (VOLO)."""

    def forward(self, x):
        token = x[:, :1]
        token = token + self.net(self.norm(x)[:, :1, :])
        token = token + self.net(self.norm(token))
        return torch.cat([token, x[:, 1:]], dim=1)


class Frames(Base):
    """One class token for several frames: it is repeated before the sublayer and averaged behind it (TimeSformer)."""

    def forward(self, x):
        tokens = x[:, 1:] + self.net(self.norm(x[:, 1:]))
        token = x[:, 0].unsqueeze(1)
        y = self.net(self.norm(torch.cat((token.repeat(2, 1, 1), tokens.view(-1, 3, D)), 1)))
        mean = y[:, 0, :].view(-1, 2, D).mean(1, keepdim=True)
        return torch.cat((token, tokens), 1) + torch.cat((mean, y[:, 1:, :].view(-1, 6, D)), 1)


class Averaged(Base):
    """A mean of the other tokens is no class token."""

    def forward(self, x):
        return torch.cat((x[:, 1:].mean(1, keepdim=True), self.net(x[:, 1:])), 1)


class Replaced(Base):
    """The other tokens are replaced: nothing is added to them."""

    def forward(self, x):
        return torch.cat([x[:, :1], self.net(x[:, 1:])], dim=1)


class Coupled(Base):
    """Halves of the channels: one is added to, the other is carried on as it is (reversible networks)."""

    def forward(self, x):
        one, two = x[..., :4], x[..., 4:]
        return torch.cat([one, two + self.net(one)], dim=-1)


class Moved(Base):
    """What stands beside the rest is another token of the value."""

    def forward(self, x):
        return torch.cat([x[:, -1:], x[:, 1:] + self.net(x[:, 1:])], dim=1)


@pytest.mark.parametrize(
    ("name", "notation"),
    [
        ("Image", "depthwise_conv -> add -> layer_norm -> feed_forward -> add"),
        ("Frames", f"{SHARED} -> add -> {SHARED} -> mean -> add"),
        ("Token", f"{SHARED} -> add -> {SHARED} -> add"),
    ],
)
def test_what_is_added_to_some_tokens_is_a_residual(name, notation):
    (view,) = describe(f"{__file__}::{name}", engine="static").blocks
    assert " ".join(view.notation.replace("\n", " ").replace(";", " ->").split()) == notation


@pytest.mark.parametrize("name", ["Replaced", "Coupled", "Moved", "Averaged"])
def test_a_join_of_other_parts_stays_a_concatenation(name):
    (view,) = describe(f"{__file__}::{name}", engine="static").blocks
    assert "concat" in view.notation or " , " in view.notation  # the notation of parts that are put together
