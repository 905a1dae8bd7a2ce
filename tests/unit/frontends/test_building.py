"""Constructor arguments and inputs: given, defaulted, guessed, or an error that says what to give."""

from __future__ import annotations

import textwrap

import pytest
from trace_helpers import Answers, check_invariants, term

from archcheck.frontends.trace import configs
from archcheck.frontends.trace.run import answer
from archcheck.graph.recording import Failure, Recording

HEAD = """
from __future__ import annotations
from dataclasses import dataclass
from typing import Callable, Optional
import torch
import torch.nn as nn
import torch.nn.functional as F
"""


@pytest.fixture
def trace(tmp_path):
    count = iter(range(1000))

    def run(source, name="", settings=None, inputs=(), call=None):
        file = tmp_path / f"model_{next(count)}_{abs(hash(source))}.py"
        file.write_text(HEAD + textwrap.dedent(source))
        pipe = Answers()
        target = f"{file}::{name}" if name else str(file)
        answer(
            {"target": target, "settings": settings or {}, "inputs": list(inputs), "call": call, "skip": []},
            pipe,
        )
        for found in pipe.found:
            if isinstance(found, Recording):
                check_invariants(found.graph)
        return pipe.found

    return run


BLOCK = """
class Attention(nn.Module):
    def __init__(self, dim, num_heads):
        super().__init__()
        self.heads = num_heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, c))

class Block(nn.Module):
    def __init__(self, {arguments}):
        super().__init__()
        {body}
    def forward(self, x{more}):
        return x + self.attn(self.norm(x))
"""


def block(arguments, body, more=""):
    return BLOCK.format(arguments=arguments, body=body, more=more)


BUILDS = {
    "names": (
        "d_model, nhead, dropout",
        "self.norm = nn.LayerNorm(d_model); self.attn = Attention(d_model, nhead)",
    ),
    "annotations": (
        "n_embd: int, n_head: int, eps: float, causal: bool",
        "self.norm = nn.LayerNorm(n_embd, eps); self.attn = Attention(n_embd, n_head)",
    ),
    "norm class": (
        "dim, num_heads, norm_layer: Callable[..., nn.Module]",
        "self.norm = norm_layer(dim); self.attn = Attention(dim, num_heads)",
    ),
    "submodules by role": ("size, self_attn", "self.norm = nn.LayerNorm(size); self.attn = self_attn"),
    "submodule by annotation": ("dim, inner: Attention", "self.norm = nn.LayerNorm(dim); self.attn = inner"),
}


@pytest.mark.parametrize("name", BUILDS)
def test_arguments_are_guessed(trace, name):
    arguments, body = BUILDS[name]
    (found,) = trace(block(arguments, body), "Block")
    assert isinstance(found, Recording), found
    assert term(found.graph).startswith("add(x, linear(")
    assert found.settings


CONFIG = """
@dataclass
class BlockConfig:
    dim: int = 48
    heads: int = 4
    activation: str = "gelu"
    pre: bool = True

class Block(nn.Module):
    def __init__(self, config{annotation}):
        super().__init__()
        self.norm = nn.LayerNorm(config.dim)
        self.lin = nn.Linear(config.dim, config.dim)
        self.pre = config.pre
        self.act = getattr(F, config.activation)
    def forward(self, hidden_states):
        if self.pre:
            return hidden_states + self.act(self.lin(self.norm(hidden_states)))
        return self.norm(hidden_states + self.act(self.lin(hidden_states)))
"""


@pytest.mark.parametrize("annotation", ["", ": BlockConfig", ": 'BlockConfig'", ": Optional[BlockConfig]"])
def test_configuration_objects(trace, annotation):
    (found,) = trace(CONFIG.format(annotation=annotation), "Block")
    assert term(found.graph).startswith("add(hidden_states, gelu(")
    assert found.graph["hidden_states"].shape == (2, 5, 48)


def test_a_configuration_may_hold_that_of_another_library(trace, tmp_path):
    (tmp_path / "another_library.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass TextConfig:\n    dim: int = 48\n    pre: bool = True\n"
        "    activation: str = 'gelu'\n"
    )
    whole = (
        "from dataclasses import field\nimport another_library\n@dataclass\nclass ModelConfig:\n    width: int = 4\n"
        "    text: object = field(default_factory=another_library.TextConfig)\n"
    )
    source = whole + CONFIG.format(annotation=": ModelConfig").replace("class BlockConfig", "class Other")
    (found,) = trace(source.replace("dim: int = 48", "size: int = 48"), "Block")
    assert isinstance(found, Recording), found


def test_an_annotation_may_name_the_configuration_of_the_whole_model(trace):
    """As in CLIP's descendants: the annotation names the whole, and the class reads fields of a part."""
    whole = "@dataclass\nclass ModelConfig:\n    width: int = 4\n" + CONFIG.format(annotation=": ModelConfig")
    (found,) = trace(whole, "Block")
    assert isinstance(found, Recording), found
    assert found.graph["hidden_states"].shape == (2, 5, 48)


@pytest.mark.parametrize(("of_keys", "expected"), [(64, (4, 4)), (8, (4, 2))])
def test_in_a_smaller_configuration_each_head_keeps_keys_of_its_own(of_keys, expected):
    """As in multi-head latent attention (DeepSeek-V3), whose code expands the keys to all heads."""

    class Config:
        def __init__(self, num_attention_heads=64, num_key_value_heads=of_keys):
            self.num_attention_heads, self.num_key_value_heads = num_attention_heads, num_key_value_heads

    config = configs.make(Config, {}, lambda cls, name: cls(), small=1)
    assert (config.num_attention_heads, config.num_key_value_heads) == expected


def test_a_configuration_may_refuse_to_say_a_size_for_all_layers(trace):
    """As Gemma 4's, whose layers have heads of different sizes."""
    refusing = (
        "    head_dim: int = 8\n    def __getattribute__(self, name):\n        if name == 'head_dim':\n"
        "            raise ValueError('ask a layer')\n        return super().__getattribute__(name)\n"
    )
    text = CONFIG.format(annotation="").replace("    pre: bool = True\n", "    pre: bool = True\n" + refusing)
    text = text.replace(
        "        self.pre = config.pre\n", "        self.pre, self.config = config.pre, config\n"
    )
    (found,) = trace(text, "Block")
    assert isinstance(found, Recording), found


@pytest.mark.parametrize("key", ["config.pre", "pre"])
def test_settings_of_configurations(trace, key):
    settings = {key: "false", "config.activation": "relu", "config.dim": "16"}
    (found,) = trace(CONFIG.format(annotation=""), "Block", settings)
    assert term(found.graph).startswith("layer_norm(add(hidden_states, relu(")
    assert dict(found.settings)["config.dim"] == "16"


NORM_FIRST = """
class Block(nn.Module):
    def __init__(self, dim, norm_first=False, act="relu", eps=1e-5):
        super().__init__()
        self.norm = nn.LayerNorm(dim, eps)
        self.first = norm_first
        self.act = act if callable(act) else getattr(F, act)
    def forward(self, x):
        return x + self.act(self.norm(x)) if self.first else self.norm(x + self.act(x))
"""


def test_settings_of_constructor_arguments(trace):
    (plain,) = trace(NORM_FIRST, "Block")
    assert term(plain.graph).startswith("layer_norm(add(")
    (set_,) = trace(NORM_FIRST, "Block", {"norm_first": "true", "act": "F.silu", "eps": 1e-6, "dim": "24"})
    assert term(set_.graph).startswith("add(x, silu(layer_norm(")
    assert set_.graph["x"].shape == (2, 5, 24)
    assert next(n for n in set_.graph.nodes if n.op == "layer_norm").attr("eps") == 1e-6
    assert dict(set_.settings)["norm_first"] == "True"


def test_a_setting_that_nobody_takes_is_an_error(trace):
    (failure,) = trace(NORM_FIRST, "Block", {"norm_frist": "true"})
    assert failure.code == "AC902"
    assert "norm_frist" in failure.message
    assert "norm_first" in failure.advice


def test_constructor_calls(trace):
    source = NORM_FIRST + "\nclass Options:\n    default = 40\n"
    (found,) = trace(source, "Block(Options.default, norm_first=True, act=torch.tanh)")
    assert found.graph["x"].shape == (2, 5, 40)
    assert term(found.graph).startswith("add(x, tanh(")


def test_dotted_paths_in_constructor_calls_are_imported(trace):
    (found,) = trace(
        NORM_FIRST, "Block(len(collections.OrderedDict(a=1)) * 32, act=torch.nn.functional.gelu)"
    )
    assert found.graph["x"].shape == (2, 5, 32)


def test_what_cannot_be_guessed_is_named(trace):
    source = """
    class Block(nn.Module):
        def __init__(self, dim, colour):
            super().__init__()
        def forward(self, x):
            return x
    """
    (failure,) = trace(source, "Block")
    assert isinstance(failure, Failure)
    assert failure.code == "AC902"
    assert "'colour' of Block" in failure.message
    assert "--set colour=VALUE" in failure.advice
    (found,) = trace(source, "Block", {"colour": "red"})
    assert isinstance(found, Recording)


def test_an_unknown_class_gets_the_nearest_name(trace):
    (failure,) = trace(NORM_FIRST, "Blokc")
    assert failure.code == "AC902"
    assert "did you mean Block?" in failure.advice


def test_every_class_of_a_file_in_source_order(trace):
    found = trace(
        block("dim, num_heads", BUILDS["submodule by annotation"][1].replace("inner", "nn.Linear(dim, dim)"))
    )
    assert [item.name for item in found] == ["Attention", "Block"]


FORWARDS = {
    "images": ("self.m = nn.Conv2d(dim, dim, 3, padding=1)", "x", "self.m(x)", (2, 32, 32, 32)),
    "sequences of channels": ("self.m = nn.Conv1d(dim, dim, 3)", "x", "self.m(x)", (2, 32, 16)),
    "tokens": ("self.m = nn.Embedding(50, dim)", "idx", "self.m(idx)", (2, 5)),
    "two dimensions": ("self.m = nn.BatchNorm1d(dim)", "x", "self.m(x)", None),
    "unpacked": ("self.m = nn.Linear(dim, dim)", "hidden", "self.m(hidden)", (2, 5, 32)),
}


@pytest.mark.parametrize("name", FORWARDS)
def test_the_stream_is_guessed(trace, name):
    build, argument, body, shape = FORWARDS[name]
    source = f"""
    class Block(nn.Module):
        def __init__(self, dim):
            super().__init__()
            {build}
        def forward(self, {argument}):
            return {body}
    """
    (found,) = trace(source, "Block")
    assert isinstance(found, Recording), found
    assert shape is None or found.graph[found.graph.inputs[0]].shape == shape


OPTIONAL = """
class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.lin = nn.Linear(dim, dim)
    def forward(self, hidden_states, attention_mask, encoder_hidden_states=None, scale=None, position_embeddings=None):
        assert attention_mask is None
        {first}
        if encoder_hidden_states is not None:
            hidden_states = hidden_states + self.lin(encoder_hidden_states).mean(1, keepdim=True)
        if scale is not None:
            hidden_states = hidden_states * scale
        return hidden_states
"""


def test_optional_arguments_are_left_out_unless_asked_for(trace):
    source = OPTIONAL.format(first="pass")
    assert term(trace(source, "Block")[0].graph) == "hidden_states"
    (asked,) = trace(source, "Block", inputs=["encoder_hidden_states"])
    assert "linear(encoder_hidden_states" in term(asked.graph)
    (given,) = trace(source, "Block", inputs=["scale=torch.ones(32)"])
    assert term(given.graph) == "mul(hidden_states, scale)"


def test_optional_arguments_that_are_needed_after_all(trace):
    (found,) = trace(OPTIONAL.format(first="cos, sin = position_embeddings"), "Block")
    assert isinstance(found, Recording), found


def test_what_is_asked_for_is_not_left_out_where_it_cannot_be_read(trace):
    source = """
        import torch
        from torch import nn

        class Block(nn.Module):
            def forward(self, x, memory: torch.Tensor | None = None):
                return x if memory is None else self.missing(x, memory)
        """
    (failure,) = trace(source, "Block", inputs=["memory"])
    assert isinstance(failure, Failure)
    assert "missing" in failure.message


def test_a_count_that_is_asked_for_is_a_number(trace):
    source = """
        from torch import nn

        class Block(nn.Module):
            def forward(self, x, query_length=0):
                return x[:, :query_length].tanh() if query_length > 0 else x
        """
    (found,) = trace(source, "Block", inputs=["query_length"])
    assert [node.op for node in found.graph.nodes if not node.is_source] == ["slice", "tanh"]


PACKED = """
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self, width=32):
            super().__init__()
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

        def forward(self, hidden_states, cu_seqlens, position_embeddings=None):
            q, k, v = self.qkv(hidden_states).reshape(hidden_states.shape[0], 3, -1).unbind(1)
            cos, sin = position_embeddings
            q, k = q * cos + q.flip(-1) * sin, k * cos + k.flip(-1) * sin
            lengths = (cu_seqlens[1:] - cu_seqlens[:-1]).tolist()
            parts = zip(*(torch.split(one, lengths) for one in (q, k, v)))
            return self.out(torch.cat([nn.functional.scaled_dot_product_attention(*part) for part in parts]))
    """


def test_a_part_may_ask_for_what_packs_the_sequences(trace):
    whole = (
        PACKED.replace("class Block", "class Part").replace("=None", "")
        + """
    class Block(nn.Module):
        def __init__(self, width=32):
            super().__init__()
            self.part, self.num_heads = Part(width), 1

        def forward(self, hidden_states, **kwargs):
            return hidden_states + self.part(hidden_states.squeeze(0), **kwargs)
    """
    )
    (found,) = trace(whole, "Block")
    assert isinstance(found, Recording), found


def test_sequences_that_are_packed_have_no_dimension_of_the_batch(trace):
    (found,) = trace(PACKED, "Block")
    assert isinstance(found, Recording), found
    assert len(found.graph[found.graph.inputs[0]].shape) == 2


def test_inputs_that_forward_does_not_have(trace):
    (failure,) = trace(OPTIONAL.format(first="pass"), "Block", inputs=["memory"])
    assert failure.code == "AC902"
    assert "encoder_hidden_states" in failure.advice


@pytest.mark.parametrize(
    "call",
    [
        "(torch.randn(3, 4, 32), None)",
        "dict(hidden_states=torch.randn(3, 4, 32), attention_mask=None)",
        "((torch.randn(3, 4, 32),), {'attention_mask': None})",
    ],
)
def test_a_given_call(trace, call):
    (found,) = trace(OPTIONAL.format(first="hidden_states = hidden_states * 2"), "Block", call=call)
    assert found.graph["hidden_states"].shape == (3, 4, 32)


def test_functions_are_targets(trace):
    (found,) = trace(
        "def block(x, weight):\n    return x + torch.relu(x @ weight)\n",
        "block",
        call="(torch.ones(2, 8), torch.ones(8, 8))",
    )
    assert term(found.graph) == "add(x, relu(matmul(x, weight)))"


def test_relative_imports_in_a_package(tmp_path):
    package = tmp_path / "pkg_of_test" / "inner"
    package.mkdir(parents=True)
    (tmp_path / "pkg_of_test" / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "parts.py").write_text("WIDTH = 24\n")
    (package / "model.py").write_text(
        HEAD
        + "from .parts import WIDTH\nclass Block(nn.Linear):\n    def __init__(self):\n        super().__init__(WIDTH, WIDTH)\n"
    )
    pipe = Answers()
    answer(
        {"target": str(package / "model.py"), "settings": {}, "inputs": [], "call": None, "skip": []}, pipe
    )
    assert isinstance(pipe.found[0], Recording), pipe.found
    assert pipe.found[0].name == "Block"


class TestFakeAndReal:
    def test_nothing_is_allocated(self, trace):
        source = """
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.lin = nn.Linear(200_000, 200_000)
            def forward(self, x):
                return x + self.lin(x)
        """
        (found,) = trace(source, "Block")
        assert isinstance(found, Recording)
        assert found.modules[1].parameters > 10**10
        assert not any("real" in note for note in found.notes)

    @pytest.mark.parametrize(
        "step", ["if (x > 0).any(): x = x * 2", "n = int(x.abs().sum()); x = x + n", "x = x[x.sum(-1) > 0]"]
    )
    def test_a_decision_by_value_takes_real_tensors(self, trace, step):
        source = f"""
        class Block(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.lin = nn.Linear(dim, dim)
            def forward(self, x):
                {step}
                return self.lin(x)
        """
        (found,) = trace(source, "Block")
        assert isinstance(found, Recording), found
        assert any("real tensors" in note for note in found.notes)

    def test_a_constructor_that_needs_values(self, trace):
        source = """
        class Block(nn.Module):
            def __init__(self, dim):
                super().__init__()
                self.rates = [r.item() for r in torch.linspace(0, 0.1, 3)]
                self.table = torch.zeros(dim).numpy().tolist()
                self.lin = nn.Linear(dim, dim)
            def forward(self, x):
                return self.lin(x)
        """
        (found,) = trace(source, "Block")
        assert isinstance(found, Recording), found

    def test_too_large_for_real_tensors(self, trace):
        source = """
        class Block(nn.Module):
            def __init__(self):
                super().__init__()
                self.lin = nn.Linear(100_000, 100_000)
            def forward(self, x):
                return self.lin(x) if (x > 0).any() else x
        """
        (failure,) = trace(source, "Block")
        assert "10,000,100,000 parameters" in failure.message
        assert "--set" in failure.message


@pytest.mark.parametrize("name", ["lateral", "cond"])
def test_a_second_image_beside_an_image(trace, name):
    (found,) = trace(f"""
        class Block(nn.Module):
            def __init__(self, dim=16):
                super().__init__()
                self.conv, self.one = nn.Conv2d(dim, dim, 3, padding=1), nn.Conv2d(dim, dim, 1)

            def forward(self, x, {name}):
                return x + self.conv(x) * self.one({name})
    """)
    assert isinstance(found, Recording)
    assert len(found.graph.inputs) == 2


def test_a_block_of_convolutions_may_have_a_linear_for_its_condition_first(trace):
    (found,) = trace("""
        class Block(nn.Module):
            def __init__(self, dim=16):
                super().__init__()
                self.condition = nn.Linear(dim, dim)
                self.norm, self.conv = nn.GroupNorm(4, dim), nn.Conv2d(dim, dim, 3, padding=1)

            def forward(self, x, t):
                t = self.condition(t.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
                return x + self.conv(self.norm(x) + t)
    """)
    assert isinstance(found, Recording), found
    assert len(found.graph.inputs) == 2


def test_sizes_that_wait_for_a_tokenizer_and_places_without_an_annotation(trace):
    (found,) = trace("""
        from dataclasses import dataclass

        @dataclass
        class ModelArgs:
            dim: int = 32
            vocab_size: int = -1
            multiple_of: int = 16

        class Layer(nn.Module):
            def __init__(self, args: ModelArgs, multiple_of):
                super().__init__()
                hidden = multiple_of * (3 * args.dim // multiple_of)
                self.table, self.up = nn.Embedding(args.vocab_size, args.dim), nn.Linear(args.dim, hidden)
                self.cache = torch.zeros(4, 64, hidden)

            def forward(self, ids, start_pos):
                made = self.up(self.table(ids))
                self.cache[: ids.shape[0], start_pos : start_pos + ids.shape[1]] = made
                return self.cache[: ids.shape[0], : start_pos + ids.shape[1]]
    """)
    assert isinstance(found, Recording), found
