def weight_norm(module, name="weight", dim=0):
    return module


def spectral_norm(module, *args, **kwargs):
    return module


def remove_weight_norm(module, name="weight"):
    return module


def skip_init(module_cls, *args, **kwargs):
    return module_cls(*args, **kwargs)


def fuse_conv_bn_eval(conv, bn, transpose=False):
    return conv
