"""The qualified name of whatever a torch function mode is handed."""

from __future__ import annotations

from typing import Any

# Where torch keeps functions -> the public name under which they are documented.
_HOMES: tuple[tuple[str, str], ...] = (
    ("torch._C._VariableFunctions", "torch"),
    ("torch._C._VariableFunctionsClass", "torch"),
    ("torch._VariableFunctionsClass", "torch"),
    ("torch._C.TensorBase", "torch.Tensor"),
    ("torch._C._TensorBase", "torch.Tensor"),
    ("torch._C._nn", "torch.nn.functional"),
    ("torch._C._linalg", "torch.linalg"),
    ("torch._C._special", "torch.special"),
    ("torch._C._fft", "torch.fft"),
    ("torch._tensor.Tensor", "torch.Tensor"),
    ("torch._tensor.TensorBase", "torch.Tensor"),
    ("torch.functional", "torch"),
    ("torch._jit_internal", "torch.nn.functional"),
)

_PREFIXED = ("torch.linalg", "torch.special", "torch.fft")


def qualified_name(func: Any) -> str:
    """The name under which a torch function is known: `torch.nn.functional.dropout`, `torch.Tensor.add_`."""
    schema = getattr(func, "_schema", None)
    if schema is not None:  # an OpOverload: torch.ops.aten.add.Tensor
        return "torch.ops." + str(schema.name).replace("::", ".")
    packet = getattr(func, "_qualified_op_name", None)
    if packet is not None:  # an OpOverloadPacket: torch.ops.aten.add
        return "torch.ops." + str(packet).replace("::", ".")
    name = getattr(func, "__name__", type(func).__name__)
    if name in ("__get__", "__set__"):  # the accessor of a property such as Tensor.T
        name = getattr(getattr(func, "__self__", None), "__name__", name)
        return f"torch.Tensor.{name}" if func.__name__ == "__get__" else "torch.Tensor.copy_"
    owner = getattr(func, "__objclass__", None)
    if owner is None and isinstance(getattr(func, "__self__", None), type):
        owner = func.__self__
    if owner is not None:
        home = f"{owner.__module__}.{owner.__qualname__}"
    else:
        module = getattr(func, "__module__", None) or ""
        outer = getattr(func, "__qualname__", name).rpartition(".")[0]
        home = f"{module}.{outer}" if outer and "<locals>" not in outer else module
    for private, public in _HOMES:
        if home == private:
            home = public
            break
    if home in _PREFIXED:  # torch._C._special.special_erf is torch.special.erf
        name = name.removeprefix(home.rpartition(".")[2] + "_")
    return f"{home}.{name}" if home else f"torch.{name}"


def class_name(cls: type) -> str:
    """The qualified name of a class."""
    return f"{cls.__module__}.{cls.__qualname__}"
