"""The rows of the torch table that move, copy, cast, select or create data. See `torch_table` for their form."""

# ruff: noqa: E501 - tables are read by rows
from __future__ import annotations

PLUMBING_ROWS: tuple[tuple[str, ...], ...] = (
    ("flatten ravel view_as_complex view_as_real complex", "reshape"),
    ("view reshape unflatten _unsafe_view", "reshape", "", "", "", "reshape"),
    # The other tensor of these gives its shape or its type, no numbers.
    ("view_as reshape_as", "reshape", "input other", "", "input"), ("expand_as", "expand", "input other", "", "input"),
    ("transpose swapaxes swapdims transpose_copy", "transpose", "input dim0 dim1", "", "", "transpose"),
    ("permute movedim moveaxis t T mT H mH adjoint matrix_transpose numpy_T", "transpose", "", "", "", "transpose"),
    ("expand broadcast_to broadcast_tensors meshgrid", "expand"),
    ("repeat repeat_interleave tile", "repeat"),
    ("squeeze unsqueeze atleast_1d atleast_2d atleast_3d", "squeeze", "input dim=None", "dim"),
    ("to type type_as _to_copy", "cast", "input other", "", "input", "cast"),
    ("float half bfloat16 double int long short bool byte char cfloat cdouble cpu cuda xpu", "cast", "", "", "", "cast"),
    ("contiguous clone detach data alias positive resolve_conj conj_physical conj lift_fresh pin_memory",
     "copy"),
    ("einops.rearrange", "reshape", "tensor pattern", "pattern", "", "rearrange"), ("einops.repeat", "repeat", "tensor pattern", "pattern"),
    ("einops.einsum", "einsum", "", "", "", "named_einsum"),
    ("copy", "copy", "", "", "", "copy"), ("setitem", "scatter", "input index value", "", "", "setitem"),
    # Numbers stay what they are; what is none (a row without any key) has no place in a figure.
    ("nan_to_num", "identity"), ("requires_grad_ requires_grad", "identity"), ("pad", "pad"), ("roll", "roll"), ("flip fliplr flipud rot90", "flip"),
    ("constant_pad_nd", "pad"),
    ("getitem", "slice", "input index", "", "", "slice"),
    ("narrow slice select diagonal diag real imag masked_select nonzero unique index take_diagonal", "slice"),
    ("tril triu", "mask"), ("masked_fill", "masked_fill", "input mask value", "value"),
    ("masked_scatter", "scatter", "input mask source", "", "input source"),
    ("chunk", "chunk", "input chunks dim=0", "parts=chunks dim"),
    ("split split_with_sizes tensor_split unsafe_split unsafe_chunk hsplit vsplit dsplit", "split",
     "input split_size dim=0", "dim", "", "split"),
    ("torch.functional.split torch.split", "split", "tensor split_size_or_sections dim=0", "dim", "", "split"),
    ("unbind", "unbind", "input dim=0", "dim"),
    ("cat concat concatenate", "concat", "tensors dim=0", "dim", "", "concat"),
    ("hstack vstack dstack column_stack block_diag", "concat", "tensors", "", "", "concat"),
    ("stack", "stack_tensors", "tensors dim=0", "dim", "", "concat"), ("pad_sequence", "concat", "sequences", "", "", "concat"),
    ("quantize_per_tensor quantize_per_channel fake_quantize_per_tensor_affine dequantize int_repr", "quantize"),
)  # fmt: skip

CREATION_ROWS: tuple[tuple[str, ...], ...] = (
    ("zeros zeros_like new_zeros empty empty_like new_empty empty_strided zero new", "zeros"),
    ("ones ones_like new_ones", "ones"),
    ("full full_like new_full new_tensor fill eye scalar_tensor", "full"),
    ("arange linspace logspace range tril_indices triu_indices", "arange"),
    (("rand randn rand_like randn_like randint randint_like randperm bernoulli multinomial normal uniform exponential "
     "poisson cauchy log_normal geometric trunc_normal"), "random"),
    ("tensor as_tensor asarray from_numpy", "full", "", "", "", "constant"),
    ("torch.Tensor torch.FloatTensor torch.HalfTensor torch.DoubleTensor torch.LongTensor torch.IntTensor", "full", "", "", "",
     "constant"),
)  # fmt: skip
