from torch.nn import functional as F
from torch.nn._convolution import _sizes
from torch.nn._module import Module


class Dropout(Module):
    def __init__(self, p=0.5, inplace=False):
        self.p = p
        self.inplace = inplace

    def forward(self, input):
        return F.dropout(input, self.p, True, inplace=self.inplace)


class Dropout1d(Module):
    def __init__(self, p=0.5, inplace=False):
        self.p = p
        self.inplace = inplace

    def forward(self, input):
        return F.dropout1d(input, self.p, True, inplace=self.inplace)


class Dropout2d(Module):
    def __init__(self, p=0.5, inplace=False):
        self.p = p
        self.inplace = inplace

    def forward(self, input):
        return F.dropout2d(input, self.p, True, inplace=self.inplace)


class Dropout3d(Module):
    def __init__(self, p=0.5, inplace=False):
        self.p = p
        self.inplace = inplace

    def forward(self, input):
        return F.dropout3d(input, self.p, True, inplace=self.inplace)


class AlphaDropout(Module):
    def __init__(self, p=0.5, inplace=False):
        self.p = p
        self.inplace = inplace

    def forward(self, input):
        return F.alpha_dropout(input, self.p, True, inplace=self.inplace)


class FeatureAlphaDropout(Module):
    def __init__(self, p=0.5, inplace=False):
        self.p = p
        self.inplace = inplace

    def forward(self, input):
        return F.feature_alpha_dropout(input, self.p, True, inplace=self.inplace)


class Flatten(Module):
    def __init__(self, start_dim=1, end_dim=-1):
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input):
        return input.flatten(self.start_dim, self.end_dim)


class Unflatten(Module):
    def __init__(self, dim, unflattened_size):
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input):
        return input.unflatten(self.dim, self.unflattened_size)


class PixelShuffle(Module):
    def __init__(self, upscale_factor):
        self.upscale_factor = upscale_factor

    def forward(self, input):
        return F.pixel_shuffle(input, self.upscale_factor)


class PixelUnshuffle(Module):
    def __init__(self, downscale_factor):
        self.downscale_factor = downscale_factor

    def forward(self, input):
        return F.pixel_unshuffle(input, self.downscale_factor)


class ChannelShuffle(Module):
    def __init__(self, groups):
        self.groups = groups

    def forward(self, input):
        return F.channel_shuffle(input, self.groups)


class Upsample(Module):
    def __init__(
        self, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None
    ):
        self.name = type(self).__name__
        self.size = size
        self.scale_factor = scale_factor
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input):
        return F.interpolate(input, self.size, self.scale_factor, self.mode)


class UpsamplingNearest2d(Upsample):
    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class CosineSimilarity(Module):
    def __init__(self, dim=1, eps=1e-08):
        self.dim = dim
        self.eps = eps

    def forward(self, x1, x2):
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    def __init__(self, p=2.0, eps=1e-06, keepdim=False):
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1, x2):
        return F.pairwise_distance(x1, x2, self.norm)


class _Pad(Module):
    def __init__(self, padding):
        self.padding = _sizes(padding, self.sides)

    def forward(self, input):
        return F.pad(input, self.padding)


class _ConstantPad(Module):
    def __init__(self, padding, value):
        self.padding = _sizes(padding, self.sides)
        self.value = value

    def forward(self, input):
        return F.pad(input, self.padding)


class _ZeroPad(_ConstantPad):
    def __init__(self, padding):
        super().__init__(padding, 0.0)


class ZeroPad1d(_ZeroPad):
    sides = 2


class ZeroPad2d(_ZeroPad):
    sides = 4


class ZeroPad3d(_ZeroPad):
    sides = 6


class ReflectionPad1d(_Pad):
    sides = 2


class ReflectionPad2d(_Pad):
    sides = 4


class ReflectionPad3d(_Pad):
    sides = 6


class ReplicationPad1d(_Pad):
    sides = 2


class ReplicationPad2d(_Pad):
    sides = 4


class ReplicationPad3d(_Pad):
    sides = 6


class CircularPad1d(_Pad):
    sides = 2


class CircularPad2d(_Pad):
    sides = 4


class CircularPad3d(_Pad):
    sides = 6


class ConstantPad1d(_ConstantPad):
    sides = 2


class ConstantPad2d(_ConstantPad):
    sides = 4


class ConstantPad3d(_ConstantPad):
    sides = 6
