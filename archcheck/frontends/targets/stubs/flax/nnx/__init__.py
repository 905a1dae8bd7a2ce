"""What the modules of flax.nnx compute. Read by the static front end, never run.

Signatures: the documentation of flax.nnx. Unlike those of linen, modules are plain objects that are told the size of
their input and where their random numbers come from. All runs are in training mode.
"""

import torch
from torch.nn import ModuleDict as Dict
from torch.nn import ModuleList as List
from torch.nn import Parameter
from torch.nn import functional as F

from flax import linen


class Module(torch.nn.Module):
    __archcheck_module__ = "__call__"

    def __init__(self, *args, **kwargs):
        pass

    def sow(self, *args, **kwargs):
        return False

    def train(self, **attributes):
        return None

    eval = set_attributes = train


class Rngs:
    def __init__(self, *args, **kwargs):
        pass

    def __call__(self):
        return None

    def __getattr__(self, name):
        return lambda: None


def Param(value=None, *args, **kwargs):
    return Parameter(value)


def jit(target, *args, **kwargs):
    return target


remat = checkpoint = data = static = jit


class Linear(Module):
    def __init__(self, in_features, out_features, *, use_bias=True, **kwargs):
        self.kernel = Parameter(torch.empty(out_features, in_features))
        self.bias = Parameter(torch.empty(out_features)) if use_bias else None

    def __call__(self, inputs):
        return F.linear(inputs, self.kernel, self.bias)


class LinearGeneral(Module):
    def __init__(self, in_features, out_features, *, use_bias=True, **kwargs):
        self.kernel = Parameter(torch.empty(1, 1))
        self.bias = Parameter(torch.empty(1)) if use_bias else None

    def __call__(self, inputs):
        return F.linear(inputs, self.kernel, self.bias)


class Conv(linen.Conv):
    __archcheck_dataclass__ = False

    def __init__(self, in_features, out_features, kernel_size, strides=1, **kwargs):
        super().__init__(out_features, kernel_size, strides, **kwargs)


class Embed(Module):
    def __init__(self, num_embeddings, features, **kwargs):
        self.embedding = Parameter(torch.empty(num_embeddings, features))

    def __call__(self, inputs):
        return F.embedding(inputs, self.embedding)

    def attend(self, query):
        return F.linear(query, self.embedding)


class LayerNorm(Module):
    def __init__(self, num_features, *, epsilon=1e-06, use_bias=True, use_scale=True, **kwargs):
        self.epsilon = epsilon
        self.scale = Parameter(torch.empty(num_features)) if use_scale else None
        self.bias = Parameter(torch.empty(num_features)) if use_bias else None

    def __call__(self, x, **kwargs):
        return F.layer_norm(x, None, self.scale, self.bias, self.epsilon)


class RMSNorm(Module):
    def __init__(self, num_features, *, epsilon=1e-06, use_scale=True, **kwargs):
        self.epsilon = epsilon
        self.scale = Parameter(torch.empty(num_features)) if use_scale else None

    def __call__(self, x, **kwargs):
        return F.rms_norm(x, None, self.scale, self.epsilon)


class GroupNorm(Module):
    def __init__(self, num_features, num_groups=32, *, epsilon=1e-06, **kwargs):
        self.num_groups = num_groups
        self.epsilon = epsilon
        self.scale = Parameter(torch.empty(num_features))
        self.bias = Parameter(torch.empty(num_features))

    def __call__(self, x, **kwargs):
        return F.group_norm(x, self.num_groups, self.scale, self.bias, self.epsilon)


class BatchNorm(Module):
    def __init__(self, num_features, *, epsilon=1e-05, **kwargs):
        self.epsilon = epsilon
        self.scale = Parameter(torch.empty(num_features))
        self.bias = Parameter(torch.empty(num_features))

    def __call__(self, x, **kwargs):
        return F.batch_norm(x, None, None, self.scale, self.bias, True, 0.1, self.epsilon)


class Dropout(Module):
    def __init__(self, rate, **kwargs):
        self.rate = rate

    def __call__(self, inputs, **kwargs):
        return F.dropout(inputs, self.rate, True)


class Sequential(Module):
    def __init__(self, *fns):
        self.layers = List(fns)

    def __call__(self, x, *args, **kwargs):
        for layer in self.layers:
            x = layer(x)
        return x


class MultiHeadAttention(linen.MultiHeadDotProductAttention):
    __archcheck_dataclass__ = False

    def __init__(self, num_heads, in_features, *, dropout_rate=0.0, **kwargs):
        super().__init__(num_heads, dropout_rate=dropout_rate)
