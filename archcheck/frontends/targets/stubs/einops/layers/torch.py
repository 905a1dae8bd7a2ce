import torch
from einops import rearrange, reduce
from torch import nn


class Rearrange(nn.Module):
    def __init__(self, pattern, **axes):
        self.pattern = pattern

    def forward(self, input):
        return rearrange(input, self.pattern)


class Reduce(nn.Module):
    def __init__(self, pattern, reduction, **axes):
        self.pattern = pattern
        self.reduction = reduction

    def forward(self, input):
        return reduce(input, self.pattern, self.reduction)


class EinMix(nn.Module):
    def __init__(self, pattern, weight_shape, bias_shape=None, **axes):
        self.pattern = pattern
        self.weight = nn.Parameter(torch.empty(2, 2))

    def forward(self, input):
        return torch.nn.functional.linear(input, self.weight)
