from flax.linen import remat, scan


def with_sharding_constraint(x, *args, **kwargs):
    return x


scan_with_axes, remat_with_axes = scan, remat
