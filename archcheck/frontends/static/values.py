"""What a Python expression can be worth to the interpreter.

Plain constants, tuples, lists, dictionaries, sets, slices, ranges and the builtin types stand for themselves. The
classes here are all other values.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from archcheck.frontends.static.calls_recorded import Call
    from archcheck.frontends.static.modules import SourceModule
    from archcheck.graph import Frame, Span

Value: TypeAlias = Any

Shape: TypeAlias = "tuple[int | None, ...] | None"


@dataclass(slots=True, eq=False)
class Unknown:
    """Something that the source does not tell. `key` is its name in the configuration, "" if it has none.

    `number` says that it can only be a plain number, a size or a text; without it, and without a key, it may
    be a tensor that was computed out of sight. Numbers that a tensor holds (`item()`, `tolist()`) are, beside another
    tensor, a part of that one.
    """

    reason: str
    key: str = ""
    number: bool = False
    held: Tensor | None = None

    @property
    def hides(self) -> bool:
        """Whether it may be a tensor."""
        return not (self.key or self.number)


@dataclass(slots=True, eq=False)
class ModuleNames(Unknown):
    """`globals()`: not known as a whole, but each name of the module is (`module_names.py`)."""

    module: SourceModule | None = None


class Names:
    """A module of the standard library, or what one makes: the names that are modelled; no other is known."""

    def __init__(self, name: str, names: dict[str, Value]) -> None:
        self.name, self.names = name, names


def number(reason: str, key: str = "") -> Unknown:
    """A number, size or text that is not known."""
    return Unknown(reason, key, number=True)


SIZE = number("a size")
SHAPE = number("the shape of a tensor")


@dataclass(slots=True, eq=False)
class Sizes(Unknown):
    """The shape of a tensor of which one size is known: that of the dimension behind the batch."""

    channels: int = 0


def is_size(value: Value) -> bool:
    """Whether this is a size of a tensor that nothing tells."""
    return isinstance(value, Unknown) and not value.key and value.reason in (SIZE.reason, SHAPE.reason)


def made_of(reason: str, values: Iterable[Value]) -> Unknown:
    """A number that is not known; it hides a tensor where one of those that it is made of does."""
    return Unknown(reason, number=not any(_hidden(value) for value in values))


def _hidden(value: Value) -> bool:
    return isinstance(value, Tensor) or (isinstance(value, Unknown) and value.hides)


VERSION = "the version of a package"  # the reason of an Unknown that is one: the newest is supposed
SEVERAL = "several values"  # the reason of an Unknown that stands for any number of values


@dataclass(slots=True, eq=False)
class Setting:
    """A value that a default decides and that another configuration may change.

    `kind` is "config" for constructor arguments and fields of configurations, "input" for forward's arguments.
    """

    value: Value
    key: str
    kind: str = "config"


class Missing:
    """The absence of a value where None is a value."""

    def __repr__(self) -> str:
        return "<missing>"


MISSING = Missing()


@dataclass(slots=True, eq=False)
class Condition:
    """The truth of a comparison with something that is not fixed: how it comes out, and what would turn it.

    `turned` is what the key must be for the other answer; None: the text of the condition itself is decided.
    `stands` is what the key is by default.
    """

    truth: bool
    text: str
    key: str = ""
    turned: Value = None
    known: bool = True
    stands: Value = MISSING


@dataclass(slots=True, eq=False)
class Tensor:
    """A tensor: the call that made what it holds now. `kind` is "value", or that of a source."""

    call: Call | None
    kind: str = "value"
    shape: Shape = None
    base: Tensor | None = None  # what it is a view of,
    name: str = ""
    dtype: str = "float32"
    channels: int = 0  # the size of its second dimension, where a norm has told it; 0: not known
    way: tuple[Call, ...] = ()  # by which calls it was made from there,
    seen: Call | None = None  # and what the base held then,
    age: int = -1  # when as many writes in place had been recorded
    writes: list[tuple[Call | None, Tensor | None]] = field(
        default_factory=list
    )  # in place: result, through which view


@dataclass(slots=True, eq=False)
class Environment:
    """The names of one function activation, class body or comprehension."""

    variables: dict[str, Value]
    parent: Environment | None
    module: SourceModule
    activation: Activation | None = None
    outer_names: dict[str, str] | None = None  # name -> "global" or "nonlocal"
    is_class: bool = False
    owner: ClassValue | None = None


@dataclass(slots=True, eq=False)
class Activation:
    """One running function: where it stands now, and how many module scopes were entered before it."""

    file: str
    depth: int
    hidden: bool
    node: Any = None
    yields: list[Value] | None = None
    block: Callable[[Value], None] | None = (
        None  # what runs at each `yield`, in the place of whoever asks for members
    )
    statement: Any = None  # the expression that is a statement of its own: its value is not used
    frame: Frame | None = None  # of the node `framed`
    framed: Any = None


@dataclass(slots=True, eq=False)
class FunctionValue:
    """A function or a lambda with its closure. `owner` is the class in whose body it stands."""

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    module: SourceModule
    closure: Environment | None
    defaults: list[Value]
    keyword_defaults: dict[str, Value]
    owner: ClassValue | None = None
    attributes: dict[str, Value] = field(default_factory=dict)
    hidden_by: tuple[str, Span] | None = None  # a decorator whose source was not found: reason and place


@dataclass(slots=True, eq=False)
class FunctionPart:
    """`__code__`, `__globals__` or `__closure__` of a function: the function itself stands for them."""

    function: FunctionValue
    name: str


@dataclass(slots=True, eq=False)
class ClassValue:
    """A class: its own namespace, and the linearised bases (builtin types may stand among them)."""

    name: str
    module: SourceModule
    node: ast.ClassDef
    mro: tuple[Value, ...] = ()
    bases: tuple[Value, ...] = ()
    namespace: dict[str, Value] = field(default_factory=dict)
    unknown_base: str = ""
    fields: dict[str, Value] | None = None  # of a dataclass: name -> default or MISSING
    found: dict[str, Value] = field(default_factory=dict)
    hidden_by: tuple[str, Span] | None = None  # as for a function
    metaclass: ClassValue | None = None  # one of the source
    init_only: dict[str, Value] = field(
        default_factory=dict
    )  # what a dataclass hands to `__post_init__`: `InitVar`
    kept: dict[str, Value] = field(default_factory=dict)  # constants of its namespace as they were defined

    @property
    def qualified(self) -> str:
        """The dotted name."""
        return f"{self.module.name}.{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Hook:
    """What runs before or after (`when`) a module's forward, with its named arguments too where it asks for them."""

    when: str
    function: Value
    with_kwargs: bool = False


@dataclass(slots=True, eq=False)
class Instance:
    """An object of a class. `payload` is the builtin value of a subclass of dict, list, str, …

    `origin` is the configuration name of an object whose fields a variant may change.
    """

    cls: ClassValue
    attributes: dict[str, Value] = field(default_factory=dict)
    payload: Value = None
    origin: str = ""
    serial: int = 0
    calls: int = 0
    path: str = "?"  # in the target's tree; "?" outside of it
    hooks: list[Hook] = field(default_factory=list)  # of a module, in the order in which they run


@dataclass(slots=True, eq=False)
class BoundMethod:
    """A function with its first argument."""

    function: Value
    receiver: Value


@dataclass(slots=True, eq=False)
class Partial:
    """`functools.partial`."""

    function: Value
    args: tuple[Value, ...]
    kwargs: dict[str, Value]


@dataclass(slots=True, eq=False)
class Property:
    """`property` and its relatives; `of_class`: read on the class itself; `once`: the object keeps the result."""

    getter: Value
    setter: Value = None
    of_class: bool = False
    once: bool = False
    deleter: Value = None


@dataclass(slots=True, eq=False)
class Wrapped:
    """`staticmethod` or `classmethod`, as `kind` says."""

    function: Value
    kind: str


@dataclass(slots=True, eq=False)
class Super:
    """`super()`: lookup goes on behind `after` in the order of the receiver's class."""

    after: ClassValue
    receiver: Value


@dataclass(slots=True, eq=False)
class Native:
    """A function that the interpreter itself provides: called as `function(vm, args, kwargs)`."""

    name: str
    function: Callable[..., Value]
    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Dotted:
    """A name of a framework for which there is no source: a module, class or function, by its dotted name."""

    name: str


@dataclass(slots=True, eq=False)
class TensorMethod:
    """A method of a tensor, before it is called."""

    tensor: Tensor
    name: str


@dataclass(slots=True, eq=False)
class Repeated:
    """An iterable of unknown or large length: a few members stand for all. `length` is 0 if it is unknown."""

    members: list[Value]
    length: int = 0


@dataclass(slots=True, eq=False)
class Lazy:
    """An iterator: its members are computed when the first of them is asked for, and given once.

    `make` computes them all, a list or `Repeated`; `held` are those that were not given yet, `result` what a generator
    returned.
    """

    make: Callable[[], Value]
    held: Value = MISSING
    result: Value = None
    each: Callable[[Callable[[Value], None]], None] | None = (
        None  # run something with each, where it is yielded
    )

    def left(self) -> Value:
        """The members that were not given yet."""
        if self.held is MISSING:
            self.held = []  # a generator that asks for itself gets nothing
            self.held = self.make()
        return self.held

    def take(self) -> Value:
        """The members that were not given yet: now they are."""
        found, self.held = self.left(), []
        return found


@dataclass(slots=True, eq=False)
class Managed:
    """What a function under `contextlib.contextmanager` gave: a `with` runs its block where the function yields."""

    function: FunctionValue
    args: list[Value]
    kwargs: dict[str, Value]


ABSTRACT = (
    Unknown, Sizes, Setting, Condition, Tensor, FunctionValue, ClassValue, Instance, BoundMethod, Partial, Property,
    Wrapped, Super, Native, Dotted, TensorMethod, Repeated, FunctionPart, Lazy, Managed,
)  # fmt: skip


NOTED = frozenset({Setting, Condition, Lazy})


def plain(value: Value) -> Value:
    """The value without the note that a variant may change it; the members of an iterator."""
    kind = type(value)
    while kind in NOTED:
        value = value.value if kind is Setting else value.left() if kind is Lazy else value.truth
        kind = type(value)
    return value


def cases(value: Value) -> list[Value] | None:
    """The members of an enumeration, None for all else."""
    return value.namespace.get("_members") if isinstance(value, ClassValue) else None


def bare(value: Value) -> Value:
    """A key as containers compare it: an object of a class that derives from a text or a number is that one."""
    return (
        value.payload
        if isinstance(value, Instance) and isinstance(value.payload, (str, int, float))
        else value
    )


def is_constant(value: Value) -> bool:
    """Whether a value is a plain Python constant (not a container)."""
    return value is None or isinstance(value, (bool, int, float, str, bytes, complex))
