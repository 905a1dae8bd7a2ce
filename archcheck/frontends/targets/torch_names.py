"""Which attributes a tensor of torch has, beside the functions of `torch_table`.

Source: the reference of torch.Tensor in the documentation of torch 2.13.
"""

from __future__ import annotations

from archcheck.frontends.targets.tables import lookup

_OTHERS = frozenset(
    """
    acosh acosh_ addr addr_ allclose angle apply_ arccosh arccosh_ arcsin arcsin_ arcsinh arcsinh_
    arctan arctan2 arctan2_ arctan_ arctanh arctanh_ argwhere as_strided_scatter as_subclass asin
    asin_ asinh asinh_ atan atan2 atan2_ atan_ atanh atanh_ backward bitwise_left_shift
    bitwise_left_shift_ bitwise_right_shift bitwise_right_shift_ ccol_indices chalf cholesky
    cholesky_inverse cholesky_solve coalesce col_indices const_data_ptr copysign copysign_ corrcoef
    cosh cosh_ cov cross crow_indices data_ptr deg2rad deg2rad_ dense_dim det device diag_embed
    diagflat diagonal_scatter digamma digamma_ dim dim_order dist dtype eig element_size equal erfc
    erfc_ erfinv erfinv_ fill_diagonal_ frexp gcd gcd_ geqrf get_device grad grad_dtype grad_fn
    hash_tensor heaviside heaviside_ histogram hypot hypot_ i0 i0_ igamma igamma_ igammac igammac_
    index_reduce index_reduce_ indices inverse ipu is_coalesced is_complex is_conj is_contiguous
    is_cpu is_cuda is_distributed is_floating_point is_inference is_ipu is_leaf is_maia is_meta
    is_mkldnn is_mps is_mtia is_neg is_nested is_nonzero is_pinned is_quantized is_same_size
    is_set_to is_shared is_signed is_sparse is_sparse_csr is_vulkan is_xla is_xpu isneginf isposinf
    isreal item itemsize kron kthvalue layout lcm lcm_ ldexp ldexp_ lgamma lgamma_ logaddexp
    logaddexp2 logdet logit logit_ lstsq lu lu_solve map2_ map_ matrix_exp matrix_power median mode
    module_load mtia mvlgamma mvlgamma_ name nanmedian nanquantile narrow_copy nbytes ndim
    ndimension nelement new new_empty_strided new_tensor nextafter nextafter_ nonzero_static numel
    numpy orgqr ormqr output_nr pinverse polygamma polygamma_ prod put put_ q_per_channel_axis
    q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point qr qscheme quantile rad2deg
    rad2deg_ random_ record_stream register_hook register_post_accumulate_grad_hook reinforce renorm
    renorm_ resize resize_ resize_as resize_as_ resize_as_sparse_ resolve_neg retain_grad
    retains_grad row_indices select_scatter set_ shape share_memory_ signbit sinc sinc_ sinh sinh_
    size slice_inverse slice_scatter slogdet smm solve sparse_dim sparse_mask sparse_resize_
    sparse_resize_and_clear_ sspaddmm storage storage_offset storage_type stride sum_to_size svd
    symeig tan tan_ to_dense to_mkldnn to_padded_tensor to_sparse to_sparse_bsc to_sparse_bsr
    to_sparse_coo to_sparse_csc to_sparse_csr tolist trace triangular_solve unique_consecutive
    unsafe_split_with_sizes untyped_storage values volatile xlogy xlogy_
    """.split()
)
_PRIVATE = frozenset(
    """
    _addmm_activation _autocast_to_full_precision _autocast_to_reduced_precision _backward_hooks _base _cdata
    _clear_non_serializable_cached_data _coalesced_ _conj _conj_physical _dimI _dimV _fix_weakref _grad _grad_fn
    _has_symbolic_sizes_strides _indices _is_all_true _is_any_true _is_view _is_zerotensor _lazy_clone _make_subclass
    _make_wrapper_subclass _neg_view _nested_tensor_size _nested_tensor_storage_offsets _nested_tensor_strides _nnz
    _post_accumulate_grad_hooks _python_dispatch _reduce_ex_internal _sparse_mask_projection _to_dense _to_sparse
    _typed_storage _use_count _values _version _view_func _view_func_unsafe
    """.split()
)


def has_attribute(name: str, parameter: bool = False) -> bool:
    """Whether tensors of any framework may have an attribute of this name; of a private name, only for a parameter's
    it is known.

    >>> has_attribute("view"), has_attribute("untyped_storage"), has_attribute("last_hidden_state")
    (True, True, False)
    >>> has_attribute("_tag"), has_attribute("_tag", parameter=True), has_attribute("_version", parameter=True)
    (True, False, True)
    """
    if name.startswith("_"):
        return not parameter or name.startswith("__") or name in _PRIVATE
    if name in _OTHERS:
        return True
    return any(
        lookup(f"{kind}.{name}") is not None for kind in ("torch.Tensor", "jax.Array", "tensorflow.Tensor")
    )
