"""What code reads of the frameworks besides their layers: what subclasses inherit, attention of a mask, parts of memory."""

import pytest
from conftest import block

from archcheck import check

HEAD = "import torch\nfrom torch import nn\n"
KERAS = """
import keras
from keras import layers
from keras.src.backend import get_keras_mask


class Block(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def build(self, inputs_shape):
        self.attend = layers.MultiHeadAttention(4, 8, dtype=self.dtype_policy)
        self.attend.build(query_shape=inputs_shape, value_shape=inputs_shape)
        self.norm = layers.LayerNormalization(dtype=self.compute_dtype, trainable=self.trainable)
        self.norm.build(inputs_shape)

    def call(self, inputs):
        mask = get_keras_mask(inputs)
        n = self.norm(inputs)
        return inputs + self.attend(n, n, attention_mask=mask)
"""


def test_the_parts_of_torchs_encoder_layer_under_their_own_names(reader):
    source = HEAD + (
        "class Block(nn.TransformerEncoderLayer):\n"
        "    def __init__(self):\n        super().__init__(8, 2)\n"
        "    def forward(self, x, mask=None):\n"
        "        x = x + self._sa_block(self.norm1(x), mask, None)\n"
        "        return x + self._ff_block(self.norm2(x))\n"
    )
    assert reader.notation(source) == (
        "layer_norm -> self_attention -> dropout -> add; layer_norm -> feed_forward -> dropout -> add"
    )


def test_the_parts_of_torchs_decoder_layer_under_their_own_names(reader):
    source = HEAD + (
        "class Block(nn.TransformerDecoderLayer):\n"
        "    def __init__(self):\n        super().__init__(8, 2)\n"
        "    def forward(self, x, memory):\n"
        "        x = self.norm1(x + self._mha_block(x, memory, None, None))\n"
        "        return self.norm2(x + self._sa_block(x, None, None, is_causal=True))\n"
    )
    assert reader.notation(source) == (
        "cross_attention(memory) -> dropout -> add -> layer_norm; self_attention -> dropout -> add -> layer_norm"
    )


def test_a_keras_layer_that_builds_its_parts_by_hand(reader):
    assert reader.notation(KERAS) == "layer_norm -> self_attention -> add"


def test_a_dataclass_of_flax_is_one(reader):
    """What a model returns may be an object that refuses to be made where its class is no dataclass."""
    before = """
        import dataclasses
        import flax

        class Output:
            def __post_init__(self):
                if not dataclasses.is_dataclass(self):
                    raise TypeError("no dataclass")

        @flax.struct.dataclass
        class Result(Output):
            hidden: object = None
    """
    source = block("return Result(hidden=x + self.f(self.norm(x))).hidden", before=before)
    assert reader.variants(source) == {(): "layer_norm -> linear -> add"}


FUNCTIONAL = """
import keras
from keras import layers


def block(dim=8):
    x = keras.Input((None, dim))
    y = layers.LayerNormalization()(x)
    y = layers.Dense(dim)(layers.Dense(4 * dim, activation="gelu")(y))
    return keras.Model(x, layers.{join}([x, y]))
"""


def test_a_functional_model_of_keras_is_what_was_computed_of_its_inputs(reader):
    for name in ("block", "block(16)"):
        source = FUNCTIONAL.format(join="add")
        assert reader.notation(source, name) == "layer_norm -> feed_forward -> add"
        assert "scale(0.5)" in reader.notation(FUNCTIONAL.format(join="average"), name)


def test_a_functional_model_of_keras_inside_of_another_is_not_read(reader):
    source = FUNCTIONAL.format(join="add") + (
        "\n\nclass Block(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
        "        self.f = block(8)\n    def call(self, x):\n        return x + self.f(x)\n"
    )
    assert reader.reasons(source)


SCANNED = """
import flax.linen as nn


class Layer(nn.Module):
    @nn.compact
    def __call__(self, x, _):
        return x + nn.Dense(8)(nn.LayerNorm()(x)), None


class Model(nn.Module):
    def setup(self):
        self.layers = nn.scan(nn.remat(Layer), variable_axes={"params": 0}, length=6)()
        self.norm = nn.LayerNorm()

    def __call__(self, x):
        x, _ = self.layers(x, None)
        return self.norm(x)
"""
COMPACT = """
import flax.linen as nn


class Layer(nn.Module):
    @nn.compact
    def __call__(self, x):
        return x + nn.Dense(8)(nn.LayerNorm()(x))


class Model(nn.Module):
    depth: int = 6

    @nn.compact
    def __call__(self, x):
        for i in range(self.depth):
            x = Layer(name=f"layer_{i}")(x)
        return nn.LayerNorm()(x)
"""


def verdicts(reader, source):
    """Those of a model of six layers and a norm, and of its layer."""
    spec = reader.folder / "spec.yaml"
    spec.write_text(
        "archcheck: 1\nname: s\nblocks:\n  layer: {block: norm -> linear -> add}\n"
        "model: stack(n=6)[layer] -> layer_norm\n"
    )
    reader.write({"model.py": source})
    report = check(f"{reader.folder / 'model.py'}::Model", str(spec), engine="static")
    return {result.verdict for result in report.results}


def test_a_scan_of_flax_over_layers_is_a_stack(reader):
    assert verdicts(reader, SCANNED) == {"match"}
    assert "mismatch" in verdicts(reader, SCANNED.replace("length=6", "length=5"))


def test_a_loop_over_layers_that_are_made_where_they_are_used_is_a_stack(reader):
    assert verdicts(reader, COMPACT) == {"match"}
    assert "mismatch" in verdicts(reader, COMPACT.replace("depth: int = 6", "depth: int = 5"))
    one = "x = Layer(name=f'layer_{i}')(x) if i != 4 else nn.Dense(8)(x)"
    assert "mismatch" in verdicts(reader, COMPACT.replace('x = Layer(name=f"layer_{i}")(x)', one))


NNX = """
import jax
import jax.numpy as jnp
from flax import nnx


class Scale(nnx.Module):
    def __init__(self, dim, rngs):
        self.scale = nnx.Param(jnp.ones((dim,)))

    def __call__(self, x):
        return x * jax.lax.rsqrt(jnp.mean(jnp.square(x), -1, keepdims=True) + 1e-6) * self.scale.value


class Block(nnx.Module):
    def __init__(self, dim=8, *, rngs: nnx.Rngs):
        self.n1, self.n2 = Scale(dim, rngs), nnx.LayerNorm(dim, rngs=rngs)
        self.attn = nnx.MultiHeadAttention(num_heads=2, in_features=dim, rngs=rngs)
        self.ffn = nnx.Sequential(nnx.Linear(dim, 32, rngs=rngs), nnx.gelu, nnx.Linear(32, dim, rngs=rngs))
        self.drop = nnx.Dropout(0.1, rngs=rngs)

    def __call__(self, x):
        x = x + self.drop(self.attn(self.n1(x)))
        return x + self.drop(self.ffn(self.n2(x)))
"""


def test_modules_of_nnx(reader):
    assert reader.notation(NNX) == (
        "rms_norm -> self_attention -> dropout -> add; layer_norm -> feed_forward -> dropout -> add"
    )


def test_constraints_on_where_an_array_lies_are_nothing(reader):
    init = "nn.with_logical_partitioning(nn.initializers.zeros, ('embed', 'mlp'))"
    body = f"return x + nn.Dense(8, kernel_init={init})(nn.LayerNorm()(x))"
    source = COMPACT.replace("return x + nn.Dense(8)(nn.LayerNorm()(x))", body)
    source = source.replace(
        "(self, x):\n        return",
        "(self, x):\n        x = nn.with_logical_constraint(x, ('batch',))\n        return",
        1,
    )
    assert reader.notation(source, "Layer") == "layer_norm -> linear -> add"


@pytest.mark.parametrize(
    "call",
    [
        "flex_attention(q, k, v)",
        "flex_attention(q, k, v, score_mod=lambda s, b, h, i, j: s + i - j, return_lse=True)[0]",
        "flex_attention(q, k, v, block_mask=create_block_mask(and_masks(near, noop_mask), None, None, 5, 5))",
        "torch.compile(flex_attention)(q, k, v, block_mask=create_block_mask(near, None, None, 5, 5)[:, 0])",
    ],
)
def test_attention_that_is_compiled_of_a_mask(reader, call):
    names = "and_masks, create_block_mask, flex_attention, noop_mask"
    before = f"from torch.nn.attention.flex_attention import {names}\nnear = lambda b, h, i, j: i >= j\n"
    body = f"n = self.norm(x)\nq, k, v = self.q(n), self.k(n), self.v(n)\nreturn x + self.f({call})"
    init = "self.q, self.k, self.v = (nn.Linear(dim, dim) for _ in range(3))"
    assert reader.variants(block(body, init=init, before=before)) == {
        (): "layer_norm -> self_attention -> add"
    }


def test_a_slice_of_sizes_that_the_data_tells_shows_a_part(reader):
    body = (
        "rows, columns = sizes[0].tolist()\npart = slice(0, rows * columns)\n"
        "out = x.new_zeros(x.shape[0], 64, 8)\nout[:, part].view(x.shape[0], rows, -1, 8)[:, :, :2] = self.f(x)\n"
        "return self.norm(out)"
    )
    source = block(body).replace("def forward(self, x):", "def forward(self, x, sizes):")
    assert reader.variants(source) == {(): "linear -> layer_norm"}
