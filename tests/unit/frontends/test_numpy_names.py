"""What reductions are called by numpy's names, and einsums of one value, in torch and in Keras."""

import pytest
import torch
from torch import nn

from archcheck import describe

D = 8


class Normed(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Linear(D, D)

    def norm(self, x):
        raise NotImplementedError

    def forward(self, x):
        return x + self.f(self.norm(x))


class ByAxis(Normed):
    def norm(self, x):
        return x * torch.rsqrt(x.square().mean(axis=-1, keepdims=True) + 1e-6)


class ByDim(Normed):
    def norm(self, x):
        return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + 1e-6)


class Everywhere(Normed):
    """Over all that there is, examples of the batch too: no root mean square of the channels."""

    def norm(self, x):
        return x * torch.rsqrt(x.square().mean() + 1e-6)


class Centred(Normed):
    """Over axes that are not known."""

    def __init__(self, axes):
        super().__init__()
        self.axes = axes

    def norm(self, x):
        centred = x - x.mean(dim=self.axes, keepdim=True)
        return centred / torch.sqrt(centred.square().mean(dim=self.axes, keepdim=True) + 1e-6)


class Counted(Normed):
    """Over as many axes as there are: which ones, the source does not tell."""

    def norm(self, x):
        axes = list(range(1, x.ndim))
        centred = x - x.mean(dim=axes, keepdim=True)
        return centred / torch.sqrt(centred.square().mean(dim=axes, keepdim=True) + 1e-6)


class Moved(Normed):
    """An einsum that only moves axes."""

    def norm(self, x):
        return torch.einsum("btd->bdt", torch.einsum("b t d -> b d t", x))


class Back(Normed):
    """An einsum that only moves axes, without an arrow: in the order of the alphabet."""

    def norm(self, x):
        return torch.einsum("acb", torch.einsum("acb", x))


class Summed(Normed):
    def norm(self, x):
        return torch.einsum("btd->bd", x)[:, None]


KERAS = """
from keras import layers, ops

class Block(layers.Layer):
    def __init__(self, **given):
        super().__init__(**given)
        self.f = layers.Dense(8)

    def build(self, shape):
        self.scale = self.add_weight(name="scale", shape=(shape[-1],), initializer="ones")
        self.f.build(shape)

    def call(self, x):
        return x + self.f(NORM)
"""


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize(
    ("target", "notation"),
    [
        ("ByAxis()", "rms_norm -> linear -> add"),
        ("ByDim()", "rms_norm -> linear -> add"),
        ("Moved()", "linear -> add"),
        ("Back()", "linear -> add"),
    ],
)
def test_what_a_call_says_by_other_names(target, notation, engine):
    (view,) = describe(f"{__file__}::{target}", engine=engine).blocks
    assert view.notation == notation


@pytest.mark.parametrize("target", ["Everywhere()", "Centred(torch.arange(3).tolist())", "Counted()"])
def test_a_norm_over_axes_that_are_not_the_channels_is_not_called_one_of_them(target):
    (view,) = describe(f"{__file__}::{target}", engine="static").blocks
    assert "rms_norm" not in view.notation
    assert "layer_norm" not in view.notation
    assert "batch_norm" not in view.notation


def test_an_einsum_of_one_value_may_sum():
    (view,) = describe(f"{__file__}::Summed()", engine="static").blocks
    assert "scale" not in view.notation
    assert "sum" in view.notation


@pytest.mark.parametrize(
    ("norm", "notation"),
    [
        ("x * ops.rsqrt(ops.mean(ops.power(x, 2), axis=-1, keepdims=True) + 1e-6) * self.scale", "rms_norm"),
        ("ops.rms_normalization(x, scale=self.scale, axis=-1)", "rms_norm"),
        ("ops.layer_normalization(x, gamma=self.scale)", "layer_norm"),
        ("(lambda m, v: (x - m) * ops.rsqrt(v + 1e-6))(*ops.moments(x, -1, keepdims=True))", "layer_norm"),
        ("(lambda m, v: ops.batch_normalization(x, m, v, -1))(self.scale, self.scale)", "batch_norm"),
        ("(lambda m, v: ops.batch_normalization(x, m, v, -1))(*ops.moments(x, [0, 1]))", "batch_norm"),
        (
            "(lambda m, v: ops.batch_normalization(x, m, v, -1, scale=self.scale))"
            "(*ops.moments(x, -1, keepdims=True))",
            "layer_norm",
        ),
        ("ops.divide_no_nan(x, ops.norm(x, axis=-1, keepdims=True))", "l2_norm"),
    ],
)
def test_norms_of_keras_operations(tmp_path, norm, notation):
    file = tmp_path / "block.py"
    file.write_text(KERAS.replace("NORM", norm))
    (view,) = describe(f"{file}::Block", engine="static").blocks
    assert not view.unresolved
    assert view.notation == f"{notation} -> linear -> add"


@pytest.mark.parametrize("wrong", ["ops.ndim(self.scale) == 2", "ops.shape(self.scale) == (8, 1)"])
def test_functions_that_are_attributes_of_a_tensor(tmp_path, wrong):
    file = tmp_path / "block.py"
    file.write_text(KERAS.replace("(shape[-1],)", "(8,)").replace("NORM", f"ops.relu(x) if {wrong} else x"))
    (view,) = describe(f"{file}::Block", engine="static").blocks
    assert view.notation == "linear -> add"


def test_the_attention_of_keras_operations_is_one(tmp_path):
    file = tmp_path / "block.py"
    file.write_text(
        KERAS.replace("NORM", "ops.dot_product_attention(self.f(x), self.f(x), self.f(x), bias=None)")
    )
    (view,) = describe(f"{file}::Block", engine="static").blocks
    assert not view.unresolved
    assert "self_attention" in view.notation
