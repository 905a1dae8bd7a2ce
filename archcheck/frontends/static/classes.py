"""Classes: definition, method resolution order, what they are."""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING

from archcheck.frontends.static import metaclasses
from archcheck.frontends.static.decorators import changes_unseen, decorated, note_metaclass
from archcheck.frontends.static.errors import GaveUpError, Raised
from archcheck.frontends.static.places import span_of
from archcheck.frontends.static.values import (
    ABSTRACT,
    MISSING,
    BoundMethod,
    ClassValue,
    Dotted,
    Environment,
    FunctionValue,
    Instance,
    Native,
    Super,
    Tensor,
    Unknown,
    Value,
    Wrapped,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.modules import SourceModule
    from archcheck.frontends.static.vm import Interpreter

MODULE_MARK = "__archcheck_module__"  # names the method that runs a module, in the stubs of other frameworks
DATACLASS_MARK = "__archcheck_dataclass__"

DEEPEST = 200  # classes in one resolution order

PAYLOADS = (dict, list, tuple, str, int, float, set, frozenset)


def define(vm: Interpreter, node: ast.ClassDef, env: Environment) -> Value:
    """A class as its statement defines it, decorators applied."""
    cls = ClassValue(node.name, env.module, node)
    bases: list[Value] = []
    for base in node.bases:
        value = plain(vm.evaluate(base.value if isinstance(base, ast.Starred) else base, env))
        if isinstance(value, (Unknown, Dotted, Tensor)):
            name = value.name if isinstance(value, (Dotted, Tensor)) else ast.unparse(base)
            if name.endswith("NamedTuple"):
                bases.append(tuple)
            elif not _is_typing(name):
                cls.unknown_base = cls.unknown_base or name
        elif isinstance(value, Native) and value.name == "property":
            cls.found["?property"] = True
        elif value is None or isinstance(value, (FunctionValue, BoundMethod, Native)):
            cls.unknown_base = cls.unknown_base or ast.unparse(base)
        elif isinstance(value, ClassValue) or (isinstance(value, type) and value is not object):
            bases.append(value)
    derive(cls, tuple(bases))
    for one in bases:
        if isinstance(one, ClassValue):
            cls.unknown_base = cls.unknown_base or one.unknown_base
    if len(cls.mro) > DEEPEST:
        raise GaveUpError(f"{cls.name} has more than {DEEPEST} bases")
    closure = None if env.variables is env.module.namespace else env
    inner = Environment(cls.namespace, closure, env.module, None, None, is_class=True, owner=cls)
    cls.namespace["__module__"] = env.module.name
    cls.namespace["__qualname__"] = _qualified(node.name, env)
    vm.execute(node.body, inner)
    _suppose_module(vm, cls)
    note_metaclass(vm, cls, env)
    keywords = {k.arg: vm.evaluate(k.value, env) for k in node.keywords if k.arg not in (None, "metaclass")}
    if cls.hidden_by is None and not env.module.stub:
        cls.hidden_by = changes_unseen(cls, env, bool(module_method(cls)))
    _name_parts(vm, cls)
    _tell_bases(vm, cls, keywords)
    _tell_metaclass(vm, cls, keywords)
    if any(isinstance(c, type) and issubclass(c, enum.Enum) for c in cls.mro):
        _enumerate(cls)
    elif tuple in bases or any(
        isinstance(c, ClassValue) and DATACLASS_MARK in c.namespace for c in cls.mro[1:]
    ):
        make_dataclass(cls)
    return decorated(vm, cls, node.decorator_list, env)


def _qualified(name: str, env: Environment) -> str:
    """The name of a class with those of the classes around it."""
    if env.is_class:
        return f"{env.variables.get('__qualname__', '')}.{name}"
    return name if env.variables is env.module.namespace else f"<locals>.{name}"


def derive(cls: ClassValue, bases: tuple[Value, ...]) -> None:
    """Give a class its bases, and with them its resolution order."""
    cls.bases = tuple(b for b in bases if isinstance(b, (ClassValue, type)))
    cls.mro = (cls, *_merge([*(_mro(b) for b in cls.bases), list(cls.bases)]))


def made_by_type(vm: Interpreter, name: Value, bases: Value, namespace: Value) -> Value:
    """`type(name, bases, namespace)`."""
    if not isinstance(name, str) or not isinstance(bases, tuple) or not isinstance(namespace, dict):
        return Unknown("a class that type() makes")
    first = next((b for b in bases if isinstance(b, ClassValue)), None)
    if first is not None:
        module: SourceModule = first.module
        place: ast.AST = first.node
    else:
        found = _here(vm)
        if found is None:
            return Unknown("a class that type() makes")
        module, place = found
    cls = ClassValue(name, module, _as_statement(name, namespace, place))
    derive(cls, bases)
    cls.namespace.update({str(key): value for key, value in namespace.items()})
    cls.unknown_base = next((b.unknown_base for b in bases if isinstance(b, ClassValue)), "")
    return cls


def _here(vm: Interpreter) -> tuple[SourceModule, ast.AST] | None:
    """The module and the expression that run."""
    if not vm.stack or vm.stack[-1].node is None:
        return None
    file, node = vm.stack[-1].file, vm.stack[-1].node
    return next(((m, node) for m in vm.library.modules.values() if m is not None and m.path == file), None)


def _as_statement(name: str, namespace: dict[Value, Value], place: ast.AST) -> ast.ClassDef:
    """The statement of a class that has none, with the fields that its annotations name."""
    annotations = namespace.get("__annotations__")
    fields = [key for key in annotations if isinstance(key, str)] if isinstance(annotations, dict) else []
    body: list[ast.stmt] = [
        ast.AnnAssign(ast.Name(field, ast.Store()), ast.Constant("Any"), None, 1) for field in fields
    ]
    made = ast.ClassDef(name=name, bases=[], keywords=[], body=body or [ast.Pass()], decorator_list=[])
    ast.copy_location(made, place)
    return ast.fix_missing_locations(made)


def _suppose_module(vm: Interpreter, cls: ClassValue) -> None:
    """A class with a forward whose base was not found is a module, as far as can be told."""
    if not cls.unknown_base or module_method(cls) or find_method(cls, "forward") is MISSING:
        return
    torch = vm.library.find("torch.nn")
    module = vm.find_name(torch, "Module") if torch is not None else MISSING
    if isinstance(module, ClassValue):
        cls.mro = (*cls.mro, *module.mro)
        cls.found.clear()


def _name_parts(vm: Interpreter, cls: ClassValue) -> None:
    """Run `__set_name__` of what the class's body made."""
    for name, part in list(cls.namespace.items()):
        if isinstance(part, Instance) and find_method(part.cls, "__set_name__") is not MISSING:
            vm.call(vm.get(part, "__set_name__"), [cls, name])


def _tell_bases(vm: Interpreter, cls: ClassValue, keywords: dict[str, Value]) -> None:
    """Run `__init_subclass__` of the nearest base that has one, with the keywords of the class statement."""
    for one in cls.mro[1:]:
        hook = one.namespace.get("__init_subclass__") if isinstance(one, ClassValue) else None
        if hook is not None:
            function = hook.function if isinstance(hook, Wrapped) else hook
            try:
                vm.call(function, [cls], keywords)
            except Raised as error:
                vm.note(f"__init_subclass__ for {cls.name} raises {error.name}")
            return


def _tell_metaclass(vm: Interpreter, cls: ClassValue, keywords: dict[str, Value]) -> None:
    """Let the metaclass, its own or that of a base, make the class: what it leaves in it is found there."""
    parents = (one for one in cls.mro if isinstance(one, ClassValue))
    cls.metaclass = next((one.metaclass for one in parents if one.metaclass is not None), None)
    if cls.metaclass is not None and not metaclasses.made_by(vm, cls, keywords) and cls.hidden_by is None:
        reason = f"the metaclass {cls.metaclass.name} may change the class {cls.name}"
        cls.hidden_by = (reason, span_of(cls.module.path, cls.node))


def _is_typing(name: str) -> bool:
    return name.rpartition(".")[2].partition("[")[0] in (
        "Generic",
        "Protocol",
        "ABC",
        "NamedTuple",
        "TypedDict",
    )


def _mro(base: Value) -> list[Value]:
    if isinstance(base, ClassValue):
        return list(base.mro)
    return [c for c in base.__mro__ if c is not object]


def _merge(sequences: list[list[Value]]) -> list[Value]:
    """The C3 linearisation; where there is none, the bases in the order of their appearance."""
    found: list[Value] = []
    rest = [list(s) for s in sequences if s]
    while rest:
        for sequence in rest:
            head = sequence[0]
            if not any(any(head is other for other in s[1:]) for s in rest):
                break
        else:
            head = rest[0][0]
        found.append(head)
        rest = [[c for c in s if c is not head] for s in rest]
        rest = [s for s in rest if s]
    return found


def find_method(cls: ClassValue, name: str) -> Value:
    """What the class or a base holds under this name, MISSING if none does. Builtin bases do not count."""
    found = cls.found.get(name)
    if found is not None:
        return found
    for one in cls.mro:
        if isinstance(one, ClassValue) and name in one.namespace:
            value = one.namespace[name]
            if value is not None:
                cls.found[name] = value
            return value
    return MISSING


def module_method(cls: ClassValue) -> str:
    """The name of the method that runs a module of this class; "" if it is no module."""
    known = cls.found.get("?module")
    if known is None:
        known = ""
        for one in cls.mro:
            if not isinstance(one, ClassValue):
                continue
            mark = one.namespace.get(MODULE_MARK)
            if isinstance(mark, str):
                known = mark
                break
            if one.name == "Module" and one.module.framework and one.module.name.startswith("torch.nn"):
                known = "forward"
                break
        cls.found["?module"] = known
    return str(known)


def has_forward(cls: ClassValue) -> bool:
    """Whether a module class says what it computes; the base of all modules does not."""
    found = find_method(cls, module_method(cls))
    return not (isinstance(found, FunctionValue) and found.module.stub and _is_base(found.owner))


def _is_base(owner: ClassValue | None) -> bool:
    return owner is not None and (MODULE_MARK in owner.namespace or owner.name == "Module")


def payload_type(cls: ClassValue) -> type | None:
    """The builtin container or number that a class derives from."""
    for one in cls.mro:
        if isinstance(one, type):
            for kind in PAYLOADS:
                if issubclass(one, kind):
                    return kind
    return None


def _enumerate(cls: ClassValue) -> None:
    """Make the members of an enumeration."""
    order: list[Value] = []
    for name, given in list(cls.namespace.items()):
        if name.startswith("_") or isinstance(given, (FunctionValue, Wrapped)) or type(given) in ABSTRACT:
            continue
        value = len(order) + 1 if given == () else given  # enum.auto()
        kind = payload_type(cls)
        member = Instance(cls, {"name": name, "value": value, "_value_": value}, value if kind else None)
        cls.namespace[name] = member
        order.append(member)
    cls.namespace["_members"] = order


def make_dataclass(cls: ClassValue) -> ClassValue:
    """Take the annotated names of a class and its bases for fields."""
    fields: dict[str, Value] = {}
    init_only: dict[str, Value] = {}
    for one in reversed(cls.mro):
        if not isinstance(one, ClassValue):
            continue
        for statement in one.node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                kind = ast.unparse(statement.annotation)
                if "ClassVar" in kind:
                    continue
                name = statement.target.id
                (init_only if "InitVar" in kind else fields)[name] = one.namespace.get(name, MISSING)
    cls.fields, cls.init_only = fields, init_only
    if tuple in cls.bases:
        cls.namespace["_fields"] = tuple(fields)
    return cls


def is_exception(cls: ClassValue) -> bool:
    """Whether a class derives from an exception of Python's."""
    return any(isinstance(c, type) and issubclass(c, BaseException) for c in cls.mro)


def bare_super(vm: Interpreter, env: Environment) -> Super | Unknown:
    """`super()` without arguments: the class in whose body the method stands, and the method's first argument."""
    scope: Environment | None = env
    owner = env.owner
    while scope is not None and scope.activation is None:
        scope = scope.parent
    if scope is None or owner is None:
        return Unknown("super() outside of a method")
    first = next(iter(scope.variables.values()), None)
    for name in ("self", "cls", "mcs", "this"):
        if name in scope.variables:
            first = scope.variables[name]
            break
    return Super(owner, first)
