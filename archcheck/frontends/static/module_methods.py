"""What every module of a framework can do, provided natively: its tree of submodules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from archcheck.frontends.static.errors import GaveUpError
from archcheck.frontends.static.values import (
    Instance,
    Native,
    Repeated,
    Tensor,
    Unknown,
    Value,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

DEEPEST = 4  # how far plain lists inside lists are followed
MOST_PLACES = 20_000  # of modules in a tree


def children(module: Instance) -> Iterator[tuple[str, Instance]]:
    """The modules that a module holds, also in plain lists and dictionaries, in the order of assignment."""
    for name, value in list(module.attributes.items()):
        if name.startswith("_items"):
            continue
        yield from _modules(value, name, 0)


class _Own(dict[str, Value]):
    """Some attributes of a module by name; what is written into it is written into the module."""

    def __init__(self, module: Instance, held: Iterable[tuple[str, Value]]) -> None:
        super().__init__(held)
        self._module = module

    def __setitem__(self, name: str, value: Value) -> None:
        super().__setitem__(name, value)
        self._module.attributes[name] = value

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._module.attributes.pop(name, None)


class OwnModules(_Own):
    """`module._modules`: the modules that are attributes of a module, in the order of assignment."""

    def __init__(self, module: Instance) -> None:
        registered = plain(module.attributes.get("_items"))  # also those of which nothing is known
        names = registered if isinstance(registered, dict) else {}
        super().__init__(
            module,
            (
                (name, value)
                for name, value in module.attributes.items()
                if name in names or (isinstance(plain(value), Instance) and plain(value).serial)
            ),
        )

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        registered = self._module.attributes.get("_items")
        if isinstance(registered, dict):
            registered.pop(name, None)


class OwnTensors(_Own):
    """`module._parameters` and `module._buffers`."""

    def __init__(self, module: Instance, kind: str) -> None:
        held = module.attributes.items()
        super().__init__(module, ((n, v) for n, v in held if isinstance(v, Tensor) and v.kind == kind))


def _modules(value: Value, name: str, depth: int) -> Iterator[tuple[str, Instance]]:
    value = plain(value)
    if isinstance(value, Instance):
        if value.serial:
            yield name, value
        elif value.payload is not None and depth < DEEPEST:
            yield from _modules(value.payload, name, depth + 1)
    elif isinstance(value, Repeated):
        yield from _modules(value.members, name, depth)
    elif depth < DEEPEST and isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _modules(item, f"{name}.{index}", depth + 1)
    elif depth < DEEPEST and isinstance(value, dict):
        for key, item in value.items():
            yield from _modules(item, f"{name}.{key}", depth + 1)


def tree(
    module: Instance, path: str = "", above: tuple[Instance, ...] = (), count: list[int] | None = None
) -> Iterator[tuple[str, Instance]]:
    """All (path, module) below a module, itself first; one that is held twice comes twice.

    Raises GaveUpError where there are too many places: modules that hold each other twice double with each level.
    """
    if any(module is one for one in above) or len(above) > 30:
        return
    count = count if count is not None else [0]
    count[0] += 1
    if count[0] > MOST_PLACES:
        raise GaveUpError(f"its modules stand in more than {MOST_PLACES:,} places")
    yield path, module
    for name, child in children(module):
        yield from tree(child, f"{path}.{name}" if path else name, (*above, module), count)


def _children(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return [child for _, child in children(args[0])]


def _named_children(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return list(children(args[0]))


def _modules_below(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return [child for _, child in tree(args[0])]


def _named_modules(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return list(tree(args[0]))


def _parameters(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return [t for _, module in tree(args[0]) for t in own_parameters(module).values()]


def _named_parameters(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return [
        (f"{path}.{name}" if path else name, tensor)
        for path, module in tree(args[0])
        for name, tensor in own_parameters(module).items()
    ]


def own_parameters(module: Instance) -> dict[str, Tensor]:
    """The parameters that a module holds itself."""
    return {n: v for n, v in module.attributes.items() if isinstance(v, Tensor) and v.kind == "parameter"}


def _same(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return args[0]


def _add(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    name = plain(kwargs.get("name", args[1] if len(args) > 1 else ""))
    module = kwargs.get(
        "module", kwargs.get("param", kwargs.get("tensor", args[2] if len(args) > 2 else None))
    )
    if isinstance(name, str):
        args[0].attributes[name] = module
    return None


def _buffer(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    _add(vm, args, kwargs)
    name = plain(kwargs.get("name", args[1] if len(args) > 1 else ""))
    made = args[0].attributes.get(name)
    if isinstance(made, Tensor) and made.kind == "constant":
        args[0].attributes[name] = Tensor(None, "buffer", made.shape)
    return None


def _submodule(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    found: Value = args[0]
    for part in str(plain(args[1])).split("."):
        found = vm.get(found, part)
    return found


def _unknown(_vm: Interpreter, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return Unknown("the state of a module")


def _hook(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    args[0].hooks.append(("after", args[1]))
    return Unknown("the handle of a hook")


def _pre_hook(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    args[0].hooks.append(("before", args[1]))
    return Unknown("the handle of a hook")


METHODS: dict[str, Native] = {
    name: Native(name, function)
    for names, function in (
        ("children", _children), ("named_children", _named_children), ("modules", _modules_below),
        ("named_modules", _named_modules), ("parameters", _parameters), ("named_parameters", _named_parameters),
        ("register_forward_hook", _hook), ("register_forward_pre_hook", _pre_hook),
        ("buffers named_buffers state_dict load_state_dict _get_name extra_repr register_full_backward_hook "
         "register_backward_hook register_full_backward_pre_hook "
         "register_load_state_dict_post_hook "
         "_register_load_state_dict_pre_hook register_state_dict_pre_hook zero_grad", _unknown),
        ("apply train eval to half float double bfloat16 cuda cpu requires_grad_ share_memory type compile "
         "to_empty", _same),
        ("add_module register_module register_parameter", _add), ("register_buffer", _buffer),
        ("get_submodule get_parameter get_buffer", _submodule),
    )
    for name in names.split()
}  # fmt: skip
