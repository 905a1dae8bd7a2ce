"""The segment that all tokens are in by default is a bias of the embedding; positions are added beside it."""

import pytest

from archcheck import describe

SOURCE = """
import torch
from torch import nn


class Embeddings(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.words, self.places, self.kinds = nn.Embedding(50, dim), nn.Embedding(16, dim), nn.Embedding({rows}, dim)
        self.norm = nn.LayerNorm(dim)
        self.register_buffer("kind_ids", torch.zeros(1, 16, dtype=torch.long))
        self.register_buffer("ids", torch.arange(16).expand((1, -1)))

    def forward(self, tokens, segments=None):
        if segments is None:
            segments = {segments}
        places = self.ids[:, : tokens.shape[1]]
        return self.norm({total})
"""
TOTALS = {
    "self.words(tokens) + self.kinds(segments) + self.places(places)": "embedding -> add(positional) -> layer_norm",
    "self.words(tokens) + self.places(places) + self.kinds(segments)": "embedding -> add(positional) -> layer_norm",
    "self.words(tokens) + self.kinds(segments)": "embedding -> layer_norm",
}
ZEROS, BUFFER = "torch.zeros_like(tokens)", "self.kind_ids[:, : tokens.shape[1]]"


@pytest.mark.parametrize("engine", ["static", "trace"])
@pytest.mark.parametrize("total", TOTALS)
@pytest.mark.parametrize(("segments", "rows"), [(ZEROS, 2), (BUFFER, 2), (ZEROS, 30)])
def test_one_segment_is_no_position(tmp_path, total, segments, rows, engine):
    if engine == "trace":
        pytest.importorskip("torch")
    (tmp_path / "m.py").write_text(SOURCE.format(total=total, segments=segments, rows=rows))
    call = "(torch.zeros(2, 8, dtype=torch.long),)"
    block, *_ = describe(f"{tmp_path / 'm.py'}::Embeddings", engine=engine, call=call).blocks
    assert block.notation.strip() == TOTALS[total]


def test_rows_that_differ_are_positions(tmp_path):
    total = "self.words(tokens) + self.kinds(segments)"
    (tmp_path / "m.py").write_text(SOURCE.format(total=total, segments="self.ids", rows=30))
    block, *_ = describe(f"{tmp_path / 'm.py'}::Embeddings", engine="static").blocks
    assert block.notation.strip() == "embedding -> add(positional) -> layer_norm"
