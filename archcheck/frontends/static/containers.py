"""`collections`, `itertools`, `operator` and `six`: what works on containers and iterables."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archcheck.frontends.static.limits import spend
from archcheck.frontends.static.values import (
    MISSING,
    ClassValue,
    Lazy,
    Native,
    Repeated,
    Unknown,
    Value,
    plain,
)

if TYPE_CHECKING:
    from archcheck.frontends.static.vm import Interpreter


MOST_CYCLED = 1_000  # members of a cycle that does not end
MOST_CHOSEN = 100_000


def _ordered(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    return vm.call(dict, args, kwargs)


def _default_dict(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    made = vm.call(dict, args[1:], kwargs)
    if args and plain(args[0]) is not None and isinstance(made, dict):
        vm.library.factories[id(made)] = (made, args[0])
    return made


def _named_tuple(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`namedtuple(name, fields)` as a class with these fields."""
    import ast

    names = plain(args[1])
    fields = (
        names.replace(",", " ").split()
        if isinstance(names, str)
        else [str(plain(n)) for n in vm.iterate(names)]
    )
    node = ast.ClassDef(
        name=str(plain(args[0])), bases=[], keywords=[], body=[], decorator_list=[], lineno=1, col_offset=0
    )
    from archcheck.frontends.static.modules import SourceModule

    cls = ClassValue(node.name, SourceModule("collections", None, None), node)
    cls.mro = (cls, tuple)
    defaults = list(vm.iterate(kwargs.get("defaults", ())))
    cls.fields = dict.fromkeys(fields, MISSING) | dict(
        zip(reversed(fields), reversed(defaults), strict=False)
    )
    cls.namespace["_fields"] = tuple(fields)
    return cls


def _items(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return vm.call(vm.get(args[0], "items"))


def _values(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return vm.call(vm.get(args[0], "values"))


def _keys(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return vm.call(vm.get(args[0], "keys"))


def _chain(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return [m for a in args for m in vm.iterate(a)]


def _chain_of(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return _chain(vm, list(vm.iterate(args[0])), {})


def _product(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    times = plain(kwargs.get("repeat", 1))
    if not isinstance(times, int):
        return Unknown("a product of an unknown number of sequences")
    rows = [list(vm.iterate(a)) for a in args] * min(times, 20)
    if math.prod(len(r) for r in rows) > 10_000:
        return Unknown("a product of long sequences")
    return list(itertools.product(*rows))


def _repeat(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    count = plain(args[1]) if len(args) > 1 else None
    return [args[0]] * count if isinstance(count, int) and count < 10_000 else Repeated([args[0], args[0]])


def _cycle(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    members = vm.run_over(args[0])
    if isinstance(members, Repeated) or not members:
        return Repeated(list(vm.iterate(args[0])))
    rounds = MOST_CYCLED // len(members) + 1
    return Lazy(lambda: [*members] * rounds)


def _chosen(function: Callable[..., Any]) -> Callable[..., Value]:
    """`combinations` and its like: of a few members, so many together."""

    def run(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
        members = list(vm.iterate(args[0]))
        given = kwargs.get("r", args[1] if len(args) > 1 else len(members))
        size = plain(given) if given is not None else len(members)
        if not isinstance(size, int) or len(members) ** min(max(size, 0), 20) > MOST_CHOSEN:
            return Unknown(f"{function.__name__} of long or unknown sequences")
        return list(function(members, size))

    return run


def _pairwise(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return list(itertools.pairwise(vm.iterate(args[0])))


def _zip_longest(vm: Interpreter, args: list[Value], kwargs: dict[str, Value]) -> Value:
    rows = [vm.iterate(a) for a in args]
    spend(vm, len(rows) * max(map(len, rows), default=0))
    return list(itertools.zip_longest(*rows, fillvalue=kwargs.get("fillvalue")))


def _islice(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    values = [plain(a) for a in args[1:]]
    known = all(v is None or isinstance(v, int) for v in values)
    if known and isinstance(args[0], Lazy) and isinstance(members := args[0].left(), list):
        taken = list(itertools.islice(members, *values))
        stop = values[0] if len(values) == 1 else values[1]
        del members[: len(members) if stop is None else stop]
        return taken
    members = list(vm.iterate(args[0]))
    return list(itertools.islice(members, *values)) if known else members


def _operator(name: str) -> Native:
    def run(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
        import ast

        from archcheck.frontends.static import comparisons, operators

        for kind, row in operators.BINARY.items():
            if row[1].strip("_") == name:
                return operators.binary(vm, kind, args[0], args[1])
        for kind, row in comparisons.COMPARE.items():
            if row[1] == name:
                return comparisons.compare(vm, kind, args[0], args[1], ast.Constant(True))
        return Unknown(f"operator.{name}")

    return Native(name, run)


def _getter(kind: str) -> Native:
    def make(_vm: Interpreter, names: list[Value], _kwargs: dict[str, Value]) -> Value:
        def run(vm: Interpreter, args: list[Value], _more: dict[str, Value]) -> Value:
            from archcheck.frontends.static.subscripts import item

            found = [
                item(vm, args[0], n) if kind == "item" else vm.get(args[0], str(plain(n))) for n in names
            ]
            return found[0] if len(found) == 1 else tuple(found)

        return Native(f"{kind}getter", run)

    return Native(f"{kind}getter", make)


def table(**names: Callable[..., Value]) -> dict[str, Value]:
    """Functions of a module of the standard library by their names."""
    return {name: Native(name, function) for name, function in names.items()}


def _zip(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    rows = [vm.iterate(a) for a in args]
    spend(vm, len(rows) * min(map(len, rows), default=0))
    return list(zip(*rows, strict=False))


def _same(_vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    return args[0]


def _decorator(_vm: Interpreter, _args: list[Value], _kwargs: dict[str, Value]) -> Value:
    """A decorator that changes nothing."""
    return Native("decorator", _same)


def _in_place(kind: type[ast.operator]) -> Native:
    """`operator.iadd(a, b)` and its like."""

    def run(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
        from archcheck.frontends.static.operators import in_place

        return in_place(vm, kind, args[0], args[1])

    return Native(kind.__name__, run)


def _set_item(vm: Interpreter, args: list[Value], _kwargs: dict[str, Value]) -> Value:
    from archcheck.frontends.static.subscripts import put_item

    put_item(vm, args[0], args[1], args[2])
    return None


_IN_PLACE = {
    "iadd": ast.Add, "isub": ast.Sub, "imul": ast.Mult, "itruediv": ast.Div, "ifloordiv": ast.FloorDiv,
    "imod": ast.Mod, "ipow": ast.Pow, "imatmul": ast.MatMult,
}  # fmt: skip
_OPERATORS = "add sub mul truediv floordiv mod pow matmul eq ne lt le gt ge and or"

CONTAINERS: dict[str, dict[str, Value]] = {
    "collections": table(defaultdict=_default_dict, namedtuple=_named_tuple)
    | {"OrderedDict": dict, "UserDict": dict, "UserList": list},
    "itertools": {"chain": Native("chain", _chain, table(from_iterable=_chain_of))}
    | table(combinations=_chosen(itertools.combinations), permutations=_chosen(itertools.permutations),
            combinations_with_replacement=_chosen(itertools.combinations_with_replacement))
    | table(product=_product, repeat=_repeat, cycle=_cycle, pairwise=_pairwise,
                        zip_longest=_zip_longest, islice=_islice),
    "operator": {n: _operator(n) for n in _OPERATORS.split()}
    | {n: _in_place(kind) for n, kind in _IN_PLACE.items()}
    | table(setitem=_set_item)
    | {"itemgetter": _getter("item"), "attrgetter": _getter("attr")},
    "six": table(iteritems=_items, itervalues=_values, iterkeys=_keys, add_metaclass=_decorator, ensure_str=_same) | {
        "string_types": (str,), "integer_types": (int,), "text_type": str},
    "six.moves": {"range": range, "xrange": range, "zip": Native("zip", _zip)},
}  # fmt: skip
