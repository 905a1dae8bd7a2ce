"""Tensors without values, under which any module is built and run in no memory."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, unset_fake_temporarily
from torch.utils._pytree import tree_leaves, tree_map

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

LONGEST_SCHEDULE = 4096


@contextlib.contextmanager
def fake_tensors() -> Iterator[None]:
    """Fake tensors inside the `with`; what constructors do with values works none the less.

    A schedule of a few numbers is real, for it is read (`linspace(0, rate, depth)[i].item()`), and an initialization
    that looks at its own numbers leaves the tensor as it is.
    """
    linspace, truncated = torch.linspace, getattr(torch.nn.init, "_no_grad_trunc_normal_", None)

    def schedule(*args: Any, **kwargs: Any) -> torch.Tensor:
        made: torch.Tensor = linspace(*args, **kwargs)
        if not isinstance(made, FakeTensor) or made.numel() > LONGEST_SCHEDULE:
            return made
        with unset_fake_temporarily():
            return linspace(*args, **kwargs).as_subclass(_Schedule)

    torch.linspace = schedule
    FakeTensor.__deepcopy__ = _copied
    if truncated is not None:
        torch.nn.init._no_grad_trunc_normal_ = lambda tensor, *_args, **_kwargs: tensor
    try:
        with FakeTensorMode(allow_non_fake_inputs=True):
            yield
    finally:
        torch.linspace = linspace
        del FakeTensor.__deepcopy__
        if truncated is not None:
            torch.nn.init._no_grad_trunc_normal_ = truncated


def _copied(tensor: FakeTensor, memo: dict[int, Any]) -> torch.Tensor:
    """A copy without the mode that it is of: torch copies that, too, with weak references that are then freed twice."""
    known: torch.Tensor | None = memo.get(id(tensor))
    if known is not None:
        return known
    made: torch.Tensor = tensor.detach().clone()
    if isinstance(tensor, torch.nn.Parameter):
        made = torch.nn.Parameter(made, requires_grad=tensor.requires_grad)
    else:
        made.requires_grad_(tensor.requires_grad)
    vars(made).update({k: v for k, v in vars(tensor).items() if k not in vars(made)})
    memo[id(tensor)] = made
    return made


def _plain(value: Any) -> Any:
    return value.as_subclass(torch.Tensor) if isinstance(value, _Schedule) else value


class _Schedule(torch.Tensor):  # type: ignore[misc]
    """Real numbers where all others are fake: what is computed of them alone is real, too."""

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if any(isinstance(leaf, FakeTensor) for leaf in tree_leaves((args, kwargs))):
            with torch._C.DisableTorchFunctionSubclass():  # noqa: SLF001 - no public way to use the plain function
                return func(*tree_map(_plain, args), **tree_map(_plain, dict(kwargs or {})))
        with unset_fake_temporarily():
            return super().__torch_function__(func, types, args, kwargs or {})
