"""What JAX offers beside functions of arrays. Read by the static front end, never run."""


def jit(fun=None, **kwargs):
    return (lambda inner: inner) if fun is None else fun


checkpoint = remat = named_call = jit


def vmap(fun, *args, **kwargs):
    return fun


def eval_shape(fun, *args, **kwargs):
    return fun(*args, **kwargs)
