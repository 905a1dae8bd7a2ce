"""Reading attributes of all kinds of values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.frontends.static import module_methods, native_methods, tensor_attributes
from archcheck.frontends.static.class_attributes import describes, of_class, text_of
from archcheck.frontends.static.classes import find_method, module_method
from archcheck.frontends.static.decisions import CACHES, GIVEN
from archcheck.frontends.static.errors import NeedsInputError, Raised, raised
from archcheck.frontends.static.function_parts import part
from archcheck.frontends.static.imports import builtin
from archcheck.frontends.static.module_names import of_names
from archcheck.frontends.static.modules import SourceModule
from archcheck.frontends.static.open_tables import beyond
from archcheck.frontends.static.outside import registered_outside
from archcheck.frontends.static.samples import taken_apart
from archcheck.frontends.static.standard import STANDARD, SourceName
from archcheck.frontends.static.supers import MODULE_CALL, of_super, without_hooks
from archcheck.frontends.static.values import (
    MISSING,
    BoundMethod,
    ClassValue,
    Dotted,
    FunctionPart,
    FunctionValue,
    Instance,
    Lazy,
    Managed,
    ModuleNames,
    Names,
    Native,
    Partial,
    Property,
    Repeated,
    Setting,
    Super,
    Tensor,
    Unknown,
    Value,
    Wrapped,
    is_constant,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


def get(vm: Interpreter, value: Value, name: str) -> Value:
    """`value.name`. Raises AttributeError in the code that is read."""
    if isinstance(value, Instance):
        return _of_instance(vm, value, name)
    if isinstance(value, Tensor):
        return tensor_attributes.get(vm, value, name)
    found = GETTERS.get(type(value))
    return found(vm, value, name) if found is not None else native_methods.get(vm, plain(value), name)


def _of_module(vm: Interpreter, value: SourceModule, name: str) -> Value:
    found = vm.find_name(value, name)
    if found is not MISSING:
        return found
    if name == "__name__":
        return value.name
    raise raised(AttributeError, f"module {value.name} has no {name}")


def _of_dotted(vm: Interpreter, value: Dotted, name: str) -> Value:
    full = f"{value.name}.{name}"
    return vm.library.patched.get(full, Dotted(full))


def _of_exception(_vm: Interpreter, value: Raised, name: str) -> Value:
    return Unknown(f"{name} of an exception")


def _of_repeated(vm: Interpreter, value: Repeated, name: str) -> Value:
    taken_apart(vm, value)
    return native_methods.get(vm, value.members, name)


def _of_iterator(vm: Interpreter, value: Lazy, name: str) -> Value:
    if name == "__next__":
        return Native(name, lambda vm, _args, _kwargs: vm.call(builtin("next"), [value]))
    if name == "__iter__":
        return Native(name, lambda _vm, _args, _kwargs: value)
    if name in ("send", "throw", "close") or name.startswith("__"):
        return Unknown(f"{name}() of a generator is not followed")
    raise raised(AttributeError, f"'generator' object has no attribute {name!r}")


def _of_manager(_vm: Interpreter, value: Managed, name: str) -> Value:
    return Unknown(f"{name} of the context manager {value.function.name} is not followed")


def _of_standard(vm: Interpreter, value: Names, name: str) -> Value:
    """A name of a module of the standard library."""
    if name in value.names:
        found = value.names[name]
        if isinstance(found, SourceName):
            stub = vm.library.find("archcheck_standard")
            return vm.find_name(stub, found.name) if stub is not None else Unknown(name)
        return found
    if f"{value.name}.{name}" in STANDARD:
        return STANDARD[f"{value.name}.{name}"]
    found = builtin(name) if value.name.startswith("six") else MISSING
    if found is not MISSING:
        return found
    return Unknown(f"{value.name}.{name} is not modelled")


def _of_setting(vm: Interpreter, value: Setting, name: str) -> Value:
    if value.value is None:
        if value.kind == "input":
            raise NeedsInputError(value.key)
        if value.kind == "config":
            raise raised(AttributeError, f"{value.key} is None")
    return get(vm, value.value, name)


def _of_unknown(vm: Interpreter, value: Unknown, name: str) -> Value:
    if not value.key:
        return Unknown(value.reason, number=value.number)
    key = f"{value.key}.{name}"
    return configured(vm, key, MISSING, value.reason)


def configured(vm: Interpreter, key: str, default: Value, reason: str = "") -> Value:
    """The value of a configuration name: the user's, this run's, or the default, which a variant may change."""
    if key in vm.decisions.settings:
        return vm.decisions.settings[key]
    fixed = vm.decisions.fixed.get(key, MISSING)
    if fixed is GIVEN:
        return Unknown(reason or f"{key} is given", key)
    if fixed is not MISSING and default is not MISSING:
        return fixed
    if fixed is not MISSING and not isinstance(fixed, bool):
        return fixed
    if default is MISSING:
        return Unknown(reason or f"{key} is not known", key)
    if default is True and CACHES.search(key):  # it would keep what the next call reads
        default = False
    return Setting(default, key)


def _of_instance(vm: Interpreter, value: Instance, name: str) -> Value:
    found = find_method(value.cls, name)
    if isinstance(found, Property):
        return _of_property(vm, value, name, found)
    if isinstance(found, Instance) and find_method(found.cls, "__set__") is not MISSING and describes(found):
        return vm.call(vm.get(found, "__get__"), [value, value.cls])
    if name in value.attributes:
        vm.look(value, name)
        return _configured_attribute(vm, value, name, value.attributes[name])
    if found is not MISSING:
        return _of_its_class(vm, value, name, found)
    if name in OF_EVERY_OBJECT:
        return OF_EVERY_OBJECT[name](value)
    if module_method(value.cls):
        own = _of_every_module(value, name)
        if own is not MISSING:
            return own
    if name == "_replace" and value.payload is not None and value.cls.fields is not None:
        return Native(name, lambda vm, _args, kwargs: vm.call(value.cls, [], {**value.attributes, **kwargs}))
    if name == "_asdict" and value.payload is not None and value.cls.fields is not None:
        return Native(name, lambda _vm, _args, _kwargs: dict(value.attributes))
    if value.payload is not None:
        found = _of_payload(vm, value, name)
        if found is not MISSING:
            return found
    if name in ("__init__", "__setattr__", "__init_subclass__", "__post_init__"):
        return Native(name, lambda _vm, _args, _kwargs: None)
    return _computed(vm, value, name)


def _of_payload(vm: Interpreter, value: Instance, name: str) -> Value:
    """A method of the dictionary, list or text that an object is, MISSING where its own hooks answer."""
    try:
        return native_methods.get(vm, value.payload, name)
    except Raised:  # a dictionary whose members are attributes, too
        if find_method(value.cls, "__getattr__") is not MISSING:
            return MISSING
        more = beyond(vm, value.attributes, name)
        if more is MISSING:
            raise
        return more


def _of_property(vm: Interpreter, value: Instance, name: str, found: Property) -> Value:
    if (found.once or isinstance(found.getter, Native)) and name in value.attributes:
        return value.attributes[name]
    result = vm.call(found.getter, [value.cls if found.of_class else value])
    if found.once:
        value.attributes[name] = result
    return result


def _of_its_class(vm: Interpreter, value: Instance, name: str, found: Value) -> Value:
    """What an object finds in its class."""
    if isinstance(found, FunctionValue):
        return BoundMethod(found, value)
    if isinstance(found, Wrapped):
        return BoundMethod(found.function, value.cls) if found.kind == "classmethod" else found.function
    if isinstance(found, Native) and found.name != "field":
        return BoundMethod(found, value)
    if describes(found):
        return vm.call(vm.get(found, "__get__"), [value, value.cls])
    return _configured_attribute(vm, value, name, found)


OF_EVERY_OBJECT: dict[str, Callable[[Instance], Value]] = {
    "__class__": lambda value: value.cls,
    "__dict__": lambda value: module_methods.OwnRest(value) if value.serial else value.attributes,
    "__doc__": lambda value: text_of(value.cls),
    "__getattribute__": lambda value: Native(
        "__getattribute__", lambda vm, args, _kwargs: without_hooks(vm, value, str(plain(args[0])))
    ),
}


def _of_every_module(value: Instance, name: str) -> Value:
    """What the base of all modules provides under a name, MISSING if nothing."""
    native = module_methods.METHODS.get(name)
    if native is not None:
        return BoundMethod(native, value)
    if name == "__call__":
        return BoundMethod(MODULE_CALL, value)
    if name == "_modules":
        return module_methods.OwnModules(value)
    if name in ("_parameters", "_buffers"):
        return module_methods.OwnTensors(value, name[1:-1])
    return MISSING


def _computed(vm: Interpreter, value: Instance, name: str) -> Value:
    """An attribute that no place holds: by `__getattr__`, or not known."""
    hook = find_method(value.cls, "__getattr__")
    if hook is not MISSING and (id(value), name) not in vm.in_progress:
        return vm.call(BoundMethod(hook, value), [name])
    answer = mapped(vm, value, name)
    if answer is not MISSING:
        return answer
    if value.origin and not name.startswith("__"):
        return configured(vm, f"{value.origin}.{name}", _in_parts(value, name))
    if module_method(value.cls) and (given := registered_outside(value.cls, name)) is not MISSING:
        value.attributes[name] = given
        return given
    more = beyond(vm, value.attributes, name) if not name.startswith("__") else MISSING
    if more is not MISSING:
        return more
    if value.cls.unknown_base:
        return Unknown(f"{value.cls.name}.{name}: the source of {value.cls.unknown_base} was not found")
    raise raised(AttributeError, f"{value.cls.name!r} object has no attribute {name!r}")


def mapped(vm: Interpreter, value: Instance, name: str) -> Value:
    """What the class's own `__getattribute__` answers to a name that no place holds, MISSING if nothing."""
    hook = find_method(value.cls, "__getattribute__")
    if hook is MISSING or (id(value), name) in vm.in_progress:
        return MISSING
    vm.in_progress.add((id(value), name))
    try:
        return vm.call(BoundMethod(hook, value), [name])
    except Raised:
        return MISSING
    finally:
        vm.in_progress.discard((id(value), name))


def _in_parts(config: Instance, name: str) -> Value:
    """A field that a configuration of several parts (text, vision) lacks, as the parts say that have it, if alike."""
    told: list[Value] = []
    for held in list(config.attributes.values()):
        known = held.attributes if isinstance(held, Instance) and not module_method(held.cls) else {}
        if name in known and is_constant(known[name]):
            told.append(known[name])
    same = told and all((type(one), one) == (type(told[0]), told[0]) for one in told)
    return told[0] if same else MISSING


def _configured_attribute(vm: Interpreter, holder: Instance, name: str, value: Value) -> Value:
    """A field of a configuration object is a setting."""
    if not holder.origin:
        return value
    key = f"{holder.origin}.{name}"
    if isinstance(value, Instance) and not value.origin and not value.serial and value.payload is None:
        value.origin = key
    if is_constant(value):
        return configured(vm, key, value)
    return vm.decisions.settings.get(key, value)


def _of_native(vm: Interpreter, value: Native, name: str) -> Value:
    if name in value.attributes:
        return value.attributes[name]
    return native_methods.get(vm, value, name)


def _of_function(vm: Interpreter, value: Value, name: str) -> Value:
    if isinstance(value, FunctionValue):
        if name in value.attributes:
            return value.attributes[name]
        if name in ("__name__", "__qualname__", "__doc__"):
            return text_of(value) if name == "__doc__" else value.name
        if name == "__call__":
            return value
        own = part(value, name)
        if own is not MISSING:
            return own
        if value.hidden_by is None and not name.startswith("__"):
            raise raised(AttributeError, f"'function' object has no attribute {name!r}")
    elif isinstance(value, BoundMethod):
        if name == "__self__":
            return value.receiver
        if name == "__func__":
            return value.function
        return (
            _of_function(vm, value.function, name)
            if isinstance(value.function, FunctionValue)
            else Unknown(name)
        )
    elif isinstance(value, Partial):
        parts = {"func": value.function, "args": value.args, "keywords": value.kwargs}
        if name in parts:
            return parts[name]
    elif isinstance(value, Property):
        return _of_descriptor(value, name)
    return Unknown(f"{name} of a function")


def _of_descriptor(prop: Property, name: str) -> Value:
    """What a property has itself: `Base.size.fget`, `Base.size.__set__(self, value)`, `size.setter`."""
    if name in ("setter", "getter", "deleter"):
        return Native(name, lambda _vm, args, _kwargs: replace(prop, **{name: args[0]}))
    parts = {"fget": prop.getter, "fset": prop.setter, "fdel": prop.deleter}
    if name in parts:
        return parts[name]
    function, given = {"__get__": (prop.getter, 1), "__set__": (prop.setter, 2)}.get(name, (None, 0))
    if function is None:
        return Unknown(f"{name} of a property")
    return Native(name, lambda vm, args, _kwargs: vm.call(function, args[:given]))


GETTERS: dict[type, Callable[..., Value]] = {
    SourceModule: _of_module,
    Dotted: _of_dotted,
    Setting: _of_setting,
    Unknown: _of_unknown,
    ModuleNames: of_names,
    ClassValue: of_class,
    Super: of_super,
    FunctionValue: _of_function,
    FunctionPart: _of_function,
    BoundMethod: _of_function,
    Partial: _of_function,
    Native: _of_native,
    Property: _of_function,
    Names: _of_standard,
    Raised: _of_exception,
    Repeated: _of_repeated,
    Lazy: _of_iterator,
    Managed: _of_manager,
}
