"""One block in PyTorch, Keras and Flax, as people write it in each: sources that tests read and never run."""

TORCH = """
import torch
from torch import nn


class BertLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(64, 64) for _ in range(3))
        self.dense = nn.Linear(64, 64)
        self.norm1, self.norm2 = nn.LayerNorm(64, eps=1e-12), nn.LayerNorm(64, eps=1e-12)
        self.up, self.down = nn.Linear(64, 256), nn.Linear(256, 64)
        self.dropout = nn.Dropout(0.1)

    def forward(self, hidden_states, attention_mask=None):
        batch, length, _ = hidden_states.shape
        q, k, v = (
            proj(hidden_states).view(batch, length, 4, 16).transpose(1, 2)
            for proj in (self.query, self.key, self.value)
        )
        scores = torch.matmul(q, k.transpose(-1, -2)) / 4.0
        if attention_mask is not None:
            scores = scores + attention_mask
        context = torch.matmul(self.dropout(torch.softmax(scores, dim=-1)), v)
        context = self.dense(context.transpose(1, 2).reshape(batch, length, 64))
        hidden_states = self.norm1(hidden_states + self.dropout(context))
        output = self.down(nn.functional.gelu(self.up(hidden_states)))
        return self.norm2(self.dropout(output) + hidden_states)


class RMSNorm(nn.Module):
    def __init__(self, dim, eps=1e-6):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(dim)), eps

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps))


class GluBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.norm = RMSNorm(64)
        self.gate, self.up, self.down = (nn.Linear(64, 64, bias=False) for _ in range(3))
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        h = self.norm(x)
        return x + self.dropout(self.down(nn.functional.silu(self.gate(h)) * self.up(h)))


class ConvStage(nn.Module):
    def __init__(self, config, dim=32):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.up, self.down = nn.Linear(dim, 128), nn.Linear(128, dim)
        self.gamma = nn.Parameter(1e-6 * torch.ones(dim))

    def forward(self, x):
        h = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        h = self.gamma * self.down(nn.functional.gelu(self.up(h)))
        return x + h.permute(0, 3, 1, 2)
"""

KERAS = """
import tensorflow as tf
from tensorflow import keras


def shape_list(tensor):
    dynamic = tf.shape(tensor)
    static = tensor.shape.as_list()
    return [dynamic[i] if s is None else s for i, s in enumerate(static)]


class TFBertLayer(keras.layers.Layer):
    def __init__(self, config, **kwargs):
        super().__init__(**kwargs)
        self.query, self.key, self.value = (keras.layers.Dense(64, name=n) for n in ("query", "key", "value"))
        self.dense = keras.layers.Dense(64, name="dense")
        self.norm1 = keras.layers.LayerNormalization(epsilon=1e-12, name="norm1")
        self.norm2 = keras.layers.LayerNormalization(epsilon=1e-12, name="norm2")
        self.up = keras.layers.Dense(256, activation="gelu", name="up")
        self.down = keras.layers.Dense(64, name="down")
        self.dropout = keras.layers.Dropout(rate=0.1)

    def heads(self, tensor, batch):
        return tf.transpose(tf.reshape(tensor, (batch, -1, 4, 16)), perm=[0, 2, 1, 3])

    def call(self, hidden_states: tf.Tensor, attention_mask: tf.Tensor | None = None, training: bool = False):
        batch, length, _ = shape_list(hidden_states)
        q = self.heads(self.query(inputs=hidden_states), batch)
        k = self.heads(self.key(inputs=hidden_states), batch)
        v = self.heads(self.value(inputs=hidden_states), batch)
        scores = tf.matmul(q, k, transpose_b=True)
        scores = tf.divide(scores, tf.math.sqrt(tf.cast(16, dtype=scores.dtype)))
        if attention_mask is not None:
            scores = tf.add(scores, attention_mask)
        weights = self.dropout(tf.nn.softmax(scores, axis=-1), training=training)
        context = tf.transpose(tf.matmul(weights, v), perm=[0, 2, 1, 3])
        context = self.dense(tf.reshape(context, (batch, -1, 64)))
        context = self.dropout(inputs=context, training=training)
        hidden_states = self.norm1(inputs=context + hidden_states, training=training)
        output = self.down(self.up(hidden_states))
        return self.norm2(self.dropout(output, training=training) + hidden_states)


class TFRMSNorm(keras.layers.Layer):
    def __init__(self, eps=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.eps = eps

    def build(self, input_shape):
        self.weight = self.add_weight("weight", shape=(input_shape[-1],), initializer="ones")
        super().build(input_shape)

    def call(self, x):
        variance = tf.math.reduce_mean(tf.math.square(x), axis=-1, keepdims=True)
        return self.weight * (x * tf.math.rsqrt(variance + self.eps))


class TFGluBlock(keras.layers.Layer):
    def __init__(self, config, **kwargs):
        super().__init__(**kwargs)
        self.norm = TFRMSNorm()
        self.gate, self.up, self.down = (keras.layers.Dense(64, use_bias=False) for _ in range(3))
        self.dropout = keras.layers.Dropout(0.1)

    def call(self, x, training=False):
        h = self.norm(x)
        return x + self.dropout(self.down(tf.nn.silu(self.gate(h)) * self.up(h)), training=training)


class TFConvStage(keras.layers.Layer):
    def __init__(self, config, dim=32, **kwargs):
        super().__init__(**kwargs)
        self.dim = dim
        self.dwconv = keras.layers.Conv2D(filters=dim, kernel_size=7, padding="same", groups=dim)
        self.norm = keras.layers.LayerNormalization(epsilon=1e-6)
        self.up, self.down = keras.layers.Dense(128), keras.layers.Dense(dim)
        self.act = keras.activations.gelu

    def build(self, input_shape=None):
        if self.built:
            return
        self.built = True
        self.gamma = self.add_weight(shape=(self.dim,), initializer=keras.initializers.Constant(1e-6), name="gamma")
        with tf.name_scope(self.dwconv.name):
            self.dwconv.build([None, None, None, self.dim])

    def call(self, x, training=False):
        return x + self.gamma * self.down(self.act(self.up(self.norm(self.dwconv(x)))))
"""

FLAX = """
import flax.linen as nn
import jax
import jax.numpy as jnp
from flax.linen.attention import dot_product_attention_weights
from jax import lax


class FlaxBertLayer(nn.Module):
    config: object
    dtype: jnp.dtype = jnp.float32

    def setup(self):
        self.query, self.key, self.value = (nn.Dense(64, dtype=self.dtype) for _ in range(3))
        self.dense = nn.Dense(64, dtype=self.dtype)
        self.norm1, self.norm2 = nn.LayerNorm(epsilon=1e-12), nn.LayerNorm(epsilon=1e-12)
        self.up, self.down = nn.Dense(256), nn.Dense(64)
        self.dropout = nn.Dropout(rate=0.1)

    def heads(self, x):
        return x.reshape(x.shape[:2] + (4, 16))

    def __call__(self, hidden_states, attention_mask, layer_head_mask=None, deterministic: bool = True):
        q, k, v = (self.heads(f(hidden_states)) for f in (self.query, self.key, self.value))
        bias = lax.select(
            attention_mask > 0,
            jnp.full(attention_mask.shape, 0.0).astype(self.dtype),
            jnp.full(attention_mask.shape, jnp.finfo(self.dtype).min).astype(self.dtype),
        )
        rng = self.make_rng("dropout") if not deterministic else None
        weights = dot_product_attention_weights(q, k, bias=bias, dropout_rng=rng, dropout_rate=0.1)
        if layer_head_mask is not None:
            weights = jnp.einsum("...hqk,h->...hqk", weights, layer_head_mask)
        context = jnp.einsum("...hqk,...khd->...qhd", weights, v)
        context = self.dense(context.reshape(context.shape[:2] + (-1,)))
        hidden_states = self.norm1(hidden_states + self.dropout(context, deterministic=deterministic))
        output = self.down(nn.gelu(self.up(hidden_states), approximate=False))
        return self.norm2(self.dropout(output, deterministic=deterministic) + hidden_states)


class FlaxRMSNorm(nn.Module):
    dim: int
    eps: float = 1e-6

    def setup(self):
        self.weight = self.param("weight", lambda _, shape: jnp.ones(shape), self.dim)

    def __call__(self, x):
        variance = jnp.power(x.astype(jnp.float32), 2).mean(-1, keepdims=True)
        return self.weight * jnp.asarray(x / jnp.sqrt(variance + self.eps))


class Gated(nn.Module):
    @nn.compact
    def __call__(self, x):
        gate, up = nn.Dense(64, use_bias=False)(x), nn.Dense(64, use_bias=False)(x)
        return nn.Dense(64, use_bias=False)(nn.silu(gate) * up)


class FlaxGluBlock(nn.Module):
    config: object

    def setup(self):
        self.norm = FlaxRMSNorm(64)
        self.mlp = nn.remat(Gated)()
        self.dropout = nn.Dropout(0.1)

    def __call__(self, x, deterministic=True):
        return x + self.dropout(self.mlp(self.norm(x)), deterministic=deterministic)


class FlaxConvStage(nn.Module):
    config: object
    dim: int = 32

    def setup(self):
        self.dwconv = nn.Conv(self.dim, (7, 7), padding="SAME", feature_group_count=self.dim)
        self.norm = nn.LayerNorm(epsilon=1e-6)
        self.up, self.down = nn.Dense(128), nn.Dense(self.dim)
        self.gamma = self.param("gamma", nn.initializers.constant(1e-6), (self.dim,))

    def __call__(self, x):
        h = self.down(jax.nn.gelu(self.up(self.norm(self.dwconv(x))), approximate=False))
        return x + self.gamma * h
"""
