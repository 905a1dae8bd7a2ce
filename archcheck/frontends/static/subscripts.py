"""Items of containers and tensors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archcheck.frontends.static.calls_recorded import tensors
from archcheck.frontends.static.decisions import computed_with
from archcheck.frontends.static.errors import NeedsInputError, raised
from archcheck.frontends.static.indexes import picked
from archcheck.frontends.static.iteration import divided
from archcheck.frontends.static.limits import LARGEST, built, light, spend
from archcheck.frontends.static.module_methods import tree
from archcheck.frontends.static.module_names import global_name
from archcheck.frontends.static.open_tables import beyond
from archcheck.frontends.static.registries import enrolled
from archcheck.frontends.static.samples import grew, is_sample, member_at, part_of_sample, put_at
from archcheck.frontends.static.tensors import opaque, overwrite, part_of, tensor_call
from archcheck.frontends.static.unpacking import MOST_PIECES
from archcheck.frontends.static.values import (
    MISSING,
    SHAPE,
    ClassValue,
    Dotted,
    FunctionValue,
    Instance,
    ModuleNames,
    Native,
    Repeated,
    Setting,
    Sizes,
    Tensor,
    Unknown,
    Value,
    bare,
    cases,
    plain,
)
from archcheck.frontends.static.views import show
from archcheck.frontends.targets.tables import lookup

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter

# Raw words of calls with several results, of which an index picks one.
SEVERAL = frozenset(
    {"split", "chunk", "unbind", "moments", "multi_head_attention", "recurrent", "topk", "sort", "opaque"}
)

PLAIN = frozenset({list, tuple, dict})  # containers whose members are what they seem


def item(vm: Interpreter, value: Value, index: Value) -> Value:
    """`value[index]`. Raises LookupError and TypeError in the code that is read."""
    _asks_for(value)
    setting = value if isinstance(value, Setting) else None
    if setting is not None and isinstance(setting.value, (int, float)) and setting.kind == "config":
        return setting  # a field that may be one value for all layers, or a list of them
    value = plain(value)
    # In a table None is a key as any other, and code that expects it to be missing has its own answer then.
    table = isinstance(value, (dict, Instance)) and vm.guarded
    none = table or (isinstance(value, dict) and None in value)
    wanted = _place(value, plain(index) if none else computed_with(index))
    if isinstance(value, Tensor):
        return _tensor(vm, value, wanted)
    if isinstance(value, Instance):
        return _object(vm, value, wanted)
    if isinstance(value, Repeated):
        return _repeated(vm, value, wanted)
    if isinstance(value, Unknown):
        return _unknown(vm, value, wanted)
    if isinstance(value, FunctionValue):  # a decorator made something else of it: `kernel[grid](x, out)`
        return Unknown(f"what {value.name}[…] is was not found")
    if (listed := cases(value)) is not None:
        return _named_member(value, listed, wanted)
    own = value.namespace.get("__class_getitem__") if isinstance(value, ClassValue) else None
    if isinstance(own, FunctionValue):
        return vm.call(own, [value, wanted])
    if isinstance(value, (ClassValue, type, Dotted, Native)):
        return value  # a generic type: List[int], Module[T]
    if isinstance(wanted, slice):
        wanted = slice(*(plain(p) for p in (wanted.start, wanted.stop, wanted.step)))
    if isinstance(wanted, Unknown) or (
        isinstance(wanted, slice)
        and any(isinstance(p, Unknown) for p in (wanted.start, wanted.stop, wanted.step))
    ):
        return _unknown_index(vm, value, wanted)
    picked(vm, wanted, value)
    if not none:
        _asks_for(index)
    found = member(vm, value, wanted)
    if setting is not None and (found is None or isinstance(found, (bool, int, float, str))):
        return Setting(found, f"{setting.key}[{wanted!r}]", setting.kind)
    return found


def _asks_for(value: Value) -> None:
    """An argument of forward that is asked for a member, or is the key to one, has to be given.

    Raises:
        NeedsInputError: it was not.
    """
    if isinstance(value, Setting) and value.value is None and value.kind == "input":
        raise NeedsInputError(value.key)


def _place(value: Value, wanted: Value) -> Value:
    """What an index stands for: in a list, a tensor is the number that it holds."""
    if isinstance(wanted, Tensor) and isinstance(value, (list, tuple, range)):
        return Unknown("a place that a tensor tells", held=wanted)
    return wanted


def _unknown(vm: Interpreter, value: Unknown, wanted: Value) -> Value:
    if isinstance(value, ModuleNames):
        return global_name(vm, value, wanted)
    if isinstance(value, Sizes):
        if plain(wanted) == 1 and not isinstance(plain(wanted), bool):
            return value.channels
        value = SHAPE
    key = f"{value.key}[{wanted!r}]" if value.key and isinstance(wanted, (int, str)) else ""
    return replace(value, key=key)


def _named_member(kind: ClassValue, listed: list[Value], wanted: Value) -> Value:
    """`Enumeration["NAME"]`."""
    if not isinstance(wanted, str):
        return Unknown(f"a member of {kind.name}")
    for member in listed:
        if member.attributes["name"] == wanted:
            return member
    raise raised(KeyError, repr(wanted))


def _shown(key: Value) -> str:
    """A key as a message names it: data as Python writes it, a class or function by its name."""
    return str(key.name) if isinstance(key, (ClassValue, FunctionValue, Native)) else repr(key)


def member(vm: Interpreter, value: Value, wanted: Value) -> Value:
    """A member of a container at a place, or under a key, that is known."""
    try:
        found = value[light(wanted)]
    except KeyError:
        same = next((k for k in value if bare(k) == bare(wanted)), MISSING)
        if same is not MISSING:
            return value[same]
        more = beyond(vm, value, wanted)
        if more is not MISSING:
            return more
        made, factory = vm.library.factories.get(id(value), (None, None))
        if made is value:
            return made.setdefault(wanted, vm.call(factory, []))
        if enrolled(vm, value, wanted):
            return value[wanted]
        raise raised(KeyError, _shown(wanted)) from None
    except IndexError:
        raise raised(IndexError, "index out of range") from None
    except TypeError as error:
        raise raised(TypeError, str(error)) from None
    return built(vm, found) if type(wanted) is slice else found


def _unknown_index(vm: Interpreter, value: Value, wanted: Value) -> Value:
    """A member at a place that is not known: of several modules the first stands for all, of tensors any may be it."""
    if isinstance(wanted, slice):
        return value
    if value is None or isinstance(value, (bool, int, float)):
        raise raised(TypeError, f"{type(value).__name__!r} object is not subscriptable")
    vm.decisions.suppose(value, wanted)
    members = list(value.values()) if isinstance(value, dict) else list(value)
    if members and all(isinstance(m, Tensor) for m in members):
        same = len({id(m.call) if m.call is not None else id(m) for m in members}) == 1
        return members[0] if same else opaque(vm, "a member at an unknown place", members, {})
    if members and all(isinstance(m, (Instance, ClassValue)) for m in members):
        return members[0] if len({_made_of(m) for m in members}) == 1 else Unknown("one of several modules")
    return Unknown("a member at a place that is not known")


def _made_of(module: Value) -> tuple[object, ...]:
    """The classes of a module and of its parts, by their places: alike in modules that stand for each other."""
    if not isinstance(module, Instance):
        return (id(module),)
    return tuple((path, id(part.cls)) for path, part in tree(module))


def _repeated(vm: Interpreter, value: Repeated, wanted: Value) -> Value:
    bounds = (wanted.start, wanted.stop, wanted.step) if isinstance(wanted, slice) else (wanted,)
    if is_sample(value) and all(p is None or isinstance(p, int) for p in bounds):
        try:
            return (
                part_of_sample(vm, value, wanted)
                if isinstance(wanted, slice)
                else member_at(vm, value, wanted)
            )
        except IndexError:
            raise raised(IndexError, "index out of range") from None
    if isinstance(wanted, slice):
        return Repeated(value.members[wanted] if all(
            p is None or isinstance(p, int) for p in (wanted.start, wanted.stop, wanted.step)
        ) else value.members, 0)  # fmt: skip
    if not value.members:
        if not value.length:
            return Unknown("a member of a list whose length is not known")
        raise raised(IndexError, "index out of range")
    if isinstance(wanted, int) and -len(value.members) <= wanted < len(value.members):
        return value.members[wanted]
    return value.members[-1]


def _tensor(vm: Interpreter, value: Tensor, wanted: Value) -> Value:
    if isinstance(wanted, int) and not isinstance(wanted, bool) and has_several(value):
        return part_of(vm, value, wanted)
    if isinstance(wanted, str):
        return part_of(vm, value, wanted)
    if isinstance(wanted, slice) and 0 < divided(value) <= MOST_PIECES:  # some of several results
        bounds = [plain(p) for p in (wanted.start, wanted.stop, wanted.step)]
        if all(p is None or isinstance(p, int) for p in bounds):
            return tuple(part_of(vm, value, i) for i in range(divided(value))[slice(*bounds)])
    result = tensor_call(vm, "torch.Tensor.__getitem__", (value, wanted))
    if isinstance(wanted, (int, slice)) or wanted is Ellipsis or _is_basic(wanted):
        show(result, value)
    return result


def _is_basic(wanted: Value) -> bool:
    return isinstance(wanted, tuple) and all(
        p is None or p is Ellipsis or isinstance(p, (int, slice)) for p in map(plain, wanted)
    )


def has_several(value: Tensor) -> bool:
    """Whether the call that gives this has several results."""
    call = value.call
    if call is None or call.op != "call":
        return False
    name = str(call.meta.get("qualified", ""))
    if "item" in call.meta or name.startswith("?"):
        return True
    entry = lookup(name)
    if entry is None:
        return True
    return entry.word in SEVERAL or (entry.kind == "extreme" and len(call.args) + len(call.kwargs) > 1)


def _object(vm: Interpreter, value: Instance, wanted: Value) -> Value:
    from archcheck.frontends.static.classes import find_method

    if find_method(value.cls, "__getitem__") is not MISSING:
        return vm.call(vm.get(value, "__getitem__"), [wanted])
    if value.payload is not None:
        if isinstance(value.payload, dict):
            try:
                if wanted not in value.payload and find_method(value.cls, "__missing__") is not MISSING:
                    return vm.call(vm.get(value, "__missing__"), [wanted])
            except TypeError:
                return Unknown("a member under an unknown key")
        return item(vm, value.payload, wanted)
    if isinstance(wanted, int) and value.cls.fields:  # a model's output object
        values = [v for v in value.attributes.values() if v is not None]
        if -len(values) <= wanted < len(values):
            return values[wanted]
    if isinstance(wanted, str) and wanted in value.attributes:
        return value.attributes[wanted]
    if value.cls.unknown_base:
        return Unknown(f"an item of {value.cls.name}: the source of {value.cls.unknown_base} was not found")
    raise raised(TypeError, f"{value.cls.name} has no items")


def put_item(vm: Interpreter, holder: Value, index: Value, value: Value) -> None:
    """`holder[index] = value`."""
    from archcheck.frontends.static.classes import find_method

    vm.writes += 1
    holder, wanted = plain(holder), plain(index)
    if isinstance(holder, Tensor):
        result = tensor_call(vm, "torch.Tensor.__setitem__", (holder, wanted, value))
        overwrite(vm, holder, result)
    elif isinstance(holder, Instance):
        if find_method(holder.cls, "__setitem__") is not MISSING:
            vm.call(vm.get(holder, "__setitem__"), [wanted, value])
        elif holder.payload is not None:
            put_item(vm, holder.payload, wanted, value)
    elif isinstance(holder, Repeated):
        if is_sample(holder) and isinstance(wanted, int):
            put_at(vm, holder, wanted, value)
        elif isinstance(wanted, int) and -len(holder.members) <= wanted < len(holder.members):
            holder.members[wanted] = value
    elif isinstance(holder, (dict, list)) and isinstance(wanted, Unknown):
        if vm.recorder.recording and holder and any(True for _ in tensors(value)):
            reason = "a tensor is stored under a key that is not known"
            vm.recorder.unresolved.append((reason, "", vm.here()))
    elif isinstance(holder, (dict, list)):
        try:
            if isinstance(holder, dict) and wanted not in holder:
                grew(vm, holder)
            holder[light(wanted)] = value
            if len(holder) > LARGEST:
                spend(vm, len(holder))
        except (LookupError, TypeError, ValueError) as error:
            raise raised(type(error), str(error)) from None
