"""The plain form of a flow: boxes of a convolutional branch do not hide what they hold."""

import pytest

from archcheck import describe

HEADER = "from torch import nn\nimport torch.nn.functional as F\n"
CONVNEXT = (
    HEADER
    + """
class Block(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.deep = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        y = self.norm(self.deep(x).permute(0, 2, 3, 1))
        return x + self.down(F.gelu(self.up(y))).permute(0, 3, 1, 2)
"""
)
TRANSFORMER = (
    HEADER
    + """
class Block(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        return x + self.down(F.gelu(self.up(self.norm(x))))
"""
)
CONFORMER = (
    HEADER
    + """
class Block(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.into, self.out = nn.Conv1d(width, 2 * width, 1), nn.Conv1d(width, width, 1)
        self.deep = nn.Conv1d(width, width, 31, padding=15, groups=width)
        self.inner = nn.BatchNorm1d(width)

    def forward(self, x):
        y = F.glu(self.into(self.norm(x).transpose(1, 2)), dim=1)
        return x + self.out(F.silu(self.inner(self.deep(y)))).transpose(1, 2)
"""
)
STAR = (
    HEADER
    + """
class Block(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.deep = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.BatchNorm2d(width)
        self.one, self.two = nn.Conv2d(width, 4 * width, 1), nn.Conv2d(width, 4 * width, 1)
        self.down = nn.Conv2d(4 * width, width, 1)

    def forward(self, x):
        y = self.norm(self.deep(x))
        return x + self.down(F.relu6(self.one(y)) * self.two(y))
"""
)
PARTIAL = (
    HEADER.replace("from torch", "import torch\nfrom torch", 1)
    + """
class Block(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.part = nn.Conv2d(2, 2, 3, padding=1)
        self.up, self.norm, self.down = nn.Conv2d(width, 16, 1), nn.BatchNorm2d(16), nn.Conv2d(16, width, 1)

    def forward(self, x):
        one, two = x.split([2, 6], 1)
        y = torch.cat([self.part(one), two], 1)
        return x + self.down(F.relu(self.norm(self.up(y))))
"""
)
CASCADE = (
    HEADER
    + """
class Block(nn.Module):
    def __init__(self, width=9):
        super().__init__()
        self.into, self.out = nn.Conv2d(width, width, 1), nn.Conv2d(width, width, 1)
        self.convs = nn.ModuleList([nn.Conv2d(3, 3, 3, padding=1) for _ in range(3)])
        self.norms = nn.ModuleList([nn.BatchNorm2d(3) for _ in range(3)])

    def forward(self, x):
        found = []
        for i, part in enumerate(self.into(x).chunk(3, 1)):
            part = part if i == 0 else part + found[-1]
            found.append(F.relu(self.norms[i](self.convs[i](part))))
        return x + self.out(torch.cat(found, 1))
"""
).replace("from torch", "import torch\nfrom torch", 1)


@pytest.mark.parametrize(
    ("source", "notation", "branch"),
    [
        (
            CONVNEXT,
            "depthwise_conv -> layer_norm -> feed_forward -> add",
            "depthwise_conv layer_norm linear gelu linear",
        ),
        (TRANSFORMER, "layer_norm -> feed_forward -> add", "layer_norm feed_forward"),
        (
            CONFORMER,
            "layer_norm -> convolution -> add",
            "layer_norm conv glu depthwise_conv batch_norm silu conv",
        ),
        (
            STAR,
            "depthwise_conv -> batch_norm -> gated_feed_forward -> add",
            "depthwise_conv batch_norm (conv relu6 , conv) conv",
        ),
        (PARTIAL, "(conv -> concat) -> feed_forward -> add", "add(None) conv batch_norm relu conv"),
    ],
)
def test_only_in_a_branch_of_convolutions_the_steps_of_a_box_stand_in_its_place(
    tmp_path, source, notation, branch
):
    (tmp_path / "model.py").write_text(source)
    (view,) = describe(f"{tmp_path}/model.py::Block", engine="static").blocks
    assert view.notation == notation
    (step,) = view.to_dict()["flow"]
    assert " ".join(map(_text, step["residual"]["branch"])) == branch


def _text(step):
    if "parallel" in step:
        return "(" + " , ".join(" ".join(map(_text, branch)) for branch in step["parallel"]) + ")"
    return step["op"] if "op" in step else f"add({step['residual']['from']})"


def test_what_parallel_branches_share_is_written_once(tmp_path):
    (tmp_path / "model.py").write_text(CASCADE)
    (view,) = describe(f"{tmp_path}/model.py::Block", engine="static").blocks
    (step,) = view.to_dict()["flow"]
    (group,) = (one for one in step["residual"]["branch"] if "parallel" in one)
    first, second, third = group["parallel"]
    assert [_text(one) for one in first] == ["conv", "batch_norm", "relu"]
    assert [_text(one) for one in second] == [f"add({first[-1]['id']})", "conv", "batch_norm", "relu"]
    assert [_text(one) for one in third] == [f"add({second[-1]['id']})", "conv", "batch_norm", "relu"]
