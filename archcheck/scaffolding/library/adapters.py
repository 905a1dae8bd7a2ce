"""Modules that run a module of one layout on values of the other."""

SOURCE = '''
class ChannelsLast(nn.Module):
    """Runs a module on the channels of an image, (batch, channels, height, width)."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor) -> Tensor:
        return self.module(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ChannelsFirst(nn.Module):
    """Runs a module for (batch, channels, length) on a sequence, (batch, length, channels)."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor) -> Tensor:
        return self.module(x.transpose(1, 2)).transpose(1, 2)


class OverPixels(nn.Module):
    """Runs a module for sequences on the pixels of an image."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor, *more: Tensor) -> Tensor:
        pixels = self.module(x.flatten(2).transpose(1, 2), *more)
        return pixels.transpose(1, 2).reshape(x.shape)
'''
