"""What each function of TensorFlow and of keras.ops is. Rows as in `torch_table`; names without their prefix.

Functions whose name and first parameters are those of torch (`relu`, `exp`, `matmul`) are found in torch's table.
Sources: the signatures in the documentation of TensorFlow 1.15, 2.16 and Keras 3.
"""

# ruff: noqa: E501 - tables are read by rows
from __future__ import annotations

from archcheck.frontends.targets.torch_table import _TABLE as TORCH
from archcheck.frontends.targets.torch_table import Entry, _entry

_REDUCE = ("x axis=None keepdims=False name", "dim=axis keepdim=keepdims")
_CONV = ("x filters stride=1 padding=0", "stride padding", "input=x weight=filters")
_LIKE = ("x", "")

_ROWS: tuple[tuple[str, ...], ...] = (
    ("reduce_mean", "mean", *_REDUCE), ("reduce_sum", "sum", *_REDUCE), ("reduce_prod reduce_logsumexp", "sum", *_REDUCE),
    ("reduce_max reduce_min reduce_any reduce_all", "amax", *_REDUCE), ("reduce_variance", "var", *_REDUCE),
    ("reduce_std", "var", *_REDUCE, "", "std"),
    ("moments nn.moments", "moments", "x axes shift name keepdims=False first=mean", "dim=axes keepdim=keepdims first"),
    ("norm linalg.norm", "vector_norm", "tensor ord axis=None keepdims=False", "dim=axis keepdim=keepdims p=ord"), ("signal.frame", "unfold"),
    ("rsqrt", "rsqrt"), ("squared_difference", "squared_difference", "", "", "", "squared_difference"),
    ("nn.dropout", "dropout", "x keep_prob noise_shape seed name rate", "", "x", "keep_prob"),
    ("add_n accumulate_n", "add"), ("subtract", "subtract", "x y", "", "", "binary"),
    ("add", "add", "x y", "", "", "binary"), ("divide div realdiv truediv div_no_nan divide_no_nan", "div", "x y", "", "", "binary"),
    ("nn.bias_add", "add", "value bias"), ("nn.swish swish nn.silu", "silu"), ("nn.gelu gelu", "gelu", "x approximate=False", "approximate", "x", "gelu"),
    ("nn.softmax softmax", "softmax", "logits axis=-1", "dim=axis", "logits"),
    ("nn.log_softmax", "log_softmax", "logits axis=-1", "dim=axis", "logits"),
    ("nn.l2_normalize linalg.l2_normalize math.l2_normalize l2_normalize", "l2_norm", "x axis=None epsilon=1e-12", "dim=axis eps=epsilon", "x"),
    ("nn.conv1d nn.conv2d nn.conv3d nn.convolution conv", "conv", *_CONV), ("nn.depthwise_conv2d depthwise_conv", "depthwise_conv", *_CONV),
    ("nn.max_pool nn.max_pool2d max_pool", "max_pool"), ("nn.avg_pool nn.avg_pool2d average_pool", "avg_pool"),
    ("nn.embedding_lookup", "embedding", "params ids", "", "weight=params indices=ids"),
    ("scatter_nd tensor_scatter_nd_update", "scatter", "indices updates shape", "", "updates indices"), ("gather take", "gather", "params indices"), ("gather_nd batch_gather take_along_axis", "gather"),
    ("nn.batch_normalization", "batch_norm", "x mean variance offset scale variance_epsilon", "eps=variance_epsilon", "input=x", "given_moments"),
    ("batch_normalization", "batch_norm", "x mean variance axis offset scale epsilon=1e-3", "eps=epsilon", "input=x", "given_moments"),
    ("nn.top_k math.top_k", "topk"), ("one_hot", "one_hot"), ("nn.sigmoid", "sigmoid"), ("nn.tanh", "tanh"), ("nn.elu", "elu"),
    ("nn.relu", "relu"), ("nn.relu6", "relu6"), ("nn.leaky_relu", "leaky_relu"), ("nn.softplus", "softplus"), ("nn.selu", "selu"),
    ("power", "pow", "x1 x2", "", "", "binary"), ("average", "mean", *_REDUCE), ("prod", "sum", *_REDUCE),
    ("hard_silu hard_swish", "hard_swish"), ("hard_tanh", "hard_tanh"), ("squareplus", "activation"), ("conv_transpose", "conv_transpose", *_CONV),
    ("rms_normalization", "rms_norm", "x scale axis=-1 epsilon=1e-6", "eps=epsilon", "input=x weight=scale"),
    ("layer_normalization", "layer_norm", "x gamma beta axis=-1 epsilon=1e-3", "eps=epsilon", "input=x weight=gamma bias=beta"),
    ("slice_update", "scatter", "inputs start_indices updates", "", "inputs updates"), ("scatter_update", "scatter", "inputs indices updates", "", "inputs updates"),
    ("dot_product_attention", "scaled_dot_product_attention", "query key value bias mask scale is_causal=False", "causal=is_causal", "query key value mask"),
    ("reshape expand_dims squeeze broadcast_to ensure_shape set_shape", "reshape"), ("transpose", "transpose", "a perm", "", "", "transpose"), ("swapaxes moveaxis", "transpose", "", "", "", "transpose"), ("tile", "repeat"),
    ("identity stop_gradient convert_to_tensor Print check_numerics debugging.check_numerics", "identity"),
    ("cast to_float to_int32 to_int64 to_bfloat16 to_double saturate_cast", "cast"), ("pad", "pad"), ("slice strided_slice", "slice"),
    ("concat concatenate", "concat", "values axis=0", "dim=axis", "", "concat"), ("stack", "stack_tensors", "values axis=0", "dim=axis", "", "concat"),
    ("split", "split", "value num_or_size_splits axis=0", "parts=num_or_size_splits dim=axis"),
    ("unstack", "unbind", "value num axis=0", "dim=axis"), ("range", "arange"), ("constant", "full"), ("fill", "full"),
    ("random_uniform random.uniform random_normal random.normal random.truncated_normal truncated_normal random_shuffle multinomial", "random"),
    ("zeros zeros_like", "zeros"), ("ones ones_like", "ones"), ("eye", "full"),
    ("equal not_equal less less_equal greater greater_equal logical_not is_nan", "compare"), ("clip_by_value clip", "clamp", "x clip_value_min clip_value_max", "min=clip_value_min max=clip_value_max"),
    ("image.resize image.resize_bilinear image.resize_nearest_neighbor", "resize"), ("scan foldl map_fn", "scan"),
    ("sequence_mask linalg.band_part matrix_band_part", "mask"), ("log", "log"), ("mod floormod", "compare"),
)  # fmt: skip

_TABLE: dict[str, Entry] = {name: _entry(*row[1:]) for row in _ROWS for name in row[0].split()}

PREFIXES: tuple[str, ...] = (
    "tensorflow.compat.v1.", "tensorflow.compat.v2.", "tensorflow.", "keras.ops.", "keras.backend.", "keras.activations.",
    "keras.random.",
)  # fmt: skip

# Modules of TensorFlow whose functions also stand at its top.
_GROUPS = (
    "math.",
    "linalg.",
    "nn.",
    "keras.backend.",
    "keras.ops.",
    "keras.activations.",
    "experimental.numpy.",
)


def lookup(name: str) -> Entry | None:
    """The entry for a qualified name of TensorFlow or Keras, None where the table does not know it."""
    for prefix in PREFIXES:
        if name.startswith(prefix):
            rest = name[len(prefix) :]
            break
    else:
        return None
    if rest in _TABLE:
        return _TABLE[rest]
    for group in _GROUPS:
        if rest.startswith(group):
            rest = rest[len(group) :]
            break
    if "." in rest:
        return None
    return _TABLE.get(rest) or _TABLE.get(f"nn.{rest}") or TORCH.get(rest)
