def weight_norm(module, name="weight", dim=0):
    return module


def spectral_norm(module, *args, **kwargs):
    return module


def orthogonal(module, *args, **kwargs):
    return module
