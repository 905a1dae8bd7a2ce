"""Feed-forward networks, with and without a gate, and mixtures of experts."""

SOURCE = '''
class FeedForward(nn.Module):
    """Two linear layers with a GELU between them."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, hidden)
        self.down = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.gelu(self.up(x)))


class GatedFeedForward(nn.Module):
    """A feed-forward network with a gate, SwiGLU (Shazeer 2020)."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.gate = nn.Linear(width, hidden, bias=False)
        self.up = nn.Linear(width, hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))


class MixtureOfExperts(nn.Module):
    """A router picks the best experts for each token (Shazeer et al. 2017); every expert runs on all."""

    def __init__(self, width: int, hidden: int, experts: int, top_k: int) -> None:
        super().__init__()
        self.top_k = top_k
        self.router = nn.Linear(width, experts, bias=False)
        self.experts = nn.ModuleList(FeedForward(width, hidden) for _ in range(experts))

    def forward(self, x: Tensor) -> Tensor:
        scores, chosen = self.router(x).topk(self.top_k, dim=-1)
        weights = torch.zeros_like(self.router(x)).scatter(-1, chosen, scores.softmax(dim=-1))
        result = torch.zeros_like(x)
        for index, expert in enumerate(self.experts):
            result = result + weights[..., index, None] * expert(x)
        return result
'''
