"""What each function of jax.numpy, jax.nn and jax.lax is. Rows as in `torch_table`.

Functions whose name is torch's are found in torch's table. Sources: the signatures in JAX's documentation.
"""

# ruff: noqa: E501 - tables are read by rows
from __future__ import annotations

from archcheck.frontends.targets.torch_table import _TABLE as TORCH
from archcheck.frontends.targets.torch_table import Entry, _entry

_REDUCE = ("a axis=None dtype out keepdims=False", "dim=axis keepdim=keepdims", "a")

_ROWS: tuple[tuple[str, ...], ...] = (
    ("mean average", "mean", *_REDUCE), ("sum prod nansum", "sum", *_REDUCE), ("max min amax amin nanmax", "amax", *_REDUCE),
    ("var", "var", *_REDUCE), ("std", "var", "a axis=None dtype out keepdims=False", "dim=axis keepdim=keepdims", "a", "std"),
    ("softmax", "softmax", "x axis=-1", "dim=axis", "x"), ("log_softmax", "log_softmax", "x axis=-1", "dim=axis", "x"),
    ("gelu", "gelu_tanh", "x approximate=True", "", "x", "jax_gelu"), ("swish silu", "silu"), ("hard_tanh", "hard_tanh"), ("glu", "glu"),
    ("standardize", "layer_norm", "x axis=-1", "", "input=x"), ("dot_product_attention", "scaled_dot_product_attention", "query key value bias mask", "", "query key value mask"),
    ("logistic", "sigmoid"), ("asarray array", "full", "", "", "", "constant"), ("reshape expand_dims squeeze ravel broadcast_to", "reshape"),
    ("transpose swapaxes moveaxis", "transpose", "", "", "", "transpose"), ("concatenate concat hstack vstack append", "concat", "arrays axis=0", "dim=axis", "", "concat"),
    ("stack", "stack_tensors", "arrays axis=0", "dim=axis", "", "concat"), ("split array_split", "split", "ary indices_or_sections axis=0", "parts=indices_or_sections dim=axis"),
    ("tile repeat", "repeat"), ("astype convert_element_type", "cast"), ("stop_gradient optimization_barrier", "identity"),
    ("dynamic_slice dynamic_index_in_dim dynamic_slice_in_dim slice_in_dim", "slice"), ("take take_along_axis", "gather"),
    ("where select", "where"), ("dot_general", "matmul"), ("conv_general_dilated conv", "conv", "lhs rhs", "", "input=lhs weight=rhs"),
    ("uniform normal bernoulli truncated_normal randint categorical permutation rand randn random random_sample", "random"), ("one_hot", "one_hot"),
    ("add", "add", "x y", "", "", "binary"), ("subtract", "subtract", "x y", "", "", "binary"), ("multiply", "mul", "x y", "", "", "binary"),
    ("divide true_divide", "div", "x1 x2", "", "", "binary"), ("power", "pow", "x1 x2", "", "", "binary"), ("square", "pow", "", "", "", "square"),
    ("linalg.norm", "vector_norm", "x ord=None axis=None keepdims=False", "dim=axis keepdim=keepdims p=ord", "x"),
    ("pad", "pad"), ("roll", "roll"), ("flip", "flip"), ("tril triu", "mask"), ("clip", "clamp", "arr min=None max=None", "min max", "arr"), ("scan associative_scan", "scan"),
    ("with_sharding_constraint", "identity"), ("iota arange linspace", "arange"),
)  # fmt: skip

_TABLE: dict[str, Entry] = {name: _entry(*row[1:]) for row in _ROWS for name in row[0].split()}

PREFIXES: tuple[str, ...] = (
    "jax.numpy.", "jax.nn.", "jax.lax.", "jax.random.", "jax.scipy.special.", "jax.Array.", "numpy.random.", "numpy.", "flax.linen.activation.", "flax.linen.", "flax.nnx.", "jax.",
)  # fmt: skip


def lookup(name: str) -> Entry | None:
    """The entry for a qualified name of JAX or numpy, None where the table does not know it."""
    for prefix in PREFIXES:
        if name.startswith(prefix):
            rest = name[len(prefix) :]
            return _TABLE.get(rest) or (None if "." in rest else TORCH.get(rest))
    return None
