"""Source of small blocks with configurations, for tests that read and never run it."""

HEAD = """
from torch import nn


class Layer(nn.Module):
    def __init__(self, {arguments}):
        super().__init__()
        self.attn = nn.MultiheadAttention(64, 4)
        self.norm1, self.norm2 = nn.LayerNorm(64), nn.LayerNorm(64)
        self.ffn = nn.Sequential(nn.Linear(64, 256), nn.GELU(), nn.Linear(256, 64))
        {more}

    def _sa(self, x):
        return self.attn(x, x, x)[0]

    def forward(self, x):
{body}
"""

PRE = """
        x = x + self._sa(self.norm1(x))
        return x + self.ffn(self.norm2(x))
"""

POST = """
        x = self.norm1(x + self._sa(x))
        return self.norm2(x + self.ffn(x))
"""

EITHER = """
        if self.norm_first:
            x = x + self._sa(self.norm1(x))
            return x + self.ffn(self.norm2(x))
        x = self.norm1(x + self._sa(x))
        return self.norm2(x + self.ffn(x))
"""

UNSEEN = """
        x = self.norm1(x + fused.attention(x))
        return self.norm2(x + self.ffn(x))
"""


def plain(body):
    """A block without configuration."""
    return HEAD.format(arguments="d=64", more="", body=body.strip("\n"))


def either(argument="norm_first=False"):
    """A block that an argument turns from Post-LN to Pre-LN."""
    return HEAD.format(arguments=argument, more="self.norm_first = norm_first", body=EITHER.strip("\n"))


def unseen():
    """A block whose attention is a function that nobody knows."""
    return plain(UNSEEN).replace("from torch import nn", "import fused\nfrom torch import nn")
