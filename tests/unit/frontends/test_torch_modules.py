"""The modules of torch.nn as archcheck reads them have the attributes that torch's own have: subclasses read them."""

from __future__ import annotations

import ast
import inspect

import pytest

from archcheck.frontends.static.decisions import Decisions
from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.imports import open_module
from archcheck.frontends.static.modules import Library
from archcheck.frontends.static.read import deeply
from archcheck.frontends.static.values import ClassValue, is_constant, plain
from archcheck.frontends.static.vm import Interpreter

torch = pytest.importorskip("torch")
nn = torch.nn

# Modules that no model subclasses, or that are read from torch's own source.
OTHERS = {"Container", "DataParallel", "Transformer", "TransformerDecoder", "TransformerEncoder"}
OTHERS |= {f"{name}{n}d" for name in ("FractionalMaxPool", "MaxUnpool", "LPPool") for n in (1, 2, 3)}
OTHERS |= {"RNNBase", "RNNCellBase"}
# Attributes that no forward reads: for kernels, for other processes, or absent unless asked for.
UNREAD = {"process_group", "activation_relu_or_gelu", "q_proj_weight", "k_proj_weight", "v_proj_weight"}
GIVEN = {
    "Threshold": "0.1, 0.2",
    "Unflatten": "1, (2, 2)",
    "Fold": "4, 2",
    "CosineSimilarity": "",
    "GroupNorm": "2, 4",
}
GIVEN |= {f"ConstantPad{n}d": "2, 0.5" for n in (1, 2, 3)}
GIVEN |= dict.fromkeys(("Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"), "scale_factor=2")
GIVEN |= {"MultiheadAttention": "8, 2"}
COMMON = ("", "2", "4, 4", "4, 4, 1", "4, 4, 4", "8, 2")


def _names():
    kinds = {
        name: kind for name, kind in vars(nn).items() if inspect.isclass(kind) and issubclass(kind, nn.Module)
    }
    return sorted(n for n in kinds if not ("Lazy" in n or "Loss" in n or n in OTHERS))


def _built(name):
    for arguments in [GIVEN[name]] if name in GIVEN else COMMON:
        try:
            return arguments, eval(f"nn.{name}({arguments})")
        except (TypeError, AssertionError):
            continue
    raise AssertionError(f"how is nn.{name} built?")


def _read(name, arguments, wanted):
    """The attributes as archcheck reads them; "absent" for those that are not there."""
    vm = Interpreter(Library([]), Decisions())
    cls = vm.find_name(open_module(vm, "torch.nn"), name)
    assert isinstance(cls, ClassValue), f"nn.{name} is no class"
    call = ast.parse(f"_({arguments})", mode="eval").body
    made = vm.call(
        cls,
        [ast.literal_eval(a) for a in call.args],
        {k.arg: ast.literal_eval(k.value) for k in call.keywords},
    )
    found = {}
    for one in wanted:
        try:
            found[one] = plain(vm.get(made, one))
        except Raised:
            found[one] = "absent"
    return found


@pytest.mark.parametrize("name", _names())
def test_a_module_has_the_attributes_of_torchs_own(name):
    arguments, module = _built(name)
    held = {k: v for k, v in vars(module).items() if not k.startswith("_") and k not in UNREAD | {"training"}}
    held |= {k: v for part in (module._parameters, module._buffers, module._modules) for k, v in part.items()}
    found = deeply(lambda: _read(name, arguments, [k for k in held if k not in UNREAD]))
    assert [k for k, v in found.items() if isinstance(v, str) and v == "absent"] == []
    for key, value in found.items():
        if (is_constant(value) and is_constant(held[key])) or isinstance(value, tuple):
            assert value == held[key], key
