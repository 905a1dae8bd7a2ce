import torch
from torch.nn import functional as F
from torch.nn._module import Module
from torch.nn.parameter import Parameter


def _sizes(value, count):
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * count


class _Conv(Module):
    def _build(
        self,
        dims,
        in_channels,
        out_channels,
        kernel_size,
        stride,
        padding,
        dilation,
        groups,
        bias,
        transposed,
    ):
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _sizes(kernel_size, dims)
        self.stride = _sizes(stride, dims)
        self.padding = padding if isinstance(padding, str) else _sizes(padding, dims)
        self.dilation = _sizes(dilation, dims)
        self.groups = groups
        self.transposed = transposed
        if transposed:
            self.weight = Parameter(torch.empty(in_channels, out_channels // groups, *self.kernel_size))
        else:
            self.output_padding = _sizes(0, dims)
            self.weight = Parameter(torch.empty(out_channels, in_channels // groups, *self.kernel_size))
        self.bias = Parameter(torch.empty(out_channels)) if bias else None

    def _padded(self, input):
        if self.padding_mode == "zeros":
            return input, self.padding
        return F.pad(input, self.padding, mode=self.padding_mode), (0,) * len(self.kernel_size)

    def reset_parameters(self):
        pass


class Conv1d(_Conv):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        self.padding_mode = padding_mode
        self._build(1, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, False)

    def _conv_forward(self, input, weight, bias):
        input, padding = self._padded(input)
        return F.conv1d(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input):
        return self._conv_forward(input, self.weight, self.bias)


class LazyConv1d(Conv1d):
    def __init__(
        self,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        super().__init__(1, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode)


class ConvTranspose1d(_Conv):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        self.output_padding = _sizes(output_padding, 1)
        self.padding_mode = padding_mode
        self._build(1, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, True)

    def forward(self, input, output_size=None):
        return F.conv_transpose1d(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self.output_padding,
            self.groups,
            self.dilation,
        )


class LazyConvTranspose1d(ConvTranspose1d):
    def __init__(
        self,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        super().__init__(
            1, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation
        )


class Conv2d(_Conv):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        self.padding_mode = padding_mode
        self._build(2, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, False)

    def _conv_forward(self, input, weight, bias):
        input, padding = self._padded(input)
        return F.conv2d(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input):
        return self._conv_forward(input, self.weight, self.bias)


class LazyConv2d(Conv2d):
    def __init__(
        self,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        super().__init__(1, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode)


class ConvTranspose2d(_Conv):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        self.output_padding = _sizes(output_padding, 2)
        self.padding_mode = padding_mode
        self._build(2, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, True)

    def forward(self, input, output_size=None):
        return F.conv_transpose2d(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self.output_padding,
            self.groups,
            self.dilation,
        )


class LazyConvTranspose2d(ConvTranspose2d):
    def __init__(
        self,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        super().__init__(
            1, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation
        )


class Conv3d(_Conv):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        self.padding_mode = padding_mode
        self._build(3, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, False)

    def _conv_forward(self, input, weight, bias):
        input, padding = self._padded(input)
        return F.conv3d(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input):
        return self._conv_forward(input, self.weight, self.bias)


class LazyConv3d(Conv3d):
    def __init__(
        self,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        super().__init__(1, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode)


class ConvTranspose3d(_Conv):
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        self.output_padding = _sizes(output_padding, 3)
        self.padding_mode = padding_mode
        self._build(3, in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, True)

    def forward(self, input, output_size=None):
        return F.conv_transpose3d(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self.output_padding,
            self.groups,
            self.dilation,
        )


class LazyConvTranspose3d(ConvTranspose3d):
    def __init__(
        self,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        super().__init__(
            1, out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation
        )


class Unfold(Module):
    def __init__(self, kernel_size, dilation=1, padding=0, stride=1):
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input):
        return F.unfold(input, self.kernel_size)


class Fold(Module):
    def __init__(self, output_size, kernel_size, dilation=1, padding=0, stride=1):
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input):
        return F.fold(input, self.output_size, self.kernel_size)
