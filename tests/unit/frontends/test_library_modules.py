"""Blocks of real libraries by their name alone: built, run and recorded with nothing unresolved."""

from __future__ import annotations

import resource
import warnings

import pytest
from trace_helpers import Answers, check_invariants

from archcheck.frontends.trace import trace_target
from archcheck.frontends.trace.run import answer
from archcheck.graph.recording import Recording

LIBRARY = [
    "bert:BertLayer",
    "gpt2:GPT2Block",
    "llama:LlamaDecoderLayer",
    "t5:T5Block",
    "gemma2:Gemma2DecoderLayer",
    "opt:OPTDecoderLayer",
    "bloom:BloomBlock",
    "falcon:FalconDecoderLayer",
    "qwen2:Qwen2DecoderLayer",
    "qwen3:Qwen3DecoderLayer",
    "gpt_oss:GptOssDecoderLayer",
    "ernie:ErnieLayer",
    "ernie4_5:Ernie4_5DecoderLayer",
    "vit:ViTLayer",
    "resnet:ResNetBottleNeckLayer",
    "bert:BertModel",
]


def trace(target, settings=None):
    """In this process, for each child would import transformers anew."""
    pipe = Answers()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in the child
        answer({"target": target, "settings": settings or {}, "inputs": [], "call": None, "skip": []}, pipe)
    (found,) = pipe.found
    assert isinstance(found, Recording), found
    check_invariants(found.graph)
    assert not found.graph.unresolved
    return found


@pytest.mark.parametrize("name", LIBRARY)
def test_blocks_of_transformers(name):
    family, _, title = name.partition(":")
    found = trace(f"transformers.models.{family}.modeling_{family}:{title}")
    assert found.name == title
    assert {node.attr("name") for node in found.graph.nodes if node.op == "opaque"} == set()
    assert any(node.op in ("linear", "conv", "matmul") for node in found.graph.nodes)
    assert found.graph.outputs


def test_settings_reach_the_configuration():
    norms = {}
    for before in (True, False):
        found = trace(
            "transformers.models.opt.modeling_opt:OPTDecoderLayer", {"config.do_layer_norm_before": before}
        )
        reading = [node for node in found.graph.nodes if "hidden_states" in node.args]
        norms[before] = reading[0].op
    assert norms == {True: "layer_norm", False: "linear"}


@pytest.mark.parametrize(
    "target",
    [
        "torch.nn:TransformerEncoderLayer(32, 4, norm_first=True)",
        "torch.nn:TransformerDecoderLayer(32, 4)",
        "torch.nn:TransformerEncoderLayer",
        "torch.nn:TransformerDecoderLayer",
        "torch.nn:Transformer",
    ],
)
def test_torch_layers(target):
    trace(target)


def test_seven_billion_parameters_take_little_memory():
    (found,) = trace_target("transformers.models.llama.modeling_llama:LlamaModel")
    assert isinstance(found, Recording), found
    assert sum(info.parameters for info in found.modules if not info.path) > 6_500_000_000
    assert (
        len([scope for node in found.graph.nodes for scope in node.scopes if scope.path == "layers.31"]) > 0
    )
    assert sum(node.op == "softmax" for node in found.graph.nodes) == 32
    # The largest child so far, in kilobytes.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1_000_000
