"""Small boxes: norms that torch does not have, gates, conditions, stochastic depth, positions."""

SOURCE = '''
class ScaleNorm(nn.Module):
    """A vector of a learned length, the same for all (Nguyen and Salazar 2019)."""

    def __init__(self, width: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.full((1,), width**0.5))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return self.gain * F.normalize(x, dim=-1, eps=self.eps)


class GlobalResponseNorm(nn.Module):
    """Compares the strength of each channel with the others (Woo et al. 2023, section 3)."""

    def __init__(self, width: int, positions: tuple[int, ...] = (1, 2), eps: float = 1e-6) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.zeros(width))
        self.shift = nn.Parameter(torch.zeros(width))
        self.positions = positions
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        strength = x.norm(dim=self.positions, keepdim=True)
        share = strength / (strength.mean(dim=-1, keepdim=True) + self.eps)
        return self.gain * (x * share) + self.shift + x


class DropPath(nn.Module):
    """Stochastic depth: drops the whole branch of some samples (Huang et al. 2016)."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if self.p == 0.0 or not self.training:
            return x
        keep = 1.0 - self.p
        shape = (x.shape[0],) + (1,) * (x.ndim - 1)
        mask = torch.rand(shape, dtype=x.dtype, device=x.device) < keep
        return x * mask / keep


class SqueezeExcite(nn.Module):
    """Weights each channel by what all of its pixels say (Hu et al. 2018)."""

    def __init__(self, width: int, reduction: int = 4) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(width, width // reduction, 1)
        self.excite = nn.Conv2d(width // reduction, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        pooled = x.mean(dim=(2, 3), keepdim=True)
        return x * torch.sigmoid(self.excite(F.relu(self.squeeze(pooled))))


class Gate(nn.Module):
    """A product with a sigmoid of the value itself."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.project(x))


class ConditionalGate(nn.Module):
    """A product with what a condition, one vector a sample, says (Peebles and Xie 2023)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(width, width)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return x * self.project(condition).unsqueeze(1)


class Modulate(nn.Module):
    """Scale and shift from a condition, one vector a sample (Peebles and Xie 2023, adaLN)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(width, 2 * width)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        scale, shift = self.project(F.silu(condition)).unsqueeze(1).chunk(2, dim=-1)
        return x * (1 + scale) + shift


class Positional(nn.Module):
    """A learned table of positions, one vector each."""

    def __init__(self, max_length: int, width: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(max_length, width))

    def forward(self, x: Tensor) -> Tensor:
        return self.table[: x.shape[1]]


class Interpolate(nn.Module):
    """A learned weighted mean of two values."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((1,), 0.5))

    def forward(self, x: Tensor, other: Tensor) -> Tensor:
        return torch.lerp(x, other, self.weight)
'''
