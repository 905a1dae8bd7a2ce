"""A configuration that is a parameter's default, `def __init__(self, c: Sizes = Sizes())`, is one as any other."""

from dataclasses import dataclass

import pytest
import torch
from torch import nn

from archcheck import describe


@dataclass
class Sizes:
    width: int = 16
    post: bool = False
    bias: bool = True


class Shared(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.norm = nn.LayerNorm(c.width)
        self.linear = nn.Linear(c.width, c.width, bias=c.bias)
        self.post = c.post

    def forward(self, x):
        if self.post:
            return self.norm(x + torch.tanh(self.linear(x)))
        return x + torch.tanh(self.linear(self.norm(x)))


class Made(Shared):
    def __init__(self, c: Sizes = Sizes(bias=False)):  # noqa: B008 - what is tested
        super().__init__(c)


class Needed(Shared):
    def __init__(self, c: Sizes):
        super().__init__(c)


class Inner(Shared):
    """What `c` is, only the class that builds it tells."""

    def __init__(self, number, c):
        super().__init__(c)


class Named(Shared):
    def __init__(self, *, c):
        super().__init__(c)


class Around(nn.Module):
    def __init__(self, c: Sizes):
        super().__init__()
        self.inner = Inner(0, c)
        self.named = Named(c=c)

    def forward(self, x):
        return self.named(self.inner(x))


class Own(Shared):
    """A parameter of the constructor comes before the field of that name."""

    def __init__(self, post: bool = False, c: Sizes = Sizes()):  # noqa: B008
        super().__init__(c)
        self.scale = 2.0 if post else 1.0

    def forward(self, x):
        return super().forward(x) * self.scale


PRE, POST = "layer_norm -> linear -> tanh -> add", "linear -> tanh -> add -> layer_norm"


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize("target", ["Made", "Needed"])
@pytest.mark.parametrize(
    ("given", "notation"), [({}, PRE), ({"c.post": True}, POST), ({"post": True}, POST), ({"width": 8}, PRE)]
)
def test_fields_may_be_set_with_and_without_the_name_of_the_configuration(engine, target, given, notation):
    report = describe(f"{__file__}::{target}", engine=engine, set=given)
    assert report.blocks[0].notation == notation
    assert not report.notes


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_other_fields_keep_what_the_default_gives_them(engine):
    view = describe(f"{__file__}::Made", engine=engine, set={"width": 8}).blocks[0]
    attributes = {name: value for node in view.graph.nodes for name, value in node.attrs}
    assert attributes["bias"] is False


@pytest.mark.parametrize("target", ["Made", "Inner", "Named"])
def test_each_field_is_a_choice_with_a_default(target):
    report = describe(f"{__file__}::{target}", engine="static")
    assert {(view.notation, view.default) for view in report.blocks} == {(PRE, True), (POST, False)}


@pytest.mark.parametrize("engine", ["static", "trace"])
def test_a_parameter_comes_before_a_field(engine):
    report = describe(f"{__file__}::Own", engine=engine, set={"post": True})
    assert report.blocks[0].notation.startswith(PRE)
    assert "scale" in report.blocks[0].notation
