"""Small values for constructor arguments by parameter name: plain data, general words of the field, no model names.

Sizes agree with each other: 4 heads of 8 make a width of 32.
"""

# ruff: noqa: E501 - tables are read by rows
from __future__ import annotations

import re
from functools import lru_cache

WIDTH, HEADS, FEED_FORWARD, LENGTH, BATCH, VOCABULARY = 32, 4, 64, 5, 2, 100

# The first pattern that matches the whole name (lower case) gives the value.
_PATTERNS: tuple[tuple[str, object], ...] = (
    (r"(d|dim|size|hidden|embed|emb|model)?_?(head|heads)_?(dim|size|width)|dim_(per_)?head|d_?k|d_?v|head_?dim|d_head", 8),
    ((r"n_?h(ead)?s?|h|(num|n|nb)?_?(attention|attn|self|encoder|decoder|query|q)?_?heads?|heads|attn_heads|num_.*heads?|n_.*heads?"
     r"|.*num_heads"), HEADS),
    (r"(num|n)_?(kv|key_value|group).*|kv_heads|n_kv_head", HEADS),
    (r".*(drop_?path|stochastic_depth|droppath).*", 0.1),
    (r".*drop.*|p|.*_p|p_.*|.*rate|pdrop", 0.1),
    (r".*eps(ilon)?|.*_eps_.*", 1e-5),
    ((r"(d|dim|ff|ffn|ffw|mlp|feed_?forward|intermediate|inner|hidden).*_?(ff|ffn|ffw|feedforward|feed_forward|intermediate"
     r"|inner|mlp).*|d_?ff|ff_?dim|ffn_?dim|.*(ffn|mlp|ff|feedforward|feed_forward|intermediate|inner)_?.*(dim|size|units"
     r"|hidden|channels|features|units|embed)|d_inner|d_hid|dff|hidden_features|.*linear_units"), FEED_FORWARD),
    (r"(num|n|nb|no)_?(layers?|stages?|blocks?|repeats?|hidden_layers)|.*num_layers|n_layer|depth|depths|layers|.*n_layers|N", 2),
    (r"layer_(idx|id|index|number|num)|(block|layer)_?(i|idx|index|id)|idx|index|i|layer", 0),
    (r"(.*)(vocab|ntoken|num_embeddings|n_tokens|num_tokens|n_words|src_vocab|tgt_vocab|dict_size)(.*)", VOCABULARY),
    ((r".*(max|seq|context|block|ctx|sequence|tokens|position|len|length|n_pos|max_t).*(len|length|size|positions|embeddings|"
     r"window|ctx|steps)?"), 64),
    (r"(.*_)?(num_)?(classes|labels|class_num|n_class|n_classes|num_class)", 10),
    (r"(num|n)_(local_|routed_)?experts?", 4), (r"top_?k|(top_?)?k_experts|num_experts_per_tok|(num|n)_shared_experts?", 2),
    (r"kernel(_?size)?s?|.*_kernel|.*kernel_size|ks|k", 3), (r"stride|.*strides?|dilation|.*dilation", 1),
    (r"padding|pad", 1), (r"(num_)?groups|n_groups|norm_groups|num_groups", 1),
    (r"(img|image|input)_?(size|resolution)|resolution|img_h|img_w", 32), (r"patch(_?size)?", 4),
    (r"window(_?size)?|ws", 4), (r".*ratio|expansion.*|expand.*|mult|.*_mult|widening_factor|.*factor", 2),
    (r"(layer_)?(scale|init|scaling).*(init|value|values)?", 1e-2),
    (r"(.*_)?(multiple_of|divisor|divisible_by)", 8), (r"batch(_?size)?", BATCH),
    (r"(in|img|image|num|n|input)_?(chans?|ch)|num_channels|image_channels", 3),
    ((r"d|c|dim|dims|width|size|units|hidden|channels?|filters|features|inplanes|planes|nf|ch|emb|embed|embed_?dims?|nhid|ninp"
     r"|emsize|c_?in|c_?out|ch_in|ch_out|c1|c2|inp|oup|dim_?(in|out)|output_dim|input_dim|nx|nin|nout|inner_channels"), WIDTH),
    (r".*(d_?model|hidden|embed|dim|channels|features|width|units|filters|planes|size|d_.*|n_embd|_ch|chans).*", WIDTH),
)  # fmt: skip

# Words in a parameter's name -> words in the name of a module class that fits it.
ROLES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("attn", "attention", "mha"), ("attention", "attn", "mha")),
    (
        ("feed_forward", "feedforward", "ffn", "mlp", "ff", "positionwise"),
        ("feedforward", "ffn", "mlp", "positionwise"),
    ),
    (("norm",), ("norm",)),
    (("encoder_layer", "layer", "block", "encoder", "decoder"), ("layer", "block", "encoder", "decoder")),
)


@lru_cache(maxsize=1024)
def guess_number(name: str) -> object | None:
    """A sensible small number for a constructor argument of this name, None where the name says nothing.

    >>> guess_number("d_model"), guess_number("nhead"), guess_number("dropout"), guess_number("colour")
    (32, 4, 0.1, None)
    """
    for pattern, value in _PATTERNS:
        if re.fullmatch(pattern, name, re.IGNORECASE):
            return value
    return None
