"""Initialisation changes numbers, not what is computed."""


def _same(tensor, *args, **kwargs):
    return tensor


uniform_ = normal_ = trunc_normal_ = constant_ = ones_ = zeros_ = eye_ = dirac_ = _same
xavier_uniform_ = xavier_normal_ = kaiming_uniform_ = kaiming_normal_ = orthogonal_ = sparse_ = _same
uniform = normal = constant = xavier_uniform = xavier_normal = kaiming_uniform = kaiming_normal = (
    orthogonal
) = _same


def calculate_gain(nonlinearity, param=None):
    return 1.0


def _calculate_fan_in_and_fan_out(tensor):
    return 1, 1
