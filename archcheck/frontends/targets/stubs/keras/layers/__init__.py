"""What the layers of Keras compute. Read by the static front end, never run.

Signatures: the documentation of keras.layers (Keras 3). Weights are parameters of unknown input size.
"""

import torch
from torch.nn import Parameter
from torch.nn import functional as F

from keras import ops
from keras.activations import named


class Layer(torch.nn.Module):
    __archcheck_module__ = "call"
    __archcheck_prepare__ = "build"
    __archcheck_optional__ = ("training", "mask")
    name = "layer"
    built = False
    supports_masking = False
    trainable = True
    dtype = dtype_policy = compute_dtype = variable_dtype = "float32"
    quantization_mode = input_spec = activity_regularizer = None

    def __init__(self, *args, **kwargs):
        self.name = kwargs.get("name") or "layer"

    def build(self, *shapes, **named_shapes):
        self.built = True

    def add_weight(self, *args, shape=None, **kwargs):
        return Parameter(torch.empty(shape))

    add_variable = add_weight

    def get_config(self):
        return {}

    def call(self, inputs, *args, **kwargs):
        return inputs


class Model(Layer):
    def __init__(self, inputs=None, outputs=None, *args, **kwargs):
        super().__init__(**kwargs)
        self.functional = outputs  # what was computed of the inputs outside of any `call`

    def call(self, inputs, *args, **kwargs):
        return inputs if self.functional is None else torch.ops.keras.functional(inputs)


class Sequential(Model):
    def __init__(self, layers=None, name=None, **kwargs):
        self.functional = None
        self._items = []
        for layer in layers or []:
            self.add(layer)

    def add(self, layer):
        setattr(self, str(len(self._items)), layer)
        self._items.append(layer)

    @property
    def layers(self):
        return self._items

    def call(self, inputs, *args, **kwargs):
        for layer in self._items:
            inputs = layer(inputs)
        return inputs


class Dense(Layer):
    def __init__(self, units, activation=None, use_bias=True, **kwargs):
        self.units = units
        self.activation = named(activation)
        self.use_bias = use_bias
        self.kernel = Parameter(torch.empty(1, units))
        self.bias = Parameter(torch.empty(units)) if use_bias else None

    def call(self, inputs, training=None):
        return self.activation(F.linear(inputs, self.kernel, self.bias))


class EinsumDense(Layer):
    def __init__(self, equation, output_shape, activation=None, bias_axes=None, **kwargs):
        self.equation = equation
        self.activation = named(activation)
        self.kernel = Parameter(torch.empty(1, 1))

    def call(self, inputs, training=None):
        return self.activation(F.linear(inputs, self.kernel))


class Activation(Layer):
    def __init__(self, activation, **kwargs):
        self.activation = named(activation)

    def call(self, inputs):
        return self.activation(inputs)


class ReLU(Layer):
    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        self.max_value = max_value

    def call(self, inputs):
        return F.relu6(inputs) if self.max_value == 6 else F.relu(inputs)


class LeakyReLU(Layer):
    def call(self, inputs):
        return F.leaky_relu(inputs)


class PReLU(Layer):
    def call(self, inputs):
        return F.prelu(inputs, Parameter(torch.empty(1)))


class ELU(Layer):
    def call(self, inputs):
        return F.elu(inputs)


class Softmax(Layer):
    def __init__(self, axis=-1, **kwargs):
        self.axis = axis

    def call(self, inputs, mask=None):
        return F.softmax(inputs, dim=self.axis)


class Dropout(Layer):
    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        self.rate = rate

    def call(self, inputs, training=None):
        return F.dropout(inputs, self.rate, True)


class SpatialDropout1D(Dropout):
    pass


class SpatialDropout2D(Dropout):
    pass


class GaussianDropout(Dropout):
    pass


class LayerNormalization(Layer):
    def __init__(self, axis=-1, epsilon=0.001, center=True, scale=True, rms_scaling=False, **kwargs):
        self.axis = axis
        self.epsilon = epsilon
        self.rms_scaling = rms_scaling
        self.gamma = Parameter(torch.empty(1)) if scale else None
        self.beta = Parameter(torch.empty(1)) if center else None

    def call(self, inputs):
        if isinstance(self.axis, int) and self.axis >= 0:
            return self._norm(inputs.transpose(self.axis, -1)).transpose(self.axis, -1)
        return self._norm(inputs)

    def _norm(self, inputs):
        if self.rms_scaling:
            return F.rms_norm(inputs, None, self.gamma, self.epsilon)
        return F.layer_norm(inputs, None, self.gamma, self.beta, self.epsilon)


class RMSNormalization(Layer):
    def __init__(self, axis=-1, epsilon=1e-06, **kwargs):
        self.epsilon = epsilon
        self.scale = Parameter(torch.empty(1))

    def call(self, inputs):
        return F.rms_norm(inputs, None, self.scale, self.epsilon)


class BatchNormalization(Layer):
    def __init__(self, axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=True, **kwargs):
        self.epsilon = epsilon
        self.gamma = Parameter(torch.empty(1))
        self.beta = Parameter(torch.empty(1))

    def call(self, inputs, training=None, mask=None):
        return F.batch_norm(inputs, None, None, self.gamma, self.beta, True, 0.1, self.epsilon)


class GroupNormalization(Layer):
    def __init__(self, groups=32, axis=-1, epsilon=0.001, center=True, scale=True, **kwargs):
        self.groups = groups
        self.epsilon = epsilon
        self.gamma = Parameter(torch.empty(1))
        self.beta = Parameter(torch.empty(1))

    def call(self, inputs):
        return F.group_norm(inputs, self.groups, self.gamma, self.beta, self.epsilon)


class UnitNormalization(Layer):
    def call(self, inputs):
        return F.normalize(inputs, dim=-1)


class Embedding(Layer):
    def __init__(self, input_dim, output_dim, *args, **kwargs):
        self.embeddings = Parameter(torch.empty(input_dim, output_dim))

    def call(self, inputs):
        return F.embedding(inputs, self.embeddings)


class MultiHeadAttention(Layer):
    def __init__(
        self, num_heads, key_dim, value_dim=None, dropout=0.0, use_bias=True, *, _shared_heads=None, **kwargs
    ):
        self.num_heads = num_heads
        self.shared_heads = num_heads if _shared_heads is None else _shared_heads
        self.dropout = dropout
        self.query_kernel = Parameter(torch.empty(num_heads * key_dim, 1))
        self.key_kernel = Parameter(torch.empty(self.shared_heads * key_dim, 1))
        self.value_kernel = Parameter(torch.empty(self.shared_heads * key_dim, 1))
        self.output_kernel = Parameter(torch.empty(1, num_heads * key_dim))

    def call(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        key = value if key is None else key
        weighted = F.scaled_dot_product_attention(
            F.linear(query, self.query_kernel).unflatten(-1, (self.num_heads, -1)).transpose(1, 2),
            F.linear(key, self.key_kernel).unflatten(-1, (self.shared_heads, -1)).transpose(1, 2),
            F.linear(value, self.value_kernel).unflatten(-1, (self.shared_heads, -1)).transpose(1, 2),
            attention_mask,
            self.dropout,
            use_causal_mask,
        )
        result = F.linear(weighted.transpose(1, 2).flatten(2), self.output_kernel)
        return (result, None) if return_attention_scores else result


class GroupQueryAttention(MultiHeadAttention):
    def __init__(self, head_dim, num_query_heads, num_key_value_heads, dropout=0.0, **kwargs):
        super().__init__(num_query_heads, head_dim, dropout=dropout, _shared_heads=num_key_value_heads)


class _Merge(Layer):
    pass


class Add(_Merge):
    def call(self, inputs):
        return sum(inputs)


class Average(_Merge):
    def call(self, inputs):
        return sum(inputs) / len(inputs)


class Subtract(_Merge):
    def call(self, inputs):
        return inputs[0] - inputs[1]


class Multiply(_Merge):
    def call(self, inputs):
        result = inputs[0]
        for value in inputs[1:]:
            result = result * value
        return result


class Concatenate(_Merge):
    def __init__(self, axis=-1, **kwargs):
        self.axis = axis

    def call(self, inputs):
        return torch.cat(inputs, dim=self.axis)


def add(inputs, **kwargs):
    return Add()(inputs)


def average(inputs, **kwargs):
    return Average()(inputs)


def subtract(inputs, **kwargs):
    return Subtract()(inputs)


def multiply(inputs, **kwargs):
    return Multiply()(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    return Concatenate(axis)(inputs)


class _Conv(Layer):
    dims = 2
    depthwise = False

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        groups=1,
        activation=None,
        use_bias=True,
        **kwargs,
    ):
        size = tuple(kernel_size) if isinstance(kernel_size, (tuple, list)) else (kernel_size,) * self.dims
        self.strides = strides
        self.padding = padding
        self.groups = groups
        self.activation = named(activation)
        self.kernel = Parameter(torch.empty(filters, filters // groups, *size))
        self.bias = Parameter(torch.empty(filters)) if use_bias else None

    def call(self, inputs):
        # Channels stand last; with the two turns the axes of a sequence are told apart.
        run = (F.conv1d, F.conv2d, F.conv3d)[self.dims - 1]
        if self.dims == 1:
            inputs = inputs.permute(0, 2, 1)
        result = run(inputs, self.kernel, self.bias, self.strides, self.padding, 1, self.groups)
        return self.activation(result.permute(0, 2, 1) if self.dims == 1 else result)


class Conv1D(_Conv):
    dims = 1


class Conv2D(_Conv):
    dims = 2


class Conv3D(_Conv):
    dims = 3


class DepthwiseConv2D(_Conv):
    def __init__(
        self, kernel_size, strides=1, padding="valid", depth_multiplier=1, activation=None, **kwargs
    ):
        super().__init__(8, kernel_size, strides, padding, groups=8, activation=activation)


class DepthwiseConv1D(DepthwiseConv2D):
    dims = 1


class SeparableConv2D(Layer):
    def __init__(self, filters, kernel_size, strides=1, padding="valid", activation=None, **kwargs):
        self.depthwise = DepthwiseConv2D(kernel_size, strides, padding)
        self.pointwise = Conv2D(filters, 1, activation=activation)

    def call(self, inputs):
        return self.pointwise(self.depthwise(inputs))


class SeparableConv1D(SeparableConv2D):
    pass


class _Pool(Layer):
    def __init__(self, pool_size=2, strides=None, padding="valid", **kwargs):
        self.pool_size = pool_size
        self.strides = strides


class MaxPooling1D(_Pool):
    def call(self, inputs):
        return F.max_pool1d(inputs, self.pool_size, self.strides)


class MaxPooling2D(_Pool):
    def call(self, inputs):
        return F.max_pool2d(inputs, self.pool_size, self.strides)


class AveragePooling1D(_Pool):
    def call(self, inputs):
        return F.avg_pool1d(inputs, self.pool_size, self.strides)


class AveragePooling2D(_Pool):
    def call(self, inputs):
        return F.avg_pool2d(inputs, self.pool_size, self.strides)


class GlobalAveragePooling1D(Layer):
    def __init__(self, data_format=None, keepdims=False, **kwargs):
        pass

    def call(self, inputs, mask=None):
        return F.adaptive_avg_pool1d(inputs, 1)


class GlobalAveragePooling2D(GlobalAveragePooling1D):
    def call(self, inputs, mask=None):
        return F.adaptive_avg_pool2d(inputs, 1)


class GlobalMaxPooling2D(GlobalAveragePooling1D):
    def call(self, inputs, mask=None):
        return F.adaptive_max_pool2d(inputs, 1)


class _Shape(Layer):
    def __init__(self, *args, **kwargs):
        pass

    def call(self, inputs):
        return inputs.reshape(-1)


class Reshape(_Shape):
    pass


class Flatten(_Shape):
    pass


class Permute(_Shape):
    def call(self, inputs):
        return inputs.permute(0, 2, 1)


class ZeroPadding2D(_Shape):
    def call(self, inputs):
        return F.pad(inputs, (1, 1, 1, 1))


class UpSampling2D(Layer):
    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        self.size = size

    def call(self, inputs):
        return F.interpolate(inputs, None, self.size)


class Lambda(Layer):
    def __init__(self, function, **kwargs):
        self.function = function

    def call(self, inputs, mask=None, training=None):
        return self.function(inputs)


class TimeDistributed(Layer):
    def __init__(self, layer, **kwargs):
        self.layer = layer

    def call(self, inputs, training=None, mask=None):
        return self.layer(inputs)


class LSTM(Layer):
    def __init__(
        self, units, activation="tanh", recurrent_activation="sigmoid", return_sequences=False, **kwargs
    ):
        self.kernel = Parameter(torch.empty(1, units))

    def call(self, sequences, initial_state=None, mask=None, training=None):
        return torch.lstm(sequences, self.kernel)[0]


class GRU(LSTM):
    def call(self, sequences, initial_state=None, mask=None, training=None):
        return torch.gru(sequences, self.kernel)[0]


def Input(shape=None, batch_size=None, dtype=None, sparse=None, batch_shape=None, name=None, *args, **kwargs):
    return __archcheck_input__(name or "inputs")


InputLayer = Input
