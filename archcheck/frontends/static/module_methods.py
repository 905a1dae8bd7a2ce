"""What every module of a framework can do, provided natively: its tree of submodules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.classes import find_method
from archcheck.frontends.static.errors import GaveUpError
from archcheck.frontends.static.samples import places
from archcheck.frontends.static.values import (
    MISSING,
    BoundMethod,
    FunctionValue,
    Hook,
    Instance,
    Native,
    Partial,
    Repeated,
    Tensor,
    Unknown,
    Value,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

DEEPEST = 4  # how far plain lists inside lists are followed
REBUILDING = re.compile(r"(__)?(set|del)attr(__)?|add_module|set_submodule|register_(module|forward\w*)")
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

    def update(self, *given: Any, **named: Value) -> None:
        """As that of a dictionary."""
        for name, value in dict(*given, **named).items():
            self[name] = value

    def pop(self, name: str, *default: Value) -> Value:
        """As that of a dictionary."""
        self._module.attributes.pop(name, None)
        return super().pop(name, *default)

    def setdefault(self, name: str, default: Value = None) -> Value:
        """As that of a dictionary."""
        if name not in self:
            self[name] = default
        return self[name]


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


class OwnRest(_Own):
    """`module.__dict__`: parts and parameters stand in dictionaries of their own there."""

    def __init__(self, module: Instance) -> None:
        parts: dict[str, _Own] = {"_modules": OwnModules(module)}
        parts |= {f"_{kind}s": OwnTensors(module, kind) for kind in ("parameter", "buffer")}
        apart = {name for held in parts.values() for name in held}
        rest = ((n, v) for n, v in module.attributes.items() if n not in apart)
        super().__init__(module, (*rest, *parts.items()))


def _modules(value: Value, name: str, depth: int) -> Iterator[tuple[str, Instance]]:
    value = plain(value)
    if isinstance(value, Instance):
        if value.serial:
            yield name, value
        elif value.payload is not None and depth < DEEPEST:
            yield from _modules(value.payload, name, depth + 1)
    elif isinstance(value, Repeated):
        for place, item in zip(places(value), value.members, strict=True):
            yield from _modules(item, f"{name}.{place}", depth + 1)
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


def _hook(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return _hooked(vm, "after", args, kwargs)


def _pre_hook(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return _hooked(vm, "before", args, kwargs)


def _hooked(vm: Interpreter, when: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Put a hook behind the others of a module, or before them; the handle takes it away again."""
    module = args[0]
    hook = Hook(
        when, kwargs.get("hook", args[1] if len(args) > 1 else None), bool(plain(kwargs.get("with_kwargs")))
    )
    module.hooks.insert(0 if plain(kwargs.get("prepend")) else len(module.hooks), hook)

    def remove(_vm: Interpreter, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
        module.hooks[:] = [one for one in module.hooks if one is not hook]
        return None

    stub = vm.library.find("archcheck_standard")
    handle = vm.find_name(stub, "RemovableHandle") if stub is not None else MISSING
    return (
        Unknown("the handle of a hook") if handle is MISSING else vm.call(handle, [Native("remove", remove)])
    )


def _apply(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`module.apply(function)`: run where the function may change more than numbers, parts before wholes."""
    function = kwargs.get("fn", args[1] if len(args) > 1 else None)
    if _rebuilds(vm, function):
        seen: list[Instance] = []
        for _, one in reversed(list(tree(args[0]))):
            if not any(one is other for other in seen):
                seen.append(one)
                vm.call(function, [one])
    return args[0]


def _rebuilds(vm: Interpreter, function: Value, depth: int = 0) -> bool:
    """Whether a function sets attributes, items or hooks of what it is given; what only fills tensors does not."""
    while isinstance(function, (Partial, BoundMethod)):
        function = function.function
    if not isinstance(function, FunctionValue):
        return False
    given = {a.arg for a in function.node.args.args}
    for node in ast.walk(function.node):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) and node.attr != "data":
            return True
        written = isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)
        if written and getattr(node.value, "id", "") in given:  # type: ignore[attr-defined]
            return True
        called = node.func if isinstance(node, ast.Call) else None
        if REBUILDING.fullmatch(getattr(called, "id", "") or getattr(called, "attr", "")):
            return True
        if isinstance(node, ast.Attribute) and node.attr == "_modules":
            return True
        if depth < DEEPEST and called is not None and _rebuilds(vm, _helper(vm, function, called), depth + 1):
            return True
    return False


def _helper(vm: Interpreter, function: FunctionValue, called: ast.expr) -> Value:
    """The function of the same file, or the method of the same class, that a function calls; None for others."""
    if isinstance(called, ast.Name) and function.module.binds(called.id):
        return vm.find_name(function.module, called.id)
    owner = function.owner
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and owner is not None:
        return find_method(owner, called.attr) if called.value.id == "self" else None
    return None


METHODS: dict[str, Native] = {
    name: Native(name, function)
    for names, function in (
        ("children", _children), ("named_children", _named_children), ("modules", _modules_below),
        ("named_modules", _named_modules), ("parameters", _parameters), ("named_parameters", _named_parameters),
        ("register_forward_hook", _hook), ("register_forward_pre_hook", _pre_hook),
        ("buffers named_buffers state_dict load_state_dict _get_name extra_repr register_full_backward_hook "
         "register_backward_hook register_full_backward_pre_hook "
         "register_load_state_dict_post_hook "
         "_register_load_state_dict_pre_hook _register_state_dict_hook "
         "register_state_dict_pre_hook zero_grad", _unknown),
        ("apply", _apply),
        ("train eval to half float double bfloat16 cuda cpu requires_grad_ share_memory type compile "
         "to_empty", _same),
        ("add_module register_module register_parameter", _add), ("register_buffer", _buffer),
        ("get_submodule get_parameter get_buffer", _submodule),
    )
    for name in names.split()
}  # fmt: skip
