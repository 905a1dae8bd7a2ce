"""Mixers: sublayers other than attention that move information between positions."""

SOURCE = '''
class TokenMixing(nn.Module):
    """A feed-forward network along the sequence (Tolstikhin et al. 2021); the length is fixed."""

    def __init__(self, length: int, hidden: int) -> None:
        super().__init__()
        self.up = nn.Linear(length, hidden)
        self.down = nn.Linear(hidden, length)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.gelu(self.up(x.transpose(1, 2)))).transpose(1, 2)


class Recurrent(nn.Module):
    """A recurrent layer with gated units (Cho et al. 2014)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.cell = nn.GRU(width, width, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.cell(x)
        return states


class Fourier(nn.Module):
    """The real part of a Fourier transform over positions and channels (Lee-Thorp et al. 2022)."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.fft.fft2(x).real


class StateSpace(nn.Module):
    """A selective state space with a gate, as a sum over the past (Gu and Dao 2023, algorithm 2)."""

    def __init__(self, width: int, state: int = 4) -> None:
        super().__init__()
        self.drive = nn.Linear(width, width)
        self.rate = nn.Linear(width, width)
        self.inside = nn.Linear(width, state)
        self.outside = nn.Linear(width, state)
        self.gate = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        log_decay = -F.softplus(self.rate(x)).cumsum(dim=1)
        driven = (self.drive(x) * (-log_decay).exp()).unsqueeze(-1) * self.inside(x).unsqueeze(-2)
        state = log_decay.exp().unsqueeze(-1) * driven.cumsum(dim=1)
        read = torch.matmul(state, self.outside(x).unsqueeze(-1)).squeeze(-1)
        return self.out(read * F.silu(self.gate(x)))


class Convolution(nn.Module):
    """The Conformer's convolution module without its norm and dropout (Gulati et al. 2020, section 2.2)."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, 2 * width)
        self.depthwise = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.BatchNorm1d(width)
        self.down = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        x = F.glu(self.up(x), dim=-1).transpose(1, 2)
        x = F.silu(self.norm(self.depthwise(x))).transpose(1, 2)
        return self.down(x)
'''
