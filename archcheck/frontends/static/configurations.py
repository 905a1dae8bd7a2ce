"""Objects of configuration classes: with their defaults and what the user, or a variant, set."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from archcheck.frontends.static.classes import find_method
from archcheck.frontends.static.copies import copied
from archcheck.frontends.static.decisions import GIVEN
from archcheck.frontends.static.errors import Raised
from archcheck.frontends.static.function_parts import parameters
from archcheck.frontends.static.instances import allocate, instantiate
from archcheck.frontends.static.values import (
    MISSING,
    ClassValue,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    is_constant,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

# What a library sets when it builds a model, over the default of its configuration class.
CONVENTIONS: dict[str, Value] = {
    "_attn_implementation_internal": "eager", "_experts_implementation_internal": "eager",
}  # fmt: skip
# What it sets for code that looks the first one up in a table that does not have it.
OTHERWISE: dict[str, Value] = {"_attn_implementation_internal": "sdpa"}

DEEPEST_PART = 3  # of a configuration of parts


def configuration(vm: Interpreter, cls: ClassValue, name: str, of: FunctionValue | None = None) -> Value:
    """An object of a configuration class with its defaults and what the user set, for a parameter of `of`."""
    given = _given(vm, name, cls, of)
    vm.decisions.frozen += 1
    try:
        made = _configured(vm, cls, given)
    finally:
        vm.decisions.frozen -= 1
    if isinstance(made, Instance):
        _set_conventions(vm, made)
        made.attributes.update(given)
        made.origin = name
        return made
    return Unknown(f"the configuration {cls.name} cannot be read", name)


def as_configuration(vm: Interpreter, default: Instance, name: str, of: FunctionValue | None) -> Value:
    """A default such as `Config()`: with what the user set, and with fields that a variant may change."""
    given = _given(vm, name, default.cls, of)
    fields = {key: default.attributes[key] for key in default.cls.fields or () if key in default.attributes}
    try:
        made = instantiate(vm, default.cls, [], {**fields, **given}) if given else copied(default, {})
    except (Raised, TypeError):  # a field that the constructor does not take; what belongs to another run
        return default
    if isinstance(made, Instance) and not made.serial:
        made.origin = name
    return made


def _given(vm: Interpreter, name: str, cls: ClassValue, of: FunctionValue | None) -> dict[str, Value]:
    """The fields of a configuration that the user, or this variant, set.

    The user may leave out the configuration's name where the constructor has no parameter of the field's name.
    """
    settings, fields, prefix = vm.decisions.settings, _takes(cls), f"{name}."
    settings.asked.update(prefix + key for key in fields)
    if of is not None:
        for key in fields.difference(parameters(of)):
            if key in settings:
                settings.setdefault(prefix + key, settings[key])
    return {
        key.removeprefix(prefix): value
        for source in (vm.decisions.fixed, settings)
        for key, value in source.items()
        if key.startswith(prefix)
        and key.count(".") == name.count(".") + 1
        and key.rpartition(".")[2].isidentifier()
        and value is not GIVEN
    }


def _takes(cls: ClassValue) -> set[str]:
    """The fields that the constructor of a configuration class names."""
    found = {name for one in cls.mro if isinstance(one, ClassValue) for name in one.fields or ()}
    for one in cls.mro:
        made = one.namespace.get("__init__") if isinstance(one, ClassValue) else None
        if isinstance(made, FunctionValue):
            found |= parameters(made).keys()
    return found


def _set_conventions(vm: Interpreter, config: Instance, depth: int = 0) -> None:
    """Set what a library sets when it builds a model: in a configuration and in the parts of it."""
    for key, value in {**CONVENTIONS, **(OTHERWISE if vm.otherwise else {})}.items():
        known = find_method(config.cls, key.removesuffix("_internal")) is not MISSING
        if known and config.attributes.get(key) is None:
            config.attributes[key] = value
    for part in list(config.attributes.values()) if depth < DEEPEST_PART else []:
        if isinstance(part, Instance) and part.payload is None and not part.serial:
            _set_conventions(vm, part, depth + 1)


def _configured(vm: Interpreter, cls: ClassValue, given: dict[str, Value]) -> Value:
    """A new object of a configuration class; one that was made before with the same arguments is copied."""
    made_before = vm.library.configurations
    key = (id(cls), tuple(sorted(given.items()))) if all(map(is_constant, given.values())) else None
    if key is not None and key in made_before:
        return copied(made_before[key], {})
    for attempt in (given, {}):
        try:
            made = instantiate(vm, cls, [], dict(attempt))
        except Raised as error:
            vm.note(f"{cls.name}() raises {error.name}: {error.message}"[:200])
            key = None
            continue
        try:
            if key is not None:
                made_before[key] = copied(made, {})
        except TypeError:  # it holds what belongs to this run
            pass
        return made
    return None if _completes_itself(cls) else allocate(vm, cls)


def _completes_itself(cls: ClassValue) -> bool:
    """Whether a class sets fields when an object is made (`model_post_init` and validators of pydantic)."""
    package = cls.module.name.partition(".")[0]
    own = (one for one in cls.mro if isinstance(one, ClassValue))
    methods = (
        part
        for one in own
        if one.module.name.partition(".")[0] == package
        for part in one.node.body
        if isinstance(part, ast.FunctionDef)
    )
    return any(
        part.name in ("model_post_init", "__post_init__")
        or any("validator" in ast.unparse(decorator) for decorator in part.decorator_list)
        for part in methods
    )
