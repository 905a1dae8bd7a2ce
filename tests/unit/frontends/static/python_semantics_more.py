"""More functions that Python runs and the interpreter reads: what people write in model code."""

import collections
import contextlib
import contextvars
import enum
import functools
import itertools
import operator
import threading
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import InitVar, dataclass, field, fields, replace


class Kind(enum.Enum):
    A = "a"
    B = "b"

    @property
    def other(self):
        return Kind.B if self is Kind.A else Kind.A

    @classmethod
    def default(cls):
        return cls.A


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 4


def case_text_of_a_class():
    return [str(Kind), repr(Size), f"{Kind}", str(int), str(Kind).split(".")[-1]]


def case_text_of_objects():
    class A:
        def __repr__(self):
            return "A()"

    class B(A):
        def __str__(self):
            return "b"

    return [str(A()), repr(B()), str(B()), f"{B()} {B()!r}", str([A(), B()]), str({"x": A()}), str((A(),))]


def case_text_of_members():
    return [
        str(Kind.A),
        repr(Kind.B),
        str(Size.LARGE),
        f"{Size.SMALL}",
        repr(Size.SMALL),
        Kind.A.name,
        Kind("b").name,
    ]


@dataclass
class Point:
    x: int
    y: int = 2
    tags: list = field(default_factory=list)


def case_text_of_a_dataclass():
    return [repr(Point(1)), str(Point(1, tags=["a"])), f"{Point(3, 4)}"]


def case_init_subclass():
    class Base:
        kinds = {}

        def __init_subclass__(cls, kind=None, **rest):
            super().__init_subclass__(**rest)
            cls.kind = kind or cls.__name__.lower()
            Base.kinds[cls.kind] = cls

    class One(Base, kind="first"):
        pass

    class Two(One):
        pass

    return [sorted(Base.kinds), One.kind, Two.kind, Base.kinds["first"] is One]


def case_class_getitem():
    class Box:
        def __class_getitem__(cls, item):
            return (cls.__name__, item)

    return [Box[int], Box["x", 2]]


def case_class_properties():
    class classproperty:
        def __init__(self, get):
            self.get = get

        def __get__(self, holder, owner):
            return self.get(owner)

    class A:
        base = 2

        @classproperty
        def double(cls):
            return cls.base * 2

    class B(A):
        base = 5

    return [A.double, B.double, B().double]


def case_finally_overrides():
    def run():
        for i in range(3):
            try:
                if i == 1:
                    break
                continue
            finally:
                found.append(i)
        return "done"

    found = []
    return [run(), found]


def case_exception_reraised():
    seen = []
    try:
        try:
            [][1]
        except IndexError:
            seen.append("index")
            raise
    except LookupError:
        seen.append("lookup")
    return seen


def case_walrus():
    found = []
    data = iter([3, 2, 0, 5])
    while (n := next(data)) > 0:
        found.append(n)
    big = [y for x in (1, 2, 3) if (y := x * x) > 3]
    return [found, n, big, y, (z := 4) + z]


def case_match_with_guards():
    class P:
        __match_args__ = ("x", "y")

        def __init__(self, x, y):
            self.x, self.y = x, y

    def told(value):
        match value:
            case P(0, y):
                return f"on axis {y}"
            case P(x=x, y=y) if x == y:
                return "diagonal"
            case [] | ():
                return "empty"
            case [x]:
                return ("one", x)
            case [first, *_, last] if first < last:
                return (first, last)
            case {"kind": str() as kind, **rest}:
                return (kind, rest)
            case int() | float():
                return "number"
            case None | True:
                return "flag"
            case _:
                return "other"

    values = [P(0, 1), P(2, 2), P(1, 2), [], [4], [1, 5, 9], [9, 1], {"kind": "x", "n": 1}, 3, 2.5, None, "s"]
    return [told(v) for v in values]


def case_star_forwarding():
    def f(a, /, b, *rest, c=3, **more):
        return (a, b, rest, c, sorted(more.items()))

    def g(*args, **kwargs):
        return f(*args, **{"c": 9, **kwargs})

    return [f(1, 2), g(1, 2, 3, d=4), g(1, b=2), f(*[1, 2], *(3,), **{"c": 1}, **{"z": 2}), g(1, 2, c=5)]


def case_keyword_only_and_defaults():
    def f(x, items=[], *, key=None, n=1):
        items.append(x)
        return (list(items), key, n)

    return [f(1), f(2, key="k"), f(3, [], n=2), f.__defaults__ is not None]


def case_set_methods():
    a, b = {1, 2, 3}, {2, 3, 4}
    c = set(a)
    c.difference_update([1], (9,))
    e = set(a)
    e.intersection_update(b)
    f = set(a)
    f.symmetric_difference_update(b)
    f.discard(77)
    return [
        sorted(a | b), sorted(a & b), sorted(a - b), sorted(a ^ b), c, e, sorted(f), a <= b, {2} < a, a.isdisjoint({9}),
        a.issuperset([1]), frozenset([1]) == {1}, len({1, True, 1.0}), sorted(a.union([9], [8])),
    ]  # fmt: skip


def case_slicing():
    xs = list(range(10))
    ys = xs[:]
    ys[1:3] = ["a", "b", "c"]
    zs = xs[:]
    zs[::2] = [0] * 5
    ws = xs[:]
    del ws[::3]
    return [
        xs[::3],
        xs[::-2],
        xs[-3:],
        xs[5:2:-1],
        xs[:-1][-1],
        ys,
        zs,
        ws,
        tuple(xs)[2:4],
        "hello"[1:-1:2],
        xs[20:],
        xs[slice(1, 4)],
    ]


def case_nested_comprehensions():
    rows = [[1, 2], [3], []]
    return [
        [x for row in rows for x in row if x % 2], [[x * y for x in row] for y, row in enumerate(rows, 1)],
        {k: [v for v in range(k)] for k in range(3)}, {len(r) for r in rows}, list(zip(*[[1, 2], [3, 4]])),
        [i for i, _ in enumerate(rows) if _], [(a, b) for a in "xy" for b in (1, 2) if not (a == "x" and b == 2)],
        any(x > 2 for row in rows for x in row), all(not r for r in rows[2:]), sum(len(r) for r in rows),
        [*range(2), *(x for x in "ab")], {**{"a": 1}, **{k: v for k, v in [("b", 2)]}},
    ]  # fmt: skip


def case_context_variables():
    var = contextvars.ContextVar("v", default=1)
    bare = contextvars.ContextVar("w")
    token = var.set(5)
    inside = var.get()
    var.reset(token)
    try:
        bare.get()
    except LookupError:
        missing = True
    return [inside, var.get(), missing, bare.get("given")]


def case_threads():
    local, lock = threading.local(), threading.Lock()
    local.depth = getattr(local, "depth", 0) + 1
    with lock:
        local.depth += 1
    return [local.depth, hasattr(local, "other")]


def case_scopes():
    x = 1

    def outer():
        x = 2

        def inner():
            nonlocal x
            x += 1
            return x

        return [inner(), inner(), x]

    fs = [lambda: i for i in range(3)]
    gs = [lambda i=i: i for i in range(3)]
    return [outer(), x, [f() for f in fs], [g() for g in gs]]


def case_iterator_class():
    class Count:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            if self.n <= 0:
                raise StopIteration
            self.n -= 1
            return self.n

    return [
        list(Count(3)),
        sum(Count(4)),
        next(Count(1)),
        [a for a, _ in zip(Count(5), range(2))],
        dict(enumerate(Count(2))),
    ]


def case_unpacking():
    (a, b), *rest = [(1, 2), 3, 4]
    first, *_, last = "hello"
    d = {"k": 1}
    x = y = []
    x.append(1)
    i = 0
    i, z = 1, i
    for n, (p, q) in enumerate([(1, 2), (3, 4)]):
        pass
    return [a, b, rest, first, last, y, z, n, p, q, [*d], (*d.items(),), {*[1, 1]}]


def case_loops_with_else():
    found = []
    for x in [1, 2, 3]:
        if x == 5:
            break
    else:
        found.append("not found")
    n = 3
    while n:
        n -= 1
        if n == 1:
            continue
        found.append(n)
    else:
        found.append("end")
    return found


def case_strings_as_flags():
    pattern, layers = "LSSL", 10
    kinds = (pattern * (layers // len(pattern) + 1))[:layers]
    return [
        kinds,
        [i for i, k in enumerate(kinds) if k == "L"],
        kinds.count("S"),
        "+".join(sorted(set(kinds))),
    ]


def case_copying():
    import copy

    a = [[1], {"k": [2]}]
    b, c = copy.copy(a), copy.deepcopy(a)
    a[0].append(9)
    a[1]["k"] = 0
    return [b, c, a is not b, b[0] is a[0]]


def case_global_state():
    return [bump(), bump(), STATE["n"]]


STATE = {"n": 0}


def bump():
    STATE["n"] += 1
    return STATE["n"]


def case_class_state():
    class A:
        made = 0
        names: list = []

        def __new__(cls, *args):
            cls.made += 1
            return super().__new__(cls)

        def __init__(self, name):
            self.names.append(name)

        @staticmethod
        def kind():
            return "static"

        @classmethod
        def build(cls, *names):
            return [cls(n) for n in names]

    class B(A):
        pass

    B.build("x", "y")
    A("z")
    return [A.made, B.made, A.names, B.kind(), B.__name__, vars(B(1))]


def case_conditional_chains():
    a, b = None, 0
    return [
        a or b or "x",
        a and b,
        b is None or 5,
        (a is None) + 1,
        1 if a else 2 if b else 3,
        not a,
        [] or {} or None,
        0 or "" or [1],
    ]
