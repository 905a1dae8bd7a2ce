"""What each torch function is: its raw word, its parameters, and which of them are operands or attributes.

Keys are bare names (`layer_norm`), shared by the function, the method and the operator; `lookup` takes the
qualified name. Sources: the signatures in the documentation of torch, torch.nn.functional and torch.Tensor.
"""

# ruff: noqa: E501 - tables are read by rows
from __future__ import annotations

from dataclasses import dataclass

from archcheck.frontends.targets.torch_plumbing import CREATION_ROWS, PLUMBING_ROWS


@dataclass(frozen=True, slots=True)
class Entry:
    """One function: raw word, how it is read, its parameters in order, operands and attributes.

    `kind` is "call" or names a reader of its own ("binary", "slice", …). `operands` lists the parameters that are
    tensor operands, in the order of the raw node, as (parameter, operand name); empty means all tensors in call
    order, without names. `attrs` are (attribute, parameter). `defaults` holds the defaults of attributes.
    """

    word: str
    kind: str = "call"
    params: tuple[str, ...] = ()
    operands: tuple[tuple[str, str], ...] = ()
    attrs: tuple[tuple[str, str], ...] = ()
    defaults: tuple[tuple[str, object], ...] = ()


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """`"input weight=w"` -> (("input", "input"), ("weight", "w")): the name outside, the parameter inside."""
    split = (item.partition("=") for item in text.split())
    return tuple((name, value or name) for name, _, value in split)


def _entry(word: str, params: str = "", attrs: str = "", operands: str = "", kind: str = "call") -> Entry:
    names, defaults = [], []
    for item in params.split():
        name, given, default = item.partition("=")
        names.append(name)
        if given:
            defaults.append((name, _VALUES.get(default, default)))
    named = tuple((parameter, name) for name, parameter in _pairs(operands))
    return Entry(word, kind, tuple(names), named, _pairs(attrs), tuple(defaults))


_VALUES: dict[str, object] = {
    "None": None, "True": True, "False": False, "0": 0, "1": 1, "-1": -1, "2": 2, "0.0": 0.0, "0.1": 0.1, "0.01": 0.01,
    "0.5": 0.5, "1.0": 1.0, "1e-05": 1e-05, "1e-12": 1e-12, "2.0": 2.0,
}  # fmt: skip

_CONV = (
    "input weight bias stride=1 padding=0 dilation=1 groups=1",
    "stride padding dilation groups",
    "input weight bias",
)
_CONVT = (
    "input weight bias stride=1 padding=0 output_padding=0 groups=1 dilation=1",
    "stride padding dilation groups",
    "input weight bias",
)
_POOL = ("input kernel_size stride=None padding=0", "kernel=kernel_size stride padding", "")
_DROPOUT = ("input p=0.5 training=True", "p training", "")
_REDUCE = ("input dim=None keepdim=False", "dim keepdim", "")
_SDPA = ("query key value attn_mask dropout_p=0.0 is_causal=False", "p=dropout_p causal=is_causal")
_MHA_PARAMS = (
    "query key value embed_dim_to_check num_heads in_proj_weight in_proj_bias bias_k bias_v add_zero_attn dropout_p=0.0 "
    "out_proj_weight out_proj_bias training=True key_padding_mask=None need_weights=True attn_mask=None "
    "use_separate_proj_weight=False q_proj_weight=None k_proj_weight=None v_proj_weight=None static_k=None "
    "static_v=None average_attn_weights=True is_causal=False"
)
_MHA_OPERANDS = (
    "query key value mask=attn_mask key_padding_mask in_weight=in_proj_weight in_bias=in_proj_bias q_weight=q_proj_weight "
    "k_weight=k_proj_weight v_weight=v_proj_weight bias_k bias_v out_weight=out_proj_weight out_bias=out_proj_bias"
)

# Functions of each element that have no word of their own.
_OTHERS = (
    "tan asin arcsin atan arctan atan2 arctan2 sinh cosh asinh arcsinh acosh arccosh atanh arctanh angle erfc erfinv "
    "sinc lgamma digamma logit hypot logaddexp logaddexp2 xlogy deg2rad rad2deg heaviside signbit copysign"
)

_DISTANCES = "cdist pairwise_distance cosine_similarity"

_LOSSES = (
    "mse_loss l1_loss smooth_l1_loss huber_loss cross_entropy nll_loss kl_div binary_cross_entropy "
    "binary_cross_entropy_with_logits soft_margin_loss hinge_embedding_loss poisson_nll_loss gaussian_nll_loss ctc_loss "
    "cosine_embedding_loss margin_ranking_loss triplet_margin_loss multi_margin_loss multilabel_soft_margin_loss"
)

# name(s), word, then what _entry takes: parameters, attributes, operands, kind.
_ROWS: tuple[tuple[str, ...], ...] = (
    ("linear", "linear", "input weight bias", "", "input weight bias"),
    ("embedding", "embedding", "input weight", "", "indices=input weight"),
    ("torch.embedding", "embedding", "weight indices", "", "indices weight"),
    ("embedding_bag", "embedding_bag", "input weight", "", "indices=input weight"),
    ("conv1d conv2d conv3d conv_tbc", "conv", *_CONV, "conv"),
    ("conv_transpose1d conv_transpose2d conv_transpose3d", "conv_transpose", *_CONVT, "conv"),
    ("layer_norm", "layer_norm", "input normalized_shape weight bias eps=1e-05", "eps", "input weight bias"),
    ("rms_norm", "rms_norm", "input normalized_shape weight eps=None", "eps", "input weight"),
    ("group_norm", "group_norm", "input num_groups weight bias eps=1e-05", "eps groups=num_groups", "input weight bias"),
    ("batch_norm", "batch_norm", "input running_mean running_var weight bias training=False momentum=0.1 eps=1e-05",
     "eps", "input weight bias running_mean running_var"),
    ("torch.batch_norm", "batch_norm", "input weight bias running_mean running_var training momentum eps=1e-05",
     "eps", "input weight bias running_mean running_var"),
    ("instance_norm", "instance_norm",
     "input running_mean running_var weight bias use_input_stats=True momentum=0.1 eps=1e-05", "eps", "input weight bias"),
    ("normalize", "l2_norm", "input p=2.0 dim=1 eps=1e-12", "dim eps p", "", "normalize"),
    ("dropout dropout1d dropout2d dropout3d feature_dropout alpha_dropout feature_alpha_dropout native_dropout",
     "dropout", *_DROPOUT),
    ("relu", "relu"), ("relu6", "relu6"), ("rrelu", "leaky_relu"), ("elu", "elu"), ("selu", "selu"), ("celu", "celu"),
    ("leaky_relu", "leaky_relu", "input negative_slope=0.01", "slope=negative_slope"),
    ("prelu", "prelu"), ("gelu", "gelu", "input approximate=none", "approximate", "", "gelu"),
    ("silu", "silu"), ("mish", "mish"), ("tanh", "tanh"), ("sigmoid expit", "sigmoid"), ("hardswish", "hard_swish"),
    ("hardtanh", "hard_tanh", "input min_val=-1.0 max_val=1.0", "", "", "hardtanh"),
    ("hardsigmoid", "hard_sigmoid"), ("softplus", "softplus"), ("softsign", "softsign"),
    ("logsigmoid log_sigmoid", "log_sigmoid"), ("threshold _threshold", "threshold"), ("softshrink hardshrink tanhshrink", "shrink"),
    ("glu", "glu", "input dim=-1", "dim"),
    ("softmax _softmax gumbel_softmax", "softmax", "input dim=None", "dim"),
    ("log_softmax", "log_softmax", "input dim=None", "dim"),
    ("scaled_dot_product_attention", "scaled_dot_product_attention", *_SDPA, "query key value mask=attn_mask"),
    ("multi_head_attention_forward", "multi_head_attention", _MHA_PARAMS, "heads=num_heads p=dropout_p causal=is_causal",
     _MHA_OPERANDS),
    (("max_pool1d max_pool2d max_pool3d _max_pool1d _max_pool2d _max_pool3d max_pool1d_with_indices "
     "max_pool2d_with_indices max_pool3d_with_indices fractional_max_pool2d"), "max_pool", *_POOL, "pool"),
    ("avg_pool1d avg_pool2d avg_pool3d", "avg_pool", *_POOL, "pool"),
    ("lp_pool1d lp_pool2d lp_pool3d max_unpool1d max_unpool2d max_unpool3d", "pool", *_POOL, "pool"),
    ("adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d", "avg_pool", "input output_size", "", "", "adaptive"),
    (("adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d adaptive_max_pool1d_with_indices "
     "adaptive_max_pool2d_with_indices adaptive_max_pool3d_with_indices"), "max_pool", "input output_size", "", "", "adaptive"),
    ("interpolate upsample upsample_nearest upsample_bilinear", "resize",
     "input size=None scale_factor=None mode=nearest", "factor=scale_factor mode"),
    ("grid_sample torch.ops.torchvision.roi_align torch.ops.torchvision.ps_roi_align", "resize"),
    ("torch.ops.torchvision.roi_pool torch.ops.torchvision.ps_roi_pool", "max_pool"),
    ("pixel_shuffle native_channel_shuffle channel_shuffle", "shuffle", "input upscale_factor", "factor=upscale_factor"),
    ("pixel_unshuffle", "shuffle", "input downscale_factor", "factor=downscale_factor"),
    ("lstm gru rnn_tanh rnn_relu", "recurrent", "", "", "", "recurrent"),
    ("lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell", "recurrent", "", "", "", "recurrent"),
    # arithmetic
    ("add", "add", "input other", "", "", "binary"), ("mul multiply", "mul", "input other", "", "", "binary"),
    ("diff", "subtract"), ("sub subtract", "subtract", "input other", "", "", "binary"),
    ("rsub", "subtract", "input other", "", "", "reflected"),
    ("div divide true_divide truediv floor_divide floordiv remainder fmod mod", "div", "input other", "", "", "binary"),
    ("rdiv rtruediv rfloordiv rmod", "div", "input other", "", "", "reflected"),
    ("radd", "add", "input other", "", "", "reflected"), ("rmul", "mul", "input other", "", "", "reflected"),
    ("pow float_power", "pow", "input exponent", "", "", "binary"), ("rpow", "pow", "input other", "", "", "reflected"),
    ("square", "pow", "", "", "", "square"), ("reciprocal", "pow", "", "", "", "reciprocal"),
    ("matmul bmm mm mv dot vdot inner tensordot solve_triangular", "matmul"), ("rmatmul", "matmul", "input other", "", "", "reflected"),
    ("_grouped_mm grouped_mm", "matmul", "input mat2", "", "input mat2"),
    *((name, "math", f"input name={name}", "name") for name in _OTHERS.split()),
    *((name, "math", f"input target name={name}", "name") for name in _LOSSES.split()),
    *((name, "math", f"input other p eps name={name}", "name") for name in _DISTANCES.split()),
    ("outer ger", "mul"), ("einsum", "einsum", "equation", "equation", "", "einsum"),
    ("addmm addmv addbmm baddbmm", "linear", "input mat1 mat2", "", "", "addmm"),
    ("addcmul", "add", "input tensor1 tensor2", "", "", "addcmul"),
    ("addcdiv", "add", "input tensor1 tensor2", "", "", "addcdiv"),
    ("lerp", "interpolate", "input end weight", "value=weight"),
    ("neg negative", "neg"), ("sqrt", "sqrt"), ("rsqrt", "rsqrt"), ("exp exp2 expm1 polar logsumexp", "exp"),
    ("log log1p log2 log10", "log"), ("abs absolute", "abs"), ("sin", "sin"), ("cos", "cos"), ("erf", "erf"), ("acos arccos", "acos"),
    ("clamp clip", "clamp", "input min=None max=None", "min max"), ("clamp_min", "clamp", "input min", "min"),
    ("clamp_max", "clamp", "input max", "max"),
    ("maximum fmax", "maximum", "input other", "value=other"),
    ("minimum fmin", "maximum", "input other smaller=True", "value=other smaller"),
    ("round floor ceil trunc fix frac sign sgn", "round"),
    (("eq ne lt le gt ge isnan isinf isfinite isin greater greater_equal less less_equal not_equal logical_and logical_or "
     "logical_not logical_xor bitwise_and bitwise_or bitwise_not bitwise_xor and or xor invert ror rxor all any "
     "isclose"), "compare", "input other", "value=other"),
    ("where", "where", "condition input other", "value=other"),
    ("mean nanmean", "mean", *_REDUCE), ("sum nansum", "sum", *_REDUCE), ("count_nonzero bincount histc", "sum"),
    ("searchsorted bucketize", "compare"),
    ("var", "var", *_REDUCE), ("std", "var", *_REDUCE, "std"),
    ("var_mean", "moments", *_REDUCE),
    ("std_mean", "moments", "input dim=None keepdim=False correction first=std", "dim keepdim first"),
    ("amax amin aminmax", "amax", *_REDUCE), ("max min", "amax", *_REDUCE, "extreme"),
    ("cumsum cumprod logcumsumexp cummax cummin", "cumsum", "input dim", "dim"),
    ("norm vector_norm", "vector_norm", "input p=2 dim=None keepdim=False", "dim keepdim p"),
    ("topk", "topk", "input k dim=-1", "k dim"), ("sort argsort msort", "sort", "input dim=-1", "dim"),
    ("argmax argmin", "argmax", "input dim=None", "dim"),
    ("gather take_along_dim take", "gather", "input dim", "dim"), ("index_select", "gather", "input dim", "dim"),
    ("scatter scatter_add scatter_reduce index_copy index_put index_fill", "scatter", "input dim", "dim"),
    ("index_add", "index_add", "input dim", "dim"),
    ("fft fft2 fftn ifft ifft2 ifftn rfft rfft2 rfftn irfft irfft2 irfftn fftshift ifftshift hfft", "fft"),
    ("stft istft", "fft"), ("unfold fold im2col col2im as_strided", "unfold"), ("one_hot", "one_hot"),
    ("associative_scan", "scan"),
    *PLUMBING_ROWS,
    *CREATION_ROWS,
)  # fmt: skip

_TABLE: dict[str, Entry] = {name: _entry(*row[1:]) for row in _ROWS for name in row[0].split()}

# What may stand before a bare name. Longest first.
PREFIXES: tuple[str, ...] = (
    "torch.nn.functional.", "torch._C._nn.", "torch._C._special.", "torch._C._linalg.", "torch._C._fft.",
    "torch.ops.aten.", "torch.special.", "torch.linalg.", "torch.fft.", "torch.functional.", "torch.nn.init.", "torch.Tensor.", "torch._VF.",
    "torch.", "_operator.", "operator.",
)  # fmt: skip


def bare(name: str) -> str | None:
    """The bare name of a torch function, None for a name of another library.

    >>> bare("torch.Tensor.__iadd__"), bare("torch.relu_"), bare("mine.relu")
    ('add', 'relu', None)
    """
    for prefix in PREFIXES:
        if name.startswith(prefix):
            rest = name[len(prefix) :]
            break
    else:
        return None
    if rest.startswith("__") and rest.endswith("__"):
        rest = rest[2:-2]
        if rest[:1] == "i" and rest[1:] in _TABLE and rest != "invert":
            rest = rest[1:]
        return _SPELLING.get(rest, rest)
    return rest[:-1] if rest.endswith("_") and not rest.endswith("__") else rest


# Operators and their functions in the `operator` module whose names differ from torch's.
_SPELLING: dict[str, str] = {
    "setitem": "setitem",
    "and": "logical_and",
    "or": "logical_or",
    "xor": "logical_xor",
}


def lookup(name: str) -> Entry | None:
    """The entry for a qualified name (`torch.nn.functional.layer_norm`), None where the tables do not know it."""
    if name in _TABLE:
        return _TABLE[name]
    short = bare(name)
    if short is None or "." in short:
        return None
    return _TABLE.get(short)
