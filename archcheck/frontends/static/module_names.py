"""`globals()`: the names of a module, asked for one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import raised
from archcheck.frontends.static.values import MISSING, ModuleNames, Native, Unknown, Value, plain

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def global_name(vm: Interpreter, names: ModuleNames, name: Value, default: Value = MISSING) -> Value:
    """`globals()[name]`; what the default is where the module has no such name."""
    name = plain(name)
    if names.module is None or not isinstance(name, str):
        return Unknown(names.reason)
    found = vm.read_global(names.module, name)
    if found is MISSING and default is MISSING:
        raise raised(KeyError, repr(name))
    return default if found is MISSING else found


def of_names(vm: Interpreter, value: ModuleNames, name: str) -> Value:
    """A method of `globals()`: `get` of a name, and what else there is, unknown."""
    if name != "get":
        return Unknown(value.reason)
    return Native(name, lambda _vm, args, _kwargs: global_name(vm, value, args[0], (*args[1:2], None)[0]))
