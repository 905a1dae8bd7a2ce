"""Where torch's own tracers work, the recorded graph computes the same."""

from __future__ import annotations

import importlib
import warnings

import pytest
import torch
import torch.nn.functional as F
from oracles import Interned, exported, symbolic
from torch import nn
from trace_helpers import record

X = torch.randn(2, 5, 32)


class PreNorm(nn.Module):
    def __init__(self, reflected=False):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(32), nn.LayerNorm(32)
        self.qkv, self.out = nn.Linear(32, 96), nn.Linear(32, 32)
        self.up, self.down = nn.Linear(32, 64), nn.Linear(64, 32)
        self.drop = nn.Dropout(0.1)
        self.reflected = reflected

    def attend(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        weights = torch.softmax(q @ k.transpose(-2, -1) * 0.3, dim=-1)
        return self.out(F.dropout(weights, 0.1, self.training) @ v)

    def forward(self, x):
        branch = self.drop(self.attend(self.norm1(x)))
        x = branch + x if self.reflected else x + branch
        return torch.add(x, self.drop(self.down(F.gelu(self.up(self.norm2(x))))))


class Conv(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.skip = nn.Sequential(nn.Conv2d(3, 8, 1), nn.AvgPool2d(2))
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 8, 1), nn.Sigmoid())

    def forward(self, x):
        y = self.body(x)
        return F.silu(y * self.gate(y) + self.skip(x)).flatten(2).mean(-1)


class Arithmetic(nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(32))

    def forward(self, x):
        y = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.gain
        parts = torch.cat([y, 1 - y, -y, x / 2], dim=-1).split(32, dim=-1)
        return torch.einsum("btd,bsd->bts", parts[0], parts[1]).tanh(), torch.stack([parts[2], x]).sum(0)


MODULES = {
    "pre-norm": (lambda: PreNorm(), (X,)),
    "swapped": (lambda: PreNorm(reflected=True), (X,)),
    "convolutions": (Conv, (torch.randn(2, 3, 8, 8),)),
    "arithmetic": (Arithmetic, (X,)),
}


# symbolic_trace cannot enter BatchNorm2d, which asks for the rank of its input.
@pytest.mark.parametrize("name", sorted(set(MODULES) - {"convolutions"}))
def test_symbolic_trace(name):
    make, args = MODULES[name]
    module = make().train()
    interned = Interned()
    assert interned.recorded(record(module, *args).graph) == interned.of_fx(symbolic(module))


@pytest.mark.parametrize("name", MODULES)
def test_export(name):
    make, args = MODULES[name]
    module = make().train()
    interned = Interned()
    graph, names = exported(module, args, {})
    assert interned.recorded(record(module, *args).graph) == interned.of_fx(graph, names)


def test_the_comparison_can_fail():
    interned = Interned()
    one, two = PreNorm().train(), PreNorm(reflected=True).train()
    assert interned.recorded(record(one, X).graph) != interned.of_fx(symbolic(two))


SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
}

LIBRARY = {
    "bert:BertLayer": ("BertConfig", {}),
    "gpt2:GPT2Block": ("GPT2Config", {"n_embd": 32, "n_head": 4}),
    "opt:OPTDecoderLayer": ("OPTConfig", {"ffn_dim": 64}),
    "vit:ViTLayer": ("ViTConfig", {}),
    "llama:LlamaDecoderLayer": ("LlamaConfig", {}),
    "qwen3:Qwen3DecoderLayer": ("Qwen3Config", {}),
    "gemma2:Gemma2DecoderLayer": ("Gemma2Config", {}),
}


@pytest.mark.parametrize("name", LIBRARY)
def test_blocks_of_transformers_against_export(name):
    family, _, title = name.partition(":")
    module = importlib.import_module(f"transformers.models.{family}.modeling_{family}")
    config_name, fields = LIBRARY[name]
    configuration = importlib.import_module(f"transformers.models.{family}.configuration_{family}")
    config_class = getattr(configuration, config_name)
    config = config_class(**{**{k: v for k, v in SMALL.items() if hasattr(config_class(), k)}, **fields})
    config._attn_implementation = "eager"
    needs_rotary = family in ("llama", "qwen3", "gemma2")
    layer = getattr(module, title)(config, **({"layer_idx": 0} if needs_rotary else {})).train()
    kwargs = {"position_embeddings": (torch.randn(2, 5, 8), torch.randn(2, 5, 8))} if needs_rotary else {}
    interned = Interned()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph, names = exported(layer, (X,), kwargs)
        recording = record(layer, X, **kwargs)
    names |= {
        n: n.replace("position_embeddings_", "position_embeddings.")
        for n in ("position_embeddings_0", "position_embeddings_1")
    }
    assert interned.recorded(recording.graph)[0] == interned.of_fx(graph, names)[0]
