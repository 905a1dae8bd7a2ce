"""What TensorFlow 1 and 2 offer beside functions of tensors. Read by the static front end, never run."""

import torch
from torch.nn import Parameter

from tensorflow import keras

_parameter = Parameter


__version__ = "2.16.1"


class version:
    VERSION = "2.16.1"


class TensorShape:
    def __init__(self, dims=None):
        self.dims = dims


class _Scope:
    def __init__(self, *args, **kwargs):
        self.name = "scope"
        self.original_name_scope = "scope"

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None

    def __call__(self, function):
        return function

    def reuse_variables(self):
        pass

    def set_custom_getter(self, getter):
        pass

    def __getattr__(self, name):
        return None


variable_scope = name_scope = control_dependencies = device = init_scope = colocate_with = GradientTape = (
    _Scope
)


class Module:
    def __init__(self, name=None):
        self.name = name


def function(func=None, **kwargs):
    return (lambda inner: inner) if func is None else func


class _Distribution:
    def __init__(self, *args, **kwargs):
        pass

    def sample(self, sample_shape=(), *args, **kwargs):
        return torch.rand(sample_shape)


class distributions:
    Bernoulli = Categorical = Normal = Uniform = _Distribution


def custom_gradient(f=None):
    def computed(*args, **kwargs):  # f gives the result and the function of its gradient
        return f(*args, **kwargs)[0]

    return computed


def get_variable_scope():
    return _Scope()


def get_variable(name, shape=None, dtype=None, initializer=None, regularizer=None, trainable=True, **kwargs):
    return _parameter(empty(shape))


def Variable(initial_value=None, *args, **kwargs):
    return _parameter(initial_value)


def executing_eagerly():
    return False


def cond(pred, true_fn=None, false_fn=None, name=None):
    if __archcheck_whether__(pred):
        return true_fn()
    return false_fn()


def map_fn(fn, elems, *args, **kwargs):
    return fn(elems)


def while_loop(cond, body, loop_vars, *args, **kwargs):
    return body(*loop_vars)


def add_to_collection(name, value):
    return None


def group(*inputs, **kwargs):
    return None


def assert_equal(*args, **kwargs):
    return None


assert_less = assert_greater = assert_less_equal = assert_greater_equal = assert_rank = assert_none_equal = (
    assert_equal
)


class _Layers:
    """`tf.layers`: functions that build a layer and call it."""

    def dense(self, inputs, units, activation=None, use_bias=True, name=None, **kwargs):
        return keras.layers.Dense(units, activation=activation, use_bias=use_bias)(inputs)

    def dropout(self, inputs, rate=0.5, noise_shape=None, seed=None, training=False, name=None):
        return keras.layers.Dropout(rate)(inputs)

    def conv1d(self, inputs, filters, kernel_size, strides=1, padding="valid", activation=None, **kwargs):
        return keras.layers.Conv1D(filters, kernel_size, strides, padding, activation=activation)(inputs)

    def conv2d(
        self, inputs, filters, kernel_size, strides=(1, 1), padding="valid", activation=None, **kwargs
    ):
        return keras.layers.Conv2D(filters, kernel_size, strides, padding, activation=activation)(inputs)

    def separable_conv2d(self, inputs, filters, kernel_size, *args, **kwargs):
        return keras.layers.SeparableConv2D(filters, kernel_size)(inputs)

    def batch_normalization(self, inputs, axis=-1, momentum=0.99, epsilon=0.001, **kwargs):
        return keras.layers.BatchNormalization(epsilon=epsilon)(inputs)

    def max_pooling2d(self, inputs, pool_size, strides, **kwargs):
        return keras.layers.MaxPooling2D(pool_size, strides)(inputs)

    def average_pooling2d(self, inputs, pool_size, strides, **kwargs):
        return keras.layers.AveragePooling2D(pool_size, strides)(inputs)

    def flatten(self, inputs, **kwargs):
        return reshape(inputs, [-1])

    Dense = keras.layers.Dense
    Dropout = keras.layers.Dropout
    Conv1D = keras.layers.Conv1D
    Conv2D = keras.layers.Conv2D
    BatchNormalization = keras.layers.BatchNormalization
    Layer = keras.layers.Layer


layers = _Layers()


class _Quiet:
    """Logging and summaries say something and compute nothing."""

    def info(self, *args, **kwargs):
        return None

    def __getattr__(self, name):
        return self.info


logging = summary = _Quiet()


class _ModeKeys:
    TRAIN = "train"
    EVAL = "eval"
    PREDICT = "infer"


class _Estimator:
    ModeKeys = _ModeKeys


estimator = _Estimator()
AUTO_REUSE = "auto_reuse"


class _Initializer:
    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, shape, dtype=None, **kwargs):
        return empty(shape)


zeros_initializer = ones_initializer = constant_initializer = random_normal_initializer = _Initializer
random_uniform_initializer = truncated_normal_initializer = variance_scaling_initializer = (
    glorot_uniform_initializer
) = _Initializer
