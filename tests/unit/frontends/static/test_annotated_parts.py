"""Parts that a constructor is given are of the classes of their annotations; arguments that must be given are."""

import pytest
from conftest import HEAD

from archcheck import describe

CODE = (
    HEAD
    + """
class Shared(nn.Module):
    def __init__(self, dim=8, block_id=None):
        super().__init__()
        self.norm, self.up, self.down = nn.LayerNorm(2 * dim), nn.Linear(2 * dim, dim), nn.Linear(dim, dim)
        self.ways = nn.ModuleList(nn.GELU() if block_id == 0 else nn.Identity() for _ in range(2))
        self.numbers = {3: 0, 7: 1}

    def forward(self, x, first=None, layer_idx=None):
        both = self.norm(torch.cat([x, first], dim=-1))
        return self.down(self.ways[self.numbers[layer_idx]](self.up(both)))

class Block(nn.Module):
    def __init__(self, shared: {shared}, last: nn.Linear):
        super().__init__()
        self.shared, self.last = shared, last

    def forward(self, x, first: torch.Tensor | None = None, layer_idx: {kind} = None):
        return x + self.last(self.shared(x, first, layer_idx))
"""
)
READ = "concat(first) -> layer_norm -> feed_forward -> linear -> add"


def blocks(tmp_path, **more):
    text = CODE
    for key, value in more.items():
        text = text.replace(f"{{{key}}}", value)
    (tmp_path / "m.py").write_text(text)
    return describe(f"{tmp_path / 'm.py'}::Block", engine="static").to_dict()["blocks"]


@pytest.mark.parametrize("kind", ["int | None", "Optional[int]"])
@pytest.mark.parametrize("shared", ["Shared", '"Shared | None"'])
def test_a_part_is_of_the_class_of_its_annotation(tmp_path, shared, kind):
    (found,) = [b for b in blocks(tmp_path, shared=shared, kind=kind) if b["default"]]
    assert not found["unresolved"]
    assert found["notation"] == READ


@pytest.mark.parametrize("shared", ["nn.Module", "nn.Sequential", "int", "Unheard"])
def test_an_annotation_that_says_no_part_leaves_it_open(tmp_path, shared):
    assert all(b["unresolved"] for b in blocks(tmp_path, shared=shared, kind="int | None"))


def test_a_count_that_is_asked_for_is_not_0(tmp_path):
    body = "return self.last(x[:, :count]) if count > 0 else torch.tanh(x)"
    (tmp_path / "m.py").write_text(
        f"{HEAD}\nclass Block(nn.Module):\n    def __init__(self, last: nn.Linear):\n        super().__init__()\n"
        f"        self.last = last\n\n    def forward(self, x, count=0):\n        {body}\n"
    )
    found = describe(f"{tmp_path / 'm.py'}::Block", engine="static", inputs=["count"]).to_dict()["blocks"]
    assert [b["notation"] for b in found] == ["linear"]
