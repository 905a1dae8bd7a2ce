"""More functions that Python runs and the interpreter reads: what people write in model code."""

import collections
import contextlib
import contextvars
import enum
import functools
import itertools
import operator
import threading
import types
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


def case_enum_features():
    return [
        [k.value for k in Kind], Kind.A.other is Kind.B, Kind.default() is Kind.A, len(Kind), Kind["A"] is Kind.A,
        "A" in Kind.__members__, isinstance(Kind.A, Kind), Size.LARGE > Size.SMALL, Size.LARGE + 1,
        {Kind.A: 1}[Kind("a")], list(Kind)[-1].name,
    ]  # fmt: skip


def case_dataclass_features():
    @dataclass(order=True)
    class P:
        a: int
        b: int = 0

    @dataclass
    class Q(P):
        c: InitVar[int] = 5
        d: int = field(init=False, default=7)

        def __post_init__(self, c):
            self.e = self.a + c

    p, q = P(1, 2), Q(1)
    return [
        P(1) < P(2), p == P(1, 2), replace(p, b=9).b, [f.name for f in fields(q)], q.e, q.d, Q(2, c=1).e,
        sorted([P(3), P(1)])[0].a,
    ]  # fmt: skip


def case_value_of_yield_from():
    def inner():
        yield 1
        return "end"

    def outer():
        got = yield from inner()
        yield got

    return list(outer())


def case_bounded_deque():
    d = deque([1, 2, 3], maxlen=2)
    d.append(4)
    e = deque(maxlen=3)
    for i in range(5):
        e.appendleft(i)
    d.extend([7, 8, 9])
    return [list(d), list(e), d.maxlen, len(d), d[-1], deque([1]).maxlen]


def case_deque_ends():
    d = deque([1, 2, 3])
    d.rotate(1)
    d.extendleft([8, 9])
    return [list(d), d.pop(), d.popleft(), list(d), 2 in d, list(reversed(d))]


def case_lazy_generator():
    seen = []

    def numbers():
        for i in range(3):
            seen.append(i)
            yield i

    made = numbers()
    before = list(seen)
    first = next(made)
    rest = list(made)
    return [before, first, rest, seen]


def case_generator_in_a_loop():
    seen = []

    def numbers():
        for i in range(3):
            seen.append(i)
            yield i

    def both():
        got = yield from numbers()
        seen.append(got)
        yield "last"

    for n in both():
        seen.append(-n if n != "last" else n)
    for n in numbers():
        if n == 1:
            break
    else:
        seen.append("never")
    return seen


def case_exception_in_a_loop_over_a_generator():
    seen = []

    def numbers():
        try:
            yield 1
        except ValueError:
            seen.append("not seen")
        finally:
            seen.append("closed")

    try:
        for n in numbers():
            raise ValueError(n)
    except ValueError:
        seen.append("outside")
    return seen


def case_generator_reads_later():
    scale = 2
    made = (x * scale for x in [1, 2])
    scale = 10
    return list(made)


def case_lazy_map():
    seen = []

    def note(x):
        seen.append(x)
        return x + 1

    made = map(note, [1, 2, 3])
    kept = filter(lambda x: seen.append(-x) or x > 1, [1, 2])
    before = list(seen)
    return [before, next(made), list(made), list(kept), sorted(seen)]


def case_generator_is_used_up():
    made = (i for i in range(3))
    return [sum(made), sum(made), list(made), next(made, "none")]


def case_endless_generator():
    def count():
        n = 0
        while True:
            yield n
            n += 1

    made = count()
    return [next(made), next(made), list(itertools.islice(made, 3)), next(made)]


def case_zip_of_generators():
    made = iter([1, 2, 3, 4])
    return [list(zip(made, made)), list(zip("ab", itertools.count(5)))]


def case_generator_with_finally():
    seen = []

    def walk():
        try:
            yield 1
            yield 2
        finally:
            seen.append("closed")

    for one in walk():
        seen.append(one)
    return seen


def case_context_manager_function():
    seen = []

    @contextlib.contextmanager
    def scope(name):
        seen.append(("in", name))
        try:
            yield name.upper()
        finally:
            seen.append(("out", name))

    with scope("a") as a, scope("b"):
        seen.append(a)
    return seen


def case_context_manager_swallows():
    @contextlib.contextmanager
    def quiet():
        try:
            yield
        except KeyError:
            pass

    found = []
    with quiet():
        found.append(1)
        {}["x"]
        found.append(2)
    with contextlib.suppress(ValueError):
        int("x")
    return found


def case_metaclass():
    class Meta(type):
        def __len__(cls):
            return 3

        @property
        def title(cls):
            return cls.__name__.lower()

    class A(metaclass=Meta):
        pass

    return [type(A) is Meta, isinstance(A, Meta), len(A), A.title, type(A()) is A, type(type(A)) is type]


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


def case_descriptor_with_set():
    class Positive:
        def __set_name__(self, owner, name):
            self.name = "_" + name

        def __get__(self, holder, owner=None):
            return self if holder is None else getattr(holder, self.name, 0)

        def __set__(self, holder, value):
            setattr(holder, self.name, max(0, value))

    class A:
        size = Positive()

        def __init__(self, size):
            self.size = size

    a = A(-3)
    before = a.size
    a.size = 7
    return [before, a.size, a._size]


def case_finally_and_else():
    seen = []

    def run(value):
        try:
            seen.append("try")
            r = 10 // value
        except ZeroDivisionError as error:
            seen.append(type(error).__name__)
            return "zero"
        else:
            seen.append("else")
            return r
        finally:
            seen.append("finally")

    return [run(0), run(5), seen]


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


def case_exceptions_chained():
    class MyError(ValueError):
        def __init__(self, message, code=3):
            super().__init__(message)
            self.code = code

    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise MyError("outer") from error
    except (TypeError, ValueError) as error:
        return [
            type(error).__name__,
            str(error),
            error.code,
            error.args,
            isinstance(error.__cause__, KeyError),
        ]


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


def case_dict_methods():
    d = {"a": 1, "b": 2, "c": 3}
    e = dict(d, b=5) | {"z": 0}
    popped = d.pop("a")
    d.setdefault("q", []).append(4)
    d |= {"b": 7}
    last = e.popitem()
    return [
        popped, d, e, last, d.get("none", 3), list(d), {**d, "x": 1}, dict.fromkeys("ab", 0), dict(zip("ab", [1, 2])),
        {v: k for k, v in e.items()}, list(reversed(e)), "b" in d.keys(), min(e, key=e.get),
        sorted(e.items(), key=lambda kv: -kv[1]),
    ]  # fmt: skip


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


def case_sorting():
    words = ["bb", "a", "ccc", "dd"]
    rows = [("x", 2), ("y", 1), ("z", 2)]
    words.sort(key=len, reverse=True)
    return [
        words, sorted(rows, key=operator.itemgetter(1)), sorted(rows, key=lambda r: (-r[1], r[0])), max(rows, key=lambda r: r[1]),
        sorted({3: "c", 1: "a"}), sorted("hello", reverse=True)[:2], min([3, 1, 2], default=0), max([], default=-1),
        sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)), sorted(["B", "a"], key=str.lower),
    ]  # fmt: skip


def case_formatting():
    x, name = 3.14159, "norm"
    return [
        f"{x:.2f}", f"{name:>6}|{name:<6}|{name:^6}", f"{42:05d} {255:x} {255:#b} {1000000:,}", f"{x!r:.4}", f"{0.5:.0%}",
        "{0}-{1}-{0}".format("a", "b"),
        "%s %d %.1f %r %%" % ("s", 3, 2.55, "q"), "%(k)s" % {"k": 1}, f"{name=}", f"{x:{8}.{3}}", "a,b,,c".split(","),
        " x ".strip() + "y".center(5, "*"), "abc"[::-1], "Hello".swapcase(), "a-b_c".replace("-", "_").split("_"),
        "x".join(str(i) for i in range(3)), "abcabc".rfind("b"), "tEST".capitalize(), "ab12".isalnum(), "a\tb".expandtabs(4),
        "line1\nline2".splitlines(), "key=value=x".partition("="), "{:>{w}}".format("a", w=4),
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


def case_itertools():
    it = itertools
    return [
        list(it.chain([1], (2, 3))), list(it.chain.from_iterable([[1], [2]])), list(it.product("ab", repeat=2))[:3],
        list(it.combinations([1, 2, 3], 2)), list(it.permutations([1, 2])), list(it.islice(it.cycle("ab"), 5)),
        list(it.repeat(0, 3)), list(it.zip_longest([1, 2], [3], fillvalue=None)), list(it.accumulate([1, 2, 3])),
        list(it.accumulate([1, 2, 3], operator.mul, initial=2)), list(it.starmap(pow, [(2, 3), (3, 2)])),
        list(it.takewhile(lambda x: x < 3, [1, 2, 5, 1])), list(it.dropwhile(lambda x: x < 3, [1, 2, 5, 1])),
        [(k, list(g)) for k, g in it.groupby([1, 1, 2])], list(it.islice(range(10), 2, 8, 3)), list(it.compress("abc", [1, 0, 1])),
        list(it.pairwise([1, 2, 3])), [list(t) for t in it.tee([1, 2])], list(it.filterfalse(lambda x: x % 2, range(4))),
        list(it.combinations_with_replacement("ab", 2)),
    ]  # fmt: skip


def case_functools():
    calls = []

    @functools.lru_cache(maxsize=None)
    def square(x):
        calls.append(x)
        return x * x

    @functools.wraps(square)
    def other(*args):
        return square(*args)

    class A:
        def __init__(self):
            self.count = 0

        @functools.cached_property
        def size(self):
            self.count += 1
            return 5

        def add(self, a, b):
            return a + b

        plus_one = functools.partialmethod(add, 1)

    a = A()
    add = functools.partial(operator.add, 2)
    return [
        square(3), square(3), a.size, a.size, a.count, a.plus_one(4), add(5), functools.reduce(operator.mul, [1, 2, 3], 2),
        functools.partial(int, base=2)("101"), add.func is operator.add, add.args, other.__name__,
        functools.reduce(lambda f, g: lambda x: g(f(x)), [abs, str])(-3),
    ]  # fmt: skip


def case_collections():
    c = Counter("abca")
    c.update(["b", "z"])
    groups = defaultdict(list)
    for k, v in [("a", 1), ("b", 2), ("a", 3)]:
        groups[k].append(v)
    counts = defaultdict(int)
    counts["x"] += 2
    P = namedtuple("P", "x y", defaults=[7])
    p = P(1)
    od = OrderedDict([("a", 1), ("b", 2)])
    od.move_to_end("a")
    cm = ChainMap({"a": 1}, {"a": 2, "b": 3})
    return [
        c["a"], c["q"], c.most_common(1), sum(c.values()), dict(groups), counts["x"], counts["y"], sorted(counts), p.x, p.y, p._replace(x=5).x,
        p._asdict(), P._fields, list(od), cm["a"], cm["b"], list(collections.OrderedDict.fromkeys("ab")), sorted(c.elements()), (Counter([1]) + Counter([1]))[1],
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


def case_numbers():
    return [
        7 // 2, -7 // 2, -7 % 3, divmod(7, 2), 2**-1, round(2.5), round(1.25, 1), int("0x1f", 16), int(-2.7), float("1e3"),
        (5).bit_length(), 0.1 + 0.2 == 0.3, 10 / 5, 1_000, abs(-3), pow(2, 5, 7), True + 1, bool([]), 3 < 4 < 5, not 0, 5 & 3, 5 | 8,
        ~5, 1 << 4, complex(1, 2).imag, (1.5).is_integer(), float("inf") > 1, sum([0.5] * 4), max(1, 2.0), round(-0.5), (3).numerator,
        (0.5).as_integer_ratio(), min("b", "a"),
    ]  # fmt: skip


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


def case_multiple_inheritance():
    class A:
        def run(self):
            return ["A"]

    class B(A):
        def run(self):
            return ["B", *super().run()]

    class C(A):
        def run(self):
            return ["C", *super().run()]

    class D(B, C):
        def run(self):
            return ["D", *super().run()]

    return [D().run(), [k.__name__ for k in D.__mro__], issubclass(D, A), D.__bases__ == (B, C)]


def case_special_methods():
    class V:
        def __init__(self, *xs):
            self.xs = xs

        def __add__(self, other):
            return V(*(a + b for a, b in zip(self.xs, other.xs)))

        def __mul__(self, k):
            return V(*(a * k for a in self.xs))

        __rmul__ = __mul__

        def __eq__(self, other):
            return isinstance(other, V) and self.xs == other.xs

        def __hash__(self):
            return hash(self.xs)

        def __len__(self):
            return len(self.xs)

        def __getitem__(self, i):
            return self.xs[i]

        def __iter__(self):
            return iter(self.xs)

        def __contains__(self, x):
            return x in self.xs

        def __call__(self, f):
            return V(*map(f, self.xs))

        def __bool__(self):
            return any(self.xs)

    v = V(1, 2)
    return [
        (v + v).xs, (3 * v).xs, v == V(1, 2), v != V(1, 3), v[0], v[-1], list(v), 2 in v, v(lambda x: -x).xs, bool(V(0)),
        [*v], max(v), sorted(v, reverse=True), dict(zip("ab", v)), sum(v),
    ]  # fmt: skip


def case_attribute_hooks():
    class Proxy:
        def __init__(self, held):
            object.__setattr__(self, "held", held)
            object.__setattr__(self, "log", [])

        def __getattr__(self, name):
            self.log.append(name)
            return self.held[name]

        def __setattr__(self, name, value):
            self.held[name] = value

        def __delattr__(self, name):
            del self.held[name]

    p = Proxy({"a": 1})
    p.b = 2
    got = p.a
    del p.a
    return [got, p.held, p.log, hasattr(p, "log"), getattr(p, "b")]


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


def case_bytes():
    b = b"ab\x00"
    return [
        len(b),
        b[0],
        b.decode("latin1")[:2],
        b"x" + b,
        b.hex(),
        "é".encode(),
        b.startswith(b"a"),
        list(b"hi"),
    ]


def case_what_is_a_partial():
    def plain():
        return 1

    bound = functools.partial(plain)
    kinds = [isinstance(one, functools.partial) for one in (bound, plain, plain())]
    return [*kinds, isinstance(bound, (type, str, functools.partial)), callable(bound), bound.func is plain]


def case_what_is_none():
    return [isinstance(one, types.NoneType) for one in (None, 0, "")]
