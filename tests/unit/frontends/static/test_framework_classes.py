"""What subclasses read of the classes of the frameworks besides the methods that they replace."""

from conftest import block

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
