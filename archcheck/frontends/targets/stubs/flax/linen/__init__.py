"""What the modules of flax.linen compute. Read by the static front end, never run.

Signatures: the documentation of flax.linen. Parameters are of unknown input size; all runs are in training mode.
"""

import torch
from torch.nn import Parameter
from torch.nn import functional as F


class Module(torch.nn.Module):
    __archcheck_module__ = "__call__"
    __archcheck_prepare__ = "setup"
    __archcheck_dataclass__ = True
    name = "module"

    def __init__(self, **kwargs):
        pass

    def setup(self):
        pass

    def param(self, name, init_fn=None, *args, **kwargs):
        return Parameter(torch.empty(args[0] if args else 1))  # an initializer's first argument is the shape

    def variable(self, collection, name, init_fn=None, *args, **kwargs):
        return _Variable()

    def has_variable(self, collection, name):
        return False

    def is_mutable_collection(self, collection):
        return False

    def is_initializing(self):
        return False

    def make_rng(self, name="params"):
        return None

    def sow(self, *args, **kwargs):
        return False

    def clone(self, **kwargs):
        return self

    def bind(self, *args, **kwargs):
        return self


class _Variable:
    def __init__(self):
        self.value = Parameter(torch.empty(1))


def compact(function):
    return function


nowrap = compact


def remat(target, *args, **kwargs):
    return target


checkpoint = remat_scan = jit = vmap = remat


class _Scanned(Module):
    """Layers with parameters of their own, through which a state runs."""

    def __init__(self, target, length, args, kwargs):
        self.layers = [target(*args, **kwargs) for _ in range(length)]

    def __call__(self, carry, *xs, **kwargs):
        out = None
        for layer in self.layers:
            carry, out = layer(carry, *xs, **kwargs)
        return carry, out


def scan(
    target,
    variable_axes=None,
    variable_broadcast=False,
    variable_carry=False,
    split_rngs=None,
    in_axes=0,
    out_axes=0,
    length=None,
    **kwargs,
):
    if isinstance(target, type) and variable_axes and "params" in variable_axes and length is not None:
        return lambda *args, **kwargs: _Scanned(target, length, args, kwargs)
    return target


def merge_param(name, a, b):
    return b if a is None else a


class Dense(Module):
    def __init__(self, features, use_bias=True, *args, **kwargs):
        self.kernel = Parameter(torch.empty(features, 1))
        self.bias = Parameter(torch.empty(features)) if use_bias else None

    def __call__(self, inputs):
        return F.linear(inputs, self.kernel, self.bias)


class DenseGeneral(Dense):
    def __init__(self, features, axis=-1, batch_dims=(), use_bias=True, *args, **kwargs):
        self.kernel = Parameter(torch.empty(1, 1))
        self.bias = Parameter(torch.empty(1)) if use_bias else None


class Einsum(DenseGeneral):
    pass


class Embed(Module):
    def __init__(self, num_embeddings, features, *args, **kwargs):
        self.embedding = Parameter(torch.empty(num_embeddings, features))

    def __call__(self, inputs):
        return F.embedding(inputs, self.embedding)

    def attend(self, query):
        return F.linear(query, self.embedding)


class Conv(Module):
    depthwise = False

    def __init__(
        self,
        features,
        kernel_size,
        strides=1,
        padding="SAME",
        input_dilation=1,
        kernel_dilation=1,
        feature_group_count=1,
        use_bias=True,
        *args,
        **kwargs,
    ):
        size = tuple(kernel_size) if isinstance(kernel_size, (tuple, list)) else (kernel_size,)
        self.dims = len(size)
        self.strides = strides
        self.padding = padding
        self.groups = feature_group_count
        self.kernel = Parameter(torch.empty(features, features // feature_group_count, *size))
        self.bias = Parameter(torch.empty(features)) if use_bias else None

    def __call__(self, inputs):
        # Channels stand last; with the two turns the axes of a sequence are told apart.
        run = (F.conv1d, F.conv2d, F.conv3d)[self.dims - 1]
        if self.dims == 1:
            inputs = inputs.permute(0, 2, 1)
        result = run(inputs, self.kernel, self.bias, self.strides, self.padding, 1, self.groups)
        return result.permute(0, 2, 1) if self.dims == 1 else result


class LayerNorm(Module):
    def __init__(
        self, epsilon=1e-06, dtype=None, param_dtype=None, use_bias=True, use_scale=True, *args, **kwargs
    ):
        self.epsilon = epsilon
        self.scale = Parameter(torch.empty(1)) if use_scale else None
        self.bias = Parameter(torch.empty(1)) if use_bias else None

    def __call__(self, x, *args, **kwargs):
        return F.layer_norm(x, None, self.scale, self.bias, self.epsilon)


class RMSNorm(Module):
    def __init__(self, epsilon=1e-06, dtype=None, param_dtype=None, use_scale=True, *args, **kwargs):
        self.epsilon = epsilon
        self.scale = Parameter(torch.empty(1)) if use_scale else None

    def __call__(self, x, *args, **kwargs):
        return F.rms_norm(x, None, self.scale, self.epsilon)


class GroupNorm(Module):
    def __init__(self, num_groups=32, group_size=None, epsilon=1e-06, *args, **kwargs):
        self.num_groups = num_groups
        self.epsilon = epsilon
        self.scale = Parameter(torch.empty(1))
        self.bias = Parameter(torch.empty(1))

    def __call__(self, x, *args, **kwargs):
        return F.group_norm(x, self.num_groups, self.scale, self.bias, self.epsilon)


class BatchNorm(Module):
    def __init__(self, use_running_average=None, axis=-1, momentum=0.99, epsilon=1e-05, *args, **kwargs):
        self.epsilon = epsilon
        self.scale = Parameter(torch.empty(1))
        self.bias = Parameter(torch.empty(1))

    def __call__(self, x, use_running_average=None, *args, **kwargs):
        return F.batch_norm(x, None, None, self.scale, self.bias, True, 0.1, self.epsilon)


class Dropout(Module):
    def __init__(self, rate, broadcast_dims=(), deterministic=None, *args, **kwargs):
        self.rate = rate

    def __call__(self, inputs, deterministic=None, rng=None):
        return F.dropout(inputs, self.rate, True)


class Sequential(Module):
    def __init__(self, layers, *args, **kwargs):
        self.layers = layers

    def __call__(self, x, *args, **kwargs):
        for layer in self.layers:
            x = layer(x)
        return x


def dot_product_attention_weights(
    query,
    key,
    bias=None,
    mask=None,
    broadcast_dropout=True,
    dropout_rng=None,
    dropout_rate=0.0,
    deterministic=False,
    *args,
    **kwargs,
):
    scores = torch.matmul(query, key.transpose(-1, -2))
    if bias is not None:
        scores = scores + bias
    if mask is not None:
        scores = scores.masked_fill(mask, -10000.0)
    return F.dropout(F.softmax(scores, dim=-1), dropout_rate, True)


def dot_product_attention(
    query,
    key,
    value,
    bias=None,
    mask=None,
    broadcast_dropout=True,
    dropout_rng=None,
    dropout_rate=0.0,
    deterministic=False,
    *args,
    **kwargs,
):
    return F.scaled_dot_product_attention(query, key, value, bias if mask is None else mask, dropout_rate)


class MultiHeadDotProductAttention(Module):
    def __init__(
        self,
        num_heads,
        dtype=None,
        param_dtype=None,
        qkv_features=None,
        out_features=None,
        broadcast_dropout=True,
        dropout_rate=0.0,
        *args,
        **kwargs,
    ):
        self.num_heads = num_heads
        self.dropout_rate = dropout_rate
        self.query = Parameter(torch.empty(1, 1))
        self.key = Parameter(torch.empty(1, 1))
        self.value = Parameter(torch.empty(1, 1))
        self.out = Parameter(torch.empty(1, 1))

    def __call__(self, inputs_q, inputs_k=None, inputs_v=None, *args, mask=None, **kwargs):
        inputs_k = inputs_q if inputs_k is None else inputs_k
        inputs_v = inputs_k if inputs_v is None else inputs_v
        weighted = F.scaled_dot_product_attention(
            F.linear(inputs_q, self.query),
            F.linear(inputs_k, self.key),
            F.linear(inputs_v, self.value),
            mask,
            self.dropout_rate,
        )
        return F.linear(weighted, self.out)


SelfAttention = MultiHeadAttention = MultiHeadDotProductAttention


def make_attention_mask(query_input, key_input, *args, **kwargs):
    return torch.triu(query_input)


def make_causal_mask(x, *args, **kwargs):
    return torch.triu(x)


def combine_masks(*masks, **kwargs):
    return next((mask for mask in masks if mask is not None), None)


def avg_pool(inputs, window_shape, strides=None, padding="VALID", *args, **kwargs):
    if not __archcheck_is_known__(window_shape[0]):  # as large as the input
        return F.adaptive_avg_pool2d(inputs, 1)
    return F.avg_pool2d(inputs, window_shape, strides)


def max_pool(inputs, window_shape, strides=None, padding="VALID"):
    return F.max_pool2d(inputs, window_shape)


def with_logical_constraint(x, *args, **kwargs):
    return x


def with_logical_partitioning(fn, *args, **kwargs):
    return fn


with_partitioning = with_logical_partitioning
