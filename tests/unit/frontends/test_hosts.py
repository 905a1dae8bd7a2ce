"""Blocks that guesses cannot build or call, as the models around them build and call them."""

from __future__ import annotations

import textwrap

import pytest
from trace_helpers import Answers

from archcheck.frontends.trace.run import answer
from archcheck.graph.recording import Failure, Recording

MODEL = """
import torch
from torch import nn


class ToyConfig:
    def __init__(self, width=16, num_layers=12, vocab_size=50, scales=(2, 3), image_size=None):
        self.width, self.num_layers, self.vocab_size, self.scales = width, num_layers, vocab_size, scales
        self.image_size = image_size


class Mixing(nn.Module):
    def __init__(self, width, table):
        super().__init__()
        self.inner, self.table = nn.Linear(width, width), table

    def forward(self, x, grid):
        rows, columns = grid["shape"]
        if rows * columns != x.shape[1]:
            raise ValueError("the grid does not fit the tokens")
        return self.inner(x) + self.table[: x.shape[1]]


class ToyLayer(nn.Module):
    def __init__(self, width, mixing, rates):
        super().__init__()
        self.norm, self.mixing, self.drop = nn.LayerNorm(width), mixing, nn.Dropout(rates[0])

    def forward(self, hidden_states, grid):
        return hidden_states + self.drop(self.mixing(self.norm(hidden_states), grid))


class ToyModel(nn.Module):
    def __init__(self, config: ToyConfig):
        super().__init__()
        self.embed = nn.Embedding(config.vocab_size, config.width)
        self.table = nn.Parameter(torch.zeros(100, config.width))
        rates = [rate.item() for rate in torch.linspace(0, 0.1, config.num_layers)]
        self.layers = nn.ModuleList(
            ToyLayer(config.width, Mixing(config.width, self.table), rates) for _ in range(config.num_layers)
        )

    def forward(self, input_ids):
        x = self.embed(input_ids)
        x = torch.linspace(0.5, 1, x.shape[1])[None, :, None] / (1 + x)
        for layer in self.layers:
            x = layer(x, {"shape": (1, x.shape[1])})
        return x


def unrelated(module):
    return isinstance(module, ToyLayer)
"""


@pytest.fixture
def trace(tmp_path):
    def run(source, name, settings=None, inputs=()):
        file = tmp_path / f"host_{abs(hash(source))}.py"
        file.write_text(textwrap.dedent(source))
        pipe = Answers()
        answer(
            {
                "target": f"{file}::{name}",
                "settings": settings or {},
                "inputs": list(inputs),
                "call": None,
                "skip": [],
            },
            pipe,
        )
        (found,) = pipe.found
        return found

    return run


def words(found):
    assert isinstance(found, Recording), found
    return [node.op for node in found.graph.nodes if not node.is_source]


def test_a_model_around_the_block_builds_and_calls_it(trace):
    found = trace(MODEL, "ToyLayer")
    assert words(found) == ["layer_norm", "linear", "slice", "add", "dropout", "add"]
    assert found.name == "ToyLayer"
    assert any("a model around it" in note for note in found.notes)
    assert not any(
        "real tensors" in note for note in found.notes
    )  # the schedule of rates was read all the same


def test_settings_reach_the_configuration_of_the_model(trace):
    found = trace(MODEL, "ToyLayer", {"config.width": 24})
    norm = next(module for module in found.modules if module.path == "norm")
    assert norm.parameters == 2 * 24


GREEDY = """
from torch import nn


class Plain(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.linear = nn.Linear(dim, dim)

    def forward(self, x):
        return x + self.linear(x)


class Around(nn.Module):
    def __init__(self, dim=32, **options):
        super().__init__()
        self.block = Plain(dim)

    def forward(self, x):
        return self.block(x)
"""


def test_a_setting_that_the_block_does_not_take_is_no_reason_to_ask_a_model(trace):
    found = trace(GREEDY, "Plain", {"nonsense": 1})
    assert isinstance(found, Failure)
    assert "nonsense" in found.message


def test_what_the_block_itself_said_is_told_where_no_model_calls_it(trace):
    lonely = MODEL[: MODEL.index("class ToyModel")]
    found = trace(lonely, "ToyLayer")
    assert isinstance(found, Failure)
    assert "rates" in found.message or "mixing" in found.message


ABSENT = """
import torch
from torch import nn


class Fused(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.linear = nn.Linear(dim, dim)

    def forward(self, hidden_states, token_weights=None, grid_mask=None):
        hidden_states = self.linear(hidden_states) * token_weights[..., None]
        return hidden_states.masked_fill(grid_mask[:, :, 0, None] == 0, 0.0)
"""


def test_arguments_that_are_none_where_it_fails_are_given(trace):
    assert words(trace(ABSENT, "Fused"))[0] == "linear"


NAMED = """
import torch
from torch import nn


class Fused(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(dim), nn.Linear(dim, dim)

    def forward(self, hidden_states, first_weights=None, second_weights=None):
        if first_weights is None:
            raise ValueError("`first_weights` is required")
        if second_weights is None:
            raise ValueError("second_weights has to be given, too")
        return hidden_states + self.linear(self.norm(hidden_states)) * first_weights * second_weights
"""


def test_arguments_that_a_complaint_names_are_given(trace):
    assert words(trace(NAMED, "Fused")).count("mul") == 2


CACHED = """
from torch import nn


class Cached(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.linear = nn.Linear(dim, dim)

    def forward(self, hidden_states, use_cache=None):
        past = None if use_cache is False else object()
        if past is not None:
            hidden_states = past[0]
        return hidden_states + self.linear(hidden_states)
"""


def test_no_cache_is_asked_for(trace):
    assert words(trace(CACHED, "Cached")) == ["linear", "add"]


OPEN = """
from torch import nn


class OpenConfig:
    def __init__(self, hidden_size=32, num_attention_heads=4, num_key_value_heads=None, head_dim=None):
        self.hidden_size, self.num_attention_heads = hidden_size, num_attention_heads
        self.num_key_value_heads, self.head_dim = num_key_value_heads, head_dim


class Grouped(nn.Module):
    def __init__(self, config: OpenConfig):
        super().__init__()
        groups = config.num_attention_heads // config.num_key_value_heads
        self.linear = nn.Linear(config.hidden_size, config.head_dim * config.num_attention_heads * groups)

    def forward(self, hidden_states):
        return hidden_states + self.linear(hidden_states)
"""


def test_sizes_that_a_configuration_leaves_open_follow_from_others(trace):
    assert words(trace(OPEN, "Grouped")) == ["linear", "add"]


FIRST_IS_OTHERWISE = """
from torch import nn


class Config:
    def __init__(self, width=16, num_layers=2, vocab_size=50):
        self.width, self.num_layers, self.vocab_size = width, num_layers, vocab_size


class Block(nn.Module):
    def __init__(self, width, sizes, first=False):
        super().__init__()
        self.linear, self.norm, self.first, self.sizes = nn.Linear(width, width), nn.LayerNorm(width), first, sizes

    def forward(self, x, grid):
        if grid["rows"] * self.sizes["scale"] != x.shape[1]:
            raise ValueError("the grid does not fit")
        return self.linear(x) if self.first else self.norm(x + self.linear(x))


class Model(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.embed = nn.Embedding(config.vocab_size, config.width)
        self.layers = nn.ModuleList(
            Block(config.width, {"scale": 1}, first=MET) for i in range(config.num_layers)
        )

    def forward(self, input_ids):
        x = self.embed(input_ids)
        for layer in self.layers:
            x = layer(x, {"rows": x.shape[1]})
        return x
"""


def test_of_the_blocks_of_a_model_the_one_with_the_defaults_is_recorded(trace):
    found = trace(FIRST_IS_OTHERWISE.replace("MET", "i == 0"), "Block")
    assert words(found) == ["linear", "add", "layer_norm"]
    assert "first" not in dict(found.settings)


def test_what_departs_from_the_defaults_in_all_of_them_is_told(trace):
    found = trace(FIRST_IS_OTHERWISE.replace("MET", "True"), "Block")
    assert words(found) == ["linear"]
    assert dict(found.settings)["first"] == "True"


def test_arguments_that_the_defaults_would_not_give_are_told(trace):
    source = """
    import torch
    from torch import nn


    class Model(nn.Module):
        def __init__(self, dim=32):
            super().__init__()
            self.norm = nn.LayerNorm(dim)

        def forward(self, hidden_states, mask, memory=None, scale=1.0, flag=False):
            if memory is None:
                raise ValueError("memory is None")
            return self.norm(hidden_states) + memory.mean()
    """
    found = trace(source, "Model")
    assert isinstance(found, Recording), found
    assert found.given == ("mask=None", "memory")


CROSSING = """
import torch
from torch import nn


class ToyConfig:
    def __init__(self, width=16, is_decoder=False, vocab_size=50):
        self.width, self.is_decoder, self.vocab_size = width, is_decoder, vocab_size


class Layer(nn.Module):
    def __init__(self, config: ToyConfig):
        super().__init__()
        self.own = nn.Linear(config.width, config.width)
        if config.is_decoder:
            self.cross = nn.MultiheadAttention(config.width, 4, batch_first=True)

    def forward(self, hidden_states, encoder_hidden_states: torch.Tensor | None = None):
        x = hidden_states + self.own(hidden_states)
        if encoder_hidden_states is not None:
            x = x + self.cross(x, encoder_hidden_states, encoder_hidden_states)[0]
        return x


class Decoder(nn.Module):
    def __init__(self, config: ToyConfig):
        super().__init__()
        config.is_decoder = True
        self.embed, self.layer = nn.Embedding(config.vocab_size, config.width), Layer(config)

    def forward(self, input_ids, encoder_hidden_states=None):
        return self.layer(self.embed(input_ids), encoder_hidden_states)
"""


def test_what_is_asked_for_reaches_the_block_through_its_model(trace):
    found = trace(CROSSING, "Layer", inputs=["encoder_hidden_states"])
    assert "multi_head_attention" in words(found)
    assert words(trace(CROSSING, "Layer")) == ["linear", "add"]


CHOOSING = """
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, table):
        super().__init__()
        self.table, self.own = table, nn.Linear(16, 16)

    def forward(self, hidden_states, scale):
        return hidden_states + scale["width"] * self.own(hidden_states + self.table[: hidden_states.shape[1]])


class Model(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.table = nn.Parameter(torch.zeros(2, width))
        self.layer = Layer(self.table)
        self.out = nn.Linear(width, width)

    def forward(self, hidden_states):
        return self.out(self.layer(hidden_states, {"width": 2.0}))
"""


def test_arguments_that_the_block_itself_does_not_take_are_not_the_last(trace):
    """The model's first guess, of five positions, comes as far as the block, whose table has two."""
    assert words(trace(CHOOSING, "Layer")) == ["slice", "add", "linear", "mul", "add"]
