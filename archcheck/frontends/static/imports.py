"""Import statements and global names, without importing anything."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from archcheck.frontends.static.effects import place
from archcheck.frontends.static.errors import GaveUpError, Raised, raised
from archcheck.frontends.static.modules import ALIASES, SourceModule, UnreadableError
from archcheck.frontends.static.standard import STANDARD
from archcheck.frontends.static.state import CHANGEABLE, keep, keep_changed
from archcheck.frontends.static.values import MISSING, Dotted, Environment, FunctionValue, Unknown, Value
from archcheck.frontends.targets.tables import lookup as table_entry

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


class Late:
    """An imported name that has not been looked up yet."""

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


def seen_inside(vm: Interpreter, module: SourceModule, name: str) -> Value:
    """A global name as the module's own code sees it; MISSING if there is none of that name."""
    found = known(module, name)
    if found is not MISSING:
        return found
    if not (module.stars or module.is_package or module.framework):
        return own(vm, module, name)  # nothing else gives it names
    return lookup(vm, module, name, inside=True)


def lookup(vm: Interpreter, module: SourceModule, name: str, inside: bool = False) -> Value:
    """What a name of a module is worth: MISSING if the module has no such name.

    `inside`: as the module's own code sees it, which does not see submodules that nobody imported.
    """
    found = own(vm, module, name)
    if found is not MISSING:
        return found
    if module.is_package and not inside and not module.framework:
        sub = vm.library.find(f"{module.name}.{name}") if name.isidentifier() else None
        if sub is not None:
            module.namespace[name] = sub
            return sub
    lost = ""
    for star in reversed(module.stars):
        source = relative(module, star)
        if not source or not vm.library.may_bind(source, name):
            continue
        other = open_module(vm, source)
        if other is None:
            lost = source
        if isinstance(other, SourceModule) and other is not module and _given_away(vm, other, name):
            key = (id(other), f"* {name}")
            if key in vm.in_progress:
                continue
            vm.in_progress.add(key)
            try:
                found = lookup(vm, other, name, inside=other.framework)
            finally:
                vm.in_progress.discard(key)
            if found is not MISSING:
                module.namespace[name] = found
                return found
    if lost and not name.startswith("__") and builtin(name) is MISSING:
        return Unknown(f"{name} may come from {lost}, which was not found")
    if inside and (module.stub or module.tree is None):
        return MISSING
    found = _behind(vm, module, name)
    if found is MISSING and not inside:
        found = _on_demand(vm, module, name)
    if found is not MISSING:
        module.namespace[name] = found
    return found


def _given_away(vm: Interpreter, module: SourceModule, name: str) -> bool:
    """Whether `from module import *` takes this name: those of `__all__`, or all that do not begin with `_`."""
    if module.binds("__all__") and not module.framework:
        listed = own(vm, module, "__all__")
        if isinstance(listed, (list, tuple)) and all(isinstance(one, str) for one in listed):
            return name in listed
    return not name.startswith("_")


def _on_demand(vm: Interpreter, module: SourceModule, name: str) -> Value:
    """What the module's own `__getattr__` answers (PEP 562)."""
    if not module.binds("__getattr__") or module.framework or name.startswith("__"):
        return MISSING
    key = (id(module), f"__getattr__ {name}")
    getter = own(vm, module, "__getattr__")
    if key in vm.in_progress or not isinstance(getter, FunctionValue):
        return MISSING
    with _aside(vm, key):
        try:
            return vm.call(getter, [name], {})
        except Raised as error:
            if "AttributeError" in error.names:
                return MISSING
            return Unknown(f"{module.name}.{name} raises {error.name}: {error.message}")


@contextmanager
def _aside(vm: Interpreter, key: tuple[int, str]) -> Iterator[None]:
    """What runs now belongs to a module, not to the call that asks for its name; `key` says what is in progress."""
    vm.in_progress.add(key)
    recording, vm.recorder.recording = vm.recorder.recording, False
    stack, vm.stack = vm.stack, []
    try:
        yield
    finally:
        vm.in_progress.discard(key)
        vm.recorder.recording = recording
        vm.stack = stack


def public_names(vm: Interpreter, module: SourceModule, depth: int = 0) -> list[str]:
    """The names that a module binds, those of its star imports and of the source behind a stub included."""
    found = dict.fromkeys((*module.pending, *module.namespace))
    others = [open_module(vm, relative(module, star)) for star in module.stars]
    for other in (*others, module.behind, module.fallback):
        if isinstance(other, SourceModule) and depth < 3:
            found.update(dict.fromkeys(public_names(vm, other, depth + 1)))
    return list(found)


def known(module: SourceModule, name: str) -> Value:
    """A name that a module has bound and that no statement of it may still change, MISSING for all others."""
    if name in module.pending:
        return MISSING
    found = module.namespace.get(name, MISSING)
    if type(found) is Late:
        return MISSING
    if type(found) in CHANGEABLE:
        module.touched[name] = None
    return found


def own(vm: Interpreter, module: SourceModule, name: str) -> Value:
    """A name that the module's own statements bind."""
    pending = module.pending.get(name)
    if pending:
        _run(vm, module, name, pending)
    found = module.namespace.get(name, MISSING)
    if isinstance(found, Late):
        module.namespace[name] = Unknown(f"the import of {name} goes round in circles")
        if found.module == module.name and found.name == name:
            found = open_module(vm, f"{module.name}.{name}")
        else:
            found = imported(vm, found.module, found.name)
        if found is MISSING or found is None:
            found = Unknown(f"{name} was not found in the module that it is imported from", "")
        module.namespace[name] = found
    if type(found) in CHANGEABLE:
        module.touched[name] = None
    return found


def _run(vm: Interpreter, module: SourceModule, name: str, pending: list[ast.stmt]) -> None:
    """Run the statements that bind a name, each once, in order; those above it in the same module first."""
    key = (id(module), name)
    if key in vm.in_progress:
        return
    env = Environment(module.namespace, None, module)
    above = module.at
    due = pending if above is None else [s for s in pending if place(s) < above]
    later = [s for s in pending if above is not None and place(s) >= above]
    try:
        with _aside(vm, key):
            for statement in due:
                if id(statement) in module.done:
                    if id(statement) in module.failed:
                        module.namespace.setdefault(name, Unknown(module.failed[id(statement)]))
                    continue
                module.done.add(id(statement))
                module.at = None if module.stub else place(statement)
                vm.decisions.frozen += 1
                try:
                    vm.execute([statement], env)
                except (Raised, GaveUpError) as error:
                    why = (
                        f"raises {error.name}: {error.message}"
                        if isinstance(error, Raised)
                        else f"gave up: {error}"
                    )
                    module.failed[id(statement)] = f"its definition in {module.name} {why}"
                    if isinstance(error, GaveUpError):  # what it bound so far is not what it would bind
                        module.namespace[name] = Unknown(module.failed[id(statement)])
                    module.namespace.setdefault(name, Unknown(module.failed[id(statement)]))
                finally:
                    vm.decisions.frozen -= 1
                    keep_changed(module, statement)
    finally:
        module.at = above
        if later:
            module.pending[name] = later
        else:
            del module.pending[name]
        keep(module, name)


def _behind(vm: Interpreter, module: SourceModule, name: str) -> Value:
    """A submodule, and for a framework's module: tables, the installed source, the fallback, or just the name."""
    qualified = f"{module.name}.{name}"
    if module.framework:
        found = _aliased(vm, module.name, name)
        if found is not MISSING:
            return found
        if table_entry(qualified) is not None:
            return Dotted(qualified)
    sub = vm.library.find(qualified) if module.is_package or module.framework else None
    if isinstance(sub, SourceModule):
        return sub
    if not module.framework:
        return MISSING
    real = _installed(vm, module)
    if real is not None:
        found = lookup(vm, real, name)
        if found is not MISSING:
            return found
    if module.fallback is not None:
        found = own(vm, module.fallback, name)
        if found is not MISSING:
            return found
    return MISSING if name.startswith("__") else Dotted(qualified)


def _aliased(vm: Interpreter, module: str, name: str) -> Value:
    """A name of a framework's module whose contents stand in the stub of another one."""
    for prefix, stub in ALIASES:
        if f"{module}.".startswith(prefix):
            other = vm.library.find(stub)
            found = own(vm, other, name) if other is not None else MISSING
            if found is not MISSING:
                return found
    return MISSING


def _installed(vm: Interpreter, module: SourceModule) -> SourceModule | None:
    try:
        real = vm.library.installed(module.name)
    except UnreadableError:
        return None
    if real is not None:
        module.behind = real
    return real


def open_module(vm: Interpreter, name: str) -> Value:
    """The module of that name: a SourceModule, a value that stands for it, or None if there is none."""
    top = name.partition(".")[0]
    if name in STANDARD:
        return STANDARD[name]
    if top in sys.stdlib_module_names and top not in vm.library.frameworks and name not in vm.library.modules:
        return Unknown(f"{name} of the standard library is not modelled")
    try:
        found = vm.library.find(name)
    except UnreadableError as error:
        vm.note(f"{name}: {error.message}")
        return None
    return Dotted(name) if found is None and top in vm.library.frameworks else found


def imported(vm: Interpreter, module: str, name: str) -> Value:
    """`from module import name`."""
    source = open_module(vm, module)
    if isinstance(source, SourceModule):
        found = lookup(vm, source, name)
        if found is MISSING:
            sub = open_module(vm, f"{module}.{name}")
            return MISSING if sub is None else sub
        return found
    if source is None:
        return MISSING
    if isinstance(source, Dotted) and (found := _aliased(vm, module, name)) is not MISSING:
        return found
    try:
        return vm.get(source, name)
    except Raised:
        return MISSING


def relative(module: SourceModule, statement: ast.ImportFrom) -> str:
    """The absolute name of the module that a `from` statement names; "" if it leaves the package."""
    if not statement.level:
        return statement.module or ""
    parts = module.package.split(".") if module.package else []
    if statement.level - 1 > len(parts):
        return ""
    base = parts[: len(parts) - (statement.level - 1)]
    return ".".join([*base, *([statement.module] if statement.module else [])])


def run_import(vm: Interpreter, statement: ast.Import, env: Environment) -> None:
    """`import a.b as c`. Raises ImportError in the code that is read where there is no such module."""
    for alias in statement.names:
        found = open_module(vm, alias.name)
        if found is None:
            asked = alias.name if alias.asname else alias.name.partition(".")[0]
            found = _absent(vm, alias.name, env, {alias.asname or asked: asked})
        if alias.asname:
            _bind(env, alias.asname, found)
            continue
        top = alias.name.partition(".")[0]
        holder = open_module(vm, top) if top != alias.name else found
        _bind(env, top, found if holder is None else holder)


def _absent(vm: Interpreter, name: str, env: Environment, names: dict[str, str]) -> Value:
    """What stands for a module that was not found where a function imports it and no `try` expects that.

    `names`: what the statement binds, and what that stands for.
    Raises ImportError in the code that is read at the top of a module, or where a `try` may wait for it.
    """
    if vm.guarded or env.variables is env.module.namespace:
        if env.variables is env.module.namespace:
            for bound, dotted in names.items():
                vm.library.absent.note(env.variables, bound, dotted)
        raise raised(ModuleNotFoundError, f"No module named {name!r}")
    return Unknown(f"the module {name} was not found")


def run_import_from(vm: Interpreter, statement: ast.ImportFrom, env: Environment) -> None:
    """`from a import b`. What it names is looked up when it is needed, unless a `try` waits for the error."""
    source = relative(env.module, statement)
    if source == "__future__":
        return
    found = open_module(vm, source)
    if found is None:
        names = {alias.asname or alias.name: f"{source}.{alias.name}" for alias in statement.names}
        found = _absent(vm, source, env, names)
    for alias in statement.names:
        if alias.name == "*":
            continue
        if isinstance(found, Unknown):
            _bind(env, alias.asname or alias.name, Unknown(found.reason))
            continue
        if isinstance(found, SourceModule) and env.variables is env.module.namespace:
            absent = vm.guarded and lookup(vm, found, alias.name) is MISSING
            # A pending name is not bound yet, as files import each other.
            if absent and alias.name not in found.pending:
                raise raised(ImportError, f"cannot import name {alias.name!r} from {source!r}")
            _bind(env, alias.asname or alias.name, Late(source, alias.name))
            continue
        value = imported(vm, source, alias.name)
        if value is MISSING:
            raise raised(ImportError, f"cannot import name {alias.name!r} from {source!r}")
        _bind(env, alias.asname or alias.name, value)


def _bind(env: Environment, name: str, value: Value) -> None:
    env.variables[name] = value


def builtin(name: str) -> Value:
    """A builtin name, MISSING if there is none."""
    from archcheck.frontends.static.builtin_functions import BUILTINS

    if name in BUILTINS:
        return BUILTINS[name]
    found = getattr(builtins, name, MISSING)
    if isinstance(found, type) or found is MISSING:
        return found
    return Unknown(f"the builtin {name} is not modelled")
