import keras


def get(identifier):
    return named(identifier)


def named(activation):
    if activation is None or activation == "linear":
        return lambda x: x
    if isinstance(activation, str):
        return getattr(keras.ops, activation)
    return activation


def linear(x):
    return x
