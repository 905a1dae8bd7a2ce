"""With which arguments a function is called that its own defaults would not give."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from archcheck.frontends.trace.tree import tensor_leaves

PLAIN = (bool, int, float, str, type(None))


def given_beside_defaults(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Iterator[str]:
    """These arguments as `--inputs` takes them: `NAME` where it is made of tensors, `NAME=VALUE` where it is plain.

    A required argument is one of them where it is plain: what reads it may decide by it. Objects of other kinds, such
    as caches, cannot be said so.
    """
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return
    for name, value in bound.arguments.items():
        parameter = bound.signature.parameters[name]
        if parameter.kind is parameter.VAR_KEYWORD:
            for key, item in value.items():
                yield from _said(key, item, parameter.empty)
        elif parameter.kind is not parameter.VAR_POSITIONAL:
            yield from _said(name, value, parameter.default)


def _said(name: str, value: Any, default: Any) -> Iterator[str]:
    if isinstance(value, PLAIN):
        if (type(value), value) != (type(default), default):
            yield f"{name}={value!r}"
    elif default is not inspect.Parameter.empty and any(tensor_leaves(value)):
        yield name
