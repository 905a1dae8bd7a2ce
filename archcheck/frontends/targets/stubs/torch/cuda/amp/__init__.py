from torch import autocast


def custom_fwd(function=None, **kwargs):
    return (lambda inner: inner) if function is None else function


custom_bwd = custom_fwd
