"""The main job on code that nobody here wrote: torch.nn and transformers."""

from __future__ import annotations

import pytest
import torch

from archcheck import check, describe

assert torch.__version__  # these tests build real modules

NN = "torch.nn:Transformer{}Layer(32, 4, 64, norm_first={})"
HF = "transformers.models.{0}.modeling_{0}:{1}"


def answer(target, spec, **how):
    (result,) = check(target, spec, **how).results
    return result.verdict, [finding.code for finding in result.findings if finding.severity == "error"]


@pytest.mark.parametrize(
    ("layer", "norm_first", "spec", "expected"),
    [
        ("Encoder", False, "post_ln", ("match", [])),
        ("Encoder", True, "pre_ln", ("match", [])),
        ("Encoder", True, "post_ln", ("mismatch", ["AC101"] * 2)),
        ("Encoder", False, "pre_ln", ("mismatch", ["AC102"] * 2)),
        ("Decoder", False, "post_ln_decoder", ("match", [])),
        ("Decoder", True, "pre_ln_decoder", ("match", [])),
        ("Decoder", True, "post_ln_decoder", ("mismatch", ["AC101"] * 3)),
        ("Decoder", False, "pre_ln_decoder", ("mismatch", ["AC102"] * 3)),
    ],
)
def test_torch_layers(layer, norm_first, spec, expected):
    assert answer(NN.format(layer, norm_first), spec) == expected


def test_a_constructor_argument_is_set_by_name():
    target = "torch.nn:TransformerEncoderLayer"
    assert answer(target, "pre_ln", set={"norm_first": True}) == ("match", [])
    assert answer(target, "post_ln") == ("match", [])


@pytest.mark.parametrize(
    ("module", "cls", "spec", "settings"),
    [
        ("bert", "BertLayer", "post_ln", {}),
        ("bert", "BertLayer", "bert", {}),
        ("gpt2", "GPT2Block", "pre_ln", {}),
        ("gpt2", "GPT2Block", "gpt2", {}),
        ("llama", "LlamaDecoderLayer", "llama", {}),
        ("t5", "T5Block", "t5", {}),
        ("opt", "OPTDecoderLayer", "pre_ln", {}),
        ("opt", "OPTDecoderLayer", "post_ln", {"config.do_layer_norm_before": False}),
        ("bloom", "BloomBlock", "pre_ln", {}),
    ],
)
def test_transformers_blocks(module, cls, spec, settings):
    assert answer(HF.format(module, cls), spec, set=settings) == ("match", [])


def test_the_skip_that_bloom_can_take_after_the_norm():
    settings = {"config.apply_residual_connection_post_layernorm": True}
    result = check(HF.format("bloom", "BloomBlock"), "pre_ln", set=settings).results[0]
    assert result.verdict == "mismatch"
    assert [finding.code for finding in result.findings] == ["AC203", "AC203"]
    assert all(finding.at.file.endswith("modeling_bloom.py") for finding in result.findings)


def test_every_layer_of_a_whole_model_is_checked_in_its_place():
    report = check("transformers:GPT2Model", "gpt2", set={"config.n_layer": 3})
    assert {result.verdict for result in report.results} == {"match"}
    assert any("h.0 to h.2" in note for result in report.results for note in result.notes)


def test_a_seven_billion_parameter_model_costs_no_weights():
    report = describe("transformers:LlamaModel", set={"config.num_hidden_layers": 4})
    block, model = report.blocks
    assert block.notation == "rms_norm -> self_attention -> add; rms_norm -> gated_feed_forward -> add"
    assert block.family == "llama"
    assert model.notation == "embedding -> stack(n=4) -> rms_norm"
